"""docs/cli.md is the program's: every command, every option with its variable, choices and default, and no other."""

from __future__ import annotations

import re

import click
import pytest
from tests.docs.conftest import ROOT

from kedge.cli import COMMANDS, cli
from kedge.cli.audit import audit

PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## `kedge ([\w-]+)`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
ROW = re.compile(r"^\| ((?:`-[^`]*`(?:, )?)+) \| `(\w+)` \| (.*) \|$", re.MULTILINE)

pytestmark = pytest.mark.docs


def options(command: click.Command) -> dict[str, click.Option]:
    found = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    return {str(option.name): option for option in found}


def rows(name: str) -> dict[str, tuple[str, str]]:
    """What the section says: (spelled, meaning) by the option's name."""
    return {
        variable.removeprefix("KEDGE_").lower(): (spelled, meaning)
        for spelled, variable, meaning in ROW.findall(SECTIONS[name])
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_options_are_those_of_the_page(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    known = options(command)
    # what an audit is asked for stands in its own section
    common = (
        options(audit).keys() if name != "audit" and "All options of `kedge audit`" in SECTIONS[name] else ()
    )
    assert rows(name).keys() == known.keys() - set(common)
    for option, (spelled, meaning) in rows(name).items():
        param = known[option]
        for way in param.opts:
            assert re.search(rf"`{way}[ `]", spelled), option
        if isinstance(param.type, click.Choice):
            assert set(re.split(r"\\?\|", spelled.split()[1].strip("`"))) == set(param.type.choices), option
        elif not param.is_flag:
            assert f"{param.opts[0]} {param.metavar}`" in spelled, option
        if isinstance(param.default, str | int | float) and not isinstance(param.default, bool):
            default = f"{param.default:g}" if isinstance(param.default, float) else param.default
            assert f"{default}" in meaning, option


def test_the_page_has_no_other_commands() -> None:
    assert SECTIONS.keys() == COMMANDS.keys()


def test_exit_codes_are_listed() -> None:
    codes = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "130"]
