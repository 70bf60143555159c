"""Renames: recognised, called what they are, told by people, and never a drop and an add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from kedge import audit
from kedge.errors import UsageError
from kedge.findings import Finding, Report
from kedge.scratch import Scratch


@pytest.fixture
def database(postgres: Scratch) -> Iterator[Callable[[str], str]]:
    with postgres.database() as url:

        def filled(sql: str) -> str:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(sql.encode())
            return url

        yield filled


def said(report: Report) -> set[tuple[str, str, str]]:
    """(rule, object, confidence) of every finding that stands on its own."""
    own = [f for f in report.findings if f.implied_by is None]
    return {
        (f.rule, ".".join(x for x in (f.object.schema, f.object.table, f.object.name) if x), f.confidence)
        for f in own
    }


def only(report: Report, rule: str) -> Finding:
    (found,) = [f for f in report.findings if f.rule == rule]
    return found


def customers(**info: Any) -> sa.MetaData:
    """Nothing here is like what the database has, but for what `info` says of it."""
    metadata = sa.MetaData()
    sa.Table(
        "customers",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(120), info=_kedge(info.get("email"))),
        sa.Column("score", sa.Integer),
        sa.Index("ix_customers_email", "email", info=_kedge(info.get("index"))),
        sa.UniqueConstraint("score", name="uq_score", info=_kedge(info.get("unique"))),
        info=_kedge(info.get("table")),
    )
    return metadata


def _kedge(old: str | None) -> dict[str, Any]:
    return {"kedge": {"renamed_from": old}} if old else {}


OLD = """
    CREATE TABLE people (id serial PRIMARY KEY, post text, points integer, CONSTRAINT points_once UNIQUE (points));
    CREATE INDEX by_post ON people (post);
"""
RENAMED = {
    ("table-name", "public.people", "certain"),
    ("column-name", "public.people.post", "certain"),
    ("column-type", "public.people.post", "certain"),
    ("column-name", "public.people.points", "certain"),
    ("index-name", "public.people.by_post", "certain"),
    ("unique-name", "public.people.points_once", "certain"),
}


def test_the_models_say_it(database, postgres):
    metadata = customers(table="people", email="post", index="by_post", unique="points_once")
    metadata.tables["customers"].c.score.info["kedge"] = {"renamed_from": "points"}
    report = audit([metadata], database(OLD), scratch=postgres)
    assert said(report) == RENAMED
    assert only(report, "table-name").candidates == ("the models say that it was called people",)
    assert {f.advice.action for f in report.findings if f.rule.endswith("-name")} == {"rename"}


def test_the_command_line_says_it(database, postgres):
    accepted = [
        "people=customers",
        "people.post=customers.email",
        "people.points=customers.score",
        "people.by_post=customers.ix_customers_email",
        "people.points_once=customers.uq_score",
        "nothing=like_it",
    ]
    report = audit([customers()], database(OLD), scratch=postgres, accept_renames=accepted)
    assert said(report) == RENAMED
    reasons = [n.reason for n in report.notes if n.kind == "rename-unknown"]
    assert reasons == ["--accept-rename nothing=like_it fits nothing; is it spelled right, or done?"]


def test_a_hint_that_is_done_says_nothing(database, postgres):
    sql = """
        CREATE TABLE customers (id serial PRIMARY KEY, email varchar(120), score integer,
                                CONSTRAINT uq_score UNIQUE (score));
        CREATE INDEX ix_customers_email ON customers (email);
    """
    metadata = customers(table="people", email="post", index="by_post", unique="points_once")
    report = audit([metadata], database(sql), scratch=postgres)
    assert (report.findings, report.notes, report.models.ignores) == ((), (), ())


@pytest.mark.parametrize("entry", ["people", "=x", "x=", "a=b=c"])
def test_what_is_no_rename(entry):
    with pytest.raises(UsageError, match="no rename"):
        audit([customers()], "postgresql://nobody@nowhere/x", accept_renames=[entry])


def in_schema(schema: str, wide: bool = False) -> sa.MetaData:
    metadata = sa.MetaData(schema=schema)
    sa.Table(
        "entries",
        metadata,
        sa.Column("id", sa.BigInteger if wide else sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Enum("new", "done", name="state", schema=schema), server_default="new"),
        sa.Column("number", sa.Integer, sa.Sequence("numbers", schema=schema)),
        sa.CheckConstraint(f"state <> 'new'::{schema}.state OR id > 0", name="ok"),
    )
    sa.Table(
        "accounts",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("entry_id", sa.ForeignKey(f"{schema}.entries.id")),
    )
    return metadata


def test_a_schema_and_what_else_changed_in_it(database, postgres):
    url = database("CREATE SCHEMA billing")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    in_schema("billing").create_all(engine)
    engine.dispose()
    assert said(audit([in_schema("billing")], url, scratch=postgres)) == set()

    database("ALTER SCHEMA billing RENAME TO invoicing")
    report = audit([in_schema("billing")], url, scratch=postgres)
    assert said(report) == {("schema-name", "invoicing", "likely")}
    assert only(report, "schema-name").candidates == ("2 of its 2 tables stand there under their names",)

    database("ALTER TABLE invoicing.accounts ALTER entry_id SET NOT NULL")
    report = audit([in_schema("billing")], url, scratch=postgres, accept_renames=["invoicing=billing"])
    assert said(report) == {
        ("schema-name", "invoicing", "certain"),
        ("column-nullable", "invoicing.accounts.entry_id", "certain"),
    }


def test_a_guess_names_its_rivals(database, postgres):
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("phone", sa.Text))
    sql = "CREATE TABLE t (id serial PRIMARY KEY, phone_a text, phone_b text)"
    found = only(audit([metadata], database(sql), scratch=postgres), "column-name")
    assert found.confidence == "guess"
    assert any("would fit" in c and "phone_" in c for c in found.candidates)
