"""Draws a MetaData for MariaDB, and remembers what was put on which column, so that one thing can be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql as my

DRAWN: Counter[str] = Counter()

TYPES: dict[str, tuple[Any, str]] = {
    "int": (sa.Integer, "number"),
    "int unsigned": (lambda: my.INTEGER(unsigned=True), "number"),
    "zerofill": (lambda: my.INTEGER(display_width=6, zerofill=True), "zerofill"),
    "bigint": (sa.BigInteger, "number"),
    "smallint": (sa.SmallInteger, "number"),
    "mediumint": (my.MEDIUMINT, "number"),
    "tinyint": (my.TINYINT, "number"),
    "decimal": (lambda: sa.Numeric(10, 2), "number"),
    "float": (sa.Float, "other"),
    "double": (my.DOUBLE, "other"),
    "boolean": (sa.Boolean, "boolean"),
    "boolean with a check": (lambda: sa.Boolean(create_constraint=True), "boolean"),
    "varchar": (lambda: sa.String(40), "text"),
    "varchar in latin1": (lambda: my.VARCHAR(40, charset="latin1"), "text"),
    "varchar in utf8mb4_bin": (lambda: sa.String(40, collation="utf8mb4_bin"), "text"),
    "char": (lambda: sa.CHAR(5), "text"),
    "longtext": (my.LONGTEXT, "long"),
    "mediumtext": (my.MEDIUMTEXT, "long"),
    "plain text": (sa.Text, "long"),
    "blob": (sa.LargeBinary, "long"),
    "varbinary": (lambda: my.VARBINARY(9), "other"),
    "datetime": (sa.DateTime, "time"),
    "datetime(6)": (lambda: my.DATETIME(fsp=6), "fine time"),
    "timestamp": (my.TIMESTAMP, "stamp"),
    "date": (sa.Date, "other"),
    "year": (my.YEAR, "other"),
    "bit": (lambda: my.BIT(3), "other"),
    "json": (sa.JSON, "other"),
    "uuid": (sa.Uuid, "other"),
    "enum": (lambda: sa.Enum("a", "B b", "it's", "c,d", r"e\f"), "enum"),
    "enum as varchar": (lambda: sa.Enum("a", "b", native_enum=False, create_constraint=True), "other"),
    "set": (lambda: my.SET("a", "b"), "other"),
    "interval": (sa.Interval, "other"),
}
DEFAULTS: dict[str, list[Any]] = {
    "number": ["0", sa.text("1"), sa.text("'7'"), sa.text("(1 + 2)"), sa.text("NULL")],
    "boolean": [sa.true(), sa.false(), "1", sa.text("true")],
    "text": ["", "it's", "a, (b", sa.text("(concat('a','b'))"), sa.text("'NULL'")],
    "time": [sa.func.now(), sa.text("CURRENT_TIMESTAMP"), "2024-01-01", sa.text("(now() + interval 1 day)")],
    "fine time": [sa.text("CURRENT_TIMESTAMP(6)"), sa.text("now(6) ON UPDATE now(6)")],
    "stamp": [sa.func.now(), sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")],
    "enum": ["a", "it's"],
}
# What can be told to be the same without a server.
SIMPLE = ("int", "bigint", "varchar", "plain text", "datetime", "boolean", "decimal", "date", "json")
CHECKS = {
    "number": [
        "{0} > 0", "{0} BETWEEN 1 AND 5", "{0} IN (1, 2) OR {0} IS NULL", "NOT ({0} = 3) AND {0} <> 4 OR {0} = 9",
    ],
    "text": [
        "{0} <> ''", "length({0}) > 2 AND {0} NOT LIKE 'x%%'", "{0} IN ('a', 'it''s', ')')", "{0} REGEXP '^[a-z]'",
    ],
}  # fmt: skip
COMPUTED = {"number": "{0} + 1", "text": "concat(upper({0}), ', ')"}
NAMES = ("plain", "Mixed", "two words", "select", "back`tick", "it's", "ünï", "comma,(", "x" * 48)
COMMENTS = ("plain", 'it\'s "so"', "50 % of\nit", "back\\slash")
ACTIONS = (None, "CASCADE", "SET NULL", "RESTRICT", "NO ACTION")
KEYS = ("auto", "plain", "text", "composite", "bigint")
INDEXES = ("plain", "unique", "prefix", "fulltext", "two columns", "unnamed")

FACTS = {f"type: {t}" for t in TYPES} | {f"key: {k}" for k in KEYS} | {f"name: {n[:9]}" for n in NAMES}
FACTS |= {f"default: {f} {n}" for f, ds in DEFAULTS.items() for n in range(len(ds))}
FACTS |= {f"check: {c}" for cs in CHECKS.values() for c in cs} | {f"index: {i}" for i in INDEXES}
FACTS |= {f"on {event}: {a}" for event in ("delete", "update") for a in ACTIONS}
FACTS |= {f"computed: {f} {s}" for f in COMPUTED for s in ("stored", "virtual")}
FACTS |= {f"{kind}: {how}" for kind in ("check", "unique", "foreign key") for how in ("named", "unnamed")}
FACTS |= {"column: not null", "column: nullable", "column: comment", "table: comment", "table: collation"}
FACTS |= {"foreign key: itself"}


@dataclass
class Drawn:
    """`free` are columns nothing else speaks of: (table, column, type)."""

    metadata: sa.MetaData = field(default_factory=sa.MetaData)
    free: list[tuple[str, str, str]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Drawn({', '.join(self.metadata.tables)})"


class Drawing:
    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.count = 0
        self.drawn = Drawn()
        self.facts: list[str] = []

    def one(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def fact(self, name: str) -> bool:
        assert name in FACTS, name
        self.facts.append(name)
        return True

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    def name(self) -> str:
        self.count += 1
        stem = self.one(NAMES)
        self.fact(f"name: {stem[:9]}")
        return f"{stem}{self.count}"

    def maybe_named(self, kind: str) -> str | None:
        named = self.chance(60)
        self.fact(f"{kind}: {'named' if named else 'unnamed'}")
        return self.name() if named else None


@st.composite
def schemas(draw: Any) -> Drawn:
    d = Drawing(draw)
    for _ in range(draw(st.integers(1, 3))):
        _table(d)
    DRAWN.update(d.facts)
    return d.drawn


def _table(d: Drawing) -> None:
    key = d.one(KEYS)
    d.fact(f"key: {key}")
    items: list[Any] = _key(key)
    types = d.one([TYPES, SIMPLE])
    cells = [_column(d, types) for _ in range(d.draw(st.integers(2, 5)))]
    used: set[str] = set()
    items += [c for c, _, _ in cells]
    name = d.name()
    options: dict[str, Any] = {}
    if d.chance(25) and d.fact("table: comment"):
        options["comment"] = d.one(COMMENTS)
    if d.chance(15) and d.fact("table: collation"):
        options |= {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
    table = sa.Table(name, d.drawn.metadata, *items, **options)
    for column, _, family in cells:
        if family in CHECKS:
            _parts(d, table, column, family, used)
    if d.chance(40):
        _foreign_key(d, table)
    d.drawn.free += [(name, c.name, type_) for c, type_, _ in cells if c.name not in used]


def _key(key: str) -> list[Any]:
    if key == "composite":
        return [
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other id", sa.String(9), primary_key=True),
        ]
    type_: Any = {"text": sa.String(20), "bigint": sa.BigInteger()}.get(key, sa.Integer())
    return [sa.Column("id", type_, primary_key=True, autoincrement=key in ("auto", "bigint"))]


def _column(d: Drawing, types: Iterable[str]) -> tuple[sa.Column[Any], str, str]:
    type_ = d.one(types)
    make, family = TYPES[type_]
    nullable = d.chance(60)
    d.fact(f"type: {type_}")
    d.fact("column: nullable" if nullable else "column: not null")
    options: dict[str, Any] = {}
    if family in DEFAULTS and d.chance(60):
        number = d.draw(st.integers(0, len(DEFAULTS[family]) - 1))
        if nullable or str(DEFAULTS[family][number]) != "NULL":
            d.fact(f"default: {family} {number}")
            options["server_default"] = DEFAULTS[family][number]
    if d.chance(15) and d.fact("column: comment"):
        options["comment"] = d.one(COMMENTS)
    return sa.Column(d.name(), make(), nullable=nullable, **options), type_, family


def _parts(d: Drawing, table: sa.Table, column: sa.Column[Any], family: str, used: set[str]) -> None:
    quoted = "`" + column.name.replace("`", "``") + "`"
    if d.chance(35):
        text = d.one(CHECKS[family])
        d.fact(f"check: {text}")
        written = sa.text(text.replace("%%", "%").format(quoted))
        table.append_constraint(sa.CheckConstraint(written, name=d.maybe_named("check")))
        used.add(column.name)
    if d.chance(30):
        table.append_constraint(sa.UniqueConstraint(column, name=d.maybe_named("unique")))
        used.add(column.name)
    if d.chance(50):
        kind = d.one([i for i in INDEXES if family == "text" or i not in ("prefix", "fulltext")])
        d.fact(f"index: {kind}")
        options = {
            "prefix": {"mysql_length": 3},
            "fulltext": {"mysql_prefix": "FULLTEXT"},
            "unique": {"unique": True},
        }.get(kind, {})
        keys = [column, table.c.id] if kind == "two columns" else [column]
        sa.Index(None if kind == "unnamed" else d.name(), *keys, **options)
        used.add(column.name)
    if d.chance(20) and not isinstance(column.type, sa.CHAR):  # what is padded may not be computed with
        stored = d.one(["stored", "virtual"])
        d.fact(f"computed: {family} {stored}")
        type_: Any = sa.BigInteger() if family == "number" else sa.String(60)
        made = sa.Computed(COMPUTED[family].format(quoted), persisted=stored == "stored")
        table.append_column(sa.Column(d.name(), type_, made))
        used.add(column.name)


def _foreign_key(d: Drawing, table: sa.Table) -> None:
    targets = [t for t in d.drawn.metadata.tables.values() if isinstance(t.c.id.type, sa.Integer)]
    targets = [t for t in targets if len(t.primary_key.columns) == 1]
    if not targets:
        return
    target = d.one(targets)
    if target is table:
        d.fact("foreign key: itself")
    own: sa.Column[Any] = sa.Column(d.name(), type(target.c.id.type)(), nullable=True)
    table.append_column(own)
    delete, update = d.one(ACTIONS), d.one(ACTIONS)
    d.fact(f"on delete: {delete}")
    d.fact(f"on update: {update}")
    name = d.maybe_named("foreign key")
    table.append_constraint(
        sa.ForeignKeyConstraint([own], [target.c.id], name=name, ondelete=delete, onupdate=update)
    )
