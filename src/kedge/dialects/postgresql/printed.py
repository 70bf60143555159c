"""Asks a scratch PostgreSQL whether two texts of a view, trigger, policy, rule, domain or routine are one.

Each text is made into an object of its kind and read back, and what was read back once more: a printed text may
parse to another tree than its source, and what two servers of different versions print is printed by one here.
Nothing stays: all of it is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import psycopg

from kedge.dialects.base import Form, Question
from kedge.dialects.postgresql.ground import LACKING
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.object_reader import WHEN
from kedge.dialects.postgresql.reader import Connection

SCHEMA = "kedge_printed"
SYNTAX_ERROR = "42601"
# What is undefined for one text and known to the other says that they differ; a relation is never borrowed.
UNDECIDED = (LACKING - {"42P01"}) | {SYNTAX_ERROR}

Make: TypeAlias = Callable[[Question, str], str]


def _table(question: Question) -> str:
    return f"{quoted(question.table[0])}.{quoted(question.table[1])}"


def _named(question: Question) -> str:
    return f"{SCHEMA}.{quoted(question.column or '')}"


def _rule(question: Question, text: str) -> str:
    return re.sub(r"^CREATE RULE", "CREATE OR REPLACE RULE", text)


def _index(question: Question, text: str) -> str:
    return f"DROP INDEX IF EXISTS {quoted(question.table[0])}.{quoted(question.column or '')}; {text}"


# By form: how the text is made an object, and the query that reads it back.
PRINTERS: Mapping[Form, tuple[Make, str]] = {
    "view": (
        lambda q, text: f"CREATE VIEW {SCHEMA}.printed AS {text}",
        f"SELECT pg_catalog.pg_get_viewdef('{SCHEMA}.printed'::regclass)",
    ),
    "index": (
        _index,
        "SELECT pg_catalog.pg_get_indexdef(max(oid)) FROM pg_catalog.pg_class WHERE relkind = 'i'",
    ),
    # On UPDATE a condition may speak of the old row and of the new one.
    "trigger": (
        lambda q, text: (
            f"CREATE TRIGGER kedge_printed AFTER UPDATE ON {_table(q)} FOR EACH ROW WHEN ({text})"
            " EXECUTE PROCEDURE pg_catalog.suppress_redundant_updates_trigger()"
        ),
        "SELECT pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger WHERE tgname = 'kedge_printed'",
    ),
    "policy": (
        lambda q, text: f"CREATE POLICY kedge_printed ON {_table(q)} USING ({text})",
        "SELECT pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy"
        " WHERE polname = 'kedge_printed'",
    ),
    "rule": (
        _rule,
        "SELECT pg_catalog.pg_get_ruledef(oid) FROM pg_catalog.pg_rewrite"
        " WHERE ev_class = {table}::regclass AND rulename = {name}",
    ),
    "domain": (
        lambda q, text: f"CREATE DOMAIN {SCHEMA}.printed AS {q.column} CHECK ({text})",
        "SELECT pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint"
        f" WHERE contypid = '{SCHEMA}.printed'::regtype AND contype = 'c'",
    ),
    "domain-default": (
        lambda q, text: f"CREATE DOMAIN {SCHEMA}.printed AS {q.column} DEFAULT {text}",
        "SELECT pg_catalog.pg_get_expr(typdefaultbin, 0) FROM pg_catalog.pg_type"
        f" WHERE oid = '{SCHEMA}.printed'::regtype",
    ),
    "routine-function": (
        lambda q, text: f"CREATE FUNCTION {_named(q)}{text}",
        "SELECT pg_catalog.pg_get_function_sqlbody(max(oid)) FROM pg_catalog.pg_proc",
    ),
    "routine-procedure": (
        lambda q, text: f"CREATE PROCEDURE {_named(q)}{text}",
        "SELECT pg_catalog.pg_get_function_sqlbody(max(oid)) FROM pg_catalog.pg_proc",
    ),
}


def settle_printed(connection: Connection, questions: Iterable[Question]) -> dict[Question, bool | None]:
    """Answer questions over what exists in this scratch database; its session already prints whole names."""
    return {question: _answer(connection, question) for question in questions}


def _answer(connection: Connection, question: Question) -> bool | None:
    sides: list[set[str | None]] = []
    for text in (question.models, question.database):
        try:
            first = _printed(connection, question, text)
            again = _printed(connection, question, first) if first is not None else None
        except psycopg.Error as error:
            # What the models declare was made by a server once: if it fails here, here is something lacking.
            undecided = not sides or error.sqlstate in UNDECIDED
            return None if undecided else False
        if first is None:
            return None
        sides.append({first, again})
    return bool(sides[0] & sides[1])


def _printed(connection: Connection, question: Question, text: str) -> str | None:
    """What the server prints for the text."""
    make, read = PRINTERS[question.form]
    head = _head(question, text)
    with connection.transaction(force_rollback=True):
        connection.execute(f"CREATE SCHEMA {SCHEMA}; {make(question, text)}".encode())
        row = connection.execute(_filled(read, question).encode()).fetchone()
    if row is None or row[0] is None:
        return None
    printed = str(row[0])
    if question.form == "trigger":
        when = WHEN.search(printed)
        return when["when"] if when else None
    return head + printed.strip().removesuffix(";")


def _head(question: Question, text: str) -> str:
    """What stands before a routine's body: arguments and all the rest of it."""
    if not question.form.startswith("routine"):
        return ""
    return text[: text.index(" LANGUAGE sql ") + len(" LANGUAGE sql ")]


def _filled(read: str, question: Question) -> str:
    if "{table}" not in read:
        return read
    return read.format(table=_literal(_table(question)), name=_literal(question.column or ""))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
