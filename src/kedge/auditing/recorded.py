"""What models rarely declare, the revisions often do: there they speak where the models are silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Any

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath, Struct, Table, TableKey
from kedge.compare import Comparison, Difference
from kedge.history import History
from kedge.objects import InstalledExtension, Schema, View
from kedge.sources.said import extension_schemas

# Facts of tables that only few models say; None where nobody does.
_KEPT = ("replica_identity", "tablespace", "access_method", "clustered_on")
_OF_EXTRAS = frozenset({"row-security", "rules"})
_OF_PARTITIONS = frozenset({"presence", "name", "partition-of", "partition-bound"})


class Recorded(Struct, frozen=True, gc=True):
    """What the revisions say instead of the models: objects, tables with what they add, and which facts these are."""

    objects: Mapping[ObjectPath, Object] = {}
    tables: Mapping[TableKey, Table] = {}
    facts: frozenset[tuple[ObjectPath, str]] = frozenset()

    def beside(self, models: Catalog) -> Catalog:
        return msgspec.structs.replace(
            models,
            objects={**models.objects, **self.objects},
            tables={**models.tables, **self.tables},
        )

    def marked(self, comparison: Comparison) -> Comparison:
        """The comparison in which differences from the revisions are known as such."""

        def told(d: Difference) -> Difference:
            path = d.model_path or d.path
            if path.kind == "table" and d.attribute not in _OF_EXTRAS:
                known = (path, d.attribute) in self.facts
            else:
                known = path in self.objects
            return msgspec.structs.replace(d, traits=d.traits | {"of-history"}) if known else d

        if not self.objects and not self.facts:
            return comparison
        return msgspec.structs.replace(comparison, differences=tuple(map(told, comparison.differences)))


def recorded(
    histories: Iterable[History],
    models: Catalog,
    database: Catalog,
    live: Catalog,
    tables: Collection[TableKey],
    others: Collection[TableKey],
) -> Recorded:
    """What the revisions made at the database's own, that no model declares, and that is audited.

    What they made on `others`' tables is theirs.
    """
    found: dict[ObjectPath, Object] = {}
    said: dict[TableKey, Table] = {}
    facts: set[tuple[ObjectPath, str]] = set()
    left_out = live.tables.keys() - database.tables.keys()
    for catalog in _at_database(histories):
        found |= _objects(catalog, models, database, live, tables, others)
        tables_said = (
            *_kept(catalog, models),
            *_partitions(catalog, models, database),
            *_foreign(catalog, models, database),
        )
        for table, own in tables_said:
            if (table.schema, table.name) not in said.keys() | left_out:
                said[table.schema, table.name] = table
                facts |= {(table.path, attribute) for attribute in own}
    return Recorded(found, said, frozenset(facts))


def _at_database(histories: Iterable[History]) -> Iterator[Catalog]:
    for history in histories:
        if history.at_database is not None and history.at_database < len(history.steps):
            catalog, said = history.steps[history.at_database].catalog, schemas_said(history)
            objects = {path: one for path, one in catalog.objects.items() if not _is_laid_out(one, said)}
            yield msgspec.structs.replace(catalog, objects=objects)


def _is_laid_out(one: Object, said: Set[str]) -> bool:
    """What a replay may find there, though no revision makes it."""
    return isinstance(one, Schema) or (isinstance(one, InstalledExtension) and one.name not in said)


def schemas_said(history: History) -> set[str]:
    """The extensions of which a revision says in which schema they stand: elsewhere the search path decides."""
    names = (text for r in history.revisions.values() for site in r.sites for text in site.names)
    return set(extension_schemas(names))


def _objects(
    recorded: Catalog,
    models: Catalog,
    database: Catalog,
    live: Catalog,
    tables: Collection[TableKey],
    others: Collection[TableKey],
) -> Iterator[tuple[ObjectPath, Object]]:
    for path, one in recorded.objects.items():
        if path in models.objects:
            continue
        if isinstance(one, View) and (one.schema, one.name) in models.tables:
            continue
        if path.table is not None and (path.schema or "", path.table) in others:
            yield path, one
            continue
        elsewhere = path in live.objects and path not in database.objects
        outside = path.schema is not None and path.schema not in database.schemas
        foreign = path.table is not None and (path.schema or "", path.table) not in tables
        if not (elsewhere or outside or foreign):
            yield path, one


def _kept(recorded: Catalog, models: Catalog) -> Iterator[tuple[Table, Collection[str]]]:
    """Declared tables, kept as the revisions say where the models say nothing."""
    for key, table in models.tables.items():
        there = recorded.tables.get(key)
        changes: dict[str, Any] = {
            field: value
            for field in _KEPT
            if there is not None and getattr(table, field) is None and (value := getattr(there, field))
        }
        if changes:
            yield msgspec.structs.replace(table, **changes), [f.replace("_", "-") for f in changes]


def _partitions(
    recorded: Catalog, models: Catalog, database: Catalog
) -> Iterator[tuple[Table, Collection[str]]]:
    """Partitions of declared tables, with the database's columns: these follow from the parent."""
    for key, table in recorded.tables.items():
        if key in models.tables or not _below(table, recorded, models):
            continue
        here = database.tables.get(key)
        if here is not None:
            table = msgspec.structs.replace(here, partition_of=table.partition_of, bound=table.bound)
        yield table, _OF_PARTITIONS


def _foreign(
    recorded: Catalog, models: Catalog, database: Catalog
) -> Iterator[tuple[Table, Collection[str]]]:
    """Foreign tables, which models cannot declare, as the database has them; one that it lacks is missing."""
    for key, table in recorded.tables.items():
        own = table.kind == "foreign-table" and table.partition_of is None
        if own and key not in models.tables and table.schema in database.schemas:
            yield database.tables.get(key, table), ("presence", "kind")


def _below(table: Table | None, recorded: Catalog, models: Catalog) -> bool:
    """Whether it is a partition of a declared table, or of such a partition."""
    if table is None or table.partition_of is None:
        return False
    return table.partition_of in models.tables or _below(
        recorded.tables.get(table.partition_of), recorded, models
    )
