"""Soundness: a table that is settled without a server is one in which the judge finds no difference either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql as pg
from tests.laws import live
from tests.laws.coverage import COVERAGE
from tests.laws.draw import metadatas
from tests.laws.drawing import Drawn
from tests.laws.mutations import MUTATIONS, Pick
from tests.laws.profiles import examples
from tests.laws.spelling import clipped
from tests.laws.stage import created

from kedge.catalog import Catalog
from kedge.compare import compare
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.judge import Judge
from kedge.scratch import Scratch
from kedge.sources.models import describe_in_process

settled: Callable[..., bool] = pytest.importorskip(
    "kedge.dialects.postgresql.direct", reason="nothing is settled without a server yet"
).settled


def sides(drawn: Drawn, url: str) -> tuple[Catalog, Declared]:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=30) as connection:
        database, _ = dialect.read(connection, timeout=60)
    return database, describe_in_process([drawn.metadata], database.profile)


def settled_tables(database: Catalog, declared: Declared) -> set[tuple[str, str]]:
    found = set()
    for table in (t for m in declared.metadata for t in m.tables):
        key = clipped(table.schema or database.profile.default_schema), clipped(table.name)
        if key in database.tables and settled(table, database.tables[key], database.profile):
            found.add(key)
    return found


def cleared_tables(server: Scratch, url: str, database: Catalog, declared: Declared) -> set[tuple[str, str]]:
    """The tables that are the live ones because the answer to all their doubts is yes."""
    dialect, doubts = dialect_of(url), {}
    for table in (t for m in declared.metadata for t in m.tables):
        key = clipped(table.schema or database.profile.default_schema), clipped(table.name)
        if found := key in database.tables and dialect.doubts(table, database.tables[key], database.profile):
            doubts[key] = found
    if not doubts:
        return set()
    with Judge.open(dialect, server) as judge:
        judge.ask([q for found in doubts.values() for q in found], database)
        return {key for key, found in doubts.items() if all(judge.answers.get(q) for q in found)}


def judged_apart(
    server: Scratch, url: str, database: Catalog, declared: Declared
) -> dict[tuple[str, str], list[str]]:
    """Every difference by the table it is in, of a comparison in which nothing was settled beforehand."""
    with Judge.open(dialect_of(url), server) as judge:
        built = judge.build(declared.metadata, database)
        for _ in range(6):
            found = compare(built.catalog, database, judge.answers, others=frozenset())
            if found.questions <= set(judge.answers):
                break
            judge.settle(found.questions)
    apart: dict[tuple[str, str], list[str]] = {}
    for difference in found.differences:
        path = difference.path
        apart.setdefault((path.schema or "", path.table or ""), []).append(
            f"{difference.attribute} of {path}"
        )
    return apart


@settings(max_examples=examples(60))
@given(metadatas(), st.data())
def test_what_is_settled_directly_is_what_the_judge_finds_equal(
    server: Scratch, drawn: Drawn, data: st.DataObject
) -> None:
    pick = Pick(lambda items: data.draw(st.sampled_from(list(items))))
    with created(server, drawn) as (url, connection):
        mutation = pick([None, *MUTATIONS.values()])
        change = mutation and mutation.make(live.read(connection), pick)
        try:
            for sql in change.sql if change else ():
                connection.execute(sql.encode())
        except psycopg.Error:
            COVERAGE.tallies["soundness: mutation refused"] += 1
        database, declared = sides(drawn, url)
        same = settled_tables(database, declared)
        COVERAGE.tallies["soundness: tables settled"] += len(same)
        cleared = cleared_tables(server, url, database, declared) - same
        COVERAGE.tallies["soundness: tables cleared by their doubts"] += len(cleared)
        same |= cleared
        COVERAGE.tallies["soundness: tables"] += sum(len(m.tables) for m in declared.metadata)
        apart = judged_apart(server, url, database, declared)
    assert {key: apart[key] for key in same if key in apart} == {}, change


ORDINARY: dict[str, Callable[[], sa.Column[Any]]] = {
    "count": lambda: sa.Column("count", sa.Integer(), nullable=False, server_default="0"),
    "name": lambda: sa.Column("name", sa.String(80), nullable=False, index=True),
    "email": lambda: sa.Column("email", sa.String(255), unique=True),
    "body": lambda: sa.Column("body", sa.Text()),
    "active": lambda: sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
    "created_at": lambda: sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    ),
    "day": lambda: sa.Column("day", sa.Date()),
    "price": lambda: sa.Column("price", sa.Numeric(10, 2)),
    "settings": lambda: sa.Column("settings", pg.JSONB(), server_default="{}"),
    "token": lambda: sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")),
    "kind": lambda: sa.Column("kind", sa.Enum("a", "b", name="kind")),
    "tags": lambda: sa.Column("tags", pg.ARRAY(sa.Text())),
}


@st.composite
def ordinary(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Drawn:
    """Tables as most projects have them."""
    drawn = Drawn(sa.MetaData(), schemas=("public",))
    for number in range(draw(st.integers(1, 4))):
        chosen = draw(st.lists(st.sampled_from(sorted(ORDINARY)), min_size=2, max_size=6, unique=True))
        made = sa.Table(
            f"tab{number}",
            drawn.metadata,
            sa.Column("id", sa.Integer(), primary_key=True),
            *(ORDINARY[c]() for c in chosen),
        )
        if number and draw(st.booleans()):
            made.append_column(
                sa.Column("parent_id", sa.ForeignKey("tab0.id", ondelete="CASCADE"), index=True)
            )
    return drawn


def test_most_ordinary_tables_need_no_server(server: Scratch) -> None:
    counts = {"tables": 0, "settled": 0}

    @settings(max_examples=examples(20))
    @given(ordinary())
    def law(drawn: Drawn) -> None:
        with created(server, drawn) as (url, _):
            database, declared = sides(drawn, url)
            counts["tables"] += len(drawn.metadata.tables)
            counts["settled"] += len(settled_tables(database, declared))

    law()
    COVERAGE.tallies.update({f"ordinary {k}": n for k, n in counts.items()})
    assert counts["settled"] >= 0.6 * counts["tables"], counts
