"""What is beyond tables is often declared by the revisions alone: there they speak where the models are silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath, TableKey
from kedge.compare import Comparison, Difference
from kedge.history import History
from kedge.objects import InstalledExtension, Schema, View

# What a replay finds laid out.
LAID_OUT = (Schema, InstalledExtension)


def recorded(
    histories: Iterable[History],
    models: Catalog,
    database: Catalog,
    live: Catalog,
    tables: Collection[TableKey],
) -> Mapping[ObjectPath, Object]:
    """The objects that the revisions make at the database's own, that no model declares, and that are audited."""
    found: dict[ObjectPath, Object] = {}
    for history in histories:
        if history.at_database is None or history.at_database >= len(history.steps):
            continue
        for path, one in history.steps[history.at_database].catalog.objects.items():
            if path in models.objects or isinstance(one, LAID_OUT):
                continue
            if isinstance(one, View) and (one.schema, one.name) in models.tables:
                continue
            elsewhere = path in live.objects and path not in database.objects
            outside = path.schema is not None and path.schema not in database.schemas
            foreign = path.table is not None and (path.schema or "", path.table) not in tables
            if not (elsewhere or outside or foreign):
                found[path] = one
    return found


def marked(comparison: Comparison, of_history: Collection[ObjectPath]) -> Comparison:
    """The comparison in which differences from the revisions are known as such."""
    if not of_history:
        return comparison

    def told(d: Difference) -> Difference:
        if (d.model_path or d.path) not in of_history or (
            d.path.kind == "table" and d.attribute not in _OF_EXTRAS
        ):
            return d
        return msgspec.structs.replace(d, traits=d.traits | {"of-history"})

    return msgspec.structs.replace(comparison, differences=tuple(map(told, comparison.differences)))


_OF_EXTRAS = ("row-security", "rules")
