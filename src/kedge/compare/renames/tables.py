"""Tables that changed their name or their schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from kedge.catalog import Catalog, Table, TableKey
from kedge.compare.renames.rename import SIMILAR, Rename, similarity

ALIKE_TABLES = 0.75
ALIKE_WITH_NAME = 0.6

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
    left, right = list(models), list(database)
    for table in list(left):
        by = pointing.get((table.schema, table.name), frozenset())
        shared = {o.name for o in right if by & pointing_here.get((o.schema, o.name), frozenset())}
        for rename in _candidates(table, right, shared)[:1]:
            left.remove(table)
            right.remove(rename.database)
            yield rename


def partition_renames(models: Iterable[Table], database: Iterable[Table]) -> Iterator[Rename[Table]]:
    """Partitions of one table for the same rows: no two can stand beside each other."""
    there: dict[object, Table] = {(o.partition_of, o.bound): o for o in database if o.partition_of}
    for table in models:
        if other := there.get((table.partition_of, table.bound)):
            attribute: Literal["name", "schema"] = "name" if table.name != other.name else "schema"
            yield Rename(table, other, "certain", (f"both are the partition {table.bound}",), attribute)


def _candidates(table: Table, others: list[Table], referred: set[str]) -> list[Rename[Table]]:
    scored = sorted(((alike(table, o), o) for o in others), key=lambda s: -s[0])
    found: list[Rename[Table]] = []
    for score, other in scored:
        share = _share(table, other)
        if other.name == table.name and score >= 0.5:
            found.append(Rename(table, other, "likely", ("the name is the same", share), "schema"))
        elif other.schema == table.schema and other.name.lower() == table.name.lower() and score >= 0.5:
            found.append(Rename(table, other, "certain", ("the names differ in case only", share)))
        elif other.schema == table.schema and _fits(table, other, score, referred):
            rivals = [
                o.name
                for rival, o in scored
                if o is not other and o.schema == table.schema and _fits(table, o, rival, referred)
            ]
            evidence = [share]
            if other.name in referred:
                evidence.append("the same tables refer to it")
            if similarity(table.name, other.name) >= SIMILAR:
                evidence.append("the names are alike")
            if rivals:
                evidence.append(f"as well as {', '.join(sorted(rivals))} would fit")
            sure = not rivals and score >= ALIKE_TABLES
            found.append(Rename(table, other, "likely" if sure else "guess", tuple(evidence)))
    return found


def _fits(table: Table, other: Table, score: float, referred: set[str]) -> bool:
    """Whether one may be the other's new name: by the columns, or by fewer of them and an alike name."""
    alike_name = similarity(table.name, other.name) >= SIMILAR
    if score >= ALIKE_TABLES:
        return len(table.columns) > 2 or other.name in referred or alike_name
    return score >= ALIKE_WITH_NAME and alike_name


def _share(one: Table, two: Table) -> str:
    left = {(c.name, str(c.type)) for c in one.columns}
    right = {(c.name, str(c.type)) for c in two.columns}
    return f"{round(100 * len(left & right) / max(1, len(left | right)))} % of the columns agree in name and type"


def alike(one: Table, two: Table) -> float:
    """How much of the columns agrees, 0 to 1: a name and its type count for all, the name alone for half."""
    left = {(c.name, str(c.type)) for c in one.columns}
    right = {(c.name, str(c.type)) for c in two.columns}
    if not left or not right:
        return 0.0
    names, others = {name for name, _ in left}, {name for name, _ in right}
    return (len(left & right) / len(left | right) + len(names & others) / len(names | others)) / 2


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
