"""Decides whether two texts of a view or trigger are one: SQLite compiles both to one program, with the same columns.

Keywords and bare names have no case; everything else about a text is asked of SQLite (`EXPLAIN`), over the tables of a
scratch database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from kedge.catalog import Catalog, Column, Table, Unknown
from kedge.dialects.base import Question
from kedge.dialects.sqlite.expressions import blobs, quoted
from kedge.dialects.sqlite.text import tokens
from kedge.objects import View

BENCH = "kedge_bench"
# What an application may register on its own connections, and a scratch does not have.
_REGISTERED = ("no such function", "no such collation", "no such module")
_CONFLICTS = frozenset({"ABORT", "FAIL", "IGNORE", "NOTHING", "REPLACE", "ROLLBACK"})


def settle(connection: sqlite3.Connection, question: Question) -> bool | Unknown:
    """Whether the two texts are one; Unknown where SQLite cannot compile them here."""
    one, two = question.models, question.database
    if _lexical(one) == _lexical(two):
        return True
    left, right = _program(connection, question, one), _program(connection, question, two)
    refused = [side for side in (left, right) if isinstance(side, str)]
    if len(refused) == 2 or any(words.startswith(_REGISTERED) for words in refused):
        return Unknown(f"SQLite cannot compile it here ({refused[0]})")
    return left == right and _unseen(one) == _unseen(two)


def _lexical(text: str) -> list[tuple[str, str]]:
    return [
        (t.kind, t.text.lower() if t.kind in ("word", "number", "blob") else t.text) for t in tokens(text)
    ]


def _unseen(text: str) -> list[str]:
    """What a program does not show: blobs behind a zero, and what a broken constraint does to a table without one."""
    return blobs(text) + [t.word for t in tokens(text) if t.word in _CONFLICTS]


def _program(connection: sqlite3.Connection, question: Question, text: str) -> list[Any] | str:
    """What SQLite compiles of it; its words where it refuses."""
    place = quoted(question.table[1])
    connection.execute("SAVEPOINT kedge_bench")
    try:
        if question.form == "view":
            connection.execute(f"CREATE TEMP VIEW {BENCH} AS {text}")
            columns = [(str(row[1]).lower(), row[2]) for row in _columns(connection, BENCH)]
            return [columns, *_explained(connection, text)]
        rows = _columns(connection, question.table[1])
        if not rows:
            return f"no such table: {question.table[1]}"
        kind = connection.execute(
            "SELECT type FROM main.sqlite_master WHERE name = ? COLLATE NOCASE", [question.table[1]]
        ).fetchone()[0]
        timing = "INSTEAD OF" if kind == "view" else "AFTER"
        # an update knows both OLD and NEW
        rest = f"WHEN {text} BEGIN SELECT 1; END" if question.form == "trigger" else text
        connection.execute(f"CREATE TEMP TRIGGER {BENCH} {timing} UPDATE ON main.{place} {rest}")
        column = quoted(next(row[1] for row in rows if row[6] == 0))
        return _explained(connection, f"UPDATE main.{place} SET {column} = {column}")
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.execute("ROLLBACK TO kedge_bench")
        connection.execute("RELEASE kedge_bench")


def _columns(connection: sqlite3.Connection, name: str) -> list[Any]:
    return connection.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()


def _explained(connection: sqlite3.Connection, statement: str) -> list[Any]:
    """The program without the addresses of tables and the texts that it came of."""
    rows = connection.execute(f"EXPLAIN {statement}")
    return [row[1:7] for row in rows if row[1] not in ("Transaction", "Trace")]


def lend(connection: sqlite3.Connection, catalogs: Iterable[Catalog]) -> None:
    """Make the tables and views that do not stand yet; of two under one name, the first."""
    for catalog in catalogs:
        for (_, name), table in catalog.tables.items():
            if table.kind == "table" and not any(isinstance(c.collation, Unknown) for c in table.columns):
                _attempt(connection, _bare(name, table))
        for one in catalog.objects.values():
            if isinstance(one, View):
                names = f" ({', '.join(quoted(name) for name, _ in one.columns)})" if one.columns else ""
                _attempt(connection, f"CREATE VIEW {quoted(one.name)}{names} AS {one.definition}")


def _bare(name: str, table: Table) -> str:
    keys = [u.columns for u in table.uniques]
    keys += [
        i.columns for i in table.indexes if i.unique and all(k.column for k in i.keys) and i.predicate is None
    ]
    if table.primary_key and not any(c.identity for c in table.columns):
        keys.append(table.primary_key.columns)
    clauses = [*map(_column, table.columns), *(f"UNIQUE ({', '.join(map(quoted, key))})" for key in keys)]
    return f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({', '.join(clauses)})"


def _column(column: Column) -> str:
    """With all that decides what an expression over it means."""
    type_ = column.type if isinstance(column.type, str) else ""
    collate = f" COLLATE {column.collation}" if column.collation else ""
    key = " PRIMARY KEY" if column.identity else ""
    return f"{quoted(column.name)} {type_}{key}{collate}"


def _attempt(connection: sqlite3.Connection, statement: str) -> None:
    try:
        connection.execute(statement)
    except sqlite3.Error:  # what needs it says so
        return
