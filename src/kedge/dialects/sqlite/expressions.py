"""Decides whether two SQLite expressions are one.

SQLite keeps a text as typed and prints nothing anew, but it compiles: two texts that become one program are one
thing, whatever their parentheses, case and quotes (`EXPLAIN`). Texts of two programs are compared as sqlglot's
trees, and only where SQLite makes the same program of that tree, fully parenthesised, as of the text itself: so a
tree that sqlglot reads otherwise than SQLite decides nothing. Beyond the program, trees are one on these grounds:

- AND and OR are associative, and so may their operands stand in any order, as may the values of an IN list;
- `a = b` is `b = a`, and `a < b` is `b > a`, between a column and a constant;
- CURRENT_TIMESTAMP is datetime('now'), CURRENT_DATE date('now'), CURRENT_TIME time('now')
  (https://www.sqlite.org/lang_createtable.html#dfltval).

Two constant defaults are one when SQLite stores the same value of the same class for them in the column.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any

from kedge.catalog import TableKey
from kedge.dialects.base import Question
from kedge.dialects.sqlite.text import Token, tokens

BENCH = "kedge_bench"
_CONSTANT_KINDS = frozenset({"string", "number", "blob"})
_CONSTANT_WORDS = frozenset({"TRUE", "FALSE", "NULL"})
_NOW = {"DATETIME": "CURRENT_TIMESTAMP", "DATE": "CURRENT_DATE", "TIME": "CURRENT_TIME"}


def settle(connection: sqlite3.Connection, questions: Iterable[Question]) -> dict[Question, bool | None]:
    """Answer questions over tables that stand in this scratch database."""
    return {q: _Bench(connection, q.table, q.column).answer(q) for q in questions}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Bench:
    """One declared table, over which expressions are compiled and never run; constants are stored beside it."""

    def __init__(self, connection: sqlite3.Connection, table: TableKey, column: str | None) -> None:
        self.connection = connection
        self.table = quoted(table[1])
        self.column = column

    def answer(self, question: Question) -> bool | None:
        if question.form == "default":
            return self.defaults_agree(question.models, question.database)
        return self.expressions_agree(question.models, question.database)

    # -- expressions

    def expressions_agree(self, one: str, two: str) -> bool | None:
        left, right = self.program(one), self.program(two)
        if left is None or right is None:
            return None
        if left == right and blobs(one) == blobs(two):
            return True
        trees = self.tree(one, left), self.tree(two, right)
        if None in trees:
            return None
        return bool(trees[0] == trees[1])

    def program(self, expression: str) -> list[Any] | None:
        """What SQLite compiles of it, without the addresses of tables; None where it refuses."""
        try:
            rows = self.connection.execute(
                f"EXPLAIN SELECT ({expression}) FROM {self.table} NOT INDEXED"
            ).fetchall()
        except sqlite3.Error:
            return None
        return [row[1:7] for row in rows if row[1] != "Transaction"]

    def tree(self, expression: str, program: list[Any]) -> Any:
        """Its normal form, where SQLite agrees with sqlglot on what the text says."""
        from kedge.dialects.sqlite import trees

        parsed = trees.parse(expression)
        if parsed is None or self.program(trees.explicit(parsed)) != program:
            return None
        return trees.normal(parsed)

    # -- defaults

    def defaults_agree(self, one: str, two: str) -> bool | None:
        if _is_constant(one) and _is_constant(two):
            stored = self.stored(one), self.stored(two)
            return None if None in stored else stored[0] == stored[1]
        if _is_constant(one) or _is_constant(two):
            return False
        left, right = _current(one), _current(two)
        if left is not None or right is not None:
            return left == right
        return self.expressions_agree(one, two)

    def stored(self, default: str) -> tuple[str, str] | None:
        """The class and the value that the column holds after an insert that leaves it out."""
        type_ = self.declared_type()
        for text in (f"({default})", default):
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{BENCH}")
            try:
                self.connection.execute(f"CREATE TEMP TABLE {BENCH} (c {type_} DEFAULT {text})")
                self.connection.execute(f"INSERT INTO temp.{BENCH} DEFAULT VALUES")
                row = self.connection.execute(f"SELECT typeof(c), quote(c) FROM temp.{BENCH}").fetchone()
            except sqlite3.Error:
                continue
            return row[0], row[1]
        return None

    def declared_type(self) -> str:
        rows = self.connection.execute(
            "SELECT type FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE",
            [self.table[1:-1].replace('""', '"'), self.column],
        ).fetchall()
        return str(rows[0][0]) if rows else ""


def _bare(expression: str) -> list[Token]:
    """Its tokens without parentheses around the whole."""
    parts = tokens(expression)
    while len(parts) > 2 and parts[0].text == "(" and parts[-1].text == ")":
        depth = 0
        for token in parts[:-1]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return parts
        parts = parts[1:-1]
    return parts


def _is_constant(default: str) -> bool:
    """A literal, signed or not; a bare or double-quoted word is a text as well (it cannot be a column's name)."""
    parts = _bare(default)
    while len(parts) > 1 and parts[0].text in ("+", "-"):
        parts = parts[1:]
    if len(parts) != 1:
        return False
    token = parts[0]
    return (
        token.kind in _CONSTANT_KINDS
        or token.kind == "name"
        or (token.kind == "word" and (token.word in _CONSTANT_WORDS or token.word not in _NOW.values()))
    )


def _current(default: str) -> str | None:
    """CURRENT_TIMESTAMP and its like, if the default is a spelling of one."""
    words = "".join(t.text for t in _bare(default))
    if words.upper() in _NOW.values():
        return words.upper()
    found = re.fullmatch(r"(datetime|date|time)\('now'\)", words, re.IGNORECASE)
    return _NOW[found[1].upper()] if found else None


def blobs(expression: str) -> list[str]:
    """EXPLAIN prints a blob up to its first zero only."""
    return [t.text.lower() for t in tokens(expression) if t.kind == "blob"]
