"""All that differs between databases. The rest of Kedge names none of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kedge.catalog import TableKey
from kedge.dialects.base import Behind, Dialect
from kedge.errors import UsageError

__all__ = ["Behind", "Dialect", "dialect_of", "sequences_behind"]

SPELLINGS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


def dialect_of(url: str) -> Dialect:
    """The dialect a database URL names. Raises `UsageError` for one that not even SQLAlchemy speaks."""
    name, separator, _ = url.partition("://")
    scheme = name.partition("+")[0].lower()
    if SPELLINGS.get(scheme) == "postgresql":
        from kedge.dialects.postgresql import PostgreSQL

        return PostgreSQL()
    if SPELLINGS.get(scheme) == "mysql":
        from kedge.dialects.mysql import MySQL

        return MySQL(scheme)
    if scheme == "sqlite":
        from kedge.dialects.sqlite import SQLite

        return SQLite()
    if not separator or not scheme:
        raise UsageError(
            "this is not a database URL", hint="a URL looks like postgresql://user@host/database"
        )
    from kedge.dialects.inspector import inspected

    return inspected(scheme, url)


def sequences_behind(
    dialect: Dialect, connection: Any, tables: Collection[TableKey]
) -> tuple[tuple[Behind, ...], int]:
    """Sequences that stand behind a column of these tables, and how many could not be looked at."""
    if dialect.name != "postgresql":
        return (), 0
    from kedge.dialects.postgresql.numbering import behind

    return behind(connection, tables)
