"""Whose the objects of a catalog are, and which roles they name."""

from __future__ import annotations

from kedge.catalog import Catalog, ObjectPath
from kedge.objects import (
    CompositeType,
    DefaultPrivilege,
    Domain,
    EventTrigger,
    Grant,
    Owner,
    Policy,
    Publication,
    Routine,
    Schema,
    Statistics,
)

OWNED = (Routine, Domain, CompositeType, Statistics, Publication, EventTrigger, Schema)


def owners(catalog: Catalog) -> dict[ObjectPath, str]:
    """The owner of every object, where the database's catalog was read for it."""
    known = {one.on: one.role for one in catalog.objects.values() if isinstance(one, Owner)}
    usual = known.pop(None, None)
    if usual is None:
        return {}
    return {on: known.get(on, usual) for on in owned(catalog)}


def owned(catalog: Catalog) -> set[ObjectPath]:
    """Everything that has an owner of its own; what stands on a table, or numbers it, is its owner's."""
    of_tables = {ObjectPath("table", schema, name) for schema, name in catalog.tables}
    beside = {one.path for one in catalog.objects.values() if isinstance(one, OWNED)}
    sequences = {one.path for one in catalog.sequences.values() if one.owner is None}
    return of_tables | beside | sequences | {one.path for one in catalog.enums.values()}


def roles_of(catalog: Catalog) -> set[str]:
    """The roles that a database's objects name, but those that every server has."""
    found: set[str] = set()
    for one in catalog.objects.values():
        if isinstance(one, Owner | Grant):
            found.add(one.role)
        elif isinstance(one, DefaultPrivilege):
            found |= {one.to, one.role or one.to}
        elif isinstance(one, Policy):
            found.update(one.roles)
    return {role for role in found if role != "public" and not role.startswith("pg_")}
