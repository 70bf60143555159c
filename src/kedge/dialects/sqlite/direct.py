"""Says without a database that a declared table and a live one are the same.

SQLite keeps the very text it was given, so the declared text is cut as the live one was, and the clauses are
compared as they stand: no parenthesis, case or quote is dropped. What differs in any way is left to the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kedge.catalog import (
    Check,
    Column,
    Computed,
    Counter,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Table,
    Unique,
)
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable
from kedge.dialects.direct import PLACEHOLDER, direct_constraint
from kedge.dialects.sqlite import text
from kedge.dialects.sqlite.reader import MAIN, table_options
from kedge.dialects.sqlite.types import affinity, canonical_type


def settled(declared: DeclaredTable, live: Table) -> bool:
    """Whether the two are certainly one; False says nothing."""
    parts: tuple[Any, ...] = (*declared.columns, *declared.constraints, *declared.indexes)
    if declared.error or declared.prefixes or declared.is_view or live.kind != "table" or declared.schema:
        return False
    if any(p.error or (p.spec if isinstance(p, DeclaredColumn) else p.sql) is None for p in parts):
        return False
    clauses = [c.spec or "" for c in declared.columns] + [c.sql for c in declared.constraints if c.sql]
    try:
        written = text.table_text(_creation(declared, clauses))
        indexes = {i.name: text.index_text(i.sql or "") for i in declared.indexes}
    except text.NotUnderstood:
        return False
    return (
        table_options(written) == live.options
        and _columns(declared, written, live)
        and _constraints(declared, written, live)
        and len(declared.indexes) == len(live.indexes) == len(indexes)
        and all(_index(i, indexes[i.name], live) for i in declared.indexes)
    )


_INVENTED = re.compile(rf"^CONSTRAINT {PLACEHOLDER}\d+ ")


def _creation(declared: DeclaredTable, clauses: list[str]) -> str:
    """As SQLAlchemy writes it, which is mostly the text that SQLite kept."""
    name = declared.name if declared.name.isidentifier() else "t"
    body = ", \n\t".join(_INVENTED.sub("", clause) for clause in clauses)
    return f"CREATE TABLE {name} (\n\t{body}\n){declared.suffix}"


def _columns(declared: DeclaredTable, written: text.TableText, live: Table) -> bool:
    here = {c.name: c for c in live.columns}
    if len(here) != len(declared.columns) or any(c.name not in here for c in declared.columns):
        return False
    key = written.primary_key.columns if written.primary_key else ()
    pairs = zip(declared.columns, written.columns, strict=True)
    return all(_column(c, w, key, written, here[c.name]) for c, w in pairs)


def _column(
    declared: DeclaredColumn,
    source: text.ColumnText,
    key: tuple[str, ...],
    written: text.TableText,
    live: Column,
) -> bool:
    if declared.name != source.name or declared.type is None or declared.fetched or declared.identity:
        return False
    # What no piece of the declaration says is said in its clause by somebody else.
    plain = not declared.computed or source.generated is not None
    rowid = key == (declared.name,) and declared.type == "INTEGER" and "without rowid" not in written.options
    said_not_null = not declared.nullable or declared.primary_key
    if not plain or said_not_null != ("NOT NULL" in (declared.spec or "")):
        return False
    counted = bool(written.primary_key and written.primary_key.autoincrement)
    numbering = Identity("autoincrement" if counted else "rowid", Counter(type="")) if rowid else None
    computed = (
        Computed(source.generated, bool(declared.computed_stored)) if source.generated is not None else None
    )
    expected = Column(
        name=declared.name,
        type=canonical_type(declared.type),
        affinity=affinity(declared.type),
        nullable=not said_not_null,
        default=live.default if _default(declared.default, live.default) else "another",
        identity=numbering,
        computed=computed,
        collation=None if source.collation == "BINARY" else source.collation,
    )
    return expected == live


def _default(declared: str | None, live: Any) -> bool:
    """As typed, or in the parentheses that SQLite takes off."""
    if declared is None or not isinstance(live, str):
        return declared is None and live is None
    return declared in (live, f"({live})")


def _constraints(declared: DeclaredTable, written: text.TableText, live: Table) -> bool:
    """Every declared constraint has its own equal live one, and none is left over."""
    key = written.primary_key
    if (key is None) != (live.primary_key is None):
        return False
    if key is not None and live.primary_key is not None:
        same = key.columns == live.primary_key.columns and _named(key.name, live.primary_key.name)
        if not same:
            return False
    uniques = [Unique(u.name, u.columns) for u in written.uniques]
    checks = [Check(c.name, c.expression) for c in written.checks]
    keys = [c for c in declared.constraints if c.kind == "foreign-key"]
    if len(keys) != len(written.foreign_keys):
        return False
    foreign = [_foreign_key(c, f) for c, f in zip(keys, written.foreign_keys, strict=True)]
    bare = [msgspec.structs.replace(c, columns=()) for c in live.checks]
    return _paired(uniques, live.uniques) and _paired(checks, bare) and _paired(foreign, live.foreign_keys)


def _foreign_key(declared: DeclaredConstraint, written: text.ForeignText) -> ForeignKey:
    made: Any = direct_constraint(declared, MAIN)
    deferred = written.deferred
    return msgspec.structs.replace(  # type: ignore[no-any-return]
        made, name=written.name, match="simple", deferrable=deferred, initially_deferred=deferred
    )


def _paired(declared: Iterable[Any], live: Iterable[Any]) -> bool:
    rest = list(live)
    for part in declared:
        nameless = msgspec.structs.replace(part, name=None)
        match = next(
            (
                p
                for p in rest
                if _named(part.name, p.name) and msgspec.structs.replace(p, name=None) == nameless
            ),
            None,
        )
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _named(declared: str | None, live: str | None) -> bool:
    return declared is None or declared.startswith(PLACEHOLDER) or declared == live


def _index(declared: DeclaredIndex, written: text.IndexText, live: Table) -> bool:
    """Columns, expressions and a predicate as typed; a collation or a direction is left to the judge."""
    here = next((i for i in live.indexes if i.name == declared.name), None)
    if here is None or declared.name is None or len(declared.keys) != len(written.keys):
        return False
    keys = []
    for name, key in zip(declared.keys, written.keys, strict=True):
        if key.collation or key.descending or (name is not None and key.mentions != {name.lower()}):
            return False
        keys.append(IndexKey(column=name, expression=None if name is not None else key.expression))
    expected = Index(
        name=here.name,
        keys=tuple(keys),
        unique=declared.unique,
        predicate=written.predicate,
        columns=here.columns,
    )
    return expected == here
