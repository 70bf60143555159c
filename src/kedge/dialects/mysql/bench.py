"""Asks a scratch server whether two texts of a view are one, and lends it what views stand on.

It prints both, and what it printed once more, as a print may be read to another print. Bodies of triggers and routines
are kept as they were typed: two texts are two.
"""

from __future__ import annotations

from collections.abc import Iterable

import pymysql

from kedge.catalog import Catalog, Table, Unknown
from kedge.dialects.base import Question
from kedge.dialects.mysql.build import LACKING
from kedge.dialects.mysql.expressions import clause
from kedge.dialects.mysql.programs import query_of
from kedge.dialects.mysql.reader import Connection, query
from kedge.dialects.mysql.words import quoted, requalified
from kedge.objects import Routine, View

BENCH = "kedge_bench"


def settle(connection: Connection, question: Question) -> bool | Unknown:
    if question.form != "view":
        return False
    sides = []
    for text in (question.models, question.database):
        try:
            first = _printed(connection, question, text)
            sides.append({first, _printed(connection, question, first)})
        except pymysql.MySQLError as error:
            if error.args[0] in LACKING:
                return Unknown(f"the scratch server does not take it ({error.args[-1]})")
            sides.append(set())
    if not sides[0] and not sides[1]:
        return Unknown("the scratch server takes neither text")
    return bool(sides[0] & sides[1])


def _printed(connection: Connection, question: Question, text: str) -> str:
    schema = question.table[0]
    query(connection, f"CREATE OR REPLACE VIEW {BENCH} AS {requalified(text, connection.names)}")
    try:
        kept = "SELECT view_definition FROM information_schema.views WHERE table_schema = DATABASE()"
        ((kept,),) = query(connection, f"{kept} AND table_name = '{BENCH}'")
    finally:
        query(connection, f"DROP VIEW {BENCH}")
    back = {scratch: name for name, scratch in connection.names.items()}
    return query_of(kept, schema, back)


def lay(connection: Connection, tables: Iterable[Table]) -> None:
    """Bare tables in the connection's own database; what the server refuses is left out."""
    for table in tables:
        _attempt(connection, _bare(quoted(table.name), table))


def lend(connection: Connection, catalogs: Iterable[Catalog]) -> None:
    """Make the tables, functions and views that do not stand yet; of two under one name, the first."""
    waiting = []
    for catalog in catalogs:
        for (schema, name), table in catalog.tables.items():
            if schema in connection.names and table.kind != "view":
                _attempt(connection, _bare(f"{_place(connection, schema)}.{quoted(name)}", table))
        for one in catalog.objects.values():
            if isinstance(one, Routine) and one.kind == "function" and one.schema in connection.names:
                _attempt(connection, _function(connection, one))
            elif isinstance(one, View) and one.schema in connection.names:
                columns = f" ({', '.join(quoted(name) for name, _ in one.columns)})" if one.columns else ""
                text = requalified(one.definition, connection.names)
                place = f"{_place(connection, one.schema)}.{quoted(one.name)}"
                waiting.append(f"CREATE VIEW {place}{columns} AS {text}")
    while waiting:  # a view may stand on another one
        refused = [statement for statement in waiting if not _attempt(connection, statement)]
        if len(refused) == len(waiting):
            return
        waiting = refused


def _place(connection: Connection, schema: str) -> str:
    return quoted(connection.names[schema])


def _bare(place: str, table: Table) -> str:
    clauses = [f"{quoted(c.name)} {clause(c)}" for c in table.columns if isinstance(c.type, str)]
    keys = [table.primary_key.columns] if table.primary_key else []
    clauses += [
        f"UNIQUE ({', '.join(map(quoted, key))})" for key in (*keys, *(u.columns for u in table.uniques))
    ]
    return f"CREATE TABLE IF NOT EXISTS {place} ({', '.join(clauses)})"


def _function(connection: Connection, one: Routine) -> str:
    """A view is printed alike whatever its functions do."""
    place = f"{_place(connection, one.schema)}.{quoted(one.name)}"
    returns = (one.returns or "int").replace(" collate ", " COLLATE ")
    return f"CREATE FUNCTION {place}({one.arguments}) RETURNS {returns} DETERMINISTIC RETURN NULL"


def _attempt(connection: Connection, statement: str) -> bool:
    try:
        query(connection, statement)
    except pymysql.MySQLError:
        return False
    return True
