"""Lays a whole catalog out in an empty scratch database, so that revisions begin where it was read."""

from __future__ import annotations

import psycopg

from kedge.catalog import Catalog
from kedge.dialects.postgresql.ground import Ground
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.printer import statements
from kedge.dialects.postgresql.reader import Connection
from kedge.dialects.postgresql.standing import WORKSHOP
from kedge.errors import UsageError


def lay_out(connection: Connection, catalog: Catalog) -> None:
    """All that the catalog has, or nothing is of use: raises `UsageError` for what the scratch server refuses."""
    ground = Ground(connection, catalog)
    ground.lay(catalog.schemas)
    connection.execute(f"DROP SCHEMA {WORKSHOP} CASCADE")
    # Operators and their classes are known by their bare names.
    homes = dict.fromkeys(e.schema for e in catalog.profile.extensions if e.schema != "pg_catalog")
    path = ", ".join([ground.search_path, *map(quoted, homes)])
    connection.execute(f"SET search_path TO {path}; SET check_function_bodies = off".encode())
    waiting = list(statements(catalog))
    while waiting:
        refused: list[tuple[str, psycopg.Error]] = []
        for statement in waiting:
            error = _run(ground, statement)
            if error is not None:
                refused.append((statement, error))
        if len(refused) == len(waiting):
            statement, error = refused[0]
            excuse = ground.excuse(error)
            reason = f"{str(error).splitlines()[0]}{f' ({excuse})' if excuse else ''}"
            raise UsageError(f"the scratch server refuses {_named(statement)}: {reason}")
        waiting = [statement for statement, _ in refused]
    connection.execute("RESET ALL")


def _run(ground: Ground, statement: str) -> psycopg.Error | None:
    try:
        ground.connection.execute(statement.encode())
    except psycopg.Error as error:
        return _run(ground, statement) if ground.stand_in_collation(error) else error
    return None


def _named(statement: str) -> str:
    first = statement.strip().splitlines()[0]
    return first if len(first) <= 100 else f"{first[:99]}…"
