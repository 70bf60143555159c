"""Whose objects are and who may use them is compared where somebody declared it; production has roles of its own.

An owner is compared where one is declared for that very object. Grants are compared for a family of objects (tables,
routines, schemas, types, what is made later) where anything is granted or taken away in that family.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TypeAlias

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath
from kedge.objects import DefaultPrivilege, Grant, Owner, Revocation, owned, owners

Right: TypeAlias = Grant | Revocation | DefaultPrivilege
_FAMILIES = {"table": "table", "sequence": "table", "routine": "routine", "schema": "schema"}


def with_rights_declared(models: Catalog, database: Catalog, live: Catalog) -> tuple[Catalog, Catalog]:
    """Both sides with the owners and rights that can be compared; whose all is, the whole live catalog tells."""
    said = [one for one in models.objects.values() if isinstance(one, Right | Owner)]
    families = {_family(one) for one in said if not isinstance(one, Owner)}
    of = owners(live) if said else {}
    there = {one.on for one in said if isinstance(one, Owner) and one.on in of} & owned(database)
    ours = {path: one for path, one in models.objects.items() if _is_comparable(one, there, of)}
    theirs = {
        path: one
        for path, one in database.objects.items()
        if not isinstance(one, Right | Owner)
        or (isinstance(one, Right) and _family(one) in families and _is_audited(one, models, database))
    }
    told = {one.path: one for one in (Owner(on=on, role=of[on]) for on in there if on is not None)}
    return (
        msgspec.structs.replace(models, objects=ours),
        msgspec.structs.replace(database, objects=theirs | told),
    )


def _is_comparable(one: Object, there: Set[ObjectPath | None], of: Mapping[ObjectPath, str]) -> bool:
    """Not the owner of what is not there; nor what is granted to its owner, who may do everything."""
    if isinstance(one, Owner):
        return one.on in there
    return not (isinstance(one, Grant) and of.get(one.on) == one.role)


def _family(one: Right) -> str:
    return "later" if isinstance(one, DefaultPrivilege) else _FAMILIES.get(one.on.kind, "type")


def _is_audited(one: Right, models: Catalog, database: Catalog) -> bool:
    """Whether what it is about is compared at all."""
    if isinstance(one, DefaultPrivilege):
        return one.schema is None or one.schema in database.schemas
    on: ObjectPath = one.on
    if on.table is not None:
        key = on.schema or "", on.table
        return key in database.tables or key in models.tables
    if on.kind in ("sequence", "schema", "type"):
        return on.schema in database.schemas
    return on in database.objects or (on.schema or "", on.name or "") in database.enums
