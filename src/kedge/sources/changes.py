"""What changed from one catalog to the next: a chain of revisions is kept as its changes, and shares what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from kedge import objects
from kedge.catalog import Catalog, Object, ObjectPath, ServerProfile, TableKey

_Key = TypeVar("_Key")
NOBODY = ServerProfile("", "", "", (), "", "")


class Change(msgspec.Struct, frozen=True):
    """`there` holds what is new or other than before, `gone` the keys of what is not there any more, by field.

    `whole` names the fields that are no mappings and have changed. Objects beyond tables are of many kinds: `objects`
    has each with its kind's name, so that it can be written down and read again, and `lost` those that are gone.
    """

    there: Catalog
    gone: dict[str, tuple[TableKey, ...]] = {}
    whole: tuple[str, ...] = ()
    objects: tuple[tuple[str, bytes], ...] = ()
    lost: tuple[ObjectPath, ...] = ()


def change(before: Catalog, after: Catalog) -> tuple[Change, Catalog]:
    """What changed, and `after` itself made of the very values of `before` wherever they are equal."""
    there: dict[str, Any] = {"profile": NOBODY}
    kept, fresh_objects, lost_objects = _shared(before.objects, after.objects)
    shared: dict[str, Any] = {"objects": kept}
    gone: dict[str, tuple[TableKey, ...]] = {}
    whole = []
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(new, Mapping):
            shared[name], fresh, lost = _shared(old, new)
            if fresh:
                there[name] = fresh
            if lost:
                gone[name] = lost
        elif new != old:
            there[name] = new
            whole.append(name)
        else:
            shared[name] = old
    written = tuple((type(o).__name__, msgspec.msgpack.encode(o)) for o in fresh_objects.values())
    made = Change(Catalog(**there), gone, tuple(whole), written, lost_objects)
    return made, msgspec.structs.replace(after, **shared)


def _shared(
    old: Mapping[_Key, Any], new: Mapping[_Key, Any]
) -> tuple[Mapping[_Key, Any], dict[_Key, Any], tuple[_Key, ...]]:
    """The new mapping with the old one's values wherever they are equal; what is new in it, and what is gone."""
    fresh = {key: value for key, value in new.items() if key not in old or old[key] != value}
    lost = tuple(key for key in old if key not in new)
    if not fresh and not lost:
        return old, fresh, lost
    mixed = {key: fresh[key] if key in fresh else old[key] for key in new}
    return dict(sorted(mixed.items(), key=_by_key)), fresh, lost


def changed(before: Catalog, by: Change) -> Catalog:
    """The catalog after a change."""
    made: dict[str, Any] = {}
    for name in _FIELDS:
        there, lost = getattr(by.there, name), by.gone.get(name, ())
        if isinstance(there, Mapping):
            if there or lost:
                kept = getattr(before, name)
                mixed = {**{k: v for k, v in kept.items() if k not in lost}, **there}
                made[name] = dict(sorted(mixed.items(), key=_by_key))
        elif name in by.whole:
            made[name] = there
    if by.objects or by.lost:
        rest = {path: one for path, one in before.objects.items() if path not in by.lost}
        read = (msgspec.msgpack.decode(body, type=_KINDS[kind]) for kind, body in by.objects)
        mixed = {**rest, **{one.path: one for one in read}}
        made["objects"] = dict(sorted(mixed.items(), key=_by_key))
    return msgspec.structs.replace(before, **made)


def _by_key(item: tuple[Any, Any]) -> str:
    return str(item[0])


_FIELDS = tuple(name for name in Catalog.__struct_fields__ if name not in ("profile", "objects"))
_KINDS: dict[str, type[Object]] = {
    name: kind for name, kind in vars(objects).items() if isinstance(kind, type) and issubclass(kind, Object)
}
