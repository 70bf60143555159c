"""Reads a live PostgreSQL catalog in bulk, in one read-only transaction, into a `Catalog`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kedge.catalog import Catalog, Extension, ServerProfile
from kedge.dialects.postgresql import queries
from kedge.dialects.postgresql.reading import Connection, Reading
from kedge.dialects.postgresql.stored import TABLESPACE

__all__ = ["Connection", "digest", "pinned", "read_catalog", "read_now", "read_profile"]


def read_profile(connection: Connection) -> ServerProfile:
    """What this server and session are; must run before anything pins the search path."""
    row = connection.execute(queries.PROFILE).fetchone()
    assert row is not None
    version, number, database, schema, path, encoding, collation, tablespace, zone, dates = row
    extensions = tuple(Extension(*r) for r in connection.execute(queries.EXTENSIONS))
    return ServerProfile(
        dialect="postgresql",
        flavour="postgresql",
        version=version.split()[0],
        version_info=(number // 10000, number % 10000),
        database=database,
        default_schema=schema,
        search_path=tuple(path),
        encoding=encoding,
        collation=collation,
        extensions=extensions,
        settings=((TABLESPACE, tablespace), ("TimeZone", zone), ("DateStyle", dates)),
    )


@contextmanager
def pinned(connection: Connection, *, timeout: float) -> Iterator[None]:
    """A READ ONLY REPEATABLE READ transaction whose settings make catalogs print alike everywhere."""
    connection.rollback()
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(
            f"SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = {int(timeout * 1000)}; {queries.PIN}"
        )
        yield


def digest(connection: Connection) -> tuple[Any, ...]:
    """A fingerprint of the catalog rows that a reading depends on."""
    return tuple(connection.execute(queries.DIGEST))


def read_catalog(
    connection: Connection,
    profile: ServerProfile,
    *,
    schemas: Iterable[str] | None = None,
    timeout: float = 60,
) -> tuple[Catalog, bool]:
    """Read `schemas` (None: every schema that is not the system's) and whether the catalog stood still meanwhile."""
    for _ in range(2):
        with pinned(connection, timeout=timeout):
            before = digest(connection)
            catalog = Reading(connection, profile, schemas).catalog()
        with pinned(connection, timeout=timeout):
            steady = digest(connection) == before
        if steady:
            break
    return catalog, steady


def read_now(connection: Connection, profile: ServerProfile) -> Catalog:
    """Every schema, within a transaction that is pinned already, where nobody else can change anything."""
    return Reading(connection, profile, None).catalog()
