"""What the scratch is made to have in common with the audited server, and what it may lack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from cases import corpus
from tests.laws.stage import words

from kedge import audit
from kedge.scratch import Scratch

DAYS = sa.MetaData()
sa.Table(
    "t",
    DAYS,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime(True), server_default="2024-01-01 00:00"),
    sa.Column("day", sa.Date, server_default="01/02/2024"),
    sa.CheckConstraint("at > '2020-01-01'", name="recent"),
)
VISITS = sa.MetaData()
sa.Table("visits", VISITS, sa.Column("at", sa.DateTime(True)), postgresql_partition_by="RANGE (at)")
sa.event.listen(
    VISITS,
    "after_create",
    sa.DDL("CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')"),
)


@contextmanager
def created(
    server: Scratch, metadata: sa.MetaData, *first: str
) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    with server.database() as url, psycopg.connect(url, autocommit=True) as connection:
        for sql in first:
            connection.execute(sql.format(connection.info.dbname).encode())
        metadata.create_all(sa.create_engine(corpus.driver(url), poolclass=sa.NullPool))
        yield url, connection


def heard(metadata: sa.MetaData, url: str, scratch: Scratch) -> list[str]:
    report = audit([metadata], url, scratch=scratch)
    notes = [f"{n.kind}: {n.reason}" for n in report.notes]
    return [*map(words, report.findings), *notes, *([] if report.complete else ["incomplete"])]


@pytest.mark.parametrize("metadata", [DAYS, VISITS])
@pytest.mark.parametrize(
    "setting",
    ["TimeZone = 'Europe/Zurich'", pytest.param("DateStyle = 'SQL, DMY'", marks=pytest.mark.slow)],
)
def test_literals_are_read_as_the_audited_database_reads_them(
    postgres: Scratch, metadata: sa.MetaData, setting: str
) -> None:
    with created(postgres, metadata, f"ALTER DATABASE {{}} SET {setting}") as (url, _):
        assert heard(metadata, url, postgres) == []


def log(*events: str, **options: str) -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table("log", metadata, sa.Column("line", sa.Text), **options)  # type: ignore[arg-type]
    spaces = {k: v for k, v in options.items() if k == "postgresql_tablespace"}
    sa.Index("by_line", table.c.line, postgresql_where=sa.text("line <> ''"), **spaces)  # type: ignore[arg-type]
    for sql in events:
        sa.event.listen(metadata, "after_create", sa.DDL(sql))
    return metadata


FAST = ("SET allow_in_place_tablespaces = on", "CREATE TABLESPACE \"so fast\" LOCATION ''")
GONE = 'DROP TABLESPACE "so fast"'
EVENTS = ('CREATE TABLE more (a int) TABLESPACE "so fast"', "CREATE VIEW one AS SELECT 1 AS x")


@pytest.mark.parametrize(
    "events",
    [pytest.param((), id="tables alone"), pytest.param(EVENTS, id="with events", marks=pytest.mark.slow)],
)
def test_a_tablespace_the_scratch_lacks_is_compared(
    postgres: Scratch, embedded: Scratch, events: tuple[str, ...]
) -> None:
    metadata = log(*events, postgresql_tablespace="so fast")
    with created(postgres, metadata, *FAST) as (url, connection):
        assert heard(metadata, url, embedded) == []
        connection.execute("ALTER TABLE log SET TABLESPACE pg_default")
        connection.execute("ALTER INDEX by_line SET TABLESPACE pg_default")
        assert heard(metadata, url, embedded) == [
            "index-tablespace index public.log.by_line: 'so fast' | UNSET",
            "table-tablespace table public.log.None: 'so fast' | UNSET",
        ]
        connection.execute("DROP TABLE IF EXISTS more")
        connection.execute(GONE)


def test_what_no_server_has_makes_no_model_invalid(postgres: Scratch) -> None:
    with created(postgres, log()) as (url, _):
        declared = log(postgresql_tablespace="nowhere", postgresql_using="columnar")
        assert heard(declared, url, postgres) == [
            "index-tablespace index public.log.by_line: 'nowhere' | UNSET",
            "table-access-method table public.log.None: 'columnar' | UNSET",
            "table-tablespace table public.log.None: 'nowhere' | UNSET",
        ]


def test_an_access_method_is_stood_in_for(postgres: Scratch, embedded: Scratch) -> None:
    metadata = log("CREATE TABLE more (a int) USING columnar", postgresql_using="columnar")
    method = "CREATE ACCESS METHOD columnar TYPE TABLE HANDLER heap_tableam_handler"
    with created(postgres, metadata, method) as (url, _):
        assert heard(metadata, url, embedded) == []
