"""Changes of whole tables and types."""

from __future__ import annotations

from tests.laws.live import Live
from tests.laws.mutations.constraints import sortable
from tests.laws.mutations.mutation import Change, Pick, alter, mutation
from tests.laws.spelling import literal, quoted


@mutation("table-presence", "Catalog.tables", "Table.name")
def table_dropped(live: Live, pick: Pick) -> Change | None:
    """Its serial sequences, indexes and the foreign keys to it go with it."""
    table = pick(live.tables)
    return table and Change((f"DROP TABLE {table.sql} CASCADE",), "table", table.schema, table.name, None)


@mutation("table-presence", "Catalog.tables")
def table_added(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    if table is None:
        return None
    sql = f"CREATE TABLE {quoted(table.schema)}.\"Extra tab\" (a serial PRIMARY KEY, b text UNIQUE CHECK (b <> ''), c xml)"  # noqa: E501
    return Change((sql,), "table", table.schema, "Extra tab", None)


@mutation("table-name", "Table.name", needs=("type: integer", "type: text"))
def table_renamed(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if len(t.columns) > 2])
    return table and Change((alter(table, 'RENAME TO "New name"'),), "table", table.schema, "New name", None)


@mutation("table-schema", "Table.schema")
def table_moved(live: Live, pick: Pick) -> Change | None:
    """Into a schema that is audited too."""
    pairs = [
        (t, s)
        for t in live.tables
        for s in {o.schema for o in live.tables} - {t.schema} | ({"public"} - {t.schema})
    ]
    found = pick(sorted(pairs, key=lambda p: (p[0].schema, p[0].name, p[1])))
    return found and Change(
        (alter(found[0], f"SET SCHEMA {quoted(found[1])}"),), "table", found[1], found[0].name, None
    )


@mutation("table-comment", "Table.comment")
def table_comment_changed(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and Change(
        (f"COMMENT ON TABLE {table.sql} IS 'another'",), "table", table.schema, table.name, None
    )


@mutation("table-kind", "Table.kind")
def table_replaced_by_a_view(live: Live, pick: Pick) -> Change | None:
    table = pick(
        [
            t
            for t in live.tables
            if not any(c.target == (t.schema, t.name) for o in live.tables for c in o.constraints)
        ]
    )
    if table is None:
        return None
    sql = (
        alter(table, 'RENAME TO "behind it"'),
        alter(table, "SET SCHEMA hidden").replace(quoted(table.name), '"behind it"', 1),
    )
    view = f'CREATE VIEW {table.sql} AS SELECT * FROM hidden."behind it"'
    return Change(("CREATE SCHEMA hidden", *sql, view), "table", table.schema, table.name, None)


@mutation("table-kind", "Table.kind", needs=("primary key: none", "type: integer"))
def table_partitioned(live: Live, pick: Pick) -> Change | None:
    """By hand, with all that can be copied; its partitions are no tables of their own."""
    found = pick(
        [
            (t, c)
            for t in live.tables
            if all(c.kind == "c" for c in t.constraints)
            and not t.indexes
            and not t.comment
            and not t.stored_otherwise
            and not t.parents
            and not t.unlogged
            and all(c.identity or c.sequence is None for c in t.columns)
            for c in sortable(t)
        ]
    )
    if found is None:
        return None
    table, column = found
    parent = quoted(table.schema, "parent")
    return Change(
        (
            f"CREATE TABLE {parent} (LIKE {table.sql} INCLUDING ALL) PARTITION BY RANGE ({quoted(column)})",
            f"DROP TABLE {table.sql}",
            f"ALTER TABLE {parent} RENAME TO {quoted(table.name)}",
            f"CREATE TABLE {quoted(table.schema, 'part 1')} PARTITION OF {table.sql} DEFAULT",
        ),
        "table",
        table.schema,
        table.name,
        None,
    )


@mutation("table-unlogged", "Table.unlogged")
def table_unlogged(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if not any(c.target for o in live.tables for c in o.constraints)])
    return table and Change(
        (alter(table, f"SET {'LOGGED' if table.unlogged else 'UNLOGGED'}"),),
        "table",
        table.schema,
        table.name,
        None,
    )


@mutation("table-options", "Table.options")
def table_fillfactor_changed(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and Change((alter(table, "SET (fillfactor = 33)"),), "table", table.schema, table.name, None)


@mutation("table-inherits", "Table.inherits")
def table_made_to_inherit(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    if table is None:
        return None
    sql = ("CREATE SCHEMA elsewhere CREATE TABLE base ()", alter(table, "INHERIT elsewhere.base"))
    return Change(sql, "table", table.schema, table.name, None)


@mutation("table-inherits", "Table.inherits", needs=("table: inherits",))
def inheritance_ended(live: Live, pick: Pick) -> Change | None:
    found = pick([(t, p) for t in live.tables for p in t.parents])
    return found and Change(
        (alter(found[0], f"NO INHERIT {found[1]}"),), "table", found[0].schema, found[0].name, None
    )


@mutation("column-presence", needs=("table: inherits",))
def column_added_to_a_table_others_inherit_from(live: Live, pick: Pick) -> Change | None:
    parents = {p for t in live.tables for p in t.parents}
    table = pick([t for t in live.tables if t.sql in parents])
    return table and Change((alter(table, "ADD more text"),), "column", table.schema, table.name, "more")


# -- enums

ENUM = ("enum: own",)


@mutation("enum-values", "Enum.values", needs=ENUM)
def enum_value_added(live: Live, pick: Pick) -> Change | None:
    enum = pick(live.enums)
    return enum and Change(
        (f"ALTER TYPE {quoted(*enum[:2])} ADD VALUE 'added here' BEFORE {literal(enum[2][0])}",),
        "enum",
        enum[0],
        None,
        enum[1],
    )


@mutation("enum-values", "Enum.values", needs=ENUM)
def enum_value_renamed(live: Live, pick: Pick) -> Change | None:
    used = " ".join(c.default or "" for t in live.tables for c in t.columns)
    enum = pick([e for e in live.enums if literal(e[2][0]) not in used])
    return enum and Change(
        (f"ALTER TYPE {quoted(*enum[:2])} RENAME VALUE {literal(enum[2][0])} TO 'Other'",),
        "enum",
        enum[0],
        None,
        enum[1],
    )


@mutation("enum-name", "Enum.name", needs=ENUM)
def enum_renamed(live: Live, pick: Pick) -> Change | None:
    enum = pick(live.enums)
    return enum and Change(
        (f'ALTER TYPE {quoted(*enum[:2])} RENAME TO "Other type"',), "enum", enum[0], None, "Other type"
    )


@mutation("enum-schema", "Enum.schema", needs=(*ENUM, "metadata: two schemas"))
def enum_moved(live: Live, pick: Pick) -> Change | None:
    schemas = {t.schema for t in live.tables} | {"public"}
    found = pick([(e, s) for e in live.enums for s in sorted(schemas - {e[0]})])
    return found and Change(
        (f"ALTER TYPE {quoted(*found[0][:2])} SET SCHEMA {quoted(found[1])}",),
        "enum",
        found[1],
        None,
        found[0][1],
    )


@mutation("enum-presence", "Catalog.enums")
def enum_added(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and Change(
        (f"CREATE TYPE {quoted(table.schema)}.\"Extra mood\" AS ENUM ('a')",),
        "enum",
        table.schema,
        None,
        "Extra mood",
    )


@mutation("enum-comment", "Enum.comment", needs=ENUM)
def enum_comment_added(live: Live, pick: Pick) -> Change | None:
    enum = pick(live.enums)
    return enum and Change(
        (f"COMMENT ON TYPE {quoted(*enum[:2])} IS 'another'",), "enum", enum[0], None, enum[1]
    )
