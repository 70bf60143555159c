"""All that differs between databases. The rest of Kedge names none of them."""

from __future__ import annotations

from kedge.dialects.base import Dialect
from kedge.errors import UsageError

__all__ = ["Dialect", "dialect_of"]

SPELLINGS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


def dialect_of(url: str) -> Dialect:
    """The dialect a database URL names. Raises `UsageError` for one Kedge does not speak."""
    scheme = url.partition("://")[0].partition("+")[0].lower()
    if SPELLINGS.get(scheme) == "postgresql":
        from kedge.dialects.postgresql import PostgreSQL

        return PostgreSQL()
    if SPELLINGS.get(scheme) == "mysql":
        from kedge.dialects.mysql import MySQL

        return MySQL(scheme)
    if scheme == "sqlite":
        from kedge.dialects.sqlite import SQLite

        return SQLite()
    raise UsageError(
        f"Kedge cannot read {scheme or 'this'} databases yet"
        if "://" in url
        else "this is not a database URL",
        hint="a URL looks like postgresql://user@host/database",
    )
