"""What statements say and no catalog keeps: where an extension is put, whose a schema is to be, which line granted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kedge.catalog import Object, ObjectPath
from kedge.declared import Place, Ran
from kedge.objects import DefaultPrivilege, Grant, Owner, Revocation

NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|[\w$]+)'
_MOVES = re.compile(
    rf"""\b(?:CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<made>{NAME})(?:\s+WITH)?\s+(?:VERSION\s+\S+\s+)?
    |ALTER\s+EXTENSION\s+(?P<moved>{NAME})\s+SET\s+)SCHEMA\s+(?P<schema>{NAME})""",
    re.IGNORECASE | re.VERBOSE,
)
_ADOPTS = re.compile(
    rf"""\s*CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:(?!AUTHORIZATION\b)(?P<schema>{NAME})\s+)?
    AUTHORIZATION\s+(?!(?:CURRENT_ROLE|CURRENT_USER|SESSION_USER)\b)(?P<role>{NAME})""",
    re.IGNORECASE | re.VERBOSE,
)
_RIGHTS = re.compile(
    r"\s*(?:(?P<later>ALTER\s+DEFAULT\s+PRIVILEGES\b)|(?P<grant>(?:GRANT|REVOKE)\b)"
    r"|(?P<owner>ALTER\b.*\bOWNER\s+TO\b|CREATE\s+SCHEMA\b.*\bAUTHORIZATION\b))",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = {"later": "default-privilege", "grant": "grant", "owner": "owner"}
_WORD = re.compile(NAME)


def plain(name: str) -> str:
    """A name as catalogs have it."""
    if name[0] in '"`':
        return name[1:-1].replace(name[0] * 2, name[0])
    return name.lower()


def extension_schemas(statements: Iterable[str]) -> dict[str, str]:
    """The schema that each extension is put into, where a statement says so; the last word counts."""
    return {
        plain(found["made"] or found["moved"]): plain(found["schema"])
        for statement in statements
        for found in _MOVES.finditer(statement)
    }


def schema_owners(statements: Iterable[str]) -> Iterator[Owner]:
    """Whose the schemas are that were made for somebody: where they stand already, nobody is given them."""
    for statement in statements:
        if found := _ADOPTS.match(statement):
            role = plain(found["role"])
            schema = plain(found["schema"]) if found["schema"] else role
            yield Owner(on=ObjectPath("schema", schema, None, schema), role=role)


def right_kind(statement: str) -> str | None:
    """The kind of right that a statement gives or takes."""
    found = _RIGHTS.match(statement)
    return _KINDS[found.lastgroup] if found and found.lastgroup else None


class RightPlaces:
    """The lines of the statements that gave rights."""

    def __init__(self, ran: Iterable[Ran]) -> None:
        self.given = [
            (kind, {plain(word) for word in _WORD.findall(one.sql)}, one.place)
            for one in ran
            if one.place and (kind := right_kind(one.sql))
        ]

    def of(self, one: Object) -> Place | None:
        """The last one that names both the object and the role; else the role, and all of something."""
        if not isinstance(one, Grant | Revocation | DefaultPrivilege | Owner):
            return None
        kind = "grant" if isinstance(one, Revocation) else one.path.kind
        role = (
            "public" if isinstance(one, Revocation) else getattr(one, "to", None) or getattr(one, "role", "")
        )
        on = None if isinstance(one, DefaultPrivilege) else one.on
        name = (on.table or on.name or "").partition("(")[0] if on else ""
        fits = [(words, place) for k, words, place in self.given if k == kind and role in words]
        found = [place for words, place in fits if name in words] or [
            p for words, p in fits if "all" in words
        ]
        return next(reversed(found or [place for _, place in fits]), None)
