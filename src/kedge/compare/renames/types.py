"""Enum types and sequences that changed their name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, Column, Counter, Enum, Sequence
from kedge.compare.renames.rename import SIMILAR, Rename, similarity


def enum_renames(models: Catalog, database: Catalog) -> list[Rename[Enum]]:
    """Enums whose name is on one side only, used by the same columns, with most of their labels in common."""
    left = [e for k, e in models.enums.items() if k not in database.enums]
    right = [e for k, e in database.enums.items() if k not in models.enums]
    found: list[Rename[Enum]] = []
    for enum in left:
        for other in right:
            shared = _labels_in_common(enum, other) > 0.5 and columns_using(models, enum) & columns_using(
                database, other
            )
            if shared:
                place = ", ".join(".".join(s) for s in sorted(shared))
                same = enum.values == other.values
                labels = "the labels are the same" if same else "most labels are the same"
                evidence = (labels, f"the same column uses them: {place}")
                found.append(
                    Rename(
                        enum, other, "likely", evidence, "name" if enum.schema == other.schema else "schema"
                    )
                )
                right.remove(other)
                break
    return found


def _labels_in_common(one: Enum, two: Enum) -> float:
    left, right = set(one.values), set(two.values)
    return len(left & right) / len(left | right) if left or right else 1.0


def sequence_renames(models: Catalog, database: Catalog) -> list[Rename[Sequence]]:
    """Sequences of their own that count alike, where the name or an unusual way of counting speaks for it."""
    left = [s for k, s in models.sequences.items() if k not in database.sequences and s.owner is None]
    right = [s for k, s in database.sequences.items() if k not in models.sequences and s.owner is None]
    found: list[Rename[Sequence]] = []
    for sequence in left:
        alike_ones = [
            o
            for o in right
            if o.schema == sequence.schema
            and o.counter == sequence.counter
            and (similarity(o.name, sequence.name) >= SIMILAR or o.counter != Counter())
        ]
        if len(alike_ones) == 1:
            right.remove(alike_ones[0])
            evidence = ("both count alike", "no other sequence does")
            found.append(Rename(sequence, alike_ones[0], "likely", evidence))
    return found


def columns_using(catalog: Catalog, enum: Enum) -> set[tuple[str, str, str]]:
    spelling = enum.spelling
    return {
        (t.schema, t.name, c.name)
        for t in catalog.tables.values()
        for c in t.columns
        if c.type == spelling or (isinstance(c.type, str) and c.type.startswith(spelling + "["))
    }


def with_enums_renamed(catalog: Catalog, names: Mapping[str, str]) -> Catalog:
    """The catalog with enum types under other names; both as the catalog prints them."""
    if not names:
        return catalog

    def text(old: Any) -> Any:
        if isinstance(old, str):
            for before, after in names.items():
                whole = rf"(?<![\w.\"]){re.escape(before)}(?![\w\"])"
                old = re.sub(whole, after.replace("\\", r"\\"), old)
        return old

    def column(c: Column) -> Column:
        return msgspec.structs.replace(c, type=text(c.type), default=text(c.default))

    def part(p: Any, *fields: str) -> Any:
        return msgspec.structs.replace(p, **{f: text(getattr(p, f)) for f in fields})

    tables = {
        key: msgspec.structs.replace(
            t,
            columns=tuple(map(column, t.columns)),
            checks=tuple(part(c, "expression") for c in t.checks),
            indexes=tuple(
                msgspec.structs.replace(
                    part(i, "predicate"), keys=tuple(part(k, "expression") for k in i.keys)
                )
                for i in t.indexes
            ),
        )
        for key, t in catalog.tables.items()
    }
    return msgspec.structs.replace(catalog, tables=tables)
