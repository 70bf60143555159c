"""SQL written out in the code: the tables and columns it names that the database does not have."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from kedge.auditing.code import CodeSide
from kedge.auditing.usage import alternatives
from kedge.catalog import MISSING, ObjectPath, Origin, Table, TableKey, Value
from kedge.compare import Difference
from kedge.sources.code.values import CodeSql

_READ = ("tests", "fixtures", "models")
_STATEMENT = re.compile(r"\s*(?:select|insert|update|delete|with)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s")
_SYSTEM = ("pg_", "information_schema", "sqlite_", "mysql", "performance_schema", "sys")
_HIDDEN = {
    "ctid",
    "xmin",
    "xmax",
    "cmin",
    "cmax",
    "tableoid",
    "oid",
    "rowid",
    "_rowid_",
    "excluded",
    "value",
    "key",
}
_DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}


@lru_cache(maxsize=4096)
def _trees(text: str, dialect: str) -> tuple[exp.Expr, ...]:
    """What the text says; nothing where it is no plain statement, or not all of one."""
    if not _STATEMENT.match(text):
        return ()
    try:
        found = sqlglot.parse(_PLACEHOLDER.sub("NULL", text), dialect=dialect)
    except (SqlglotError, RecursionError):
        return ()
    return tuple(tree for tree in found if tree is not None)


def tables_named(text: str) -> set[str]:
    """The tables a statement names, in small letters."""
    return {t.name.lower() for tree in _trees(text, "postgres") for t in tree.find_all(exp.Table)}


def statement_differences(side: CodeSide) -> tuple[list[Difference], dict[ObjectPath, tuple[Origin, ...]]]:
    """One finding for each table or column that SQL names and the database lacks, with every place."""
    dialect = _DIALECTS.get(side.live.profile.dialect, "")
    made = _made_elsewhere(side)
    places: dict[ObjectPath, set[tuple[str, int]]] = defaultdict(set)
    likely: dict[ObjectPath, tuple[str, ...]] = {}
    for one in side.code.statements:
        if one.purpose not in _READ:
            continue
        for path, names in _Statement(side, one, dialect, made).missing():
            places[path].add((one.path, one.statement.line))
            likely[path] = alternatives(path.name or path.table or "", names)
    found = []
    for path, at in sorted(places.items(), key=lambda item: str(item[0])):
        meant = (f"likely meant: {', '.join(likely[path])}",) if likely[path] else ()
        uses = tuple(f"raw SQL at {file}:{line}" for file, line in sorted(at))
        found.append(
            Difference(path, "in-sql", Value("value", uses[0]), MISSING, evidence=(*uses[:20], *meant))
        )
    return found, {path: tuple(Origin(*one) for one in sorted(at)) for path, at in places.items()}


def _made_elsewhere(side: CodeSide) -> set[str]:
    """Tables that some SQL of the code makes itself, temporary ones above all."""
    pattern = re.compile(
        r"create\s+(?:\w+\s+){0,3}(?:table|view)\s+(?:if\s+not\s+exists\s+)?[\"`]?([\w.]+)", re.IGNORECASE
    )
    return {name.rpartition(".")[2].lower() for s in side.code.statements for name in pattern.findall(s.text)}


class _Statement:
    def __init__(self, side: CodeSide, one: CodeSql, dialect: str, made: set[str]) -> None:
        self.side = side
        self.trees = _trees(one.text, dialect)
        self.certain = one.statement.function != "execute"
        self.made = made
        self.live = side.live
        self.lowered = {(s.lower(), n.lower()): t for (s, n), t in side.live.tables.items()}
        self.names = sorted({n for _, n in side.live.tables})

    def missing(self) -> Iterator[tuple[ObjectPath, list[str]]]:
        for tree in self.trees:
            if not isinstance(tree, exp.Select | exp.Insert | exp.Update | exp.Delete | exp.Union):
                continue
            named = [t for t in tree.find_all(exp.Table) if isinstance(t.this, exp.Identifier) and t.name]
            local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
            known = {t.name: found for t in named if (found := self.table(t))}
            for one in named:
                if one.name.lower() not in local and self.is_missing(one, bool(known)):
                    schema = one.db or self.live.profile.default_schema
                    yield ObjectPath("table", schema, one.name), self.names
            yield from self.columns(tree, local)

    def table(self, one: exp.Table) -> Table | None:
        schema = (one.db or self.live.profile.default_schema).lower()
        found = self.lowered.get((schema, one.name.lower()))
        if found is None and not one.db:
            there = [t for (_, n), t in self.lowered.items() if n == one.name.lower()]
            return there[0] if len(there) == 1 else None
        return found

    def is_missing(self, one: exp.Table, among_known: bool) -> bool:
        """Said where the statement is this database's: it names others that are there, or one is spelled alike."""
        name, schema = one.name.lower(), one.db.lower()
        if one.catalog or name in self.made or name.startswith(_SYSTEM) or schema.startswith(_SYSTEM):
            return False
        if any(n == name for _, n in self.lowered) or name in self.side.of_other_databases:
            return False
        if schema and schema not in {s.lower() for s in self.live.schemas}:
            return False
        if self.live.partial or any(n.lower() == name for _, n in self.live.hidden):
            return False
        near = difflib.get_close_matches(name, [n.lower() for n in self.names], 1, 0.8)
        declared = any((t.name or "").lower() == name for t in self.side.code.tables if t.purpose == "models")
        return among_known or declared or (self.certain and bool(near))

    def columns(self, tree: exp.Expr, local: set[str]) -> Iterator[tuple[ObjectPath, list[str]]]:
        if isinstance(tree, exp.Select | exp.Union):
            try:
                scopes = traverse_scope(tree)
            except (SqlglotError, KeyError, ValueError, RecursionError):
                return
            for scope in scopes:
                yield from self.of_scope(scope)
        elif isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema):
            target = tree.this.this
            for column in tree.this.expressions:
                if isinstance(target, exp.Table) and target.name.lower() not in local:
                    yield from self.column(self.table(target), column.name)
        elif isinstance(tree, exp.Update) and isinstance(tree.this, exp.Table):
            for change in tree.expressions:
                if (
                    isinstance(change, exp.EQ)
                    and isinstance(change.this, exp.Column)
                    and not change.this.table
                ):
                    yield from self.column(self.table(tree.this), change.this.name)

    def of_scope(self, scope: object) -> Iterator[tuple[ObjectPath, list[str]]]:
        sources = {n.lower(): s for n, s in scope.sources.items()}  # type: ignore[attr-defined]
        tables = {n: self.table(s) for n, s in sources.items() if isinstance(s, exp.Table)}
        aliases = {a.alias.lower() for a in scope.expression.find_all(exp.Alias)}  # type: ignore[attr-defined]
        plain = scope.is_root and not scope.expression.args.get("laterals")  # type: ignore[attr-defined]
        alone = plain and len(sources) == len(tables) == 1
        for column in scope.columns:  # type: ignore[attr-defined]
            qualifier, name = column.table.lower(), column.name
            if column.args.get("db") or not name or name == "*":
                continue
            if qualifier:
                yield from self.column(tables.get(qualifier), name)
            elif alone and name.lower() not in aliases | set(sources):
                yield from self.column(next(iter(tables.values())), name)

    def column(self, table: Table | None, name: str) -> Iterator[tuple[ObjectPath, list[str]]]:
        if table is None or name.lower() in _HIDDEN:
            return
        names = [c.name for c in table.columns]
        if name.lower() not in {n.lower() for n in names}:
            yield ObjectPath("column", table.schema, table.name, name), names


__all__ = ["TableKey", "statement_differences", "tables_named"]
