"""Whether the schema stood still while it was read: what other sessions make for themselves is no change of it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from kedge.dialects.postgresql.reader import digest
from kedge.scratch import Scratch

SHOP = "CREATE TABLE shop (id serial PRIMARY KEY, n integer DEFAULT 1 CHECK (n > 0)); INSERT INTO shop DEFAULT VALUES"
NO_CHANGE = (
    "CREATE TEMP TABLE t (id serial PRIMARY KEY, n integer DEFAULT 3 CHECK (n > 0) REFERENCES t); DROP TABLE t",
    "CREATE TEMP TABLE t (id serial PRIMARY KEY, n integer DEFAULT 3 CHECK (n > 0) REFERENCES t)",
    "CREATE TEMP VIEW v AS SELECT 1 AS one",
    "CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "INSERT INTO shop SELECT FROM generate_series(1, 1000)",
    "ANALYZE",
    "VACUUM FREEZE",
    "VACUUM ANALYZE pg_catalog.pg_class",
)
CHANGE = (
    "CREATE TABLE other (id integer)",
    "ALTER TABLE shop ALTER n SET DEFAULT 2",
    "ALTER TABLE shop ADD CONSTRAINT small CHECK (n < 9)",
    "CREATE TYPE mood AS ENUM ('calm')",
    "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW v AS SELECT 1 AS one",
)


@pytest.fixture(scope="module")
def sessions(postgres: Scratch) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    with (
        postgres.database() as url,
        psycopg.connect(url, autocommit=True) as other,
        psycopg.connect(url, autocommit=True) as own,
    ):
        other.execute(SHOP)
        yield other, own


@pytest.mark.parametrize("statement", NO_CHANGE)
def test_what_is_no_change(sessions, statement: str) -> None:
    other, own = sessions
    before = digest(own)
    other.execute(statement)
    assert digest(own) == before


@pytest.mark.parametrize("statement", CHANGE)
def test_what_is_one(sessions, statement: str) -> None:
    other, own = sessions
    before = digest(own)
    other.execute(statement)
    assert digest(own) != before
