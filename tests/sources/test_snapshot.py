"""A catalog as a file, and two catalogs that servers gave compared: a database with its restored copy."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from cases import corpus

from kedge.auditing.catalogs import Compared, compare_catalogs
from kedge.catalog import Catalog
from kedge.dialects import dialect_of
from kedge.errors import KedgeError
from kedge.scratch import Scratch
from kedge.sources import snapshot

EVERY_OBJECT = Path(__file__).parents[1] / "dialects" / "postgresql" / "every_object.sql"
TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE numbers START 7;
CREATE TABLE parents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x');
CREATE TABLE children (
    id serial PRIMARY KEY, parent bigint REFERENCES parents ON DELETE CASCADE, m mood DEFAULT 'ok', n numeric(8, 2),
    at timestamptz DEFAULT now(), doubled numeric GENERATED ALWAYS AS (n * 2) STORED,
    state varchar(10) CHECK (state IN ('a', 'b')), CHECK (n > 0 AND state <> 'c'), UNIQUE (parent, state)
);
CREATE INDEX on_state ON children (lower(state)) WHERE state::text IN ('a'::varchar, 'b'::varchar);
CREATE TABLE days (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE days_2 PARTITION OF days DEFAULT;
CREATE INDEX days_n ON ONLY days (n);
CREATE TABLE visits (day date NOT NULL, parent bigint, CONSTRAINT visited FOREIGN KEY (parent) REFERENCES parents)
    PARTITION BY RANGE (day);
CREATE TABLE visits_1 (day date NOT NULL, parent bigint, CONSTRAINT own_name FOREIGN KEY (parent) REFERENCES parents);
ALTER TABLE visits ATTACH PARTITION visits_1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
"""


def catalog(url: str) -> Catalog:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=10) as connection:
        return dialect.read(connection, timeout=60)[0]


def compared(before: Catalog, after: Catalog, scratch: Scratch | None) -> Compared:
    return compare_catalogs(dialect_of("postgresql://"), before, after, scratch)


@pytest.mark.parametrize("sql", [TABLES, EVERY_OBJECT.read_text("utf-8")], ids=["tables", "objects"])
def test_a_restored_dump_is_silent_against_the_snapshot(sql: str, postgres: Scratch) -> None:
    with postgres.database() as url, postgres.database() as copy:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.encode())
        before = snapshot.read(snapshot.written(catalog(url)))
        assert before == catalog(url)
        corpus.restore(url, copy)
        after = catalog(copy)
    found = compared(before, after, postgres)
    assert before.tables
    assert [str(d) for d in found.comparison.differences] == []
    assert found.notes == ()
    assert before.objects.keys() == after.objects.keys()


def test_one_change_is_one_difference(postgres: Scratch) -> None:
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES.encode())
        before = catalog(url)
        connection.execute("ALTER TABLE children ALTER state TYPE text; ALTER TABLE children DROP n CASCADE")
        connection.execute("ALTER TABLE children ADD CHECK (state IN ('b', 'a', 'b'))")
        connection.execute("ALTER TABLE children DROP CONSTRAINT children_state_check")
        connection.execute(
            "ALTER TABLE children RENAME CONSTRAINT children_state_check1 TO children_state_check"
        )
        after = catalog(url)
    found = compared(before, after, postgres)
    said = [
        (d.path.kind, d.path.name, d.attribute, d.confirmed)
        for d in found.comparison.differences
        if not d.implied_by
    ]
    assert said == [("column", "n", "presence", True), ("column", "state", "type", True)]
    assert found.questions
    unjudged = compared(before, after, None)
    assert unjudged.notes
    assert all(
        not d.confirmed for d in unjudged.comparison.differences if d.attribute in ("expression", "predicate")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{}", "no snapshot"),
        (b"\xff", "no snapshot"),
        (b'{"format": 99}', "has format 99"),
        (b"", "no snapshot"),
    ],
)
def test_what_is_no_snapshot_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(KedgeError, match=words):
        snapshot.read(data)
