"""Makes in a scratch what texts may mention: other tables, routines and views, as plainly as will do for parsing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg

from kedge.catalog import Catalog
from kedge.dialects.postgresql.bare import bare_table
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reader import Connection
from kedge.objects import Routine, View


def lend(connection: Connection, models: Catalog, live: Catalog) -> None:
    """What the server refuses, because it is there or for any other reason, is passed over."""
    schemas = {schema for schema, _ in models.tables} | {
        path.schema for path in models.objects if path.schema
    }
    _run(connection, [f"CREATE SCHEMA {quoted(schema)}" for schema in sorted(schemas)])
    _run(connection, ["SET check_function_bodies = off", *live.prelude])
    _run(
        connection,
        (bare_table(table, keys=True) for table in models.tables.values() if "table" in table.kind),
    )
    _run(connection, _objects(models))


def _objects(models: Catalog) -> Iterator[str]:
    for one in models.objects.values():
        if isinstance(one, View):
            columns = ", ".join(quoted(name) for name, _ in one.columns)
            kind = "MATERIALIZED VIEW" if one.kind == "materialized-view" else "VIEW"
            yield f"CREATE {kind} {_name(one.schema, one.name)} ({columns}) AS {one.definition}"
        elif isinstance(one, Routine) and one.kind in ("function", "procedure"):
            returns = f" RETURNS {one.returns}" if one.returns else ""
            parsed = one.body.startswith(("BEGIN ATOMIC", "RETURN "))
            body = one.body if parsed else f"AS $kedge${one.body}$kedge$"
            head = f"CREATE {one.kind.upper()} {_name(one.schema, one.name)}({one.arguments})"
            yield f"{head}{returns} LANGUAGE {one.language} {one.volatility if returns else ''} {body}"


def _run(connection: Connection, statements: Iterable[str]) -> None:
    """Again and again, until nothing more is taken: one may need what a later one makes."""
    waiting = list(statements)
    while waiting:
        refused = [statement for statement in waiting if not _taken(connection, statement)]
        if len(refused) == len(waiting):
            return
        waiting = refused


def _taken(connection: Connection, statement: str) -> bool:
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


def _name(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}"
