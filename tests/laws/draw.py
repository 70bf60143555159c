"""Draws a whole MetaData: one to three tables with everything that hurts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy import orm
from tests.laws import columns, parts
from tests.laws.drawing import FACTS, Cell, Drawing, Drawn
from tests.laws.kinds import KINDS
from tests.laws.partitions import partitioned
from tests.laws.spelling import clipped, quoted
from tests.laws.texts import CHECKS, COMPUTED, DEFAULTS
from tests.laws.texts import KEYS as KEY_TEXTS

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
NAMED_CHECKS = {**CONVENTION, "ck": "ck_%(table_name)s_%(constraint_name)s"}
KEYS = ("serial", "bigserial", "identity", "sequence", "uuid", "text", "composite", "none")

FACTS |= {f"primary key: {k}" for k in (*KEYS, "named", "deferrable", "deferred", "include", "comment")}
FACTS |= {f"foreign key: on delete {a.lower()}" for a in ACTIONS} | {
    f"foreign key: on update {a.lower()}" for a in ACTIONS
}
FACTS |= {
    "metadata: naming convention",
    "metadata: no naming convention",
    "metadata: schema",
    "metadata: two schemas",
    "metadata: schema public",
    "table: declarative",
    "table: comment",
    "table: several",
    "sequence: standing alone",
    "table: unlogged",
    "table: inherits",
    "table: tablespace",
    "index: tablespace",
    "table: fillfactor",
    "table: computed column",
    "table: unique",
    "table: check",
    "table: index",
    "table: exclusion",
    "table: foreign key",
    "foreign key: named",
    "foreign key: unnamed",
    "foreign key: composite",
    "foreign key: to itself",
    "foreign key: cyclic",
    "foreign key: to a unique",
    "foreign key: deferrable",
    "foreign key: deferred",
    "foreign key: match full",
    "foreign key: not valid",
    "foreign key: set null of columns",
    "foreign key: comment",
    "foreign key: across schemas",
}


@st.composite
def metadatas(draw: Callable[[st.SearchStrategy[Any]], Any], want: Sequence[str] = ()) -> Drawn:
    """A MetaData in which every fact of `want` is to be found."""
    d = Drawing(draw, want)
    conventions = d.maybe("metadata: naming convention", 50)
    if not conventions:
        d.fact("metadata: no naming convention")
    chosen = d.one([CONVENTION, NAMED_CHECKS]) if conventions else None
    d.convention = chosen or {}
    d.drawn.metadata = sa.MetaData(schema=_schema(d), naming_convention=chosen)
    tables = [table(d) for _ in range(d.number(1, 3))]
    if len(tables) > 1:
        d.fact("table: several")
    for made, cells in tables:
        while _wanted(d, "foreign key") or d.chance(35):
            foreign_key(d, made, cells, tables)
    if d.maybe("table: inherits", 7):
        inheriting(d, [made for made, _ in tables])
    if d.maybe("sequence: standing alone", 10):
        columns.sequence(d)
    if any(w.startswith(("partition: ", "partitioned by: ")) for w in d.want) or d.maybe(
        "table: partitioned", 6
    ):
        partitioned(d)
    schemas = {t.schema for t, _ in tables if t.schema} | {d.drawn.metadata.schema or "public"}
    if len({t.schema or "public" for t, _ in tables}) > 1:
        d.fact("metadata: two schemas")
    d.drawn.schemas = tuple(sorted({*d.drawn.schemas, *schemas}))
    return d.drawn


def _schema(d: Drawing) -> str | None:
    if d.maybe("metadata: schema public", 8):
        return "public"
    return d.one(["Sales", "app schema", "other"]) if d.maybe("metadata: schema", 15) else None


def _wanted(d: Drawing, prefix: str) -> bool:
    return any(w.startswith(prefix + ":") for w in d.want) or f"table: {prefix}" in d.want


def table(d: Drawing) -> tuple[sa.Table, list[Cell]]:
    schema = "second" if "metadata: two schemas" in d.want or d.chance(12) else d.drawn.metadata.schema
    if schema == "second":
        d.want.discard("metadata: two schemas")
    cells = [columns.column(d) for _ in range(d.number(1, 4))]
    while any(w.startswith(("type:", "enum:", "default:", "column:")) for w in d.want):
        before = set(d.want)
        cells.append(columns.column(d))
        if d.want == before:
            break
    if _wanted(d, "identity") or d.chance(8):
        # A second numbered column beside the key.
        numbered: sa.Column[Any] = sa.Column(
            d.name("nr"), d.one([sa.Integer(), sa.BigInteger(), sa.SmallInteger()]), columns.identity(d)
        )
        cells.append(Cell(numbered, KINDS["integer"], computed=True))
    if (_wanted(d, "computed") or d.maybe("table: computed column", 15)) and (
        made := columns.computed(d, cells)
    ):
        cells.append(made)
        d.want.discard("table: computed column")
    key, key_options = primary_key(d, [c for c in cells if not c.computed])
    items: list[Any] = [c.column for c in (*key, *cells)]
    if key:
        items.append(sa.PrimaryKeyConstraint(*(c.column.name for c in key), **key_options))
    options: dict[str, Any] = {"comment": d.one(columns.COMMENTS)} if d.maybe("table: comment", 15) else {}
    if d.maybe("table: unlogged", 5):
        options["prefixes"] = ["UNLOGGED"]
    if d.maybe("table: fillfactor", 5):
        options["postgresql_with"] = {"fillfactor": d.one([50, 80])}
    if d.maybe("table: tablespace", 4):
        options["postgresql_tablespace"] = "archive"
    made_table = _made(d, d.name("tab"), schema, items, options, bool(key))
    cells = [*key, *cells]
    for kind, percent, add in (
        ("exclusion", 8, parts.exclusion),
        ("unique", 35, parts.unique),
        ("check", 45, parts.check),
        ("index", 50, parts.index),
    ):
        for _ in range(4):
            if not (_wanted(d, kind) or d.chance(percent)):
                break
            add(d, made_table, cells)
            d.fact(f"table: {kind}")
    return made_table, cells


def inheriting(d: Drawing, tables: list[sa.Table]) -> None:
    """A table under one of the others, created after it whatever their names are."""
    parent = d.one(
        [t for t in tables if "%" not in t.name] or [sa.Table(d.name("base", 100), d.drawn.metadata)]
    )
    whole = quoted(parent.schema or "public", clipped(parent.name))
    options: dict[str, Any] = {"postgresql_inherits": sa.sql.quoted_name(whole, quote=False)}
    options |= {"prefixes": ["UNLOGGED"]} if "UNLOGGED" in parent._prefixes else {}
    child = sa.Table(d.name("child"), d.drawn.metadata, sa.Column(d.name("own"), sa.Text()), **options)
    child.add_is_dependent_on(parent)


def _made(
    d: Drawing, name: str, schema: str | None, items: list[Any], options: dict[str, Any], mapped: bool
) -> sa.Table:
    if not mapped or not d.maybe("table: declarative", 25):
        return sa.Table(name, d.drawn.metadata, *items, schema=schema, **options)
    base: Any = orm.registry(metadata=d.drawn.metadata).generate_base()
    attributes: dict[str, Any] = {f"a{n}": i for n, i in enumerate(items) if isinstance(i, sa.Column)}
    rest = [i for i in items if not isinstance(i, sa.Column)]
    attributes["__tablename__"] = name
    attributes["__table_args__"] = (*rest, {"schema": schema, **options})
    return type("Model", (base,), attributes).__table__  # type: ignore[no-any-return]


def primary_key(d: Drawing, others: list[Cell]) -> tuple[list[Cell], dict[str, Any]]:
    wanted = next((k for k in KEYS if f"primary key: {k}" in d.want), None)
    style = wanted or ("serial" if d.chance(30) else d.one(KEYS))
    d.fact(f"primary key: {style}")
    cells: list[Cell] = []
    if style == "none":
        return [], {}
    if style in ("serial", "bigserial"):
        big = style == "bigserial"
        cells.append(
            Cell(sa.Column(d.name("id"), sa.BigInteger() if big else sa.Integer()), KINDS["integer"], True)
        )
    elif style == "identity":
        cells.append(Cell(sa.Column(d.name("id"), sa.Integer(), columns.identity(d)), KINDS["integer"], True))
    elif style == "sequence":
        sequence = columns.sequence(d)
        cells.append(Cell(sa.Column(d.name("id"), sa.Integer(), sequence), KINDS["integer"]))
    elif style == "composite":
        cells += [
            columns.column(d, f, bare=True)
            for f in d.one([("integer", "text"), ("uuid", "date"), ("text", "integer", "boolean")])
        ]
    else:
        cells.append(columns.column(d, style, bare=True))
    for cell in cells:
        cell.column.nullable = False
    options: dict[str, Any] = {"name": d.name("pk")} if d.maybe("primary key: named", 30) else {}
    options |= parts.deferral(d, "primary key") if d.chance(25) or _wanted(d, "primary key") else {}
    if others and d.maybe("primary key: include", 6):
        options["postgresql_include"] = [d.one(others).column.name]
    if "name" in options or d.convention:
        options |= parts.comment(d, "primary key")
    return cells, options


def foreign_key(
    d: Drawing, table: sa.Table, cells: list[Cell], tables: list[tuple[sa.Table, list[Cell]]]
) -> None:
    """A foreign key over columns of its own, to a key of any table."""
    targets = [(t, k) for t, _ in tables for k in keys_of(t) if t is table or "UNLOGGED" not in t._prefixes]
    for fact, fits in (
        ("foreign key: to itself", lambda t, k: t is table),
        ("foreign key: composite", lambda t, k: len(k) > 1),
        ("foreign key: to a unique", lambda t, k: k != list(t.primary_key.columns)),
        ("foreign key: across schemas", lambda t, k: t.schema != table.schema),
    ):
        if fact in d.want:
            targets = [(t, k) for t, k in targets if fits(t, k)] or targets
            d.want.discard(fact)
    if not targets:
        d.want -= {w for w in d.want if w.startswith(("foreign key:", "table: foreign key"))}
        return
    target, key = d.one(targets)
    own = [sa.Column(d.name("ref"), _plain(c.type), nullable=d.chance(70)) for c in key]
    for made in own:
        table.append_column(made)
    options: dict[str, Any] = parts.deferral(d, "foreign key")
    delete = next((a for a in ACTIONS if f"foreign key: on delete {a.lower()}" in d.want), None)
    if delete or d.chance(50):
        options["ondelete"] = delete or d.one(ACTIONS)
        d.fact(f"foreign key: on delete {options['ondelete'].lower()}")
    elif "%" not in own[0].name and d.maybe("foreign key: set null of columns", 20):
        options["ondelete"] = f"SET NULL ({sa.schema.Column(own[0].name).compile(dialect=_dialect())})"
    update = next((a for a in ACTIONS if f"foreign key: on update {a.lower()}" in d.want), None)
    if update or d.chance(30):
        options["onupdate"] = update or d.one(ACTIONS)
        d.fact(f"foreign key: on update {options['onupdate'].lower()}")
    if d.maybe("foreign key: match full", 12):
        options["match"] = "FULL"
    if d.maybe("foreign key: not valid", 6):
        options["postgresql_not_valid"] = True
    position = {t: n for n, (t, _) in enumerate(tables)}
    if position[target] > position[table] or (target is table and d.chance(20)):
        options["use_alter"] = True
        options["name"] = d.name("fk")
        d.fact("foreign key: cyclic")
    else:
        options["name"] = parts.constraint_name(d, "foreign key", "fk")
        if options["name"]:
            options |= parts.comment(d, "foreign key")
    for fact, holds in (
        ("foreign key: composite", len(key) > 1),
        ("foreign key: to itself", target is table),
        ("foreign key: to a unique", key != list(target.primary_key.columns)),
        ("foreign key: across schemas", target.schema != table.schema),
    ):
        if holds:
            d.fact(fact)
    table.append_constraint(sa.ForeignKeyConstraint(own, key, **options))
    d.fact("table: foreign key")


def _dialect() -> Any:
    from sqlalchemy.dialects import postgresql

    return postgresql.dialect()


def _plain(type_: Any) -> Any:
    """The type without the constraints it would make."""
    if isinstance(type_, sa.Boolean):
        return sa.Boolean()
    if isinstance(type_, sa.Enum) and not type_.native_enum:
        return sa.String(type_.length)
    return type_


def keys_of(table: sa.Table) -> list[list[sa.Column[Any]]]:
    """What a foreign key may point to."""
    found = [table.primary_key] if len(table.primary_key.columns) else []
    # Constraints are a set: in its order, the same draw would not draw the same.
    uniques = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    found += sorted(uniques, key=lambda c: [column.name for column in c.columns])
    keys = [list(c.columns) for c in found if not c.deferrable]
    return [k for k in keys if not any(_refused_late(c.type) for c in k)]


def _refused_late(type_: Any) -> bool:
    """varchar[]: PostgreSQL takes a foreign key over it in CREATE TABLE, and refuses it in ALTER TABLE."""
    return (
        isinstance(type_, sa.ARRAY)
        and isinstance(type_.item_type, sa.String)
        and not isinstance(type_.item_type, sa.Enum)
    )


def needs_of(fact: str) -> list[str]:
    """What has to be drawn with a fact so that it can be: a column of its family for a text."""
    for kind, tables in (
        ("default", DEFAULTS),
        ("check", CHECKS),
        ("index", KEY_TEXTS),
        ("computed", COMPUTED),
    ):
        for family, texts in tables.items():
            for text in texts:
                if fact == (
                    f"default: {family} {text.text}" if kind == "default" else f"{kind}: {text.text}"
                ):
                    column = next(k for k, v in KINDS.items() if v.family == family)
                    return (
                        [fact, f"type: {column}"]
                        if kind == "default"
                        else [fact, f"type: {column}", "column: nullable"]
                    )
    return [fact, *_BESIDE.get(fact, ())]


_BESIDE = {
    "partition: default": ("partitioned by: RANGE (day)",),
    "partition: of a partition": ("partitioned by: RANGE (day)", "partition: default"),
    "default: sa.true()": ("type: boolean",),
    "default: func.now()": ("type: timestamp",),
    "default: next value": ("type: integer",),
    "default: plain string": ("type: varchar",),
    "default: enum label": ("enum: own",),
}
