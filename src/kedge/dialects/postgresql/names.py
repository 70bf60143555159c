"""Names as PostgreSQL takes and keeps them."""

from __future__ import annotations

NAME_BYTES = 63


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def clipped(name: str) -> str:
    """The name as the server keeps it: NAMEDATALEN - 1 bytes, never half a character.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """
    return name.encode()[:NAME_BYTES].decode(errors="ignore")
