"""Asks a scratch PostgreSQL whether two expressions are one: both are parsed there, over the same columns.

What the server parsed is compared (`nodes.meaning`), first of the texts as given, then of what it prints for them
(a printed expression may parse to another tree than its source: fed back once more, both come to rest).
Two constants are one when casting both to the column's type gives equal text there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg

from kedge.catalog import TableKey
from kedge.dialects.base import Question
from kedge.dialects.postgresql import nodes, stand_ins, standing
from kedge.dialects.postgresql.ground import LACKING
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.queries import PIN
from kedge.dialects.postgresql.reader import Connection
from kedge.dialects.postgresql.standing import WORKSHOP

_NOT_NULL = """
SELECT attnum::text FROM pg_catalog.pg_attribute WHERE attrelid = %s::regclass AND attnotnull AND attnum > 0
"""
_TYPES = """
SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
_CHECK_TREES = """
SELECT conname, conbin::text, pg_catalog.pg_get_expr(conbin, conrelid)
  FROM pg_catalog.pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'
"""
_DEFAULT_TREES = """
SELECT a.attname, d.adbin::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
  FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE d.adrelid = %s::regclass
"""
_CHANGING = "SELECT count(*) FROM pg_catalog.pg_proc WHERE oid = ANY(%s::oid[]) AND provolatile <> 'i'"


class Parsed(NamedTuple):
    """A text as the server parsed and printed it, or why it did not (its SQLSTATE)."""

    tree: Any = None
    printed: str | None = None
    state: str | None = None


def settle(connection: Connection, questions: Iterable[Question]) -> dict[Question, bool | None]:
    """Answer questions over tables that exist in this scratch database. None: the server could not parse one side."""
    by_table: dict[TableKey, list[Question]] = {}
    for question in questions:
        by_table.setdefault(question.table, []).append(question)
    standing.register(connection)
    stood_in = standing.members(connection)
    connection.execute(PIN.replace("SET LOCAL", "SET").encode())
    answers: dict[Question, bool | None] = {}
    for table, asked in by_table.items():
        answers |= _Workbench(connection, table, stood_in).answers(asked)
    return answers


class _Workbench:
    """A copy of one table's columns, on which expressions are tried."""

    def __init__(self, connection: Connection, table: TableKey, stood_in: Mapping[str, str]) -> None:
        self.connection = connection
        self.stood_in = stood_in
        self.source = f"{quoted(table[0])}.{quoted(table[1])}"
        self.name = f"{WORKSHOP}.bench"
        connection.execute(f"DROP TABLE IF EXISTS {self.name}")
        connection.execute(f"CREATE TABLE {self.name} (LIKE {self.source})".encode())
        self.not_null = frozenset(r[0] for r in connection.execute(_NOT_NULL, [self.name]))
        self.types = dict(connection.execute(_TYPES, [self.name]).fetchall())

    def answers(self, questions: list[Question]) -> dict[Question, bool | None]:
        wanted = {(q.form, q.column, text) for q in questions for text in (q.models, q.database)}
        parsed = self.parse(wanted)
        undecided = [q for q in questions if self.meanings_agree(q, parsed) is False]
        again = {
            (q.form, q.column, printed)
            for q in undecided
            for text in (q.models, q.database)
            if (printed := parsed[q.form, q.column, text].printed) is not None
        }
        parsed |= self.parse(again - set(parsed))
        return {q: self.answer(q, parsed) for q in questions}

    def answer(self, question: Question, parsed: dict[Any, Parsed]) -> bool | None:
        agree = self.meanings_agree(question, parsed)
        if agree is not False:
            return agree
        rests = self.rests_on(question, parsed)
        if question.form == "default":
            agree = self.constants_agree(question, parsed)
            if agree or self.are_constant(question, parsed):
                rests -= stand_ins.TEXT_ALIKE
        if self.stood_in and not self.both_parsed(question, parsed):
            return None
        return agree or (None if rests else False)

    def both_parsed(self, question: Question, parsed: dict[Any, Parsed]) -> bool:
        texts = (question.models, question.database)
        return all(parsed[question.form, question.column, text].tree is not None for text in texts)

    def rests_on(self, question: Question, parsed: dict[Any, Parsed]) -> set[str]:
        """The extensions that only something stands in for, on which the answer depends."""
        trees = [
            parsed[question.form, question.column, text].tree for text in (question.models, question.database)
        ]
        return standing.rests_on(trees, self.stood_in)

    def are_constant(self, question: Question, parsed: dict[Any, Parsed]) -> bool:
        trees = (
            parsed[question.form, question.column, text].tree for text in (question.models, question.database)
        )
        return all(nodes.functions(tree) is not None for tree in trees)

    def meanings_agree(self, question: Question, parsed: dict[Any, Parsed]) -> bool | None:
        """Whether any parse of one text means what any parse of the other means."""
        sides = []
        for text in (question.models, question.database):
            first = parsed[question.form, question.column, text]
            if first.tree is None:
                return None if first.state in LACKING else False
            second = parsed.get((question.form, question.column, first.printed))
            trees = [first.tree, second.tree if second and second.tree is not None else first.tree]
            sides.append({self.meaning(t, question.form) for t in trees})
        return bool(sides[0] & sides[1])

    def meaning(self, tree: Any, form: str) -> Any:
        return nodes.meaning(tree, not_null=self.not_null, only_true_counts=form == "predicate")

    def constants_agree(self, question: Question, parsed: dict[Any, Parsed]) -> bool:
        texts = []
        for text in (question.models, question.database):
            functions = nodes.functions(parsed[question.form, question.column, text].tree)
            if functions is None or self.any_changing(functions):
                return False
            texts.append(self.as_text(text, self.types.get(question.column or "", "text")))
        return texts[0] is not None and texts[0] == texts[1]

    def any_changing(self, functions: set[str]) -> bool:
        row = self.connection.execute(_CHANGING, [[int(f) for f in functions]]).fetchone()
        return row is None or row[0] > 0

    def as_text(self, expression: str, type_: str) -> tuple[str | None] | None:
        try:
            return self.connection.execute(
                f"SELECT CAST(({expression}) AS {type_})::text".encode()
            ).fetchone()
        except psycopg.Error:
            return None

    # -- parsing: all at once, and one by one where the server refuses something

    def parse(self, wanted: Iterable[tuple[str, str | None, str]]) -> dict[Any, Parsed]:
        items = [(f"k{n}", *key) for n, key in enumerate(sorted(wanted, key=str))]
        found: dict[Any, Parsed] = {}
        if not items:
            return found
        states: dict[str, str | None] = {}
        if self.add(items) is not None:
            states = {item[0]: self.add_alone(item) for item in items}
        trees = {
            r[0]: r[1:]
            for q in (_CHECK_TREES, _DEFAULT_TREES)
            for r in self.connection.execute(q, [self.name])
        }
        for name, form, column, text in items:
            if name in trees:
                tree, printed = trees[name]
                found[form, column, text] = self.unwrapped(form, nodes.parse(tree), printed)
            else:
                found[form, column, text] = Parsed(state=states.get(name))
        self.connection.execute(
            f"DROP TABLE {self.name}; CREATE TABLE {self.name} (LIKE {self.source})".encode()
        )
        return found

    def unwrapped(self, form: str, tree: Any, printed: str) -> Parsed:
        if form != "expression":
            return Parsed(tree, printed)
        return Parsed(tree["arg"], printed.removeprefix("(").removesuffix(" IS NOT NULL)"))

    def add(self, items: list[tuple[str, str, str | None, str]]) -> str | None:
        try:
            clauses = ", ".join(self.clause(*item) for item in items)
            self.connection.execute(f"ALTER TABLE {self.name} {clauses}".encode())
        except psycopg.Error as error:
            return error.sqlstate or "XX000"
        return None

    def add_alone(self, item: tuple[str, str, str | None, str]) -> str | None:
        name, form, column, text = item
        state = self.add([item])
        if state == "42804" and form == "default":
            cast = f"CAST(({text}) AS {self.types.get(column or '', 'text')})"
            state = self.add([(name, form, column, cast)])
        return state

    def clause(self, name: str, form: str, column: str | None, text: str) -> str:
        if form == "default":
            return f"ADD COLUMN {name} {self.types.get(column or '', 'text')} DEFAULT {text}"
        if form == "expression":
            return f"ADD CONSTRAINT {name} CHECK (({text}) IS NOT NULL)"
        return f"ADD CONSTRAINT {name} CHECK ({text})"
