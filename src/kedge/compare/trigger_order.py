"""The order in which triggers of one moment fire, where the database goes by the order in which they were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from kedge.catalog import Object, ObjectPath, TableKey
from kedge.compare.difference import Difference
from kedge.objects import Trigger


def in_common_order(
    objects: Mapping[ObjectPath, Object], others: Mapping[ObjectPath, Object]
) -> dict[ObjectPath, Object]:
    """The objects; each trigger follows the nearest one before it that fires at its moment on the other side, too."""

    def moved(path: ObjectPath) -> bool:
        return _moment(objects.get(path)) != _moment(others.get(path))

    found = dict(objects)
    for path, one in objects.items():
        if not isinstance(one, Trigger) or one.follows is None:
            continue
        before = None if moved(path) else one.follows
        while before is not None and moved(there := path.part("trigger", before)):
            earlier = objects.get(there)
            before = earlier.follows if isinstance(earlier, Trigger) else None
        found[path] = msgspec.structs.replace(one, follows=before)
    return found


def _moment(one: Object | None) -> tuple[str, ...]:
    return (one.timing, *one.events) if isinstance(one, Trigger) else ()


def reordered_once(differences: Iterable[Difference]) -> Iterator[Difference]:
    """Of a table's triggers that change places the first stands for all."""
    first: dict[TableKey, Difference] = {}
    for d in differences:
        if d.path.kind == "trigger" and d.attribute == "order":
            root = first.setdefault((d.path.schema or "", d.path.table or ""), d)
            yield d if root is d else msgspec.structs.replace(d, implied_by=root.key)
        else:
            yield d
