"""A chain of catalogs kept as its changes is the same chain."""

from __future__ import annotations

import msgspec
import psycopg

from kedge.dialects import dialect_of
from kedge.scratch import Scratch
from kedge.sources.changes import Change, change, changed

STEPS = (
    "CREATE TABLE t (id integer PRIMARY KEY, m text DEFAULT 'x'); CREATE TYPE mood AS ENUM ('calm')",
    "CREATE VIEW v AS SELECT id FROM t; CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE t ADD n integer; ALTER TYPE mood ADD VALUE 'cross'; CREATE SEQUENCE s; CREATE SCHEMA more",
    "SELECT 1",
    "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP VIEW v; DROP TYPE mood; DROP SEQUENCE s",
    "DROP TABLE t",
)


def test_what_is_written_down_is_read_again(postgres: Scratch) -> None:
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        dialect = dialect_of(url)
        with dialect.connect(url, timeout=10, autocommit=True) as reading:
            live, _ = dialect.read(reading, timeout=10)
            catalogs = [live]
            for step in STEPS:
                connection.execute(step.encode())
                catalogs.append(dialect.read_replayed(reading, live, timeout=10))
    before = again = live
    for catalog in catalogs[1:]:
        by, shared = change(before, catalog)
        assert shared == catalog
        written = msgspec.msgpack.decode(msgspec.msgpack.encode(by), type=Change)
        again = changed(again, written)
        assert again == catalog
        assert {p: type(o) for p, o in again.objects.items()} == {
            p: type(o) for p, o in catalog.objects.items()
        }
        assert list(again.tables) == list(shared.tables)
        assert list(again.objects) == list(shared.objects)
        before = shared
    assert len(catalogs[2].objects) > len(catalogs[1].objects)
