"""Views and triggers: what is declared is silent in all words, and one change of it is one finding."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.profiles import examples
from tests.laws.stage import assert_silent, words
from tests.laws_sqlite.objects import CHANGES, REWORDED, STYLES, Change, World, world_of, worlds
from tests.laws_sqlite.test_laws import law

from kedge import audit
from kedge.catalog import Catalog, ObjectPath
from kedge.dialects.sqlite.reader import read_catalog, read_profile
from kedge.findings import Report
from kedge.objects import Trigger, View
from kedge.rules import RULES
from kedge.scratch import Scratch

# A view of SQLite is never materialized, and has neither options nor a comment; triggers have no order, and are never
# switched off.
HAS_NONE = {
    "trigger-order",
    "view-kind",
    "view-options",
    "view-comment",
    "trigger-enabled",
    "trigger-comment",
}


# The first change of each rule is made in every run.
FIRST = {change.rule: name for name, change in reversed(CHANGES.items())}
SWEEP = [
    pytest.param(change, id=name, marks=() if FIRST[change.rule] == name else pytest.mark.slow)
    for name, change in CHANGES.items()
]


@contextmanager
def made(sqlite: Scratch, world: World, sql: str = "") -> Iterator[str]:
    with sqlite.database() as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        world.metadata.create_all(engine)
        run(url, world.sql(sql))
        yield url


def run(url: str, sql: str) -> None:
    with sqlite3.connect(file_of(url)) as connection:
        connection.executescript(sql)
    connection.close()


def file_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


def audited(sqlite: Scratch, world: World, url: str) -> Report:
    return audit([world.metadata], url, scratch=sqlite)


def styled() -> World:
    """Every style in turn."""
    styles = cycle(STYLES.values())
    return world_of(lambda _: next(styles))


@settings(law, max_examples=examples(4))
@given(worlds())
def test_what_is_declared_is_silent(sqlite: Scratch, world: World) -> None:
    with made(sqlite, world) as url:
        assert_silent(audited(sqlite, world, url))


def test_a_restored_dump_is_silent(sqlite: Scratch) -> None:
    world = styled()
    with made(sqlite, world) as url, sqlite.database() as copy:
        with sqlite3.connect(file_of(url)) as connection:
            dump = "\n".join(connection.iterdump())
        connection.close()
        run(copy, dump)
        assert len(objects_of(copy)) == 7
        assert_silent(audited(sqlite, world, copy))


@settings(law, max_examples=examples(3))
@given(worlds(), st.sets(st.sampled_from(list(REWORDED)), min_size=1))
def test_other_words_are_silent(sqlite: Scratch, world: World, names: set[str]) -> None:
    with made(sqlite, world, ";".join(REWORDED[name] for name in sorted(names))) as url:
        assert_silent(audited(sqlite, world, url))


@pytest.mark.parametrize("name", REWORDED)
def test_every_other_wording_is_silent(sqlite: Scratch, name: str) -> None:
    world = styled()
    with made(sqlite, world, REWORDED[name]) as url:
        assert_silent(audited(sqlite, world, url))


@pytest.mark.parametrize("change", SWEEP)
def test_one_change_is_one_finding(sqlite: Scratch, change: Change) -> None:
    check(sqlite, styled(), change)


@settings(law, max_examples=examples(6))
@given(worlds(), st.sampled_from(list(CHANGES.values())))
def test_under_any_name_one_change_is_one_finding(sqlite: Scratch, world: World, change: Change) -> None:
    check(sqlite, world, change)


def check(sqlite: Scratch, world: World, change: Change) -> None:
    with made(sqlite, world, change.sql) as url:
        report = audited(sqlite, world, url)
    own = [f for f in report.findings if f.implied_by is None]
    place = change.rule, change.table and world.names[change.table], world.names[change.name]
    told = "\n".join([world.sql(change.sql), *map(words, report.findings)])
    assert [(f.rule, f.object.table, f.object.name) for f in own] == [place], told
    assert own[0].confirmed
    assert report.notes == ()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("ALTER TABLE {T} RENAME TO {new}", "table-name"),
        ("ALTER TABLE {T} RENAME COLUMN {num} TO {new}", "column-name"),
    ],
)
def test_what_renaming_rewrites_follows_from_it(sqlite: Scratch, sql: str, rule: str) -> None:
    world = styled()
    with made(sqlite, world, sql) as url:
        report = audited(sqlite, world, url)
    assert [f.rule for f in report.findings if f.implied_by is None] == [rule]
    assert {f.object.kind for f in report.findings if f.implied_by is not None} >= {"view", "trigger"}


def test_every_object_is_declared_and_every_rule_of_them_broken(sqlite: Scratch) -> None:
    with made(sqlite, styled()) as url:
        assert {type(one) for one in objects_of(url).values()} == {View, Trigger}
    rules = {name for name in RULES if name.startswith(("view-", "trigger-"))}
    assert rules - {change.rule for change in CHANGES.values()} == HAS_NONE


def objects_of(url: str) -> dict[ObjectPath, object]:
    with sqlite3.connect(file_of(url), isolation_level=None) as connection:
        catalog: Catalog = read_catalog(connection, read_profile(connection))
    return dict(catalog.objects)
