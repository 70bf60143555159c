"""Exactness: one change of a live database is one finding, of that rule, about that object."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from tests.laws import live
from tests.laws.coverage import COVERAGE
from tests.laws.draw import metadatas
from tests.laws.drawing import Drawn
from tests.laws.mutations import MUTATIONS, Mutation, Pick
from tests.laws.profiles import examples
from tests.laws.spelling import clipped
from tests.laws.stage import audited, created, words

from kedge.scratch import Scratch


def named_parts(drawn: Drawn) -> frozenset[str]:
    """The names of the models' parts, cut as SQLAlchemy cuts those that a convention makes too long."""
    parts: list[Any] = [p for t in drawn.metadata.tables.values() for p in (*t.constraints, *t.indexes)]
    spell = postgresql.dialect().identifier_preparer
    given = (spell.format_constraint(p, _alembic_quote=False) for p in parts if p.name)
    return frozenset(clipped(str(name)) for name in given if name)


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=lambda m: m.name)
def test_one_change_is_one_finding(server: Scratch, mutation: Mutation) -> None:
    @settings(max_examples=examples(2))
    @given(metadatas(want=mutation.needs), st.data())
    def law(drawn: Drawn, data: st.DataObject) -> None:
        check(server, mutation, drawn, Pick(lambda items: data.draw(st.sampled_from(list(items)))))

    law()


def check(
    server: Scratch, mutation: Mutation, drawn: Drawn, pick: Pick, *, scratch: Scratch | None = None
) -> None:
    with created(server, drawn) as (url, connection):
        before = live.read(connection)
        before.named = named_parts(drawn)
        before.all_valid = not any("not valid" in fact for fact in drawn.facts)
        change = mutation.make(before, pick)
        if change is None:
            COVERAGE.tallies[f"nothing to change: {mutation.name}"] += 1
            reject()
        try:
            for sql in change.sql:
                connection.execute(sql.encode())
        except psycopg.Error as error:
            COVERAGE.refused[f"{mutation.name} ({error.diag.message_primary})"] += 1
            reject()
        report = audited(scratch or server, drawn, url)
    COVERAGE.mutations[mutation.name] += 1
    own = [f for f in report.findings if f.implied_by is None]
    refs = [(f.rule, f.object.kind, f.object.schema, f.object.table, f.object.name) for f in own]
    told = "\n".join([*change.sql, *map(words, report.findings)])
    wanted = [(mutation.rule, change.kind, change.schema, change.table, change.name), *change.also]
    assert sorted(refs, key=str) == sorted(wanted, key=str), told
    # What rests on a stand-in is said to.
    assert own[0].confirmed or any(n.kind == "stand-in" for n in report.notes), told
    assert {f.implied_by for f in report.findings if f.implied_by} <= {
        f.fingerprint for f in report.findings
    }, told
    assert [
        n
        for n in report.notes
        if n.kind not in ("schema-not-audited", "column-order", "not-compared", "stand-in")
    ] == []
