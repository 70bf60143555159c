"""What a declaration says by itself, without asking a server: names, columns and targets, but no expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from kedge.catalog import (
    Action,
    Check,
    Column,
    Computed,
    Counter,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Part,
    PrimaryKey,
    Table,
    TableKey,
    Unique,
    Unknown,
)
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable

# Whether a declared column, constraint or index is certainly the live one.
Same: TypeAlias = Callable[[Any, Any], bool]

# The probe's names for what the code leaves unnamed.
PLACEHOLDER = "kedge_part_"
_INVENTED = re.compile(
    rf"CONSTRAINT [`\"]?{PLACEHOLDER}\w+[`\"]? |[`\"]{PLACEHOLDER}\w+[`\"] |{PLACEHOLDER}\w+ "
)
ACTIONS: dict[str, Action] = {
    "NO ACTION": "no action",
    "RESTRICT": "restrict",
    "CASCADE": "cascade",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_NOT_SPELLED = "no server spelled its expression"


def uninvented(said: str) -> str:
    """A statement, or a server's words, without names that nobody gave."""
    return _INVENTED.sub("", said)


def direct_constraint(constraint: DeclaredConstraint, default_schema: str) -> Part:
    name, columns = constraint.name, constraint.columns
    deferrable = bool(constraint.deferrable)
    deferred = (constraint.initially or "").upper() == "DEFERRED"
    reason = Unknown(constraint.error or _NOT_SPELLED)
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
    reason = Unknown(index.error or _NOT_SPELLED)
    return Index(
        name=index.name,
        keys=tuple(IndexKey(column=k) if k else IndexKey(expression=reason) for k in index.keys),
        unique=index.unique,
        method=method[1].lower() if method else "btree",
        predicate=reason if " WHERE " in (index.sql or "") else None,
        columns=tuple(k for k in index.keys if k),
    )


def direct_table(declared: DeclaredTable, key: TableKey, live: Table | None, same: Same) -> Table:
    """A declared table as far as it is known where no server can judge.

    What is certainly the live column, constraint or index is taken as that; the rest keeps the author's spelling,
    which compares as different wherever a server might have spelled it otherwise.
    """
    own = [direct_constraint(c, key[0]) for c in declared.constraints]
    parts = [_twin(c, p, live, same) for c, p in zip(declared.constraints, own, strict=True)]
    primary = [p for p in parts if isinstance(p, PrimaryKey)]
    indexes = [_twin(i, direct_index(i), live, same) for i in declared.indexes]
    here = {c.name: c for c in live.columns} if live else {}
    return Table(
        schema=key[0],
        name=key[1],
        kind="view" if declared.is_view else live.kind if live and "view" not in live.kind else "table",
        columns=tuple(
            here[c.name] if c.name in here and same(c, here[c.name]) else direct_column(c, here.get(c.name))
            for c in declared.columns
        ),
        primary_key=primary[0] if primary else None,
        uniques=tuple(p for p in parts if isinstance(p, Unique)),
        foreign_keys=tuple(p for p in parts if isinstance(p, ForeignKey)),
        checks=tuple(p for p in parts if isinstance(p, Check)),
        exclusions=tuple(p for p in parts if isinstance(p, Exclusion)),
        indexes=tuple(indexes),
        comment=declared.comment or None,
        # what a model rarely says, and only a server could spell
        **{f: getattr(live, f) for f in _STORED if live is not None},
    )


_STORED = (
    "partition_of",
    "bound",
    "unlogged",
    "partitioning",
    "inherits",
    "options",
    "replica_identity",
    "tablespace",
    "access_method",
    "clustered_on",
)


def direct_column(declared: DeclaredColumn, live: Column | None) -> Column:
    """The author's spelling, or the live one where it says the same but for case and spaces."""
    if declared.error or declared.type is None:
        reason = Unknown(declared.error or "no server was there to spell its type")
        return Column(declared.name, reason, default=reason, comment=declared.comment or None)
    type_: str = declared.type
    if live and isinstance(live.type, str) and _squeezed(type_) == _squeezed(live.type):
        type_ = live.type
    computed = Computed(declared.computed, bool(declared.computed_stored)) if declared.computed else None
    fetched = Unknown("the models leave the default to the server") if declared.fetched else None
    return Column(
        declared.name,
        type_,
        nullable=declared.nullable and not declared.primary_key,
        default=fetched or declared.default,
        identity=_numbering(declared),
        computed=computed,
        collation=declared.collation,
        comment=declared.comment or None,
        on_update=live.on_update if live else None,
        invisible=live.invisible if live else False,
        affinity=live.affinity if live else None,
        unvalidated=live.unvalidated if live else False,
        storage=live.storage if live else None,
    )


def _numbering(declared: DeclaredColumn) -> Identity | None:
    identity = declared.identity
    if declared.serial:
        return Identity("serial", Counter(type=""))
    if identity is None:
        return None
    start, step = identity.start or 1, identity.increment or 1
    counter = Counter(
        "", start, step, identity.minimum, identity.maximum, bool(identity.cycle), identity.cache or 1
    )
    return Identity("always" if identity.always else "by default", counter)


def _squeezed(type_: str) -> str:
    """Quoted names keep their case."""
    return type_ if '"' in type_ else re.sub(r"\s+", "", type_).lower()


def _twin(declared: Any, direct: Any, live: Table | None, same: Same) -> Any:
    """The live part that the declared one certainly is; else what it says by itself."""
    if live is not None:
        there = (live.primary_key, *live.uniques, *live.foreign_keys, *live.checks, *live.exclusions)
        for part in live.indexes if isinstance(direct, Index) else there:
            if part is not None and same(declared, part):
                return part
    if isinstance(direct, Check) and declared.expression:
        return Check(direct.name, declared.expression, direct.columns)
    return direct
