"""Silence on what create_all makes; one change is exactly its one finding; what is settled without a server is so."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from cases import corpus, mariadb
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from tests.laws_mariadb.drawing import DRAWN, FACTS, Drawn, schemas
from tests.laws_mariadb.mutations import MUTATIONS

from kedge import audit
from kedge.dialects import dialect_of
from kedge.dialects.mysql import MySQL
from kedge.findings import Report
from kedge.scratch import Scratch
from kedge.sources.models import describe_in_process

EXAMPLES = 1000 if os.environ.get("KEDGE_LAWS") == "deep" else 40
MADE: Counter[str] = Counter()
REFUSED: Counter[str] = Counter()
SETTLED: Counter[bool] = Counter()
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@contextmanager
def created(drawn: Drawn, scratch: Scratch) -> Iterator[str]:
    with scratch.database() as url:
        engine = sa.create_engine(corpus.driver(url), poolclass=sa.NullPool)
        try:
            drawn.metadata.create_all(engine)
        except sa.exc.DatabaseError:  # two drawn things that the server does not take together
            REFUSED["create_all"] += 1
            assume(False)
        yield corpus.plain(url)


def own(report: Report) -> list[Any]:
    return [f for f in report.findings if f.implied_by is None]


@given(drawn=schemas())
@law
def test_silence(drawn: Drawn, mariadb: Scratch) -> None:
    with created(drawn, mariadb) as url:
        report = audit([drawn.metadata], url, scratch=mariadb)
    assert (report.findings, report.notes, report.complete) == ((), (), True)


@given(drawn=schemas(), data=st.data())
@law
def test_exactness(drawn: Drawn, data: st.DataObject, mariadb: Scratch) -> None:
    with created(drawn, mariadb) as url:
        possible = {n: found for n, m in MUTATIONS.items() if (found := list(m(drawn, _query(url))))}
        name = min(possible, key=lambda n: (MADE[n], n))  # what was made least, so that each has its turn
        statements, rule, table = data.draw(st.sampled_from(possible[name]))
        try:
            for statement in statements:
                _query(url)(statement)
        except pymysql.MySQLError:  # two drawn things that do not go together after the change
            assume(False)
        MADE[name] += 1
        report = audit([drawn.metadata], url, scratch=mariadb)
    assert [(f.rule, f.object.table) for f in own(report)] == [(rule, table)], [
        f.message for f in own(report)
    ]
    assert all(f.confirmed for f in own(report))


def everything() -> Drawn:
    """A schema on which every mutation can be made."""
    drawn = Drawn()
    sa.Table("parent", drawn.metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        drawn.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.String(40), server_default="it's"),
        sa.Column("number", sa.Integer, nullable=False, server_default="5"),
        sa.Column(
            "time", sa.TIMESTAMP, server_default=sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")
        ),
        sa.Column("day", sa.Date),
        sa.Column("indexed", sa.String(40)),
        sa.Column("parent_id", sa.ForeignKey("parent.id")),
        sa.Index("ix_indexed", "indexed", mysql_length=3),
        sa.CheckConstraint("indexed <> 'x'", name="ck_indexed"),
    )
    sa.Table("alone", drawn.metadata, sa.Column("id", sa.Integer, primary_key=True))
    names = {"text": "varchar", "number": "int", "time": "timestamp", "day": "date"}
    drawn.free = [("child", column, type_) for column, type_ in names.items()]
    return drawn


@pytest.mark.parametrize("name", MUTATIONS)
def test_exactness_of_every_mutation(name: str, mariadb: Scratch) -> None:
    drawn = everything()
    with created(drawn, mariadb) as url:
        statements, rule, table = next(MUTATIONS[name](drawn, _query(url)))
        for statement in statements:
            _query(url)(statement)
        MADE[name] += 1
        report = audit([drawn.metadata], url, scratch=mariadb)
    assert [(f.rule, f.object.table) for f in own(report)] == [(rule, table)], [
        f.message for f in own(report)
    ]
    assert all(f.confirmed for f in own(report))


@given(drawn=schemas(), data=st.data())
@law
def test_soundness(drawn: Drawn, data: st.DataObject, mariadb: Scratch) -> None:
    """What is called the same without a server is the same to the judge, after any change."""
    with created(drawn, mariadb) as url:
        changes = [(n, c) for n, m in MUTATIONS.items() for c in m(drawn, _query(url))]
        _, (statements, _, _) = data.draw(st.sampled_from(changes))
        try:
            for statement in statements:
                _query(url)(statement)
        except pymysql.MySQLError:
            assume(False)
        dialect = dialect_of(url)
        with dialect.connect(url, timeout=10) as connection:
            live, _ = dialect.read(connection, timeout=10)
        (declared,) = describe_in_process([drawn.metadata], live.profile).metadata
        keys = {t.name: live.tables.get((live.profile.default_schema, t.name)) for t in declared.tables}
        same = {
            t.name
            for t in declared.tables
            if (here := keys[t.name]) and dialect.settled(t, here, live.profile)
        }
        for table in declared.tables:
            SETTLED[table.name in same] += 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MySQL, "settled", lambda *_: False)
            report = audit([drawn.metadata], url, scratch=mariadb)
    assert not [f.message for f in report.findings if f.object.table in same]


def _query(url: str) -> Any:
    def query(sql: str) -> list[Any]:
        with mariadb.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    return query


def test_zz_every_fact_and_mutation_was_drawn() -> None:
    """Runs last; a law that never met a fact cannot pass for one that holds."""
    if not MADE:
        pytest.skip("the laws did not run in this process")
    for title, known, counted in (("fact", FACTS, DRAWN), ("mutation", set(MUTATIONS), MADE)):
        print(f"\n{title} × times drawn")
        print("\n".join(f"{counted[name]:>6} {name}" for name in sorted(known, key=lambda n: counted[n])))
    print(f"\nsettled without a server: {SETTLED[True]} of {SETTLED.total()} tables")
    print(f"refused by the server: {REFUSED.total()}")
    assert SETTLED[True]
    assert [name for name in sorted(FACTS) if not DRAWN[name]] == []
    assert [name for name in sorted(MUTATIONS) if not MADE[name]] == []
