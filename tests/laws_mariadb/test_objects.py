"""Views, triggers and routines: what is declared is silent, and one change of it is one finding."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
import sqlalchemy as sa
from cases import corpus
from cases.mariadb import run_sql
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.profiles import examples
from tests.laws.stage import assert_silent, words
from tests.laws_mariadb.objects import CHANGES, REWORDED, STYLES, Change, World, world_of, worlds
from tests.laws_mariadb.test_laws import law

from kedge import audit
from kedge.catalog import Catalog
from kedge.dialects import dialect_of
from kedge.dialects.mysql.address import arguments
from kedge.findings import Report
from kedge.rules import RULES
from kedge.scratch import Scratch

# MariaDB has none of it: views are never materialized and have no comment, triggers are never switched off; what a
# routine promises is one fact, and it SETs nothing.
HAS_NONE = {
    "view-kind", "view-comment", "trigger-enabled", "trigger-comment", "routine-volatility", "routine-settings",
}  # fmt: skip
# The first change of each rule is made in every run.
FIRST = {change.rule: name for name, change in reversed(CHANGES.items())}
SWEEP = [
    pytest.param(change, id=name, marks=() if FIRST[change.rule] == name else pytest.mark.slow)
    for name, change in CHANGES.items()
]


@contextmanager
def made(mariadb: Scratch, world: World, sql: str = "") -> Iterator[str]:
    with mariadb.database() as url:
        engine = sa.create_engine(corpus.driver(url), poolclass=sa.NullPool)
        world.metadata.create_all(engine)
        if sql:
            run_sql(url, world.sql(sql))
        yield url


def audited(mariadb: Scratch, world: World, url: str) -> Report:
    return audit([world.metadata], corpus.plain(url), scratch=mariadb)


def styled() -> World:
    """Every style in turn."""
    styles = cycle(STYLES.values())
    return world_of(lambda _: next(styles))


@settings(law, max_examples=examples(2))
@given(worlds())
def test_what_is_declared_is_silent(mariadb: Scratch, world: World) -> None:
    with made(mariadb, world) as url:
        assert_silent(audited(mariadb, world, url))


def test_a_restored_dump_is_silent(mariadb: Scratch) -> None:
    world = styled()
    with made(mariadb, world) as url, mariadb.database() as copy:
        restore(url, copy)
        assert len(objects_of(copy)) == len(objects_of(url)) == 11
        assert_silent(audited(mariadb, world, copy))


def restore(url: str, copy: str) -> None:
    there, here = arguments(url), arguments(copy)
    login = ["--user", there["user"], "--socket", there["unix_socket"]]
    dump = ["mariadb-dump", *login, "--routines", "--triggers", "--events", there["database"]]
    printed = subprocess.run(dump, check=True, capture_output=True).stdout
    subprocess.run(["mariadb", *login, here["database"]], check=True, input=printed)


def objects_of(url: str) -> dict[Any, Any]:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=10) as connection:
        catalog: Catalog = dialect.read(connection, timeout=10)[0]
    return dict(catalog.objects)


def test_other_words_are_silent(mariadb: Scratch) -> None:
    world = styled()
    with made(mariadb, world, "; ".join(REWORDED.values())) as url:
        assert_silent(audited(mariadb, world, url))


@pytest.mark.parametrize("change", SWEEP)
def test_one_change_is_one_finding(mariadb: Scratch, change: Change) -> None:
    check(mariadb, styled(), change)


@pytest.mark.slow
@settings(law, max_examples=examples(20))
@given(worlds(), st.sampled_from(list(CHANGES.values())))
def test_under_any_name_one_change_is_one_finding(mariadb: Scratch, world: World, change: Change) -> None:
    check(mariadb, world, change)


def check(mariadb: Scratch, world: World, change: Change) -> None:
    with made(mariadb, world, change.sql) as url:
        report = audited(mariadb, world, url)
    own = [f for f in report.findings if f.implied_by is None]
    place = change.rule, change.table and world.names[change.table], world.raw(change.name)
    told = "\n".join([world.sql(change.sql), *map(words, report.findings)])
    assert [(f.rule, f.object.table, f.object.name) for f in own] == [place], told
    assert own[0].confirmed
    assert report.notes == ()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("DROP TABLE {U}", "table-presence"),
        ("RENAME TABLE {T} TO {new}", "table-name"),
        ("DROP VIEW {View}; ALTER TABLE {T} DROP COLUMN {k};"
         " CREATE VIEW {View} AS SELECT {id}, {n}, {num} FROM {T} WHERE {num} + 1 > 2", "column-presence"),
    ],
)  # fmt: skip
def test_what_stands_on_a_table_follows_from_it(mariadb: Scratch, sql: str, rule: str) -> None:
    """A view whose table is gone is printed otherwise, and is the same."""
    world = styled()
    with made(mariadb, world, sql) as url:
        report = audited(mariadb, world, url)
    assert [f.rule for f in report.findings if f.implied_by is None] == [rule]


def test_every_rule_of_them_is_broken() -> None:
    rules = {name for name in RULES if name.startswith(("view-", "trigger-", "routine-", "scheduled-event-"))}
    assert rules - {change.rule for change in CHANGES.values()} == HAS_NONE
