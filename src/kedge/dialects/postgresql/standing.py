"""Puts stand-ins into a scratch database for what its server lacks, and knows what rests on them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg

from kedge.catalog import Catalog, Note, ObjectPath
from kedge.dialects.postgresql import stand_ins
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.nodes import Node

Connection = psycopg.Connection[Any]

WORKSHOP = "kedge_workshop"

_REGISTER = f"""
CREATE SCHEMA IF NOT EXISTS {WORKSHOP};
CREATE TABLE IF NOT EXISTS {WORKSHOP}.stand_ins (extension text, oid oid);
"""
# What this very transaction made.
_REGISTERED = "; ".join(
    f"INSERT INTO {WORKSHOP}.stand_ins SELECT '{{name}}', oid FROM pg_catalog.{catalog}"
    " WHERE xmin::text::bigint = txid_current() % 4294967296"
    for catalog in ("pg_type", "pg_proc", "pg_operator", "pg_opclass")
)

_MEMBERS = f"""
WITH members AS (
    SELECT e.extname::text AS extension, d.objid AS oid
      FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d
        ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
     WHERE e.extversion = '{stand_ins.VERSION}'
     UNION SELECT extension, oid FROM {WORKSHOP}.stand_ins)
SELECT extension, oid FROM members
 UNION SELECT m.extension, t.typarray FROM members m JOIN pg_catalog.pg_type t ON t.oid = m.oid WHERE t.typarray <> 0
"""

_RESTING = f"""
WITH members AS ({_MEMBERS})
SELECT DISTINCT m.extension, 'column', n.nspname, c.relname, a.attname
  FROM members m JOIN pg_catalog.pg_attribute a ON a.atttypid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
UNION SELECT m.extension, 'column', n.nspname, c.relname, a.attname
  FROM members m JOIN pg_catalog.pg_depend d
    ON d.refobjid = m.oid AND d.classid = 'pg_catalog.pg_attrdef'::regclass
  JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid JOIN pg_catalog.pg_class c ON c.oid = f.adrelid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
UNION SELECT m.extension, 'index', n.nspname, c.relname, x.relname
  FROM members m JOIN pg_catalog.pg_depend d ON d.refobjid = m.oid AND d.classid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_index i ON i.indexrelid = d.objid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))
UNION SELECT m.extension, CASE k.contype WHEN 'x' THEN 'exclusion' ELSE 'check' END, n.nspname, c.relname, k.conname
  FROM members m JOIN pg_catalog.pg_depend d
    ON d.refobjid = m.oid AND d.classid IN ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_class'::regclass)
  JOIN pg_catalog.pg_constraint k ON d.objid IN (k.oid, k.conindid) AND k.contype IN ('c', 'x')
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY 1, 2, 3, 4, 5
"""
_OID_FIELDS = re.compile(r".*(?:id|type|no)$")


def register(connection: Connection) -> None:
    connection.execute(_REGISTER)


def create_extension(connection: Connection, name: str, schema: str) -> bool:
    """Whether the extension, or what stands in for it, is there now."""
    made = f"CREATE EXTENSION IF NOT EXISTS {quoted(name)} SCHEMA {quoted(schema)} CASCADE"
    if _done(connection, [made]):
        return True
    scripts = stand_ins.scripts(name)
    inside = f"SET LOCAL search_path TO {quoted(schema)}"
    return bool(scripts) and _done(connection, [inside, *scripts, _REGISTERED.replace("{name}", name)])


def _done(connection: Connection, statements: Iterable[str]) -> bool:
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


def members(connection: Connection) -> dict[str, str]:
    """What stand-ins are made of: their extension by OID."""
    return {str(oid): extension for extension, oid in connection.execute(_MEMBERS)}


def rests_on(tree: Any, made: Mapping[str, str]) -> set[str]:
    """The extensions whose stand-ins a parsed expression uses."""
    return {made[oid] for oid in _oids(tree) if oid in made}


def _oids(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for item in tree:
            yield from _oids(item)
    elif isinstance(tree, Node):
        for field, value in tree.items():
            if isinstance(value, str) and _OID_FIELDS.fullmatch(field):
                yield value
            else:
                yield from _oids(value)


def server_of(connection: Connection) -> str:
    version = connection.info.server_version
    return f"PostgreSQL {version // 10000}.{version % 10000}"


def notes(connection: Connection, tables: Iterable[tuple[str, str]]) -> list[Note]:
    """What of these tables was built on stand-ins, one note for each extension."""
    server = server_of(connection)
    wanted = set(tables)
    resting: dict[str, list[str]] = defaultdict(list)
    for extension, kind, schema, table, name in connection.execute(_RESTING):
        if (schema, table) in wanted:
            resting[extension].append(f"{kind} {ObjectPath(kind, schema, table, name)}")
    return [
        Note(
            "stand-in",
            f"{extension} is not on the scratch server ({server}), and something with its names stood in for it;"
            f" names and types are compared, what it does is not: {_some(paths)}",
        )
        for extension, paths in resting.items()
    ]


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:12]) + (f" and {len(paths) - 12} more" if len(paths) > 12 else "")


# -- collations

_MISSING = re.compile(r'collation "(.*)" for encoding "')
# As servers with ICU, and systems with all their locales, name what they bring along.
_USUAL = re.compile(r".*-x-icu|[a-z]{2,3}_[A-Z]{2}(\.?[\w-]+)?(@\w+)?")


def known_collations(live: Catalog) -> frozenset[str]:
    """The collations the audited side uses, as its catalog prints them."""
    columns = (c.collation for t in live.tables.values() for c in t.columns)
    keys = (k.collation for t in live.tables.values() for i in t.indexes for k in i.keys)
    return frozenset(c for c in (*columns, *keys) if isinstance(c, str))


def stand_in_collation(error: psycopg.Error, known: frozenset[str]) -> tuple[str, str] | None:
    """The collation the server lacks, if it exists elsewhere, and the statement that makes something of its name."""
    found = _MISSING.search(str(error))
    if error.sqlstate != "42704" or found is None:
        return None
    name = found[1]
    home, _, own = name.rpartition(".")
    there = next((k for k in known if k == name or k.rpartition(".")[2] == own), None)
    if there is None and not _USUAL.fullmatch(own):
        return None
    schema = home or (there or "").rpartition(".")[0] or "pg_catalog"
    return name, f"CREATE COLLATION {quoted(schema)}.{quoted(own)} (provider = libc, locale = 'C')"
