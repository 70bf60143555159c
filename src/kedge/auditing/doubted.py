"""Clears suspects by asking about their expressions alone, before anything of theirs is built."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kedge.auditing.made import stands
from kedge.catalog import Catalog, TableKey
from kedge.declared import DeclaredMetadata
from kedge.dialects import Dialect
from kedge.dialects.base import Question
from kedge.judge import Judge
from kedge.scratch import NoScratch, Scratch


def cleared(
    dialect: Dialect, scratch: Scratch, suspects: Iterable[DeclaredMetadata], live: Catalog
) -> frozenset[TableKey]:
    """The tables that are the live ones, as the answers to all their doubts are yes; of the rest nothing is said."""
    default = live.profile.default_schema
    doubts: dict[TableKey, tuple[Question, ...]] = {}
    for table in (t for m in suspects for t in m.tables):
        key = table.schema or default, table.name
        there = live.tables.get(key)
        if there is not None and stands(table.made, there):
            found = dialect.doubts(table, there, live.profile)
            if found is not None:
                doubts[key] = found
    if not doubts:
        return frozenset()
    try:
        with Judge.open(dialect, scratch) as judge:
            judge.ask([q for found in doubts.values() for q in found], live)
    except NoScratch:  # said where the rest is judged
        return frozenset()
    return frozenset(key for key, found in doubts.items() if all(judge.answers.get(q) is True for q in found))


def without(
    suspects: Iterable[DeclaredMetadata], keys: frozenset[TableKey], default: str
) -> list[DeclaredMetadata]:
    return [
        msgspec.structs.replace(
            m, tables=tuple(t for t in m.tables if (t.schema or default, t.name) not in keys)
        )
        for m in suspects
    ]
