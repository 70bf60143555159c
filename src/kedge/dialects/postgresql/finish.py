"""Finishes a table read back from the scratch: what was invented is forgotten, what was refused is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import Column, Table, TableKey, Unknown
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable
from kedge.dialects.base import Refusal
from kedge.dialects.direct import PLACEHOLDER, direct_constraint, direct_index
from kedge.dialects.postgresql.names import clipped

# Words that PostgreSQL reads as the moment they are read.
# https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES
MOMENT = re.compile(r"'\s*(now(\(\))?|today|tomorrow|yesterday)\s*'", re.IGNORECASE)

DeclaredPart = DeclaredConstraint | DeclaredIndex
KINDS = {
    "unique": "uniques",
    "foreign-key": "foreign_keys",
    "check": "checks",
    "exclusion": "exclusions",
    "index": "indexes",
}


def finished(
    declared: DeclaredTable,
    read: Table | None,
    live: Table | None,
    key: TableKey,
    refused_columns: Mapping[str, Refusal],
    refused_parts: Iterable[tuple[DeclaredPart, Refusal]],
) -> Table:
    """The table as declared: read where the server took it, direct where it refused.

    What only the scratch is to blame for is taken as the live side has it: not compared, and said so elsewhere.
    """
    read = read or Table(schema=key[0], name=key[1])
    sources = {clipped(c.name): c for c in declared.columns}
    columns = [
        _column(c, sources.get(c.name), refused_columns.get(c.name), live.column(c.name) if live else None)
        for c in read.columns
    ]
    columns += [
        Column(n, Unknown(sources[n].error or "refused by the server"))
        for n in sources
        if read.column(n) is None
    ]
    filled: dict[str, list[Any]] = {}
    for part, refusal in refused_parts:
        kind, value = _refused(part, refusal, live, key[0])
        filled.setdefault(kind, []).append(value)
    for constraint in declared.constraints:
        if constraint.sql is None:
            filled.setdefault(constraint.kind, []).append(direct_constraint(constraint, key[0]))
    filled.setdefault("index", []).extend(direct_index(i) for i in declared.indexes if i.sql is None)
    comments = {(c.kind, clipped(c.name)): c.comment for c in declared.constraints if c.comment and c.name}

    def parts(kind: str, own: Iterable[Any]) -> tuple[Any, ...]:
        named = [msgspec.structs.replace(p, name=_own_name(p.name)) for p in (*own, *filled.get(kind, ()))]
        return tuple(msgspec.structs.replace(p, comment=comments.get((kind, p.name)) or None) for p in named)

    unchecked = {clipped(c.name) for c in declared.constraints if c.not_valid and c.name}
    read = msgspec.structs.replace(
        read,
        foreign_keys=tuple(
            k if k.name in unchecked else msgspec.structs.replace(k, validated=True)
            for k in read.foreign_keys
        ),
    )
    primary = parts("primary-key", [read.primary_key] if read.primary_key else [])
    return msgspec.structs.replace(
        read,
        columns=tuple(columns),
        primary_key=primary[0] if primary else None,
        **{field: parts(kind, getattr(read, field)) for kind, field in KINDS.items()},
        comment=declared.comment or None,
        kind="view" if declared.is_view else read.kind,
    )


def _column(
    column: Column, source: DeclaredColumn | None, refusal: Refusal | None, live: Column | None
) -> Column:
    column = msgspec.structs.replace(column, comment=(source and source.comment) or None)
    if source is None:
        return column
    if source.default is not None and MOMENT.fullmatch(source.default) and _keeps_time(column):
        # Read once, when the table is made: a scratch freezes another moment than the database did.
        column = msgspec.structs.replace(column, default=source.default)
    if source.fetched:
        return msgspec.structs.replace(column, default=Unknown("the models leave the default to the server"))
    reason = source.error or (refusal.message if refusal else None)
    if reason is None:
        return column
    unknown = Unknown(reason)
    nullable = source.nullable and not source.primary_key
    if refusal and refusal.excused and live is not None and _same_type_name(source.type, live.type):
        return msgspec.structs.replace(live, nullable=nullable, comment=column.comment, default=unknown)
    return msgspec.structs.replace(column, type=unknown, default=unknown, computed=unknown, nullable=nullable)


def _keeps_time(column: Column) -> bool:
    return isinstance(column.type, str) and column.type.startswith(("timestamp", "date", "time"))


def _same_type_name(written: str | None, live: object) -> bool:
    """Whether a type the scratch does not have bears the live type's name, wherever that type stands."""
    return isinstance(live, str) and (written or "").lower().replace(", ", ",") == live.rpartition(".")[2]


def _refused(
    part: DeclaredPart, refusal: Refusal, live: Table | None, default_schema: str
) -> tuple[str, Any]:
    kind = "index" if isinstance(part, DeclaredIndex) else part.kind
    if refusal.excused and live is not None and kind in KINDS:
        twin = next((p for p in getattr(live, KINDS[kind]) if p.name == part.name), None)
        if twin is not None:
            return kind, twin
    if isinstance(part, DeclaredIndex):
        return kind, direct_index(part)
    return kind, direct_constraint(part, default_schema)


def _own_name(name: str | None) -> str | None:
    return None if name is None or name.startswith(PLACEHOLDER) else name
