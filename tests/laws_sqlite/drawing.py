"""Draws a schema as plain values, and makes a MetaData of it: the models', and a changed one for the database."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

DRAWN: Counter[str] = Counter()
FACTS: set[str] = set()

TYPES: dict[str, tuple[Callable[[], Any], str]] = {
    "integer": (sa.Integer, "number"),
    "bigint": (sa.BigInteger, "number"),
    "numeric": (lambda: sa.Numeric(10, 2), "number"),
    "float": (sa.Float, "number"),
    "boolean": (lambda: sa.Boolean(create_constraint=True), "boolean"),
    "varchar": (lambda: sa.String(40), "text"),
    "text": (sa.Text, "text"),
    "nocase": (lambda: sa.String(20, collation="NOCASE"), "text"),
    "datetime": (sa.DateTime, "time"),
    "date": (sa.Date, "other"),
    "json": (sa.JSON, "other"),
    "blob": (sa.LargeBinary, "other"),
    "uuid": (sa.Uuid, "other"),
    "enum": (lambda: sa.Enum("a", "B b", "it's", create_constraint=True, name="mood"), "other"),
    "interval": (sa.Interval, "other"),
}
# What only a change makes.
CHANGED: dict[str, tuple[Callable[[], Any], str]] = {**TYPES, "plain twenty": (lambda: sa.String(20), "text")}
DEFAULTS: dict[str, list[Any]] = {
    "number": ["0", sa.text("0"), sa.text("-1"), sa.text("(1 + 2)"), sa.text("1e3"), sa.text("'7'")],
    "boolean": [sa.true(), sa.false(), sa.text("TRUE")],
    "text": [
        "",
        "it's",
        "a, (b",
        sa.text("(lower('A'))"),
        sa.text("(hex(randomblob(4)))"),
        sa.text('"word"'),
    ],
    "time": [
        sa.func.now(),
        sa.text("(datetime('now'))"),
        sa.text("CURRENT_TIMESTAMP"),
        "2024-01-01 00:00:00",
    ],
    "other": [sa.text("NULL")],
}
CHECKS: dict[str, list[str]] = {
    "number": ["{0} > 0", "{0} BETWEEN 1 AND 5", "{0} IN (1, 2) OR {0} IS NULL",
               "NOT ({0} = 3) AND {0} <> 4 OR {0} = 9"],
    "text": ["{0} <> ''", "length({0}) > 2 AND {0} NOT LIKE 'x%'", "{0} IN ('a', 'b''c', ')')", "{0} GLOB '[a-z]*'"],
}  # fmt: skip
COMPUTED = {"number": "{0} * 2 + 1", "text": "upper({0}) || ', '"}
EXPRESSIONS = {"number": "abs({0})", "text": "lower({0})"}
PREDICATES = {"number": "{0} > 10", "text": "{0} IS NOT NULL"}
NAMES = (
    "plain",
    "Mixed",
    "two words",
    "select",
    'quo"te',
    "it's",
    "ünï",
    "comma,(",
    "dash--no",
    "[br",
    "x" * 70,
)
ACTIONS = (None, "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
KEYS = ("rowid", "autoincrement", "text", "composite", "without rowid", "bigint", "named")

FACTS |= {f"type: {t}" for t in TYPES} | {f"key: {k}" for k in KEYS} | {f"name: {n[:9]}" for n in NAMES}
FACTS |= {f"default: {f} {n}" for f, ds in DEFAULTS.items() for n in range(len(ds))}
FACTS |= {f"check: {c}" for cs in CHECKS.values() for c in cs} | {f"on delete: {a}" for a in ACTIONS}
FACTS |= {f"on update: {a}" for a in ACTIONS} | {
    f"computed: {k} {s}" for k in COMPUTED for s in ("stored", "virtual")
}
FACTS |= {
    "unique: named",
    "unique: unnamed",
    "check: named",
    "check: unnamed",
    "foreign key: named",
    "foreign key: unnamed",
}
FACTS |= {"foreign key: deferred", "foreign key: itself", "index: plain", "index: unique", "index: partial"}
FACTS |= {"index: expression", "index: descending", "column: not null", "column: nullable", "table: strict"}


class Drawing:
    """Everything is drawn through here, so that it is counted."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.count = 0
        self.facts: list[str] = []

    def one(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def fact(self, name: str) -> str:
        self.facts.append(name)
        return name

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
def schemas(draw: Any) -> list[dict[str, Any]]:
    d = Drawing(draw)
    tables: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        tables.append(_table(d, tables))
    DRAWN.update(d.facts)
    return tables


def _table(d: Drawing, others: list[dict[str, Any]]) -> dict[str, Any]:
    key = d.one(KEYS)
    d.fact(f"key: {key}")
    strict = key in ("rowid", "text") and d.chance(40)
    columns = [_column(d, ("integer", "text") if strict else TYPES) for _ in range(d.draw(st.integers(2, 5)))]
    table: dict[str, Any] = {"name": d.name(), "key": key, "key_name": d.name() if key == "named" else None,
                             "columns": columns, "uniques": [], "checks": [], "indexes": [], "foreign_keys": [],
                             "strict": False}  # fmt: skip
    simple = [c for c in columns if c["family"] in ("number", "text")]
    if strict:
        table["strict"] = bool(d.fact("table: strict"))
    for source in simple:
        if d.chance(35):
            text = d.one(CHECKS[source["family"]])
            d.fact(f"check: {text}")
            table["checks"].append({"name": d.maybe_named("check"), "text": text, "column": source["name"]})
        if d.chance(35):
            table["uniques"].append({"name": d.maybe_named("unique"), "columns": [source["name"]]})
        if d.chance(50):
            kind = d.one(["plain", "unique", "partial", "expression", "descending"])
            d.fact(f"index: {kind}")
            table["indexes"].append(
                {"name": d.name(), "kind": kind, "column": source["name"], "family": source["family"]}
            )
    if simple and d.chance(40):
        source, stored = d.one(simple), d.one(["stored", "virtual"])
        d.fact(f"computed: {source['family']} {stored}")
        type_ = "text" if source["family"] == "text" else "integer"
        made = {"family": "made", "made": (source["name"], source["family"], stored)}
        table["columns"].append({"name": d.name(), "type": type_, "nullable": True, "default": None, **made})
    targets = [t for t in [*others, table] if t["key"] in ("rowid", "autoincrement")]
    for source in [c for c in columns if c["type"] == "integer"]:
        if targets and d.chance(60):
            target = d.one(targets)
            if target is table:
                d.fact("foreign key: itself")
            delete, update, deferred = d.one(ACTIONS), d.one(ACTIONS), d.chance(25)
            d.fact(f"on delete: {delete}")
            d.fact(f"on update: {update}")
            if deferred:
                d.fact("foreign key: deferred")
            key = {"name": d.maybe_named("foreign key"), "column": source["name"], "target": target["name"]}
            table["foreign_keys"].append({**key, "delete": delete, "update": update, "deferred": deferred})
    return table


def _column(d: Drawing, types: Iterable[str]) -> dict[str, Any]:
    type_ = d.one(types)
    family = TYPES[type_][1]
    nullable = d.chance(60)
    d.fact(f"type: {type_}")
    d.fact("column: nullable" if nullable else "column: not null")
    default = None
    if d.chance(45) and not (family == "other" and not nullable):
        number = d.draw(st.integers(0, len(DEFAULTS[family]) - 1))
        d.fact(f"default: {family} {number}")
        default = DEFAULTS[family][number]
    return {
        "name": d.name(),
        "type": type_,
        "family": family,
        "nullable": nullable,
        "default": default,
        "made": None,
    }


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def metadata_of(tables: list[dict[str, Any]]) -> sa.MetaData:
    metadata = sa.MetaData()
    for table in copy.copy(tables):
        items: list[Any] = _key(table)
        for c in table["columns"]:
            if c["made"]:
                source, family, stored = c["made"]
                text = COMPUTED[family].format(quoted(source))
                items.append(
                    sa.Column(
                        c["name"], CHANGED[c["type"]][0](), sa.Computed(text, persisted=stored == "stored")
                    )
                )
            else:
                items.append(
                    sa.Column(
                        c["name"],
                        CHANGED[c["type"]][0](),
                        nullable=c["nullable"],
                        server_default=c["default"],
                    )
                )
        items += [sa.UniqueConstraint(*u["columns"], name=u["name"]) for u in table["uniques"]]
        items += [
            sa.CheckConstraint(sa.text(k["text"].format(quoted(k["column"]))), name=k["name"])
            for k in table["checks"]
        ]
        items += [_foreign_key(f) for f in table["foreign_keys"]]
        made = sa.Table(table["name"], metadata, *items, sqlite_strict=table["strict"],
                        sqlite_autoincrement=table["key"] == "autoincrement",
                        sqlite_with_rowid=table["key"] != "without rowid")  # fmt: skip
        for index in table["indexes"]:
            _index(made, index)
    return metadata


def _key(table: dict[str, Any]) -> list[Any]:
    key = table["key"]
    type_ = {"text": sa.Text, "without rowid": sa.Text, "bigint": sa.BigInteger}.get(key, sa.Integer)
    if key == "named":
        return [sa.Column("id", type_, nullable=False), sa.PrimaryKeyConstraint("id", name=table["key_name"])]
    if key == "composite":
        return [
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other id", sa.Text, primary_key=True),
        ]
    return [sa.Column("id", type_, primary_key=True)]


def _foreign_key(key: dict[str, Any]) -> sa.ForeignKeyConstraint:
    deferral = {"deferrable": True, "initially": "DEFERRED"} if key["deferred"] else {}
    actions = {"ondelete": key["delete"], "onupdate": key["update"]}
    return sa.ForeignKeyConstraint(
        [key["column"]], [f"{key['target']}.id"], name=key["name"], **actions, **deferral
    )


def _index(table: sa.Table, index: dict[str, Any]) -> None:
    column: Any = table.c[index["column"]]
    options: dict[str, Any] = {"unique": index["kind"] == "unique"}
    if index["kind"] == "partial":
        options["sqlite_where"] = sa.text(PREDICATES[index["family"]].format(quoted(index["column"])))
    if index["kind"] == "expression":
        column = sa.text(EXPRESSIONS[index["family"]].format(quoted(index["column"])))
    if index["kind"] == "descending":
        column = column.desc()
    made = sa.Index(index["name"], column, **options)
    if made.table is None:
        table.append_constraint(made)
