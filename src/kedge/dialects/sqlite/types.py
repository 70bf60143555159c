"""How SQLite's declared types are spelled, and what they make of a value.

A declared type is a text that SQLite keeps as typed. It binds nothing but an affinity; no length is enforced.
https://www.sqlite.org/datatype3.html#determination_of_column_affinity
"""

from __future__ import annotations

import re
from functools import cache

UNTYPED = "untyped"
_SPELLING = re.compile(r"(?P<base>[^(]*)(?:\((?P<args>.*)\))?(?P<rest>[^)]*)", re.DOTALL)

# Words for one thing: the standard's own synonyms, or the same eight bytes. SQLAlchemy reads each pair alike.
_SYNONYMS = {
    "INT": "INTEGER",
    "BOOL": "BOOLEAN",
    "DEC": "NUMERIC",
    "DECIMAL": "NUMERIC",
    "FLOAT": "REAL",
    "DOUBLE": "REAL",
    "DOUBLE PRECISION": "REAL",
    "CHARACTER": "CHAR",
    "CHARACTER VARYING": "VARCHAR",
    "CHAR VARYING": "VARCHAR",
    "VARYING CHARACTER": "VARCHAR",
    "NATIONAL CHARACTER": "NCHAR",
    "NATIVE CHARACTER": "NCHAR",
    "NATIONAL CHARACTER VARYING": "NVARCHAR",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITHOUT TIME ZONE": "DATETIME",
}


@cache
def canonical_type(declared: str) -> str:
    """A declared type without what makes no difference: case, white space, and words for the same thing."""
    found = _SPELLING.fullmatch(declared.strip())
    if found is None:
        return " ".join(declared.upper().split())
    base = " ".join(f"{found['base']} {found['rest']}".upper().split()).strip('"')
    base = _SYNONYMS.get(base, base)
    if found["args"] is None:
        return base or UNTYPED
    args = ", ".join(a.strip() for a in found["args"].split(","))
    # The precision of a binary float is a word only: eight bytes are stored.
    return base if base == "REAL" else f"{base}({args})"


@cache
def affinity(declared: str) -> str:
    """The affinity of a declared type, by SQLite's five rules; integer and numeric differ in CAST only."""
    name = declared.upper()
    if "INT" in name:
        return "numeric"
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if "BLOB" in name or name in ("", UNTYPED.upper(), "ANY"):
        return "blob"
    if any(part in name for part in ("REAL", "FLOA", "DOUB")):
        return "real"
    return "numeric"
