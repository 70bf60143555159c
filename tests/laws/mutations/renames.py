"""Renames together with another change of the same thing: exactly the rename, and that change."""

from __future__ import annotations

from tests.laws.live import Live
from tests.laws.mutations.columns import WIDER, keyless, outside
from tests.laws.mutations.mutation import Change, Pick, alter, mutation
from tests.laws.spelling import literal, quoted


@mutation("column-name", "Column.name", needs=("type: integer",))
def column_renamed_and_widened(live: Live, pick: Pick) -> Change | None:
    place = pick(outside(live, [(t, c) for t, c in keyless(live) if c.type in WIDER]))
    if place is None:
        return None
    table, column = place
    name = column.name.encode()[:50].decode(errors="ignore") + "_new"
    sql = (
        alter(table, f"RENAME COLUMN {quoted(column.name)} TO {quoted(name)}"),
        alter(table, f"ALTER COLUMN {quoted(name)} TYPE {WIDER[column.type]}"),
    )
    also = ("column-type", "column", table.schema, table.name, name)
    return Change(sql, "column", table.schema, table.name, name, (also,))


@mutation("column-name", "Column.name")
def column_renamed_and_made_nullable(live: Live, pick: Pick) -> Change | None:
    primary = {(t.name, c) for t in live.tables for k in t.constraints if k.kind == "p" for c in k.columns}
    place = pick(
        [
            (t, c)
            for t, c in keyless(live)
            if c.not_null and not c.identity and (t.name, c.name) not in primary
        ]
    )
    if place is None:
        return None
    table, column = place
    name = column.name.encode()[:50].decode(errors="ignore") + "_new"
    sql = (
        alter(table, f"RENAME COLUMN {quoted(column.name)} TO {quoted(name)}"),
        alter(table, f"ALTER COLUMN {quoted(name)} DROP NOT NULL"),
    )
    also = ("column-nullable", "column", table.schema, table.name, name)
    return Change(sql, "column", table.schema, table.name, name, (also,))


@mutation("table-name", "Table.name", needs=("type: integer", "type: text"))
def table_renamed_and_commented(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if len(t.columns) > 2])
    if table is None:
        return None
    new = f'{quoted(table.schema)}."New name"'
    sql = (alter(table, 'RENAME TO "New name"'), f"COMMENT ON TABLE {new} IS 'another'")
    also = ("table-comment", "table", table.schema, "New name", None)
    return Change(sql, "table", table.schema, "New name", None, (also,))


@mutation("enum-name", "Enum.name", needs=("enum: own",))
def enum_renamed_with_a_new_value(live: Live, pick: Pick) -> Change | None:
    enum = pick([e for e in live.enums if len(e[2]) > 1])
    if enum is None:
        return None
    sql = (
        f'ALTER TYPE {quoted(*enum[:2])} RENAME TO "Other type"',
        f'ALTER TYPE {quoted(enum[0])}."Other type" ADD VALUE {literal("quite new")}',
    )
    also = ("enum-values", "enum", enum[0], None, "Other type")
    return Change(sql, "enum", enum[0], None, "Other type", (also,))


def apart(live: Live, pick: Pick) -> str | None:
    """A schema of the models' that is not the default one."""
    return pick(sorted({t.schema for t in live.tables} - {"public"}))


@mutation("schema-name", "Table.schema", needs=("metadata: two schemas",))
def schema_renamed(live: Live, pick: Pick) -> Change | None:
    """Tables, types, sequences, defaults and foreign keys in and to it go along."""
    schema = apart(live, pick)
    sql = f'ALTER SCHEMA {quoted(schema or "")} RENAME TO "New schema"'
    return Change((sql,), "schema", "New schema", None, None) if schema else None


@mutation("schema-name", "Table.schema", needs=("metadata: two schemas",))
def schema_renamed_and_a_table_commented(live: Live, pick: Pick) -> Change | None:
    schema = apart(live, pick)
    table = pick([t for t in live.tables if t.schema == schema])
    if schema is None or table is None:
        return None
    sql = (
        f'ALTER SCHEMA {quoted(schema)} RENAME TO "New schema"',
        f"COMMENT ON TABLE {quoted('New schema', table.name)} IS 'another'",
    )
    also = ("table-comment", "table", "New schema", table.name, None)
    return Change(sql, "schema", "New schema", None, None, (also,))


@mutation("index-name", "Index.name", needs=("table: index", "index: asc"))
def index_renamed_and_packed(live: Live, pick: Pick) -> Change | None:
    place = pick([(t, i) for t in live.tables for i in t.indexes if i.method in ("btree", "hash")])
    if place is None:
        return None
    table, index = place
    sql = (
        f'ALTER INDEX {quoted(table.schema, index.name)} RENAME TO "Other ix"',
        f"ALTER INDEX {quoted(table.schema, 'Other ix')} SET (fillfactor = 33)",
    )
    also = ("index-options", "index", table.schema, table.name, "Other ix")
    return Change(sql, "index", table.schema, table.name, "Other ix", (also,))
