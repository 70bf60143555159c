"""A schema with views, triggers and routines of every kind under drawn names, and changes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa
from hypothesis import strategies as st
from tests.laws.spelling import STYLES as ALL_STYLES
from tests.laws_mariadb.mutations import q

Style: TypeAlias = Callable[[str, int], str]
# Reserved words are too few to name everything here apart; a name has at most 64 characters.
STYLES = {name: style for name, style in ALL_STYLES.items() if name != "reserved"}
# Each stands in SQL as {word}.
WORDS = "T U id n k num View Opts Chain Fn Agg Proc one two three last Evt NewView NewFn new".split()  # noqa: SIM905
VIEW = "CREATE VIEW {View} AS SELECT {id}, {n}, {num} FROM {T} WHERE {k} IN ('a', 'B;') AND {num} + 1 > 2"
OPTS = (
    "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW {Opts} ({n}) AS SELECT {id} FROM {T} t WHERE {num} > 1"
    " WITH LOCAL CHECK OPTION"
)
FN = (
    "CREATE FUNCTION {Fn}(a int, b varchar(10) CHARSET latin1) RETURNS varchar(20) DETERMINISTIC READS SQL DATA"
    " COMMENT 'it''s 100%' RETURN concat(a, b)"
)
PROC = (
    "CREATE PROCEDURE {Proc}(IN {n} int, OUT {k} decimal(10,2), INOUT x enum('a','b')) MODIFIES SQL DATA"
    " SQL SECURITY INVOKER BEGIN SELECT 1 INTO {k}; -- why\n UPDATE {U} SET {num} = 1 WHERE {id} = {n}; END"
)
ONE = "CREATE TRIGGER {one} BEFORE INSERT ON {T} FOR EACH ROW SET NEW.{n} = trim(NEW.{n})"
TWO = (
    "CREATE TRIGGER {two} BEFORE INSERT ON {T} FOR EACH ROW BEGIN"
    " IF NEW.{k} = 'END;' THEN SET NEW.{num} = 1; END IF; END"
)
LAST = "CREATE TRIGGER {last} AFTER DELETE ON {U} FOR EACH ROW DELETE FROM {T} WHERE {id} = OLD.{id}"
EVT = (
    "CREATE EVENT {Evt} ON SCHEDULE EVERY '1:30' HOUR_MINUTE ON COMPLETION PRESERVE DISABLE COMMENT 'it''s 100%'"
    " DO BEGIN DELETE FROM {U} WHERE {num} = 1; -- all\n END"
)
OBJECTS = (
    VIEW,
    OPTS,
    FN,
    "CREATE VIEW {Chain} AS SELECT v.{n}, count(*) AS c, {Fn}(1, v.{n}) AS f FROM {View} v JOIN {U} USING ({id})"
    " GROUP BY v.{n}",
    "CREATE AGGREGATE FUNCTION {Agg}(x int) RETURNS int BEGIN DECLARE n int DEFAULT 0;"
    " DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN n; LOOP FETCH GROUP NEXT ROW; SET n = n + x; END LOOP; END",
    PROC,
    ONE,
    TWO,
    "CREATE TRIGGER {three} BEFORE INSERT ON {T} FOR EACH ROW SET NEW.{num} = NEW.{num} + 1",
    LAST,
    EVT,
)


class World(NamedTuple):
    """The raw name of each word, and the metadata that declares it all."""

    names: dict[str, str]
    metadata: sa.MetaData

    def sql(self, text: str) -> str:
        return text.format(**{word: q(name) for word, name in self.names.items()})

    def raw(self, text: str) -> str:
        return text.format(**self.names)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return world_of(lambda _: STYLES[draw(st.sampled_from(list(STYLES)))])


def world_of(styled: Callable[[str], Style]) -> World:
    names = {word: styled(word)(f"{word}_", number) for number, word in enumerate(WORDS)}
    metadata = sa.MetaData()
    sa.Table(
        names["T"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(names["n"], sa.String(50), nullable=False),
        sa.Column(names["k"], sa.String(10)),
        sa.Column(names["num"], sa.Integer),
    )
    sa.Table(
        names["U"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(names["num"], sa.Integer),
    )
    world = World(names, metadata)
    for statement in OBJECTS:
        sa.event.listen(metadata, "after_create", sa.DDL(world.sql(statement).replace("%", "%%")))
    return world


# What is the same to the server, or means nothing.
REWORDED = {
    "view": "CREATE OR REPLACE DEFINER=nobody@nowhere VIEW {View} AS -- why\n"
    " select {T}.{id}, ({n}), {num} from {T} /* of it */ where ({T}.{k} in ('a', 'B;')) and (({num} + 1) > 2)",
    "procedure": "DROP PROCEDURE {Proc}; create definer=nobody@nowhere procedure"
    " {Proc}(in {n} int,out {k} numeric(10,2), inout x enum('a', 'b')) modifies sql data sql security invoker"
    " BEGIN\n  SELECT 1 INTO {k};\n  # why not\n  UPDATE {U} SET {num} = 1 WHERE {id} = {n};\nEND",
    "event": "DROP EVENT {Evt}; create definer=nobody@nowhere event {Evt} on schedule every '1:30' hour_minute"
    " starts '2020-01-01 02:00:00' on completion preserve disable comment 'it''s 100%' do BEGIN\n"
    " DELETE /* all */ FROM {U} WHERE {num} = 1;\nEND",
    "trigger": "DROP TRIGGER {last}; create definer=nobody@nowhere trigger {last} after delete on {U} for each row\n"
    "  DELETE /* them */ FROM {T}\n  WHERE {id} = OLD.{id}",
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


_FN, _PROC = (
    "{Fn}(int(11), varchar(10) collate latin1_swedish_ci)",
    "{Proc}(int(11), decimal(10,2), enum('a','b'))",
)
CHANGES = {
    "view: other rows": Change(_anew("VIEW", "View", VIEW, ("'B;'", "'b;'")), "view-definition", None, "{View}"),
    "view: other columns": Change(
        _anew("VIEW", "View", VIEW, ("SELECT {id}, {n}", "SELECT {n}, {id}")), "view-definition", None, "{View}"
    ),
    "view: a column's name": Change(_anew("VIEW", "Opts", OPTS, ("({n})", "({k})")), "view-definition", None, "{Opts}"),
    "view: algorithm": Change(
        _anew("VIEW", "Opts", OPTS, ("ALGORITHM=MERGE", "ALGORITHM=UNDEFINED")), "view-options", None, "{Opts}"
    ),
    "view: whose rights": Change(_anew("VIEW", "Opts", OPTS, ("INVOKER", "DEFINER")), "view-options", None, "{Opts}"),
    "view: check": Change(
        _anew("VIEW", "Opts", OPTS, ("LOCAL CHECK", "CASCADED CHECK")), "view-options", None, "{Opts}"
    ),
    "view: no check": Change(
        _anew("VIEW", "Opts", OPTS, ("WITH LOCAL CHECK OPTION", "")), "view-options", None, "{Opts}"
    ),
    "view: dropped": Change("DROP VIEW {Opts}", "view-presence", None, "{Opts}"),
    "view: another stands on it": Change("DROP VIEW {View}", "view-presence", None, "{View}"),
    "view: extra": Change("CREATE VIEW {NewView} AS SELECT {n} FROM {T}", "view-presence", None, "{NewView}"),
    "function: body": Change(_anew("FUNCTION", "Fn", FN, ("(a, b)", "(b, a)")), "routine-definition", None, _FN),
    "function: returns": Change(
        _anew("FUNCTION", "Fn", FN, ("varchar(20)", "varchar(30)")), "routine-definition", None, _FN
    ),
    "function: arguments": Change(
        _anew("FUNCTION", "Fn", FN, ("a int", "a bigint")),
        "routine-definition", None, _FN.replace("int(11)", "bigint(20)"),
    ),
    "function: collation": Change(
        _anew("FUNCTION", "Fn", FN, ("latin1", "utf8mb4")), "routine-definition", None, "{Fn}(int(11), varchar(10))"
    ),
    "function: not deterministic": Change(
        _anew("FUNCTION", "Fn", FN, ("DETERMINISTIC", "NOT DETERMINISTIC")), "routine-options", None, _FN
    ),
    "function: data": Change(
        _anew("FUNCTION", "Fn", FN, ("READS SQL DATA", "NO SQL")), "routine-options", None, _FN
    ),
    "function: invoker": Change("ALTER FUNCTION {Fn} SQL SECURITY INVOKER", "routine-security-definer", None, _FN),
    "function: comment": Change("ALTER FUNCTION {Fn} COMMENT 'x'", "routine-comment", None, _FN),
    "function: extra": Change("CREATE FUNCTION {NewFn}() RETURNS int RETURN 1", "routine-presence", None, "{NewFn}()"),
    "procedure: of a function's name": Change(
        "CREATE PROCEDURE {Fn}() SELECT 1", "routine-presence", None, "{Fn}()"
    ),
    "procedure: mode": Change(_anew("PROCEDURE", "Proc", PROC, ("INOUT", "OUT")), "routine-definition", None, _PROC),
    "procedure: body": Change(
        _anew("PROCEDURE", "Proc", PROC, ("SELECT 1", "SELECT 2")), "routine-definition", None, _PROC
    ),
    "procedure: definer": Change(
        "ALTER PROCEDURE {Proc} SQL SECURITY DEFINER", "routine-security-definer", None, _PROC
    ),
    "procedure: dropped": Change("DROP PROCEDURE {Proc}", "routine-presence", None, _PROC),
    "trigger: timing": Change(
        _anew("TRIGGER", "last", LAST, ("AFTER", "BEFORE")), "trigger-definition", "U", "{last}"
    ),
    "trigger: event": Change(
        _anew("TRIGGER", "last", LAST, ("DELETE ON", "UPDATE ON")), "trigger-definition", "U", "{last}"
    ),
    "trigger: another moment": Change(
        _anew("TRIGGER", "two", TWO, ("INSERT ON", "UPDATE ON")), "trigger-definition", "T", "{two}"
    ),
    "trigger: statement": Change(
        _anew("TRIGGER", "last", LAST, ("= OLD.{id}", "<> OLD.{id}")), "trigger-function", "U", "{last}"
    ),
    "trigger: text": Change(
        _anew("TRIGGER", "two", TWO, ("'END;'", "'END; '"), ("FOR EACH ROW", "FOR EACH ROW FOLLOWS {one}")),
        "trigger-function", "T", "{two}",
    ),
    "trigger: order": Change(_anew("TRIGGER", "one", ONE), "trigger-order", "T", "{one}"),
    "trigger: dropped": Change("DROP TRIGGER {one}", "trigger-presence", "T", "{one}"),
    "trigger: extra": Change(
        "CREATE TRIGGER {new} BEFORE INSERT ON {T} FOR EACH ROW PRECEDES {one} SET @a = 1",
        "trigger-presence", "T", "{new}",
    ),
    "event: schedule": Change(
        "ALTER EVENT {Evt} ON SCHEDULE EVERY 90 MINUTE", "scheduled-event-definition", None, "{Evt}"
    ),
    "event: kept": Change(
        "ALTER EVENT {Evt} ON COMPLETION NOT PRESERVE", "scheduled-event-definition", None, "{Evt}"
    ),
    "event: statement": Change("ALTER EVENT {Evt} DO SET @a = 1", "scheduled-event-definition", None, "{Evt}"),
    "event: switched on": Change("ALTER EVENT {Evt} ENABLE", "scheduled-event-enabled", None, "{Evt}"),
    "event: comment": Change("ALTER EVENT {Evt} COMMENT ''", "scheduled-event-comment", None, "{Evt}"),
    "event: dropped": Change("DROP EVENT {Evt}", "scheduled-event-presence", None, "{Evt}"),
    "event: extra": Change(
        "CREATE EVENT {new} ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO SET @a = 1",
        "scheduled-event-presence", None, "{new}",
    ),
}  # fmt: skip
