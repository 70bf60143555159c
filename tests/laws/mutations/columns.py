"""Changes of columns: there or not, name, type, nullability, default, computation, collation, comment."""

from __future__ import annotations

from tests.laws.live import Live, LiveColumn, LiveTable
from tests.laws.mutations.mutation import Change, Pick, alter, mutation, on
from tests.laws.spelling import literal, quoted

Place = tuple[LiveTable, LiveColumn]


def columns(live: Live, *, free: bool = False) -> list[Place]:
    return [(t, c) for t in live.tables for c in (t.free if free else t.columns)]


def keyless(live: Live) -> list[Place]:
    """Plain columns outside of primary and foreign keys, on neither side of them."""
    keys = {
        (t.schema, t.name, n) for t in live.tables for c in t.constraints if c.kind in "pf" for n in c.columns
    } | {(*c.target, n) for t in live.tables for c in t.constraints if c.target for n in c.target_columns}
    return [(t, c) for t, c in columns(live) if c.plain and (t.schema, t.name, c.name) not in keys]


def outside(live: Live, places: list[Place]) -> list[Place]:
    """Those no computed column is made from."""
    return [
        (t, c) for t, c in places if not any(o.generated and c.name in (o.default or "") for o in t.columns)
    ]


@mutation("column-presence", "Table.columns", "Column.name")
def column_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick(outside(live, [p for p in keyless(live) if len(p[0].columns) > 1]))
    return place and on(
        "column", place[0], place[1].name, alter(place[0], f"DROP COLUMN {quoted(place[1].name)} CASCADE")
    )


@mutation("column-presence", "Table.columns", "Column.name")
def column_of_a_key_dropped(live: Live, pick: Pick) -> Change | None:
    """What stands on it, foreign keys of other tables too, goes with it."""
    places = [
        (t, t.column(n)) for t in live.tables for c in t.constraints if c.kind in "pf" for n in c.columns
    ]
    place = pick(outside(live, [p for p in places if len(p[0].columns) > 1]))
    return place and on(
        "column", place[0], place[1].name, alter(place[0], f"DROP COLUMN {quoted(place[1].name)} CASCADE")
    )


@mutation("column-presence", "Table.columns")
def column_added(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and on("column", table, "Added here", alter(table, 'ADD COLUMN "Added here" xml'))


@mutation("column-presence", "Table.columns")
def required_column_added(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    sql = alter(table, "ADD COLUMN added_here point NOT NULL DEFAULT '(0,0)'") if table else ""
    return table and on("column", table, "added_here", sql)


@mutation("column-name", "Column.name")
def column_renamed(live: Live, pick: Pick) -> Change | None:
    place = pick(columns(live))
    if place is None:
        return None
    name = place[1].name.encode()[:50].decode(errors="ignore") + "_new"
    return on(
        "column", place[0], name, alter(place[0], f"RENAME COLUMN {quoted(place[1].name)} TO {quoted(name)}")
    )


def retyped(table: LiveTable, column: LiveColumn, type_: str) -> Change:
    name = quoted(column.name)
    return on(
        "column",
        table,
        column.name,
        alter(table, f"ALTER COLUMN {name} TYPE {type_} USING {name}::text::{type_}"),
    )


WIDER = {"smallint": "integer", "integer": "bigint", "bigint": "integer"}


@mutation("column-type", "Column.type", needs=("type: integer",))
def integer_of_another_width(live: Live, pick: Pick) -> Change | None:
    place = pick(outside(live, [(t, c) for t, c in keyless(live) if c.type in WIDER]))
    return place and retyped(*place, WIDER[place[1].type])


@mutation("column-type", "Column.type", needs=("type: varchar(20)",))
def length_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(outside(live, [(t, c) for t, c in keyless(live) if c.type.startswith("character varying(")]))
    return place and retyped(*place, pick(["varchar(7)", "varchar", "varchar(21)", "text", "char(9)"]) or "")


@mutation("column-type", "Column.type", needs=("type: numeric(10,2)",))
def precision_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(outside(live, [(t, c) for t, c in keyless(live) if c.type.startswith("numeric")]))
    return place and retyped(*place, pick(["numeric(11,2)", "numeric(10,3)", "numeric(3)"]) or "")


@mutation("column-type", "Column.type", needs=("type: timestamp",))
def time_zone_or_precision_changed(live: Live, pick: Pick) -> Change | None:
    types = ("timestamp without time zone", "timestamp with time zone", "timestamp(3) without time zone")
    place = pick(outside(live, [(t, c) for t, c in keyless(live) if c.type in types and c in t.free]))
    other = pick([t for t in types if place and t != place[1].type])
    return (place and other and retyped(*place, other)) or None


@mutation("column-type", "Column.type")
def type_of_another_kind(live: Live, pick: Pick) -> Change | None:
    """Anything into xml, which nothing is compatible with."""
    free = [(t, c) for t, c in columns(live, free=True) if c.plain and c.default is None]
    place = pick(free)
    return place and retyped(*place, "xml")


@mutation("column-type", "Column.type", needs=("type: integer[]",))
def array_made_a_scalar(live: Live, pick: Pick) -> Change | None:
    free = [(t, c) for t, c in columns(live, free=True) if c.type.endswith("[]") and c.default is None]
    place = pick(free)
    return place and retyped(*place, "text")


@mutation("column-type", "Column.type", "Enum.name", needs=("enum: own",))
def enum_made_text(live: Live, pick: Pick) -> Change | None:
    """The type itself stays, and nothing is said of it."""
    place = pick([(t, c) for t, c in columns(live, free=True) if c.type_kind == "e" and c.default is None])
    return place and retyped(*place, "text")


@mutation("column-nullable", "Column.nullable", needs=("column: nullable",))
def not_null_added(live: Live, pick: Pick) -> Change | None:
    place = pick([(t, c) for t, c in columns(live) if not c.not_null])
    return place and on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} SET NOT NULL"),
    )


@mutation("column-nullable", "Column.nullable", needs=("column: not null",))
def not_null_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick([(t, c) for t, c in keyless(live) if c.not_null])
    return place and on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} DROP NOT NULL"),
    )


@mutation("column-default", "Column.default", needs=("default: plain string",))
def default_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick(
        [
            (t, c)
            for t, c in columns(live)
            if c.plain and c.default and "nextval" not in c.default and c.default[:4] != "NULL"
        ]
    )
    return place and on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} DROP DEFAULT"),
    )


VALUES = {
    "integer": ["12345", "(7 * 6 + 1)"],
    "smallint": ["123"],
    "bigint": ["-77"],
    "text": ["'Other'", "current_database()"],
    "character varying": ["'Other '", "'other'"],
    "character varying(20)": ["'OTHER'"],
    "boolean": ["NULL::int = 1", "(random() > 0.5)"],
    "numeric": ["99.9"],
    "numeric(10,2)": ["99.9"],
    "double precision": ["99.9"],
    "date": ["'1999-09-09'"],
    "jsonb": ["'{\"other\": 1}'"],
    "json": ["'[\"other\"]'"],
    "uuid": ["'99999999-0000-0000-0000-000000000000'"],
    "interval": ["'99 days'"],
    "integer[]": ["'{9,9}'"],
    "text[]": ["'{other}'"],
    "timestamp without time zone": ["'1999-09-09'", "now() - interval '9 days'"],
    "timestamp with time zone": ["'1999-09-09'", "clock_timestamp() + interval '9 days'"],
    "time without time zone": ["'09:09'"],
}


@mutation("column-default", "Column.default", needs=("default: plain string", "type: varchar"))
def default_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(
        [
            (t, c)
            for t, c in columns(live)
            if c.plain and c.default and "nextval" not in c.default and c.type in VALUES
        ]
    )
    if place is None:
        return None
    text = pick(VALUES[place[1].type])
    return on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} SET DEFAULT {text}"),
    )


@mutation("column-default", "Column.default", needs=("type: varchar",))
def default_added(live: Live, pick: Pick) -> Change | None:
    place = pick([(t, c) for t, c in columns(live) if c.plain and not c.default and c.type in VALUES])
    if place is None:
        return None
    text = pick(VALUES[place[1].type])
    return on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} SET DEFAULT {text}"),
    )


def computed(live: Live) -> list[Place]:
    return [(t, c) for t, c in columns(live) if c.generated]


@mutation("column-computed", "Column.computed", needs=("table: computed column", "type: integer"))
def computation_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick(computed(live))
    return place and on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f"ALTER COLUMN {quoted(place[1].name)} DROP EXPRESSION"),
    )


@mutation(
    "column-computed",
    "Column.computed",
    "Computed.expression",
    "Computed.stored",
    needs=("table: computed column", "type: integer"),
)
def computation_changed(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in computed(live) if p[1] in p[0].free])
    if place is None:
        return None
    table, column = place
    name = quoted(column.name)
    added = f"ADD COLUMN {name} integer{' NOT NULL' if column.not_null else ''} GENERATED ALWAYS AS (({column.default}) + 1) STORED"  # noqa: E501
    sql = [alter(table, f"DROP COLUMN {name}"), alter(table, added)]
    if column.comment is not None:
        sql.append(f"COMMENT ON COLUMN {table.sql}.{name} IS {literal(column.comment)}")
    return on("column", table, column.name, *sql)


@mutation("column-collation", "Column.collation", needs=("type: text",))
def collation_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(
        outside(
            live, [(t, c) for t, c in keyless(live) if c.collation in ("default", "C") and c.type != "xml"]
        )
    )
    if place is None:
        return None
    other = "POSIX" if place[1].collation == "C" else "C"
    return on(
        "column",
        place[0],
        place[1].name,
        alter(place[0], f'ALTER COLUMN {quoted(place[1].name)} TYPE {place[1].type} COLLATE "{other}"'),
    )


@mutation("column-comment", "Column.comment")
def column_comment_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(columns(live))
    return place and on(
        "column",
        place[0],
        place[1].name,
        f"COMMENT ON COLUMN {place[0].sql}.{quoted(place[1].name)} IS 'another'",
    )


@mutation("column-comment", "Column.comment", needs=("column: comment",))
def column_comment_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick([(t, c) for t, c in columns(live) if c.comment])
    return place and on(
        "column", place[0], place[1].name, f"COMMENT ON COLUMN {place[0].sql}.{quoted(place[1].name)} IS NULL"
    )
