"""Compares a declared table with what the Inspector gave: what it does not give says nothing."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kedge.catalog import (
    Check,
    Column,
    Computed,
    ForeignKey,
    Index,
    PrimaryKey,
    ServerProfile,
    Table,
    TableKey,
    Unique,
    Unknown,
)
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable
from kedge.dialects.direct import direct_constraint, direct_table

_replaced = msgspec.structs.replace


def known(declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile) -> Table:
    """The table as declared; whatever nothing contradicts is taken as the live one."""
    unseen = set(dict(profile.settings).get("unseen", "").split(","))
    constraints = tuple(c for c in declared.constraints if c.kind not in unseen)
    columns, comment = declared.columns, declared.comment
    if "comment" in unseen:
        columns, comment = tuple(_replaced(c, comment=None) for c in columns), None
    seen = _replaced(
        declared,
        columns=columns,
        comment=comment,
        constraints=constraints,
        indexes=() if "index" in unseen else declared.indexes,
    )
    return direct_table(seen, key, live, lambda one, other: _same(one, other, profile.default_schema))


def _same(declared: Any, live: Any, schema: str) -> bool:
    if isinstance(declared, DeclaredColumn):
        return _column(declared, live)
    if declared.name not in (None, live.name):
        return False
    if isinstance(declared, DeclaredIndex):
        return _index(declared, live)
    return _constraint(declared, live, schema)


def _column(declared: DeclaredColumn, live: Column) -> bool:
    return (
        declared.error is None
        and declared.type is not None
        and (isinstance(live.type, Unknown) or _type(declared.type, live.type))
        and (declared.nullable and not declared.primary_key) == live.nullable
        and (declared.comment or None) == live.comment
        and _source(declared, live)
    )


def _type(written: str, live: str) -> bool:
    """Alike but for spaces and case; a length that the Inspector does not give is not compared."""
    left, right = (re.sub(r"\s+", "", text).lower() for text in (written, live))
    return left == right or ("(" not in right and left.partition("(")[0] == right)


def _source(declared: DeclaredColumn, live: Column) -> bool:
    """Where the value comes from when none is given."""
    if declared.computed is not None or live.computed is not None:
        same = isinstance(live.computed, Computed) and declared.computed is not None
        return same and _text(str(declared.computed)) == _text(live.computed.expression)  # type: ignore[union-attr]
    numbered = declared.identity is not None or declared.serial or declared.primary_key
    if live.identity is not None or (numbered and declared.default is None):
        return bool(numbered)
    if declared.fetched:
        return True
    if declared.default is None or live.default is None:
        return declared.default is live.default
    return _text(declared.default) == _text(str(live.default))


def _constraint(declared: DeclaredConstraint, live: Any, schema: str) -> bool:
    if isinstance(live, Check):
        same_kind = declared.kind == "check" and declared.expression is not None
        return same_kind and _text(str(declared.expression)) == _text(str(live.expression))
    expected = direct_constraint(declared, schema)
    if type(expected) is not type(live):
        return False
    if isinstance(expected, PrimaryKey | Unique):
        return expected.columns == live.columns
    if not isinstance(expected, ForeignKey):
        return False
    where = ("columns", "target_schema", "target_table", "target_columns")
    # An action that the Inspector does not give is not compared.
    acts = ((getattr(expected, f), getattr(live, f)) for f in ("on_delete", "on_update"))
    alike = all(there == "no action" or _plain(one) == there for one, there in acts)
    return alike and all(getattr(expected, f) == getattr(live, f) for f in where)


def _plain(action: str) -> str:
    return "no action" if action == "restrict" else action


def _index(declared: DeclaredIndex, live: Any) -> bool:
    if not isinstance(live, Index) or declared.error or declared.unique != live.unique:
        return False
    return [k.column for k in live.keys] == list(declared.keys)


def _text(text: str) -> str:
    """Without the spaces outside literals, and the parentheses around the whole."""
    pieces = re.findall(r"'(?:[^']|'')*'|\w+|\S", text)
    while len(pieces) > 1 and pieces[0] == "(" and _closes_last(pieces):
        pieces = pieces[1:-1]
    return " ".join(pieces)


def _closes_last(pieces: list[str]) -> bool:
    depth = 0
    for position, piece in enumerate(pieces):
        depth += (piece == "(") - (piece == ")")
        if depth == 0:
            return position == len(pieces) - 1
    return False
