"""A schema with views and triggers of every kind under drawn names, the same in other words, and changes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa
from hypothesis import strategies as st
from tests.laws.spelling import STYLES as ALL_STYLES
from tests.laws.spelling import quoted

Style: TypeAlias = Callable[[str, int], str]
# Reserved words are too few to name everything here apart.
STYLES = {name: style for name, style in ALL_STYLES.items() if name != "reserved"}
# Each stands in SQL as {word}.
WORDS = "T U id n k num View Chain Cols ins upd inst other NewView new".split()  # noqa: SIM905
VIEW = "CREATE VIEW {View} AS SELECT {id}, {n}, {num} FROM {T} WHERE {k} IN ('a', 'B;') AND {num} + 1 > 2"
COLS = "CREATE VIEW {Cols} ({n}, {k}) AS WITH c AS (SELECT 1 AS x) SELECT x, 'it''s -- 100%' FROM c"
INS = "CREATE TRIGGER {ins} INSERT ON {T} BEGIN SELECT RAISE(ABORT, 'no; END') WHERE NEW.{n} = ''; END"
UPD = (
    "CREATE TRIGGER {upd} AFTER UPDATE OF {n}, {num} ON {T} FOR EACH ROW"
    " WHEN NEW.{num} > 1 AND NEW.{k} <> 'BEGIN'"
    " BEGIN UPDATE {U} SET {num} = {num} + 1 WHERE {id} = NEW.{id};"
    " INSERT OR IGNORE INTO {U} ({num}) VALUES (CASE WHEN OLD.{num} THEN x'0001' ELSE 2 END); END"
)
OTHER = "CREATE TRIGGER {other} BEFORE DELETE ON {U} BEGIN DELETE FROM {T} WHERE {id} = OLD.{id}; END"
OBJECTS = (
    VIEW,
    "CREATE VIEW {Chain} AS SELECT v.{n}, count(*) AS c FROM {View} v JOIN {U} USING ({id}) GROUP BY v.{n}",
    COLS,
    INS,
    UPD,
    OTHER,
    "CREATE TRIGGER {inst} INSTEAD OF DELETE ON {Chain} BEGIN DELETE FROM {T} WHERE {n} = OLD.{n}; END",
)


class World(NamedTuple):
    """The raw name of each word, and the metadata that declares it all."""

    names: dict[str, str]
    metadata: sa.MetaData

    def sql(self, text: str) -> str:
        return text.format(**{word: quoted(name) for word, name in self.names.items()})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return world_of(lambda _: STYLES[draw(st.sampled_from(list(STYLES)))])


def world_of(styled: Callable[[str], Style]) -> World:
    names = {word: styled(word)(f"{word}_", number) for number, word in enumerate(WORDS)}
    metadata = sa.MetaData()
    sa.Table(
        names["T"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True),
        sa.Column(names["n"], sa.Text, nullable=False),
        sa.Column(names["k"], sa.String(10, collation="NOCASE")),
        sa.Column(names["num"], sa.Integer),
    )
    sa.Table(
        names["U"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True),
        sa.Column(names["num"], sa.Integer),
    )
    world = World(names, metadata)
    for statement in OBJECTS:
        sa.event.listen(metadata, "after_create", sa.DDL(world.sql(statement).replace("%", "%%")))
    return world


# What SQLite compiles to the same program.
REWORDED = {
    "view": "DROP VIEW {View}; CREATE VIEW {View} AS -- why\n"
    " select {T}.{id}, {T}.{n}, ({num}) from main.{T} /* of\n it */ where {k} in ('a', 'B;') and (({num} + 1) > 2)",
    "view with columns": "DROP VIEW {Cols}; CREATE VIEW IF NOT EXISTS main.{Cols}({n} ,{k})AS"
    " with C as (select 1 as X) select C.x, 'it''s -- 100%' from c",
    "trigger": "DROP TRIGGER {upd}; create trigger if not exists main.{upd} after update of {num},{n} on main.{T}"
    " when (new.{num} > 1) and new.{k} != 'BEGIN'\n"
    "begin update {U} set {num} = ({num} + 1) where {U}.{id} = new.{id};"
    " insert or ignore into {U}({num}) values (case when old.{num} then X'0001' else 2 end); end",
    "timing": "DROP TRIGGER {ins}; CREATE TRIGGER {ins} BEFORE INSERT ON {T} FOR EACH ROW"
    " BEGIN SELECT RAISE(ABORT, 'no; END') WHERE NEW.{n} = ''; END",
}


class Change(NamedTuple):
    """SQL on the live database, the one rule that must answer, and the finding's table and name, in words."""

    sql: str
    rule: str
    table: str | None
    name: str


def _anew(kind: str, name: str, sql: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in sql
        sql = sql.replace(old, new)
    return f"DROP {kind} {{{name}}}; {sql}"


CHANGES = {
    "view: other rows": Change(_anew("VIEW", "View", VIEW, ("'B;'", "'b;'")), "view-definition", None, "View"),
    "view: the other column": Change(
        _anew("VIEW", "View", VIEW, ("SELECT {id}, {n}", "SELECT {n}, {id}")), "view-definition", None, "View"
    ),
    "view: a column's name": Change(
        _anew("VIEW", "Cols", COLS, ("({n}, {k})", "({n}, {num})")), "view-definition", None, "Cols"
    ),
    "view: a constant": Change(
        _anew("VIEW", "Cols", COLS, ("it''s -- 100%", "it''s --  100%")), "view-definition", None, "Cols"
    ),
    "view: a column more": Change(
        _anew("VIEW", "View", VIEW, ("{num} FROM", "{num}, {k} FROM")), "view-definition", None, "View"
    ),
    "view: dropped": Change("DROP VIEW {Cols}", "view-presence", None, "Cols"),
    "view: extra": Change("CREATE VIEW {NewView} AS SELECT {n} FROM {T}", "view-presence", None, "NewView"),
    "trigger: timing": Change(_anew("TRIGGER", "upd", UPD, ("AFTER", "BEFORE")), "trigger-definition", "T", "upd"),
    "trigger: event": Change(
        _anew("TRIGGER", "ins", INS, ("INSERT ON", "UPDATE ON")), "trigger-definition", "T", "ins"
    ),
    "trigger: columns": Change(
        _anew("TRIGGER", "upd", UPD, ("OF {n}, {num}", "OF {n}")), "trigger-definition", "T", "upd"
    ),
    "trigger: condition": Change(_anew("TRIGGER", "upd", UPD, ("> 1", "> 0")), "trigger-definition", "T", "upd"),
    "trigger: no condition": Change(
        _anew("TRIGGER", "upd", UPD, ("WHEN NEW.{num} > 1 AND NEW.{k} <> 'BEGIN'", "")),
        "trigger-definition", "T", "upd",
    ),
    "trigger: message": Change(
        _anew("TRIGGER", "ins", INS, ("'no; END'", "'No; END'")), "trigger-function", "T", "ins"
    ),
    "trigger: a blob": Change(_anew("TRIGGER", "upd", UPD, ("x'0001'", "x'0002'")), "trigger-function", "T", "upd"),
    "trigger: a conflict": Change(
        _anew("TRIGGER", "upd", UPD, ("OR IGNORE", "OR REPLACE")), "trigger-function", "T", "upd"
    ),
    "trigger: a number": Change(_anew("TRIGGER", "upd", UPD, ("+ 1", "+ 2")), "trigger-function", "T", "upd"),
    "trigger: old for new": Change(
        _anew("TRIGGER", "upd", UPD, ("= NEW.{id}", "= OLD.{id}")), "trigger-function", "T", "upd"
    ),
    "trigger: on another table": Change(
        _anew("TRIGGER", "upd", UPD, ("UPDATE {U}", "UPDATE {T}")), "trigger-function", "T", "upd"
    ),
    "trigger: dropped": Change("DROP TRIGGER {inst}", "trigger-presence", "Chain", "inst"),
    "trigger: extra": Change(
        "CREATE TRIGGER {new} DELETE ON {U} BEGIN SELECT 1; END", "trigger-presence", "U", "new"
    ),
}  # fmt: skip
