"""Draws keys, constraints and indexes onto a table."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from tests.laws.columns import COMMENTS, column
from tests.laws.drawing import FACTS, Cell, Drawing
from tests.laws.kinds import WITHOUT_HASH, WITHOUT_ORDER
from tests.laws.texts import CHECKS, KEYS, Text

METHODS = {
    "gin": ("jsonb", "integers", "texts", "tsvector"),
    "gist": ("range", "tsvector", "time range"),
    "brin": ("integer", "timestamp", "date"),
    "spgist": ("text", "range"),
}
CLASSES = {"text": "text_pattern_ops", "jsonb": "jsonb_path_ops"}
SORTINGS = ("asc", "desc", "asc nulls first", "desc nulls last")

FACTS |= {f"index: {m}" for m in ("hash", *METHODS)} | {f"index: {s}" for s in SORTINGS}
FACTS |= {f"index: {t.text}" for texts in KEYS.values() for t in texts}
FACTS |= {f"check: {t.text}" for texts in CHECKS.values() for t in texts}
FACTS |= {
    "index: named",
    "index: unnamed",
    "index: unique",
    "index: several keys",
    "index: include",
    "index: partial",
    "index: fillfactor",
    "index: nulls not distinct",
    "index: operator class",
    "index: collation",
    "index: flag of a column",
    "unique: named",
    "unique: unnamed",
    "unique: deferrable",
    "unique: deferred",
    "unique: include",
    "unique: several columns",
    "unique: nulls not distinct",
    "unique: flag of a column",
    "unique: like the primary key",
    "unique: comment",
    "unique: twin of the key",
    "check: named",
    "check: unnamed",
    "check: not valid",
    "check: nested",
    "check: object",
    "check: comment",
    "exclusion: named",
    "exclusion: unnamed",
    "exclusion: partial",
    "exclusion: deferrable",
    "exclusion: two keys",
}


def ordered(cells: list[Cell]) -> list[Cell]:
    return [c for c in cells if c.kind.family not in WITHOUT_ORDER]


def some(d: Drawing, cells: list[Cell], most: int) -> list[Cell]:
    chosen: list[Cell] = []
    for _ in range(d.number(1, most)):
        left = [c for c in cells if c not in chosen]
        if left:
            chosen.append(d.one(left))
    return chosen


def constraint_name(d: Drawing, kind: str, word: str) -> str | None:
    """A name, or none: then the naming convention or the server gives one."""
    if f"{kind}: unnamed" in d.want or (f"{kind}: named" not in d.want and d.chance(50)):
        d.fact(f"{kind}: unnamed")
        return None
    d.fact(f"{kind}: named")
    return d.name(word)


def deferral(d: Drawing, kind: str) -> dict[str, Any]:
    if not d.maybe(f"{kind}: deferrable", 15):
        return {}
    if f"{kind}: deferred" in FACTS and d.maybe(f"{kind}: deferred", 50):
        return {"deferrable": True, "initially": "DEFERRED"}
    return {"deferrable": True}


def comment(d: Drawing, kind: str) -> dict[str, Any]:
    """For a constraint with a name: SQLAlchemy cannot comment on one without."""
    return {"comment": d.one(COMMENTS)} if d.maybe(f"{kind}: comment", 10) else {}


# -- unique


def unique(d: Drawing, table: sa.Table, cells: list[Cell]) -> None:
    usable = ordered(cells)
    key = list(table.primary_key.columns)
    if key and d.maybe("unique: like the primary key", 4):
        table.append_constraint(sa.UniqueConstraint(*key))
        return
    if len(key) == 1 and d.maybe("unique: twin of the key", 4):
        twin: sa.Column[Any] = sa.Column(d.name("twin"), key[0].type, nullable=False)
        table.append_column(twin)
        table.append_constraint(sa.UniqueConstraint(twin))
        return
    chosen = some(d, usable, 3)
    if not d.first("unique", table, [c.column for c in chosen]):
        return
    if not chosen or [c.column.name for c in chosen] == [c.name for c in key]:
        return
    if len(chosen) == 1 and d.maybe("unique: flag of a column", 20):
        chosen[0].column.unique = True
        table.append_constraint(sa.UniqueConstraint(chosen[0].column))
        return
    if len(chosen) > 1:
        d.fact("unique: several columns")
    options: dict[str, Any] = deferral(d, "unique")
    if d.maybe("unique: nulls not distinct", 12):
        options["postgresql_nulls_not_distinct"] = True
    if d.maybe("unique: include", 12):
        options["postgresql_include"] = [d.one(cells).column.name]
    name = constraint_name(d, "unique", "uq")
    if name or d.convention:
        options |= comment(d, "unique")
    table.append_constraint(sa.UniqueConstraint(*(c.column for c in chosen), name=name, **options))


# -- check


def predicate(d: Drawing, cells: list[Cell], *, steady: bool = False) -> Text | None:
    """One condition on one column; `steady` leaves out what an index may not say."""
    usable = [c for c in cells if c.kind.family in CHECKS]
    if not usable:
        return None
    cell = next((c for c in usable if any(f"check: {t.text}" in d.want for t in CHECKS[c.kind.family])), None)
    cell = cell or d.one(usable)
    texts = [t for t in CHECKS[cell.kind.family] if not (steady and "now()" in t.text)]
    text = next((t for t in texts if f"check: {t.text}" in d.want), None) or d.one(texts)
    if not steady:
        d.fact(f"check: {text.text}")
    return text.on(cell.sql)


def nested(d: Drawing, cells: list[Cell], depth: int = 2) -> Text | None:
    """Conditions joined by AND and OR, with parentheses where they count and without where they do not."""
    if depth == 0 or d.chance(30):
        return predicate(d, cells)
    left, right = nested(d, cells, depth - 1), nested(d, cells, depth - 1)
    if left is None or right is None:
        return left or right
    word = d.one(["AND", "OR"])
    negated = "NOT " if d.chance(15) else ""
    return Text(
        f"{negated}(({left.text}) {word} ({right.text}))",
        f"{negated}((({left.respelled or left.text}) {word} ({right.respelled or right.text})))",
    )


def check(d: Drawing, table: sa.Table, cells: list[Cell]) -> None:
    numbers = [c for c in cells if c.kind.family in ("integer", "numeric")]
    expression: Any
    if numbers and d.maybe("check: object", 15):
        made = d.one(numbers).column
        expression = d.one(
            [made > 3, made.in_([1, 2]), sa.or_(made.is_(None), made.between(1, 5)), ~(made == 4)]
        )
    elif d.maybe("check: nested", 30):
        text = nested(d, cells)
        expression = text and d.text(text)
    else:
        text = predicate(d, cells)
        expression = text and d.text(text)
    if expression is None:
        return
    options: dict[str, Any] = {}
    if d.maybe("check: not valid", 6):
        options["postgresql_not_valid"] = True
    if "ck" in d.convention:
        d.fact("check: named")
        name: str | None = d.name("ck")
    else:
        name = constraint_name(d, "check", "ck")
    options |= comment(d, "check") if name else {}
    table.append_constraint(sa.CheckConstraint(expression, name=name, **options))


# -- exclusion


def exclusion(d: Drawing, table: sa.Table, cells: list[Cell]) -> None:
    own = column(d, "range", bare=True)
    table.append_column(own.column)
    cells.append(own)
    keys: list[Any] = [(own.column, "&&")]
    if d.maybe("exclusion: two keys", 30):
        other = column(d, "time range", bare=True)
        table.append_column(other.column)
        cells.append(other)
        keys.append((other.column, d.one(["&&", "="])))
    options: dict[str, Any] = deferral(d, "exclusion")
    if d.maybe("exclusion: partial", 30):
        options["where"] = d.text(Text("NOT isempty({c})", "(NOT isempty({c}))").on(own.sql))
    name = constraint_name(d, "exclusion", "ex")
    table.append_constraint(pg.ExcludeConstraint(*keys, name=name, using="gist", **options))


# -- index


def index(d: Drawing, table: sa.Table, cells: list[Cell]) -> None:
    if d.maybe("index: flag of a column", 12) and (usable := ordered(cells)) and d.convention:
        flagged = d.one(usable).column
        if d.first("index", table, [flagged]):
            sa.Index(None, flagged)
        return
    options: dict[str, Any] = {}
    methods = {m: f for m, f in METHODS.items() if any(c.kind.family in f for c in cells)}
    wanted = next((m for m in ("hash", *methods) if f"index: {m}" in d.want), None)
    if wanted or d.chance(25):
        method = wanted or d.one(["hash", *methods])
        keys = special(d, method, cells, options)
    else:
        method = "btree"
        keys = [key(d, c, options) for c in some(d, ordered(cells), 3)]
    if not keys:
        return
    if len(keys) > 1:
        d.fact("index: several keys")
    plain = all(isinstance(k, sa.Column) for k in keys)
    if method == "btree":
        btree_options(d, cells, options)
    if d.maybe("index: partial", 20) and (where := predicate(d, cells, steady=True)):
        options["postgresql_where"] = d.text(where)
    if method in ("btree", "hash", "gist") and d.maybe("index: fillfactor", 8):
        options["postgresql_with"] = {"fillfactor": d.one([50, 70, 100])}
    if d.maybe("index: tablespace", 5):
        options["postgresql_tablespace"] = "archive"
    name: str | None = None
    if plain and d.convention and d.chance(50) and d.first("index", table, keys):
        d.fact("index: unnamed")
    else:
        d.fact("index: named")
        name = d.name("ix")
    made = sa.Index(name, *keys, _table=table, **options)
    if made.table is None:
        made._set_parent(table)


def special(d: Drawing, method: str, cells: list[Cell], options: dict[str, Any]) -> list[Any]:
    if method == "hash":
        usable = [c for c in cells if c.kind.family not in WITHOUT_HASH and not c.kind.family.endswith("[]")]
    else:
        usable = [c for c in cells if c.kind.family in METHODS[method]]
    if not usable:
        return []
    cell = d.one(usable)
    d.fact(f"index: {method}")
    options["postgresql_using"] = method
    if method == "gin" and cell.kind.family == "jsonb" and d.maybe("index: operator class", 50):
        options["postgresql_ops"] = {cell.column.key: CLASSES["jsonb"]}
    return [cell.column]


def key(d: Drawing, cell: Cell, options: dict[str, Any]) -> Any:
    texts = KEYS.get(cell.kind.family, [])
    wanted = next((t for t in texts if f"index: {t.text}" in d.want), None)
    if texts and cell.kind.name != "cidr" and (wanted or d.chance(30)):
        text = wanted or d.one(texts)
        d.fact(f"index: {text.text}")
        return d.text(text.on(cell.sql))
    if cell.kind.family == "text":
        if d.maybe("index: operator class", 12):
            options.setdefault("postgresql_ops", {})[cell.column.key] = CLASSES["text"]
            return cell.column
        if d.maybe("index: collation", 12):
            return d.text(Text('{c} COLLATE "C"', '{c} COLLATE pg_catalog."C"').on(cell.sql))
    wanted_sorting = next((s for s in SORTINGS if f"index: {s}" in d.want), None)
    if wanted_sorting or d.chance(25):
        sorting = wanted_sorting or d.one(SORTINGS)
        d.fact(f"index: {sorting}")
        return {
            "asc": cell.column.asc(),
            "desc": cell.column.desc(),
            "asc nulls first": cell.column.asc().nulls_first(),
            "desc nulls last": cell.column.desc().nulls_last(),
        }[sorting]
    return cell.column


def btree_options(d: Drawing, cells: list[Cell], options: dict[str, Any]) -> None:
    if d.maybe("index: unique", 25):
        options["unique"] = True
        if d.maybe("index: nulls not distinct", 30):
            options["postgresql_nulls_not_distinct"] = True
    if d.maybe("index: include", 12):
        options["postgresql_include"] = [d.one(cells).column.name]
