"""Constraints and indexes of which somebody says that they were renamed."""

from __future__ import annotations

import msgspec

from kedge.catalog import Table

PART_FIELDS = {
    "unique": "uniques",
    "foreign-key": "foreign_keys",
    "check": "checks",
    "exclusion": "exclusions",
    "index": "indexes",
}


def with_part_renamed(models: Table, database: Table, old: str, new: str) -> tuple[Table, str | None]:
    """The table with one constraint or index under its new name, and its kind; None where there is none to rename."""
    primary = database.primary_key
    declared = models.primary_key
    if primary is not None and primary.name == old and declared is not None and declared.name == new:
        return msgspec.structs.replace(
            database, primary_key=msgspec.structs.replace(primary, name=new)
        ), "primary-key"
    for kind, field in PART_FIELDS.items():
        here, there = getattr(database, field), {p.name for p in getattr(models, field)}
        if new in there and any(p.name == old for p in here) and not any(p.name == new for p in here):
            renamed = (msgspec.structs.replace(p, name=new) if p.name == old else p for p in here)
            return msgspec.structs.replace(database, **{field: tuple(renamed)}), kind
    return database, None
