"""What a declaration says by itself, without asking a server: names, columns and targets, but no expression."""

from __future__ import annotations

import re
from typing import Any

from kedge.catalog import (
    Action,
    Check,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    Part,
    PrimaryKey,
    Unique,
    Unknown,
)
from kedge.declared import DeclaredConstraint, DeclaredIndex

# The probe's names for what the code leaves unnamed.
PLACEHOLDER = "kedge_part_"
ACTIONS: dict[str, Action] = {
    "NO ACTION": "no action",
    "RESTRICT": "restrict",
    "CASCADE": "cascade",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_NOT_PARSED = "the server did not accept the expression, so it could not be spelled"


def direct_constraint(constraint: DeclaredConstraint, default_schema: str) -> Part:
    name, columns = constraint.name, constraint.columns
    deferrable = bool(constraint.deferrable)
    deferred = (constraint.initially or "").upper() == "DEFERRED"
    reason = Unknown(constraint.error or _NOT_PARSED)
    if constraint.kind == "primary-key":
        return PrimaryKey(name, columns, deferrable, deferred)
    if constraint.kind == "unique":
        return Unique(name, columns, deferrable=deferrable, initially_deferred=deferred)
    if constraint.kind == "check":
        return Check(name, reason, columns)
    if constraint.kind == "foreign-key":
        return _foreign_key(constraint, default_schema, deferrable, deferred)
    return Exclusion(name, (IndexKey(expression=reason),), (), predicate=reason, columns=columns)


def _foreign_key(
    constraint: DeclaredConstraint, default_schema: str, deferrable: bool, deferred: bool
) -> ForeignKey:
    target = constraint.target
    update, delete = (
        ACTIONS.get((a or "NO ACTION").upper(), "no action")
        for a in (constraint.on_update, constraint.on_delete)
    )
    match: Any = (constraint.match or "simple").lower()
    return ForeignKey(
        name=constraint.name,
        columns=constraint.columns,
        target_schema=(target.schema if target else None) or default_schema,
        target_table=target.table if target else "?",
        target_columns=target.columns if target else (),
        on_update=update,
        on_delete=delete,
        match=match,
        deferrable=deferrable,
        initially_deferred=deferred,
        validated=not constraint.not_valid,
    )


def direct_index(index: DeclaredIndex) -> Index:
    method = re.search(r"\sUSING\s+(\w+)\s*\(", index.sql or "", re.IGNORECASE)
    reason = Unknown(index.error or _NOT_PARSED)
    return Index(
        name=index.name,
        keys=tuple(IndexKey(column=k) if k else IndexKey(expression=reason) for k in index.keys),
        unique=index.unique,
        method=method[1].lower() if method else "btree",
        predicate=reason if " WHERE " in (index.sql or "") else None,
        columns=tuple(k for k in index.keys if k),
    )
