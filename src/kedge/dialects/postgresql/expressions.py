"""Asks a scratch PostgreSQL whether two expressions are one: both are parsed there, over the same columns.

What the server parsed is compared (`nodes.meaning`), first of the texts as given, then of what it prints for them
(a printed expression may parse to another tree than its source: fed back once more, both come to rest).
Two constants are one when casting both to the column's type gives equal text there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import psycopg

from kedge.catalog import Catalog, TableKey, Unknown
from kedge.dialects.base import Question
from kedge.dialects.benches import benches
from kedge.dialects.postgresql import nodes, stand_ins, standing
from kedge.dialects.postgresql.ground import LACKING, Ground
from kedge.dialects.postgresql.likeness import read_alike
from kedge.dialects.postgresql.names import clipped, quoted
from kedge.dialects.postgresql.printed import PRINTERS, settle_printed
from kedge.dialects.postgresql.queries import PIN
from kedge.dialects.postgresql.reader import Connection
from kedge.dialects.postgresql.standing import WORKSHOP

NAME = f"{WORKSHOP}.bench"
_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname) END
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
 WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_TREES = f"""
SELECT conname, conbin::text, pg_catalog.pg_get_expr(conbin, conrelid)
  FROM pg_catalog.pg_constraint WHERE conrelid = '{NAME}'::regclass AND contype = 'c'
UNION ALL
SELECT a.attname, d.adbin::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
  FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE d.adrelid = '{NAME}'::regclass
"""
_CHANGING = "SELECT count(*) FROM pg_catalog.pg_proc WHERE oid = ANY(%s::oid[]) AND provolatile <> 'i'"
_NAME = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|([^\W\d][\w$]*)")
_NOWHERE = "''"


class Sort(NamedTuple):
    """What a column of a bench has to be."""

    type: str
    not_null: bool
    collation: str | None = None


class Wanted(NamedTuple):
    """A text as this form of expression, with the models' search path or with none."""

    form: str
    column: str | None
    text: str
    path: str


class Parsed(NamedTuple):
    """A text as the server parsed and printed it, or why it did not (its SQLSTATE)."""

    tree: str | None = None
    printed: str | None = None
    state: str | None = None


Item: TypeAlias = tuple[str, Wanted]


def settle(connection: Connection, questions: Iterable[Question]) -> dict[Question, bool | None | Unknown]:
    """Answer questions over tables that exist in this scratch database. None: the server could not parse one side.

    Unknown: the answer rests on what only stands in for an extension.
    """
    whole = tuple(questions)
    asked = tuple(q for q in whole if q.form not in PRINTERS)
    _pin(connection)
    tables = {q.table for q in asked}
    columns = {table: _columns(connection, table) for table in tables}
    answers = _answers(connection, asked, columns, _NOWHERE, None)
    return answers | settle_printed(connection, [q for q in whole if q.form in PRINTERS])


def ask(connection: Connection, questions: Iterable[Question], live: Catalog) -> dict[Question, bool | None]:
    """Answer questions over live tables in an empty scratch database: the models' texts, and the printed ones."""
    asked = tuple(questions)
    ground = Ground(connection, live)
    ground.lay(live.profile.search_path)
    _pin(connection)
    read_alike(connection, live.profile)
    columns = {
        key: {c.name: Sort(str(c.type), not c.nullable) for c in live.tables[key].columns}
        for key in {q.table for q in asked}
    }
    answers = _answers(connection, asked, columns, ground.search_path, ground)
    return {q: None if isinstance(answer, Unknown) else answer for q, answer in answers.items()}


def _pin(connection: Connection) -> None:
    standing.register(connection)
    connection.execute(PIN.replace("SET LOCAL", "SET").encode())


def _columns(connection: Connection, table: TableKey) -> dict[str, Sort]:
    found = connection.execute(_COLUMNS, [f"{quoted(table[0])}.{quoted(table[1])}"])
    return {name: Sort(type_, not_null, collation) for name, type_, not_null, collation in found}


def _answers(
    connection: Connection,
    questions: tuple[Question, ...],
    columns: Mapping[TableKey, Mapping[str, Sort]],
    path: str,
    ground: Ground | None,
) -> dict[Question, bool | None | Unknown]:
    needed = {q: _needed(q, columns[q.table]) for q in questions}
    stood_in = standing.members(connection)
    answers: dict[Question, bool | None | Unknown] = {}
    for bench in benches(questions, needed):
        answers |= _Workbench(connection, bench.columns, path, ground, stood_in).answers(bench.questions)
    return answers


def _needed(question: Question, columns: Mapping[str, Sort]) -> dict[str, Sort]:
    """The columns whose names stand in either text, and the one that bears the default; all where names may hide."""
    names = {question.column}
    for text in (question.models, question.database):
        if "\\" in text or "$" in text or "U&" in text.upper():
            return dict(columns)
        for quoted_name, word in _NAME.findall(text):
            names |= {clipped(quoted_name.replace('""', '"') or word), clipped(word.lower())}
    return {name: sort for name, sort in columns.items() if name in names}


class _Workbench:
    """A table with the columns of others, on which expressions are tried."""

    def __init__(
        self,
        connection: Connection,
        columns: Mapping[str, Sort],
        path: str,
        ground: Ground | None,
        stood_in: Mapping[str, str],
    ) -> None:
        self.connection = connection
        self.stood_in = stood_in
        self.columns = columns
        self.path = path
        self.ground = ground
        self.not_null = frozenset(str(n) for n, c in enumerate(columns.values(), 1) if c.not_null)
        self.meanings: dict[tuple[str, bool], Any] = {}

    def answers(self, questions: list[Question]) -> dict[Question, bool | None | Unknown]:
        """What prints as the live side does is the same; of the rest both sides are parsed."""
        parsed = self.parse({self.models(q) for q in questions})
        rest = [q for q in questions if not self.prints_alike(q, parsed[self.models(q)].printed)]
        parsed |= self.parse({self.database(q) for q in rest} - set(parsed))
        undecided = [q for q in rest if self.meanings_agree(q, parsed) is False]
        again = {
            self.printed(q, p)
            for q in undecided
            for side in (self.models(q), self.database(q))
            if (p := parsed[side].printed) is not None
        }
        parsed |= self.parse(again - set(parsed))
        answers: dict[Question, bool | None | Unknown] = dict.fromkeys(questions, True)
        answers |= {q: self.answer(q, parsed) for q in rest}
        if self.ground is None or not self.stood_in:
            return answers
        # What rests on a stand-in is built, where it is said so.
        return {q: None if self.rests_on(q, parsed) else answer for q, answer in answers.items()}

    def models(self, question: Question) -> Wanted:
        return Wanted(question.form, question.column, question.models, self.path)

    def database(self, question: Question) -> Wanted:
        return self.printed(question, question.database)

    def printed(self, question: Question, text: str) -> Wanted:
        return Wanted(question.form, question.column, text, _NOWHERE)

    def prints_alike(self, question: Question, printed: str | None) -> bool:
        if question.form == "expression":  # an index puts parentheses around an operator
            return question.database in (printed, f"({printed})")
        return question.database == printed

    def answer(self, question: Question, parsed: dict[Wanted, Parsed]) -> bool | None | Unknown:
        agree = self.meanings_agree(question, parsed)
        if agree is not False:
            return agree
        if self.stood_in and not self.both_parsed(question, parsed):
            return Unknown(f"one side was not understood where {_or(self.stood_in.values())} is not there")
        rests = self.rests_on(question, parsed)
        if question.form == "default":
            agree = self.constants_agree(question, parsed)
            if self.are_constant(question, parsed):
                rests -= stand_ins.TEXT_ALIKE
        if agree or not rests:
            return agree
        return Unknown(f"{_or(rests)} is not on the scratch server, and nothing else knows what it does")

    def trees(self, question: Question, parsed: dict[Wanted, Parsed]) -> list[Any]:
        sides = (parsed.get(side, Parsed()) for side in (self.models(question), self.database(question)))
        return [None if p.tree is None else _unwrapped(p.tree, question.form) for p in sides]

    def both_parsed(self, question: Question, parsed: dict[Wanted, Parsed]) -> bool:
        return None not in self.trees(question, parsed)

    def rests_on(self, question: Question, parsed: dict[Wanted, Parsed]) -> set[str]:
        """The extensions that only something stands in for, on which the answer depends."""
        return standing.rests_on(self.trees(question, parsed), self.stood_in) if self.stood_in else set()

    def are_constant(self, question: Question, parsed: dict[Wanted, Parsed]) -> bool:
        return all(nodes.functions(tree) is not None for tree in self.trees(question, parsed))

    def meanings_agree(self, question: Question, parsed: dict[Wanted, Parsed]) -> bool | None:
        """Whether any parse of one text means what any parse of the other means."""
        sides = []
        for side in (self.models(question), self.database(question)):
            first = parsed[side]
            if first.tree is None:
                return None if first.state in LACKING else False
            second = parsed.get(self.printed(question, first.printed or ""))
            trees = [first.tree, second.tree if second and second.tree is not None else first.tree]
            sides.append({self.meaning(t, question.form) for t in trees})
        return bool(sides[0] & sides[1])

    def meaning(self, tree: str, form: str) -> Any:
        known = tree, form == "predicate"
        if known not in self.meanings:
            self.meanings[known] = nodes.meaning(
                _unwrapped(tree, form), not_null=self.not_null, only_true_counts=known[1]
            )
        return self.meanings[known]

    def constants_agree(self, question: Question, parsed: dict[Wanted, Parsed]) -> bool:
        texts = []
        for side in (self.models(question), self.database(question)):
            tree = parsed[side].tree
            functions = nodes.functions(_unwrapped(tree, question.form) if tree else None)
            if functions is None or self.any_changing(functions):
                return False
            texts.append(self.as_text(side))
        return texts[0] is not None and texts[0] == texts[1]

    def any_changing(self, functions: set[str]) -> bool:
        row = self.connection.execute(_CHANGING, [[int(f) for f in functions]]).fetchone()
        return row is None or row[0] > 0

    def as_text(self, side: Wanted) -> tuple[str | None] | None:
        try:
            rows = self.run(f"SELECT CAST(({side.text}) AS {self.type_of(side.column)})::text", side.path)
        except psycopg.Error:
            return None
        return rows[0] if rows else None

    # -- parsing: all at once, and halved where the server refuses something

    def parse(self, wanted: Iterable[Wanted]) -> dict[Wanted, Parsed]:
        found: dict[Wanted, Parsed] = {}
        by_path: dict[str, list[Item]] = {}
        for number, one in enumerate(sorted(wanted, key=str)):
            by_path.setdefault(one.path, []).append((f"kedge_{number}", one))
        for items in by_path.values():
            found |= self.tried(items)
        return found

    def tried(self, items: list[Item]) -> dict[Wanted, Parsed]:
        made = self.made(items)
        if not isinstance(made, psycopg.Error):
            return made
        if len(items) > 1:
            half = len(items) // 2
            return self.tried(items[:half]) | self.tried(items[half:])
        name, one = items[0]
        if made.sqlstate == "42804" and one.form == "default":
            cast = one._replace(text=f"CAST(({one.text}) AS {self.type_of(one.column)})")
            again = self.made([(name, cast)])
            if not isinstance(again, psycopg.Error):
                return {one: again[cast]}
        return {one: Parsed(state=made.sqlstate or "XX000")}

    def made(self, items: list[Item]) -> dict[Wanted, Parsed] | psycopg.Error:
        """The bench with these expressions on it, read and dropped in one trip; or why it could not be."""
        own = [
            f"{quoted(name)} {c.type}"
            + (f" COLLATE {c.collation}" if c.collation else "")
            + (" NOT NULL" if c.not_null else "")
            for name, c in self.columns.items()
        ]
        clauses = ", ".join((*own, *(self.clause(*item) for item in items)))
        create = f"CREATE TABLE {NAME} ({clauses})"
        read = f"SET search_path TO {_NOWHERE}; {_TREES}; DROP TABLE {NAME}"
        try:
            rows = self.run(f"{create}; {read}", items[0][1].path)
        except psycopg.Error as error:
            return error
        trees = {row[0]: row for row in rows}
        return {one: _parsed(one.form, *trees[name][1:]) for name, one in items if name in trees} | {
            one: Parsed(state="XX000") for name, one in items if name not in trees
        }

    def run(self, sql: str, path: str) -> list[Any]:
        """Statements in one transaction; the rows of those that have any. What is lacking is borrowed, once."""
        if path != _NOWHERE:
            sql = f"SET search_path TO {path}; {sql}; SET search_path TO {_NOWHERE}"
        try:
            return self.rows(sql)
        except psycopg.Error as error:
            if error.sqlstate in LACKING and self.ground is not None and self.ground.borrow():
                return self.rows(sql)
            raise

    def rows(self, sql: str) -> list[Any]:
        found: list[Any] = []
        with self.connection.cursor() as cursor:
            cursor.execute(sql.encode())
            while True:
                if cursor.description is not None:
                    found += cursor.fetchall()
                if not cursor.nextset():
                    return found

    def clause(self, name: str, one: Wanted) -> str:
        if one.form == "default":
            return f"{name} {self.type_of(one.column)} DEFAULT {one.text}"
        if one.form == "expression":
            return f"CONSTRAINT {name} CHECK (({one.text}) IS NOT NULL)"
        return f"CONSTRAINT {name} CHECK ({one.text})"

    def type_of(self, column: str | None) -> str:
        sort = self.columns.get(column or "")
        return sort.type if sort else "text"


def _parsed(form: str, tree: str, printed: str) -> Parsed:
    if form == "expression":
        printed = printed.removeprefix("(").removesuffix(" IS NOT NULL)")
    return Parsed(tree, printed)


def _unwrapped(tree: str, form: str) -> Any:
    parsed = nodes.parse(tree)
    return parsed["arg"] if form == "expression" else parsed


def _or(extensions: Iterable[str]) -> str:
    return " or ".join(sorted(set(extensions)))
