"""Columns that are declared in plain text where the database keeps them encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kedge.catalog import Catalog, Column, ObjectPath, Value
from kedge.compare import Difference
from kedge.compare.difference import Key

_WORDS = r"encrypted|enc|crypt|cipher|ciphertext|hash|hashed|digest"
_AFTER = re.compile(rf"(?P<plain>\w+?)_(?:{_WORDS})")
_BEFORE = re.compile(rf"(?:{_WORDS})_(?P<plain>\w+)")
_HOLDS = re.compile(r"bytea|text|char|blob|binary", re.IGNORECASE)


def plain_of(name: str) -> str | None:
    """`email` of `email_encrypted` and `enc_email`."""
    found = _AFTER.fullmatch(name) or _BEFORE.fullmatch(name)
    return found["plain"] if found else None


def encrypted_differences(
    differences: Iterable[Difference], live: Catalog
) -> tuple[list[Difference], dict[Key, Key]]:
    """One finding for each column the models alone have beside its encrypted twin that the database alone has.

    And the differences that follow from it.
    """
    columns = [d for d in differences if d.path.kind == "column"]
    only = {
        (d.path.schema, d.path.table, d.path.name): d
        for d in columns
        if d.attribute == "presence" and d.database.state == "missing"
    }
    found: list[Difference] = []
    implied: dict[Key, Key] = {}
    for d in columns:
        plain = plain_of(d.path.name or "")
        column = _column(live, d.path)
        if plain is None or column is None or not _HOLDS.search(str(column.type)):
            continue
        twin = only.get((d.path.schema, d.path.table, plain))
        renamed = d.attribute == "name" and d.names is not None and d.names[0] == plain
        extra = d.attribute == "presence" and d.models.state == "missing" and twin is not None
        if not renamed and not extra:
            continue
        said = Difference(
            ObjectPath("column", d.path.schema, d.path.table, plain),
            "plaintext",
            Value("value", plain),
            Value("value", f"{d.path.name} {column.type}"),
            model_path=twin.model_path if twin and extra else d.model_path,
            confidence="likely" if "hash" in (d.path.name or "") else "certain",
            confirmed=d.confirmed,
        )
        found.append(said)
        about = {d.path, ObjectPath("column", d.path.schema, d.path.table, plain)}
        implied |= {one.key: said.key for one in columns if {one.path, one.model_path} & about}
    return found, implied


def folded(differences: dict[Any, Difference], implied: dict[Key, Key]) -> None:
    """Marks what follows from something else, unless it is said to follow already."""
    for key, d in list(differences.items()):
        if d.key in implied and d.implied_by is None:
            differences[key] = msgspec.structs.replace(d, implied_by=implied[d.key])


def _column(live: Catalog, path: ObjectPath) -> Column | None:
    table = live.tables.get((path.schema or "", path.table or ""))
    return next((c for c in table.columns if c.name == path.name), None) if table else None
