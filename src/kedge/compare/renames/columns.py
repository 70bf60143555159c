"""Columns that changed their name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import Column, Computed, Table
from kedge.compare.difference import Confidence
from kedge.compare.hints import Hint
from kedge.compare.renames.rename import SIMILAR, Rename, similarity
from kedge.compare.texts import renamed_text


def respellings(models: Table, database: Table) -> dict[str, str]:
    """The database's column names that differ from the models' in nothing but case, each with the models' name."""
    here, there = {c.name for c in models.columns}, {c.name for c in database.columns}
    folded = {name.lower(): name for name in here - there}
    return {name: folded[name.lower()] for name in there - here if name.lower() in folded}


def column_renames(
    models: Table, database: Table, hints: Mapping[str, Hint], forms: Collection[frozenset[str]]
) -> list[Rename[Column]]:
    """Columns that stood beside each other in one of the table's `forms` are two."""
    here, there = {c.name for c in models.columns}, {c.name for c in database.columns}
    missing = [c for c in models.columns if c.name not in there]
    extra = [c for c in database.columns if c.name not in here]
    told: list[Rename[Column]] = []
    for left in list(missing):
        hint = hints.get(left.name)
        right = next((c for c in extra if hint is not None and c.name == hint.old), None)
        if hint is not None and right is not None:
            missing.remove(left)
            extra.remove(right)
            told.append(Rename(left, right, "certain", (hint.said,)))
    pairs = [
        (left, right)
        for left in missing
        for right in extra
        if not any(left.name in form and right.name in form for form in forms)
    ]
    return told + _guessed_columns(models, database, pairs)


def _guessed_columns(
    models: Table, database: Table, pairs: Iterable[tuple[Column, Column]]
) -> list[Rename[Column]]:
    scored = []
    for left, right in pairs:
        evidence = _column_evidence(models, database, left, right)
        if evidence is not None and len(evidence) > 1:
            scored.append((len(evidence), similarity(left.name, right.name), left, right, evidence))
    scored.sort(key=lambda s: s[:2], reverse=True)
    found: list[Rename[Column]] = []
    taken: set[str] = set()
    for score, _, left, right, evidence in scored:
        if left.name in taken or right.name in taken:
            continue
        taken |= {left.name, right.name}
        rivals = [s for s in scored if (s[2] is left) != (s[3] is right) and s[0] >= score]
        names = dict.fromkeys(s[3].name if s[2] is left else s[2].name for s in rivals)
        also = (f"as well as {', '.join(names)} would fit",) if names else ()
        confidence = _confidence(left, right, score, len(rivals))
        found.append(Rename(left, right, confidence, (*evidence, *also)))
    return found


def _confidence(left: Column, right: Column, score: int, rivals: int) -> Confidence:
    if left.type != right.type:
        return "guess"
    if left.name.lower() == right.name.lower():
        return "certain"
    return "likely" if score >= 3 and not rivals else "guess"


def _column_evidence(models: Table, database: Table, left: Column, right: Column) -> tuple[str, ...] | None:
    if (left.computed is None) != (right.computed is None):
        return None
    same = left.type == right.type
    evidence = [f"both are {left.type}"] if same else []
    if _neighbours(models, left.name, database) == _neighbours(database, right.name, models):
        evidence.append("they stand in the same place between the same columns")
    if left.name.lower() == right.name.lower():
        evidence.append("the names differ in case only")
    elif similarity(left.name, right.name) >= SIMILAR:
        evidence.append("the names are alike")
    if shared := _shared_parts(models, left.name, database, right.name):
        evidence.append(f"the same {shared} is on both")
    if not same and len(evidence) > 1:
        evidence.append("only the types differ")
    return tuple(evidence)


def _neighbours(table: Table, name: str, other: Table) -> tuple[str | None, str | None]:
    """The nearest columns before and after that the other side has as well."""
    known = {c.name for c in other.columns}
    names = [c.name for c in table.columns]
    at = names.index(name)
    before = next((n for n in reversed(names[:at]) if n in known), None)
    after = next((n for n in names[at + 1 :] if n in known), None)
    return before, after


def _shared_parts(models: Table, left: str, database: Table, right: str) -> str | None:
    """A key, constraint or index that covers both columns in the same way."""
    for kind, parts in (
        ("foreign key", (models.foreign_keys, database.foreign_keys)),
        ("unique constraint", (models.uniques, database.uniques)),
        ("index", (models.indexes, database.indexes)),
        ("primary key", ((models.primary_key,), (database.primary_key,))),
        ("check", (models.checks, database.checks)),
    ):
        for one in parts[0]:
            for two in parts[1]:
                if one is None or two is None or left not in one.columns or right not in two.columns:
                    continue
                if [left if c == right else c for c in two.columns] == list(one.columns) and (
                    one.name in (None, two.name) or kind == "primary key"
                ):
                    return kind
    return None


def with_columns_renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table as if its columns had always borne the new names (old name → new name)."""
    if not names:
        return table

    def renamed(item: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in item.__struct_fields__:
            old = getattr(item, field)
            new = old
            if field in ("columns", "include", "on_delete_columns"):
                new = tuple(names.get(c, c) for c in old)
            elif field in ("expression", "predicate", "default") and isinstance(old, str):
                new = renamed_text(old, names)
            elif field == "column" and isinstance(old, str):
                new = names.get(old, old)
            elif field == "keys":
                new = tuple(renamed(k) for k in old)
            elif isinstance(old, Computed):
                new = renamed(old)
            if new is not old:
                changes[field] = new
        return msgspec.structs.replace(item, **changes) if changes else item

    columns = (msgspec.structs.replace(c, name=names.get(c.name, c.name)) for c in table.columns)
    return msgspec.structs.replace(
        table,
        columns=tuple(map(renamed, columns)),
        primary_key=table.primary_key and renamed(table.primary_key),
        **{f: tuple(map(renamed, getattr(table, f)))
           for f in ("uniques", "foreign_keys", "checks", "exclusions", "indexes")},
    )  # fmt: skip
