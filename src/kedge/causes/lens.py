"""One side beside the schema after each revision: in which facts they differ, told by `compare` itself.

What a fact is, which parts are one and what was renamed is decided in one place. Each table is compared once for
each form it ever had, and never again while the revisions leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from kedge.catalog import Catalog, ObjectPath, Table, TableKey
from kedge.compare import Answers, Comparison, Difference, Hints, Question, compare
from kedge.compare.hints import NO_HINTS
from kedge.history import Step

Ask: TypeAlias = Callable[[frozenset[Question]], Answers]
Compare: TypeAlias = Callable[[Catalog, Answers], Comparison]
ROUNDS = 4


class Unit(msgspec.Struct, frozen=True):
    """What is compared together: one table, or everything beside tables with the tables that use it.

    `once` are names the table may have had, although the other side has a table of that name.
    """

    tables: frozenset[TableKey]
    beside: bool = False
    once: frozenset[TableKey] = frozenset()


class Lens:
    """The steps of a history, seen from one side.

    `declared` says that the side are the models; the other side's tables are `known`, so not taken for renamed ones.
    """

    def __init__(
        self,
        side: Catalog,
        steps: Iterable[Step],
        known: frozenset[TableKey],
        ask: Ask,
        hints: Hints = NO_HINTS,
        *,
        declared: bool,
    ) -> None:
        self.side = side
        self.steps = tuple(steps)
        self.known = known | frozenset(side.tables)
        self.ask = ask
        self.hints = hints
        self.declared = declared
        self.answers: dict[Question, bool | None] = {}
        self.seen: dict[Unit, tuple[tuple[Difference, ...], ...]] = {}

    def differences(self, unit: Unit) -> tuple[tuple[Difference, ...], ...]:
        """The differences after each step. The same tuple stands wherever nothing had changed."""
        if unit not in self.seen:
            self.seen[unit] = tuple(self._compared(unit))
        return self.seen[unit]

    def _compared(self, unit: Unit) -> Iterator[tuple[Difference, ...]]:
        mine = self._part(self.side, unit)
        before: Catalog | None = None
        found: tuple[Difference, ...] = ()
        for step in self.steps:
            theirs = self._part(step.catalog, unit)
            if before is None or theirs != before:
                before, found = theirs, self._settled(mine, theirs)
            yield found

    def _settled(self, mine: Catalog, theirs: Catalog) -> tuple[Difference, ...]:
        sides = (mine, theirs) if self.declared else (theirs, mine)
        comparison = compare(*sides, self.answers, others=frozenset(), hints=self.hints)
        for _ in range(ROUNDS):
            new = comparison.questions - set(self.answers)
            if not new:
                break
            self.answers |= dict.fromkeys(new) | dict(self.ask(new))
            comparison = compare(*sides, self.answers, others=frozenset(), hints=self.hints)
        return comparison.differences

    def _part(self, catalog: Catalog, unit: Unit) -> Catalog:
        """What of a catalog belongs to the unit; where a table is not there, those that may have been it."""
        keys = [key for key in unit.tables if key in catalog.tables]
        tables = {key: catalog.tables[key] for key in sorted(keys)}
        if catalog is not self.side and len(keys) < len(unit.tables):
            known = self.known - unit.once
            tables |= {k: t for k, t in catalog.tables.items() if k not in known and not t.partition_of}
        if unit.beside:
            return msgspec.structs.replace(catalog, profile=self.side.profile, schemas=(), tables=tables)
        types = {
            c.type.removesuffix("[]") for t in tables.values() for c in t.columns if isinstance(c.type, str)
        }
        return Catalog(
            profile=self.side.profile,
            tables=tables,
            enums={k: e for k, e in catalog.enums.items() if e.spelling in types},
            objects={p: o for p, o in catalog.objects.items() if (p.schema or "", p.table or "") in tables},
        )


class Forms:
    """Which columns each table had together, in any of these catalogs."""

    def __init__(self, catalogs: Iterable[Catalog]) -> None:
        self.catalogs = tuple(catalogs)
        self.found: dict[TableKey, frozenset[frozenset[str]]] = {}

    def __call__(self, key: TableKey) -> frozenset[frozenset[str]]:
        if key not in self.found:
            tables = {id(t): t for c in self.catalogs if (t := c.tables.get(key)) is not None}
            self.found[key] = frozenset(frozenset(c.name for c in t.columns) for t in tables.values())
        return self.found[key]


def unit_of(path: ObjectPath, users: Mapping[ObjectPath, frozenset[TableKey]]) -> Unit:
    """Where a fact is compared."""
    if path.table is not None:
        return Unit(frozenset({(path.schema or "", path.table)}))
    return Unit(users.get(path, frozenset()), beside=True)


def part_named(table: Table, path: ObjectPath) -> Any:
    """A table's part by kind and name, or None."""
    if path.kind == "primary-key":
        return table.primary_key
    for field in _FIELDS.get(path.kind, ()):
        for part in getattr(table, field):
            if part.name == path.name:
                return part
    return None


_FIELDS = {
    "column": ("columns",),
    "unique": ("uniques", "indexes"),
    "index": ("indexes", "uniques"),
    "foreign-key": ("foreign_keys",),
    "check": ("checks",),
    "exclusion": ("exclusions",),
}
