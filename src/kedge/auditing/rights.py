"""Whose objects are and who may use them is compared where somebody declared it; production has roles of its own.

An owner is compared where one is declared for that very object. Grants are compared for a family of objects (tables,
routines, schemas, types, what is made later) where anything is granted or taken away in that family.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath
from kedge.declared import Made
from kedge.objects import DefaultPrivilege, Grant, Owner, Revocation
from kedge.rights import owned, owners

Right: TypeAlias = Grant | Revocation | DefaultPrivilege
LATER = "later"
_FAMILIES = {"table": "table", "sequence": "table", "routine": "routine", "schema": "schema"}


def with_rights_declared(
    models: Catalog, database: Catalog, live: Catalog, made: Made | None
) -> tuple[Catalog, Catalog]:
    """Both sides with the owners and rights that can be compared; whose all is, the whole live catalog tells.

    Where the scratch refused to grant something, nothing is known of what only the database grants.
    """
    refused = {path.kind for path, _ in made.missed} if made is not None else set()
    said = [one for one in models.objects.values() if isinstance(one, Right | Owner)]
    families = {_family(one) for one in said if not isinstance(one, Owner)}
    if "default-privilege" in refused:
        families.discard(LATER)
    of = owners(live) if said else {}
    there = {one.on for one in said if isinstance(one, Owner) and one.on in of} & owned(database)

    def ours(one: Object) -> bool:
        if isinstance(one, Owner):
            return one.on in there
        if isinstance(one, Grant) and of.get(_whole(one.on)) == one.role:
            return False  # an owner may do everything
        return not isinstance(one, Right) or _family(one) in families

    def theirs(one: Object) -> bool:
        if isinstance(one, Grant | Revocation) and "grant" in refused and one.path not in models.objects:
            return False
        if isinstance(one, Right):
            return _family(one) in families and _is_audited(one, models, database)
        return not isinstance(one, Owner)

    told = {one.path: one for one in (Owner(on=on, role=of[on]) for on in there if on is not None)}
    mine = {path: one for path, one in models.objects.items() if ours(one)}
    found = {path: one for path, one in database.objects.items() if theirs(one)}
    return (
        msgspec.structs.replace(models, objects=mine),
        msgspec.structs.replace(database, objects=found | told),
    )


def _whole(on: ObjectPath) -> ObjectPath:
    """What has an owner of its own: a sequence that numbers a column is its table's."""
    return ObjectPath("table", on.schema, on.table) if on.table is not None else on


def _family(one: Right) -> str:
    return LATER if isinstance(one, DefaultPrivilege) else _FAMILIES.get(one.on.kind, "type")


def _is_audited(one: Right, models: Catalog, database: Catalog) -> bool:
    """Whether what it is about is compared at all: partitions nobody declares come and go."""
    if isinstance(one, DefaultPrivilege):
        return one.schema is None or one.schema in database.schemas
    on: ObjectPath = one.on
    if on.table is not None:
        key = on.schema or "", on.table
        there = database.tables.get(key)
        return key in models.tables or (there is not None and there.partition_of is None)
    if on.kind in ("sequence", "schema", "type"):
        return on.schema in database.schemas
    return on in database.objects or (on.schema or "", on.name or "") in database.enums
