"""Every command that a page shows is run, or says why not; those that are not run are at least spelled right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.docs.commands import FORM, Shell, blocks, setting
from tests.docs.conftest import ROOT, URL, VARIABLES

from kedge.cli import COMMANDS, cli

PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
# a rule's page is a test of its own: tests/rules
READ = [page for page in PAGES if page.parent.name != "rules"]
RUN = [p for p in READ if any(b.shell and not b.reason for b in blocks(p.read_text("utf-8")))]
# `kedge audit --strict | …`, in any fence and between backticks
CALL = re.compile(r"(?<![\w/.-])kedge (?P<command>[a-z]+)(?P<rest>(?:[^\n`|#&;>)]|>(?= ))*)")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

pytestmark = pytest.mark.docs


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_do_what_the_page_shows(
    page: Path, environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text("utf-8")
    place, given = setting(text), dict(environment)
    if place == "an empty folder":
        request.getfixturevalue("no_shop")
        folder = tmp_path / "empty"
        folder.mkdir()
    else:
        shop: Path = request.getfixturevalue("shop")
        folder = {"shop": shop, "your-project": shop.parent}[place]
        given |= dict.fromkeys(VARIABLES, URL)
    reader = Shell(folder, given)
    for block in blocks(text):
        reader.follow(block)


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """(command, options) of all that a page says of `kedge`."""
    for call in CALL.finditer(page.read_text("utf-8")):
        if call["command"] in COMMANDS:
            yield call["command"], re.findall(r"(?<=\s)--?[a-z][a-z-]*", QUOTED.sub("", call["rest"]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_are_those_of_the_program(page: Path) -> None:
    for name, options in calls(page):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        known = {spelled for param in command.params for spelled in (*param.opts, *param.secondary_opts)}
        assert set(options) - known - {"--help", "-h"} == set(), f"kedge {name}"


def test_this_would_see_a_mistake(environment: dict[str, str], tmp_path: Path) -> None:
    """The reader is not blind: what is not printed, and what fails, is said."""
    folder = tmp_path / "folder"
    folder.mkdir()
    reader = Shell(folder, environment)
    right = (
        "```console\n$ cd / && export A=b\n$ echo $A $PWD\nb /\n$ seq 9\n1\n…\n9\n$ echo a b c\na … c\n```\n"
    )
    for block in blocks(right):
        reader.follow(block)
    for wrong in (right.replace("b /\n", "b\n"), right.replace("seq", "no-such-program")):
        with pytest.raises(AssertionError):
            reader.follow(blocks(wrong)[0])
    assert FORM in right
