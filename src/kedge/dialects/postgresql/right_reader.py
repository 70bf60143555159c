"""Reads whose the objects of a PostgreSQL database are, and who may do what with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedge.catalog import ObjectPath
from kedge.objects import DefaultPrivilege, Grant, Owner, Revocation

# https://www.postgresql.org/docs/current/catalog-pg-default-acl.html
OBJECTS = {
    "r": "tables",
    "S": "sequences",
    "f": "routines",
    "T": "types",
    "n": "schemas",
    "L": "large objects",
}


def grant(names: Mapping[int, str], row: Any) -> Grant | Revocation:
    kind, schema, name, numbered, role, privileges, grantable, columns = row
    on = ObjectPath(kind, names[schema], *numbered) if numbered else _on(names, kind, schema, name)
    if role is None:
        return Revocation(on=on, privilege=privileges[0])
    return Grant(
        on=on,
        role=role,
        privileges=tuple(privileges or ()),
        grantable=tuple(grantable or ()),
        columns=tuple((privilege, column) for privilege, column in columns or ()),
    )


def default_privilege(names: Mapping[int, str], row: Any) -> DefaultPrivilege:
    objects, schema, role, to, privileges, grantable, revoked = row
    return DefaultPrivilege(
        objects=OBJECTS.get(objects, objects),
        to=to,
        role=role,
        schema=names.get(schema),
        privileges=tuple(privileges or ()),
        grantable=tuple(grantable or ()),
        revoked=tuple(revoked or ()),
    )


def owner(names: Mapping[int, str], row: Any) -> Owner:
    kind, schema, name, role = row
    return Owner(on=_on(names, kind, schema, name) if kind else None, role=role)


def _on(names: Mapping[int, str], kind: str, schema: int, name: str) -> ObjectPath:
    if kind == "table":
        return ObjectPath("table", names[schema], name)
    return ObjectPath(kind, names.get(schema), None, name)
