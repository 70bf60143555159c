"""What changed from one catalog to the next: a chain of revisions is kept as its changes, and shares what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, ServerProfile, TableKey

NOBODY = ServerProfile("", "", "", (), "", "")


class Change(msgspec.Struct, frozen=True):
    """`there` holds what is new or other than before, `gone` the keys of what is not there any more, by field.

    `whole` names the fields that are no mappings and have changed.
    """

    there: Catalog
    gone: dict[str, tuple[TableKey, ...]] = {}
    whole: tuple[str, ...] = ()


def change(before: Catalog, after: Catalog) -> tuple[Change, Catalog]:
    """What changed, and `after` itself made of the very values of `before` wherever they are equal."""
    there: dict[str, Any] = {"profile": NOBODY}
    shared: dict[str, Any] = {}
    gone: dict[str, tuple[TableKey, ...]] = {}
    whole = []
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(new, Mapping):
            fresh = {key: value for key, value in new.items() if key not in old or old[key] != value}
            if fresh:
                there[name] = fresh
            if lost := tuple(key for key in old if key not in new):
                gone[name] = lost
            shared[name] = old if not fresh and not lost else {k: fresh.get(k, old.get(k)) for k in new}
        elif new != old:
            there[name] = new
            whole.append(name)
        else:
            shared[name] = old
    return Change(Catalog(**there), gone, tuple(whole)), msgspec.structs.replace(after, **shared)


def changed(before: Catalog, by: Change) -> Catalog:
    """The catalog after a change."""
    made: dict[str, Any] = {}
    for name in _FIELDS:
        there, lost = getattr(by.there, name), by.gone.get(name, ())
        if isinstance(there, Mapping):
            if there or lost:
                kept = getattr(before, name)
                made[name] = {**{k: v for k, v in kept.items() if k not in lost}, **there}
        elif name in by.whole:
            made[name] = there
    return msgspec.structs.replace(before, **made)


_FIELDS = tuple(name for name in Catalog.__struct_fields__ if name != "profile")
