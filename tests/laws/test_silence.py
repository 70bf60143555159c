"""Silence: models against a database made from them, however it was made, give no finding and no doubt."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.laws.coverage import COVERAGE
from tests.laws.draw import metadatas, needs_of
from tests.laws.drawing import FACTS, Drawn
from tests.laws.profiles import examples
from tests.laws.stage import assert_silent, audited, created

from kedge.scratch import Scratch

BIN = Path("/usr/lib/postgresql/15/bin")


@settings(max_examples=examples(100))
@given(metadatas())
def test_create_all_and_audit_is_silent(server: Scratch, drawn: Drawn) -> None:
    with created(server, drawn) as (url, _):
        assert_silent(audited(server, drawn, url))


@settings(max_examples=examples(40))
@given(metadatas())
def test_another_spelling_of_the_same_is_silent(server: Scratch, drawn: Drawn) -> None:
    with ExitStack() as database:
        with drawn.respelled():
            url, _ = database.enter_context(created(server, drawn))
        assert_silent(audited(server, drawn, url))


@pytest.mark.slow
@settings(max_examples=examples(12))
@given(metadatas())
def test_dump_and_restore_is_silent(server: Scratch, drawn: Drawn) -> None:
    with created(server, drawn) as (url, _), server.database() as copy:
        dump = subprocess.run(
            [BIN / "pg_dump", "--no-owner", url], capture_output=True, check=True, text=True
        )
        done = subprocess.run(
            [BIN / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", copy],
            input=dump.stdout,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert_silent(audited(server, drawn, copy))


def test_what_was_drawn_by_no_chance_is_silent_too(server: Scratch) -> None:
    """The facts that no draw above had, each in a MetaData that has it."""
    for fact in sorted(FACTS - set(COVERAGE.facts)):

        @settings(max_examples=examples(4))
        @given(metadatas(want=needs_of(fact)))
        def law(drawn: Drawn) -> None:
            with created(server, drawn) as (url, _):
                assert_silent(audited(server, drawn, url))

        law()
