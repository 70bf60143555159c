"""Tables that changed their name or their schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from kedge.catalog import Catalog, Table, TableKey
from kedge.compare.renames.rename import SIMILAR, Rename, similarity

ALIKE_TABLES = 0.75
ALIKE_WITH_NAME = 0.6
# Of less no rename is made, whatever the names.
LEAST = 0.5
# So many of the best may be named as rivals.
_RIVALS = 12

Referrers: TypeAlias = Mapping[TableKey, frozenset[tuple[str, str, tuple[str, ...]]]]


def referrers(catalog: Catalog) -> Referrers:
    """What refers to each table: columns by a foreign key, its partitions, tables that inherit from it."""
    found: dict[TableKey, set[tuple[str, str, tuple[str, ...]]]] = {}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            found.setdefault((key.target_schema, key.target_table), set()).add(
                (table.schema, table.name, key.columns)
            )
        for parent in table.parents:
            found.setdefault(parent, set()).add((table.schema, table.name, ()))
    return {key: frozenset(by) for key, by in found.items()}


def table_renames(
    models: Iterable[Table], database: Iterable[Table], pointing: Referrers, pointing_here: Referrers
) -> Iterator[Rename[Table]]:
    """Among unmatched tables, given who points at each on either side."""
    right = [_Shape(table) for table in database]
    for table in models:
        by = pointing.get((table.schema, table.name), frozenset())
        shared = {
            o.table.name
            for o in right
            if by and by & pointing_here.get((o.table.schema, o.table.name), frozenset())
        }
        rename = _Search(_Shape(table), shared).best(right)
        if rename is not None:
            right = [o for o in right if o.table is not rename.database]
            yield rename


def partition_renames(models: Iterable[Table], database: Iterable[Table]) -> Iterator[Rename[Table]]:
    """Partitions of one table for the same rows: no two can stand beside each other."""
    there: dict[object, Table] = {(o.partition_of, o.bound): o for o in database if o.partition_of}
    for table in models:
        if other := there.get((table.partition_of, table.bound)):
            attribute: Literal["name", "schema"] = "name" if table.name != other.name else "schema"
            yield Rename(table, other, "certain", (f"both are the partition {table.bound}",), attribute)


class _Shape:
    """A table's columns as sets: with their types, and their names alone."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = frozenset((c.name, str(c.type)) for c in table.columns)
        self.names = frozenset(c.name for c in table.columns)

    def alike(self, other: _Shape) -> float:
        """How much of the columns agrees, 0 to 1: a name and its type count for all, the name alone for half."""
        few, many = sorted((len(self.columns), len(other.columns)))
        if few < LEAST * many:
            return 0.0
        return (_agreeing(self.columns, other.columns) + _agreeing(self.names, other.names)) / 2


def _agreeing(one: frozenset[Any], two: frozenset[Any]) -> float:
    both = len(one & two)
    return both / (len(one) + len(two) - both) if both else 0.0


class _Search:
    """Looks for the table that is another one's old name; `referred` are those the same foreign keys point at."""

    def __init__(self, shape: _Shape, referred: set[str]) -> None:
        self.shape = shape
        self.table = shape.table
        self.referred = referred

    def best(self, others: Iterable[_Shape]) -> Rename[Table] | None:
        scored = [(score, o) for o in others if (score := self.shape.alike(o)) >= LEAST]
        scored.sort(key=lambda s: -s[0])
        return next((r for score, o in scored if (r := self.rename(score, o, scored)) is not None), None)

    def rename(self, score: float, shape: _Shape, scored: list[tuple[float, _Shape]]) -> Rename[Table] | None:
        table, other = self.table, shape.table
        share = f"{round(100 * _agreeing(self.shape.columns, shape.columns))} % of the columns agree in name and type"
        if other.name == table.name:
            return Rename(table, other, "likely", ("the name is the same", share), "schema")
        if other.schema != table.schema:
            return None
        if other.name.lower() == table.name.lower():
            return Rename(table, other, "certain", ("the names differ in case only", share))
        if not self.fits(score, other):
            return None
        rivals = [
            o.table.name for rival, o in scored[:_RIVALS] if o is not shape and self.fits(rival, o.table)
        ]
        evidence = [share]
        if other.name in self.referred:
            evidence.append("the same tables refer to it")
        if self.has_alike_name(other):
            evidence.append("the names are alike")
        if rivals:
            evidence.append(f"as well as {', '.join(sorted(rivals))} would fit")
        sure = not rivals and score >= ALIKE_TABLES
        return Rename(table, other, "likely" if sure else "guess", tuple(evidence))

    def fits(self, score: float, other: Table) -> bool:
        """Whether one may be the other's new name: by the columns, or by fewer of them and an alike name."""
        if other.schema != self.table.schema:
            return False
        if score >= ALIKE_TABLES:
            plenty = len(self.table.columns) > 2 or other.name in self.referred
            return plenty or self.has_alike_name(other)
        return score >= ALIKE_WITH_NAME and self.has_alike_name(other)

    def has_alike_name(self, other: Table) -> bool:
        return similarity(self.table.name, other.name) >= SIMILAR


def with_tables_renamed(catalog: Catalog, names: Mapping[TableKey, TableKey]) -> Catalog:
    """The catalog as if tables had always borne the new names, in foreign keys too."""
    if not names:
        return catalog
    tables = {}
    for key, table in catalog.tables.items():
        schema, name = names.get(key, key)
        keys = tuple(
            msgspec.structs.replace(k, target_schema=target[0], target_table=target[1])
            for k in table.foreign_keys
            for target in (names.get((k.target_schema, k.target_table), (k.target_schema, k.target_table)),)
        )
        parent = table.partition_of and names.get(table.partition_of, table.partition_of)
        tables[schema, name] = msgspec.structs.replace(
            table,
            schema=schema,
            name=name,
            foreign_keys=keys,
            partition_of=parent,
            inherits=tuple(names.get(one, one) for one in table.inherits),
        )
    return msgspec.structs.replace(catalog, tables=tables)
