"""Draws columns: type, nullability, default, identity, computation, comment."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from tests.laws.drawing import FACTS, Cell, Drawing
from tests.laws.kinds import KINDS, Kind
from tests.laws.texts import COMPUTED, DEFAULTS

COMMENTS = ("plain", 'it\'s "quoted" é\nin two lines', "50 % {of} :them", " ")
LABELS = ("new", "B b", "it's", "é", "two words", "NEW")
IDENTITIES: dict[str, dict[str, Any]] = {
    "by default": {},
    "always": {"always": True},
    "start": {"start": 100},
    "increment": {"increment": 5},
    "backwards": {"increment": -1, "minvalue": -100, "maxvalue": -1, "start": -1},
    "bounds": {"always": True, "minvalue": 10, "maxvalue": 3000, "start": 20},
    "cycle": {"cycle": True},
    "cache": {"cache": 20},
}
SEQUENCES: dict[str, dict[str, Any]] = {
    "plain": {},
    "start": {"start": 7},
    "increment": {"increment": 10},
    "bounds": {"minvalue": 5, "maxvalue": 500, "start": 5},
    "cycle": {"cycle": True},
    "cache": {"cache": 20},
    "type": {"data_type": sa.Integer()},
}
ENUMS = (
    "own",
    "again",
    "in an array",
    "of another schema",
    "of the table's schema",
    "varchar",
    "varchar with a check",
)

FACTS |= {f"type: {k}" for k in KINDS} | {f"enum: {e}" for e in ENUMS}
FACTS |= {f"identity: {i}" for i in IDENTITIES} | {f"sequence: {s}" for s in SEQUENCES}
FACTS |= {f"default: {family} {t.text}" for family, texts in DEFAULTS.items() for t in texts}
FACTS |= {f"computed: {t.text}" for texts in COMPUTED.values() for t in texts}
FACTS |= {
    "column: not null",
    "column: comment",
    "column: nullable",
    "default: func.now()",
    "default: plain string",
    "default: enum label",
    "default: sa.true()",
    "default: explicit NULL",
    "default: next value",
    "column: python default",
}


def column(d: Drawing, family: str | None = None, *, bare: bool = False) -> Cell:
    """A column that is neither key nor computed; of this family if one is given, without a default if `bare`."""
    if family is None and (any(f"enum: {e}" in d.want for e in ENUMS) or d.chance(12)):
        kind, type_ = enum(d)
    else:
        kinds = {k: v for k, v in KINDS.items() if family in (None, v.family)}
        kind = d.named("type", kinds)
        type_ = kind.make()
        if isinstance(type_, sa.Boolean) and type_.create_constraint:
            type_ = sa.Boolean(create_constraint=True, name=d.name("is_boolean"))
    options: dict[str, Any] = {}
    nullable = "column: nullable" in d.want or d.chance(60)
    d.fact("column: nullable" if nullable else "column: not null")
    if not bare:
        options = generation(d, kind, type_)
    if d.maybe("column: comment", 15):
        options["comment"] = d.one(COMMENTS)
    if not options and d.maybe("column: python default", 3):
        options["default"] = None
    made: sa.Column[Any] = sa.Column(d.name("col"), type_, nullable=nullable, **options)
    return Cell(made, kind)


def generation(d: Drawing, kind: Kind, type_: Any) -> dict[str, Any]:
    """Where a value comes from when none is given, as arguments of Column."""
    if kind.family == "enum":
        label = d.one(type_.enums)
        return {"server_default": label} if d.maybe("default: enum label", 40) else {}
    if kind.name in ("timestamp", "timestamptz") and d.maybe("default: func.now()", 15):
        return {"server_default": sa.func.now()}
    if kind.family == "text" and d.maybe("default: plain string", 20):
        return {"server_default": d.one(["a", "", "it's", " B ", "%"])}
    if kind.family == "boolean" and d.maybe("default: sa.true()", 15):
        return {"server_default": sa.true()}
    if kind.family == "integer" and d.maybe("default: next value", 5):
        return {"server_default": sequence(d).next_value()}
    if d.maybe("default: explicit NULL", 2):
        return {"server_default": sa.text("NULL")}
    texts = {t.text: t for t in DEFAULTS.get(kind.family, ())}
    wanted = any(f"default: {kind.family} {t}" in d.want for t in texts)
    if texts and (wanted or d.chance(50)):
        return {"server_default": d.text(_default(d, kind.family))}
    return {}


def _default(d: Drawing, family: str) -> Any:
    texts = DEFAULTS[family]
    chosen = next((t for t in texts if f"default: {family} {t.text}" in d.want), None) or d.one(texts)
    d.fact(f"default: {family} {chosen.text}")
    return chosen


def enum(d: Drawing) -> tuple[Kind, Any]:
    """A native enum, one that was drawn before, an array of one, or one that is no type of the database's."""
    wanted = next((e for e in ENUMS if f"enum: {e}" in d.want), None)
    known = d.enums
    style = wanted or d.one([e for e in ENUMS if known or e != "again"])
    if style == "again" and not known:
        type_: Any = native(d)
    elif style == "again":
        type_ = d.one(known)
    elif style == "varchar":
        type_ = sa.Enum(*LABELS[:3], native_enum=False, length=30)
    elif style == "varchar with a check":
        type_ = sa.Enum(*LABELS[:3], native_enum=False, create_constraint=True, name=d.name("ck_enum"))
    elif style == "of another schema":
        type_ = native(d, schema="types of kedge")
        d.drawn.schemas += ("types of kedge",)
    elif style == "of the table's schema":
        type_ = sa.Enum(*LABELS[1:3], name=d.name("mood"), inherit_schema=True)
    else:
        type_ = native(d)
    if style == "in an array":
        d.fact("enum: in an array")
        return Kind("enum[]", "enum[]", lambda: None), pg.ARRAY(type_)
    d.fact(f"enum: {style}")
    return Kind("enum", "enum", lambda: None), type_


def native(d: Drawing, schema: str | None = None) -> Any:
    labels = LABELS[d.number(0, 2) : d.number(3, len(LABELS))]
    made = sa.Enum(
        *labels, name=d.name("mood"), metadata=d.drawn.metadata, schema=schema or d.drawn.metadata.schema
    )
    d.enums.append(made)
    return made


def sequence(d: Drawing) -> sa.Sequence:
    options = d.named("sequence", SEQUENCES)
    return sa.Sequence(d.name("seq"), metadata=d.drawn.metadata, schema=d.drawn.metadata.schema, **options)


def identity(d: Drawing) -> sa.Identity:
    return sa.Identity(**d.named("identity", IDENTITIES))


def computed(d: Drawing, cells: list[Cell]) -> Cell | None:
    sources = [c for c in cells if c.kind.family in COMPUTED and not c.computed]
    wanted = [c for c in sources if any(f"computed: {t.text}" in d.want for t in COMPUTED[c.kind.family])]
    if not sources:
        return None
    source = wanted[0] if wanted else d.one(sources)
    texts = {t.text: t for t in COMPUTED[source.kind.family]}
    text = d.named("computed", texts).on(source.sql)
    made: sa.Column[Any] = sa.Column(d.name("made"), sa.Integer(), sa.Computed(d.text(text), persisted=True))
    return Cell(made, KINDS["integer"], computed=True)
