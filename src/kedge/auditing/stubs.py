"""What is somebody else's and declared in part: tables that foreign keys point at, and rights of their roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from kedge.catalog import Catalog, Column, Index, Object, ObjectPath, PrimaryKey, Table, TableKey
from kedge.objects import DefaultPrivilege, Grant


def narrowed(
    database: Catalog, models: Catalog, tables: Collection[TableKey], rights: Mapping[ObjectPath, ObjectPath]
) -> Catalog:
    """The database with these tables cut down to what the models say of them, and rights to those they grant.

    `rights` has the database's path of each, and the models'.
    """
    cut = {
        key: _cut(database.tables[key], models.tables[key])
        for key in tables
        if key in database.tables and key in models.tables
    }
    cut_rights = {
        path: _cut_right(database.objects[path], models.objects[declared])
        for path, declared in rights.items()
        if path in database.objects and declared in models.objects
    }
    if not cut and not cut_rights:
        return database
    return msgspec.structs.replace(
        database, tables={**database.tables, **cut}, objects={**database.objects, **cut_rights}
    )


def _cut_right(here: Object, stub: Object) -> Object:
    """What a grant of everything has is there, though a stub asks for less."""
    if isinstance(here, DefaultPrivilege) and isinstance(stub, DefaultPrivilege):
        return msgspec.structs.replace(here, **_asked(here, stub))
    if isinstance(here, Grant) and isinstance(stub, Grant):
        columns = tuple(c for c in stub.columns if c in here.columns or c[0] in here.privileges)
        return msgspec.structs.replace(here, columns=columns, **_asked(here, stub))
    return here


def _asked(here: DefaultPrivilege | Grant, stub: DefaultPrivilege | Grant) -> dict[str, tuple[str, ...]]:
    return {
        "privileges": tuple(p for p in here.privileges if p in stub.privileges),
        "grantable": tuple(p for p in here.grantable if p in stub.grantable),
    }


def _cut(here: Table, stub: Table) -> Table:
    """As the stub has it, with the live types of its columns, and those of its constraints that are there."""
    columns = [_column(live, c) for c in stub.columns if (live := here.column(c.name)) is not None]
    parts = {field: _wanted(getattr(here, field), getattr(stub, field)) for field in _PARTS}
    # A UNIQUE may stand there as an index, and the reverse.
    for field, other in (("uniques", "indexes"), ("indexes", "uniques")):
        unanswered = [p for p in getattr(stub, field) if _columns(p) not in map(_columns, parts[field])]
        parts[other] += tuple(p for p in _wanted(getattr(here, other), unanswered) if p not in parts[other])
    return msgspec.structs.replace(
        stub,
        columns=tuple(columns),
        primary_key=_key(here, stub),
        comment=stub.comment and here.comment,
        **parts,
    )


_PARTS = ("uniques", "foreign_keys", "checks", "exclusions", "indexes")


def _column(live: Column, stub: Column) -> Column:
    """A stub says of a column that it is there, and its type; a default and a comment where it gives them."""
    return msgspec.structs.replace(
        stub,
        type=live.type,
        default=live.default if isinstance(stub.default, str) else stub.default,
        comment=stub.comment and live.comment,
    )


def _key(here: Table, stub: Table) -> PrimaryKey | None:
    """What the stub calls its key may be anything unique: mapped classes have to name one."""
    if stub.primary_key is None:
        return None
    wanted = set(stub.primary_key.columns)
    keys = [here.primary_key.columns] if here.primary_key else []
    keys += [u.columns for u in here.uniques]
    keys += [tuple(k.column or "" for k in i.keys) for i in here.indexes if i.unique and not i.predicate]
    if any(set(key) == wanted for key in keys) or here.kind not in ("table", "partitioned-table"):
        return stub.primary_key
    return here.primary_key


def _wanted(here: tuple[Any, ...], stub: Sequence[Any]) -> tuple[Any, ...]:
    """The live parts that answer to a declared one: by name, or on the same columns."""
    names = {p.name for p in stub if p.name is not None}
    columns = {_columns(p) for p in stub}
    return tuple(p for p in here if p.name in names or _columns(p) in columns)


def _columns(part: Any) -> tuple[str | None, ...]:
    return tuple(k.column for k in part.keys) if isinstance(part, Index) else tuple(part.columns)
