"""Beyond tables: what is declared is silent, and one change of it is one finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from cases import corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.coverage import COVERAGE
from tests.laws.object_changes import MUTATIONS, Mutation
from tests.laws.objects import ROLE, STYLES, World, world_of, worlds
from tests.laws.profiles import examples
from tests.laws.spelling import quoted
from tests.laws.stage import assert_silent, words

from kedge._api import audit
from kedge.auditing.run import Audit
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.dialects.postgresql.reader import read_catalog, read_profile
from kedge.findings import Report
from kedge.objects import KINDS, ScheduledEvent
from kedge.rules import RULES
from kedge.scratch import Scratch
from kedge.sources.made import Making
from kedge.sources.models import describe_in_process

# The names and the presence of schemas are drawn with tables and written in cases: all that stands in one goes with it.
ROLE_MADE = f"DO $do$ BEGIN CREATE ROLE {quoted(ROLE)}; EXCEPTION WHEN duplicate_object THEN NULL; END $do$"
# Triggers fire in the order of their names.
NOT_CHANGED = {"schema-name", "schema-presence", "trigger-order"}
# The first change of each rule is made in every run.
FIRST = {m.rule: m.name for m in reversed(MUTATIONS.values())}
SWEEP = [
    pytest.param(m, id=m.name, marks=() if FIRST[m.rule] == m.name else pytest.mark.slow)
    for m in MUTATIONS.values()
]


@contextmanager
def made(server: Scratch, world: World) -> Iterator[str]:
    with server.database() as url:
        corpus.run_sql(url, ROLE_MADE)
        world.metadata.create_all(sa.create_engine(corpus.driver(url), poolclass=sa.NullPool))
        yield url


def audited(server: Scratch, world: World, url: str) -> Report:
    return audit([world.metadata], url, scratch=server)


@settings(max_examples=examples(4))
@given(worlds())
def test_what_is_declared_is_silent(server: Scratch, world: World) -> None:
    with made(server, world) as url:
        assert_silent(audited(server, world, url))


@settings(max_examples=examples(2))
@given(worlds())
def test_a_restored_dump_is_silent(server: Scratch, world: World) -> None:
    with made(server, world) as url, server.database() as copy:
        corpus.restore(url, copy)
        assert_silent(audited(server, world, copy))


class Stage(NamedTuple):
    """One world in a database that others are copied from, and what its models said there: they do not change."""

    world: World
    url: str
    declared: Declared


@pytest.fixture(scope="module")
def stage(server: Scratch) -> Iterator[Stage]:
    with staged(server, "unaccent") as stage:
        yield stage


@pytest.fixture(scope="module")
def newest(embedded: Scratch) -> Iterator[Stage]:
    """The same on the embedded server, which brings another extension."""
    with staged(embedded, "vector") as stage:
        yield stage


@contextmanager
def staged(server: Scratch, extension: str) -> Iterator[Stage]:
    styles = cycle(STYLES.values())
    world = world_of(lambda _: next(styles), extension)
    with made(server, world) as url:
        live = catalog_of(url)
        making = Making(dialect_of(url), live, server)
        yield Stage(world, url, describe_in_process([world.metadata], live.profile, making))


@contextmanager
def copied(url: str) -> Iterator[str]:
    name = urlsplit(url).path[1:]
    copy, server = (url.replace(f"/{name}", f"/{other}", 1) for other in (f"{name}_changed", "postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}_changed" TEMPLATE "{name}"'.encode())
        try:
            yield copy
        finally:
            connection.execute(f'DROP DATABASE "{name}_changed" WITH (FORCE)'.encode())


@pytest.mark.parametrize("mutation", SWEEP)
def test_one_change_is_one_finding(server: Scratch, stage: Stage, mutation: Mutation) -> None:
    with copied(stage.url) as url:
        change(url, stage.world, mutation)
        report = Audit(url, lambda *_: stage.declared, root=Path.cwd(), scratch=server).report()
    check(report, stage.world, mutation)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=lambda m: m.name)
def test_one_change_of_the_newest_server_is_one_finding(
    embedded: Scratch, newest: Stage, mutation: Mutation
) -> None:
    with copied(newest.url) as url:
        change(url, newest.world, mutation)
        report = Audit(url, lambda *_: newest.declared, root=Path.cwd(), scratch=embedded).report()
    check(report, newest.world, mutation)


def test_what_is_declared_is_silent_on_the_newest_server(embedded: Scratch, newest: Stage) -> None:
    assert_silent(audited(embedded, newest.world, newest.url))


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(worlds(), st.sampled_from(list(MUTATIONS.values())))
def test_under_any_name_one_change_is_one_finding(server: Scratch, world: World, mutation: Mutation) -> None:
    with made(server, world) as url:
        change(url, world, mutation)
        report = audited(server, world, url)
    check(report, world, mutation)


def change(url: str, world: World, mutation: Mutation) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for sql in mutation.sql:
            connection.execute(world.sql(sql).encode())


def check(report: Report, world: World, mutation: Mutation) -> None:
    COVERAGE.mutations[mutation.name] += 1
    own = [f for f in report.findings if f.implied_by is None]
    told = "\n".join([*map(world.sql, mutation.sql), *map(words, report.findings)])
    found = [(f.rule, f.object.schema, f.object.table, f.object.name) for f in own]
    assert found == [(mutation.rule, *world.place(*mutation.at))], told
    assert own[0].confirmed, told
    assert [f.rule for f in report.findings if f.rule == "unclaimed"] == [], told
    assert [n for n in report.notes if n.kind != "schema-not-audited"] == []


def test_every_kind_is_declared_and_every_rule_of_them_broken(stage: Stage) -> None:
    assert {type(one) for one in catalog_of(stage.url).objects.values()} == set(KINDS) - {ScheduledEvent}
    kinds = {one.path.kind for one in catalog_of(stage.url).objects.values()} - {"table"}
    rules = {name for name in RULES if name.startswith(tuple(f"{kind}-" for kind in kinds))}
    assert rules - {m.rule for m in MUTATIONS.values()} == NOT_CHANGED


def catalog_of(url: str) -> Catalog:
    with psycopg.connect(url) as connection:
        return read_catalog(connection, read_profile(connection))[0]
