"""Newer than the scratch: what only the audited server knows is compared where it can be, and never called invalid."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa

from kedge import Report, audit
from kedge.scratch import Scratch


def boxes(expression: str = "width * 2") -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "boxes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("width", sa.Integer, server_default=sa.text("1 + 1")),
        sa.Column("area", sa.Integer, sa.Computed(expression, persisted=False), nullable=False),
        sa.Column("twice", sa.Integer, sa.Computed(expression, persisted=True)),
    )
    return metadata


def audited(embedded: Scratch, postgres: Scratch, sql: str, metadata: sa.MetaData) -> Report:
    with embedded.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.encode())
        return audit([metadata], url, scratch=postgres)


MADE = """CREATE TABLE boxes (id serial PRIMARY KEY, width integer DEFAULT (1+1),
    area integer GENERATED ALWAYS AS (width * 2) VIRTUAL NOT NULL,
    twice integer GENERATED ALWAYS AS (width * 2) STORED)"""


def test_virtual_columns_are_compared_by_a_server_that_has_none(embedded: Scratch, postgres: Scratch) -> None:
    report = audited(embedded, postgres, MADE, boxes())
    assert [f.message for f in report.findings] == []
    assert report.complete


def test_a_stored_column_is_no_virtual_one(embedded: Scratch, postgres: Scratch) -> None:
    report = audited(embedded, postgres, MADE.replace("VIRTUAL", "STORED"), boxes())
    assert [(f.rule, f.object.name, f.confirmed) for f in report.findings] == [
        ("column-computed", "area", True)
    ]
    report = audited(embedded, postgres, MADE, boxes("width * 3"))
    assert [(f.rule, f.object.name, f.confirmed) for f in report.findings] == [
        ("column-computed", "area", True), ("column-computed", "twice", True),
    ]  # fmt: skip


def test_what_the_older_scratch_does_not_know_is_not_invalid(embedded: Scratch, postgres: Scratch) -> None:
    metadata = boxes()
    metadata.tables["boxes"].append_constraint(sa.CheckConstraint("width > 0) NOT ENFORCED --", name="loose"))
    sql = f"{MADE}; ALTER TABLE boxes ADD CONSTRAINT loose CHECK (width > 0) NOT ENFORCED"
    report = audited(embedded, postgres, sql, metadata)
    assert [f.rule for f in report.findings] == []
    assert [n.reason for n in report.notes if n.object and n.object.name == "loose"] == [
        'the scratch server is PostgreSQL 15, older than the audited one: syntax error at or near "ENFORCED"'
    ]
    assert not report.complete
