"""Asks a scratch server whether two expressions are one: it prints both, over the same columns.

A live server of another version may have printed its own otherwise, so both texts are fed to the scratch; and what
it prints for them once more, as a print may be read to another print. Two constants are one when the column holds
the same bytes after either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pymysql

from kedge.catalog import Column, Computed, Table, TableKey
from kedge.dialects.base import Question
from kedge.dialects.mysql.build import LACKING
from kedge.dialects.mysql.printed import NotUnderstood, Setting, read_table
from kedge.dialects.mysql.reader import Connection, query
from kedge.dialects.mysql.words import quoted, requalified, tokens

BENCH = "kedge_bench"
Wanted = tuple[str, str | None, str]
# Words that may stand in a constant beside literals.
_CONSTANT = {
    "true",
    "false",
    "null",
    "date",
    "time",
    "timestamp",
    "b",
    "x",
    "_utf8mb4",
    "_utf8mb3",
    "_binary",
}
_NUMBER = re.compile(r"\d[\d.]*(?:e\d+)?|0x[0-9a-f]+|\d+e", re.IGNORECASE)


def settle(connection: Connection, questions: Iterable[Question]) -> dict[Question, bool | None]:
    """Answer questions over tables that exist in this scratch database. None: the server could not read one side."""
    by_table: dict[TableKey, list[Question]] = {}
    for question in questions:
        by_table.setdefault(question.table, []).append(question)
    answers: dict[Question, bool | None] = {}
    for table, asked in by_table.items():
        answers |= _Workbench(connection, table).answers(asked)
    return answers


class _Workbench:
    """A copy of one table, on which expressions are tried."""

    def __init__(self, connection: Connection, table: TableKey) -> None:
        self.connection = connection
        names = connection.names
        self.source = f"{quoted(names.get(table[0], table[0]))}.{quoted(table[1])}"
        self.refusals: dict[Wanted, int] = {}

    def answers(self, questions: list[Question]) -> dict[Question, bool | None]:
        if not self.execute(f"DROP TABLE IF EXISTS {BENCH}", f"CREATE TABLE {BENCH} LIKE {self.source}"):
            return dict.fromkeys(questions)
        self.columns = {c.name: c for c in self.read().columns}
        wanted: list[Wanted] = [(q.form, q.column, t) for q in questions for t in (q.models, q.database)]
        printed = self.printed(wanted)
        again = [
            (form, column, text)
            for (form, column, _), text in printed.items()
            if text is not None and (form, column, text) not in printed
        ]
        printed |= self.printed(again)
        answers = {q: self.answer(q, printed) for q in questions}
        self.execute(f"DROP TABLE IF EXISTS {BENCH}")
        return answers

    def answer(self, question: Question, printed: dict[Wanted, str | None]) -> bool | None:
        sides = []
        for text in (question.models, question.database):
            wanted: Wanted = (question.form, question.column, text)
            first = printed.get(wanted)
            if first is None:
                return None if self.refusals.get(wanted) in LACKING else False
            second = printed.get((question.form, question.column, first))
            sides.append({first, second} - {None})
        if sides[0] & sides[1]:
            return True
        if question.form == "default" and constant(question.models) and constant(question.database):
            return self.constants_agree(question)
        return False

    def constants_agree(self, question: Question) -> bool:
        column = self.columns.get(question.column or "")
        if column is None:
            return False
        models, database = self.here(question.models), self.here(question.database)
        made = self.execute(
            f"DROP TABLE IF EXISTS {BENCH}_2",
            f"CREATE TABLE {BENCH}_2 (a {clause(column)} DEFAULT {models}, b {clause(column)} DEFAULT {database})",
            f"INSERT INTO {BENCH}_2 () VALUES ()",
        )
        if not made:
            return False
        ((same,),) = query(self.connection, f"SELECT CAST(a AS BINARY) <=> CAST(b AS BINARY) FROM {BENCH}_2")
        self.execute(f"DROP TABLE {BENCH}_2")
        return bool(same)

    # -- printing: all at once, and one by one where the server refuses something

    def printed(self, wanted: Iterable[Wanted]) -> dict[Wanted, str | None]:
        items = {f"kedge_{n}": item for n, item in enumerate(dict.fromkeys(wanted))}
        if not items:
            return {}
        additions = [self.addition(name, *item) for name, item in items.items()]
        if not self.execute(f"ALTER TABLE {BENCH} {', '.join(additions)}"):
            for item, addition in zip(items.values(), additions, strict=True):
                try:
                    query(self.connection, f"ALTER TABLE {BENCH} {addition}")
                except pymysql.MySQLError as error:
                    self.refusals[item] = error.args[0]
        table = self.read()
        found = {item: self.print_of(table, name) for name, item in items.items()}
        self.execute(f"DROP TABLE {BENCH}", f"CREATE TABLE {BENCH} LIKE {self.source}")
        return found

    def addition(self, name: str, form: str, column: str | None, text: str) -> str:
        text = self.here(text)
        own = self.columns.get(column or "")
        if form == "default" and own:
            return f"ADD COLUMN {name} {clause(own)} DEFAULT {text}"
        if form == "expression" and own:
            return f"ADD COLUMN {name} {clause(own, null=False)} GENERATED ALWAYS AS ({text}) VIRTUAL"
        test = f"({text}) IS NOT NULL" if form == "expression" else text
        return f"ADD CONSTRAINT {name} CHECK ({test})"

    def print_of(self, table: Table, name: str) -> str | None:
        for check in table.checks:
            if check.name == name:
                return str(check.expression)
        column = table.column(name)
        if column is None:
            return None
        if isinstance(column.computed, Computed):
            return column.computed.expression
        return column.default if isinstance(column.default, str) else "NULL"

    def here(self, text: str) -> str:
        return requalified(text, self.connection.names)

    def read(self) -> Table:
        ((_, text),) = query(self.connection, f"SHOW CREATE TABLE {BENCH}")
        back = {scratch: name for name, scratch in self.connection.names.items()}
        try:
            return read_table(text, Setting("", "", {}, back))
        except NotUnderstood:
            return Table("", BENCH)

    def execute(self, *statements: str) -> bool:
        try:
            for statement in statements:
                query(self.connection, statement)
        except pymysql.MySQLError:
            return False
        return True


def clause(column: Column, *, null: bool = True) -> str:
    """The column's type as a column of the bench has it."""
    collate = f" COLLATE {column.collation}" if column.collation else ""
    return f"{column.type}{collate}" + (" NULL" if null else "")


def constant(text: str) -> bool:
    """Whether the text is made of literals and signs alone."""
    for token in tokens(text):
        word = token[0].isalnum() or token[0] in "_`"
        if word and token.lower() not in _CONSTANT and not _NUMBER.fullmatch(token):
            return False
    return True
