"""Reads a SQLite database into a `Catalog`: five queries for all tables, and the CREATE texts for the rest."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from kedge.catalog import (
    Catalog,
    Check,
    Column,
    Computed,
    Counter,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Object,
    PrimaryKey,
    ServerProfile,
    Table,
    TableKey,
    Unique,
    Unknown,
)
from kedge.dialects.direct import ACTIONS
from kedge.dialects.sqlite import programs, queries, text
from kedge.dialects.sqlite.types import affinity, canonical_type

MAIN = "main"
Collations: TypeAlias = Mapping[str, str | None]
EXPRESSION, VIRTUAL, STORED = -2, 2, 3
# What SQLite's own modules keep beside a virtual table (before 3.37 nothing tells these tables from others).
_SHADOWS = frozenset(
    ["data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "parent", "rowid"]
)


def read_profile(connection: sqlite3.Connection) -> ServerProfile:
    version = sqlite3.sqlite_version
    file = next((r[2] for r in connection.execute("PRAGMA database_list") if r[1] == MAIN), "")
    return ServerProfile(
        dialect="sqlite",
        flavour="sqlite",
        version=version,
        version_info=tuple(int(n) for n in version.split(".")),
        database=Path(file).stem or "memory",
        default_schema=MAIN,
        encoding=connection.execute("PRAGMA encoding").fetchone()[0],
    )


def read_catalog(connection: sqlite3.Connection, profile: ServerProfile) -> Catalog:
    """Everything in the main schema, in one transaction."""
    text.forget()
    connection.execute("BEGIN")
    try:
        return _Reading(connection).catalog(profile)
    finally:
        connection.execute("ROLLBACK")


class _Reading:
    """One pass: rows by table first, values last."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        found = connection.execute(queries.OBJECTS).fetchall()
        self.tables: list[Any] = [row[:3] for row in found if row[1] != "trigger"]
        self.triggers: list[Any] = [row for row in found if row[1] == "trigger"]
        self.columns = _by_first(connection.execute(queries.COLUMNS))
        self.indexes = _by_first(connection.execute(queries.INDEXES))
        self.keys = _by_first(connection.execute(queries.INDEX_KEYS))
        self.foreign = _by_first(connection.execute(queries.FOREIGN_KEYS))
        self.index_texts: dict[str, str] = dict(connection.execute(queries.INDEX_TEXTS).fetchall())
        self.spelling = {name.lower(): name for name, _, _ in self.tables}
        virtual = {name for name, _, sql in self.tables if _is_virtual(sql)}
        self.shadows = {
            name for name, _, _ in self.tables for v in virtual if name in {f"{v}_{s}" for s in _SHADOWS}
        }

    def catalog(self, profile: ServerProfile) -> Catalog:
        tables: dict[TableKey, Table] = {}
        for name, kind, sql in self.tables:
            if name in self.shadows:
                continue
            if kind == "view":
                tables[MAIN, name] = Table(schema=MAIN, name=name, kind="view")
            elif _is_virtual(sql):
                tables[MAIN, name] = Table(schema=MAIN, name=name, kind="foreign-table")
            else:
                tables[MAIN, name] = self.table(name, sql)
        objects = {one.path: one for one in self.objects()}
        return Catalog(profile=profile, schemas=(MAIN,), tables=tables, objects=objects)

    def objects(self) -> Iterator[Object]:
        for name, kind, sql in self.tables:
            if kind == "view":
                yield programs.view(MAIN, name, sql)
        for name, _, sql, on in self.triggers:
            table = self.spelling.get(on.lower(), on)
            columns = {row[0].lower(): row[0] for row in self.columns[table]}
            yield programs.trigger(MAIN, table, name, sql, columns)

    def key_columns(self, table: str) -> tuple[str, ...]:
        return tuple(r[0] for r in sorted((r for r in self.columns[table] if r[4]), key=lambda r: r[4]))

    def table(self, name: str, sql: str) -> Table:
        try:
            written = text.table_text(sql)
            reason = None if self.agrees(name, written) else "its pragmas say otherwise"
        except text.NotUnderstood as error:
            reason = str(error)
        if reason is not None:
            return self.without_text(
                name, Unknown(f"SQLite's text of the table was not understood: {reason}")
            )
        counted = written.primary_key is not None and written.primary_key.autoincrement
        collations = {c.name.lower(): c.collation for c in written.columns}
        return Table(
            schema=MAIN,
            name=name,
            columns=tuple(
                self.column(name, row, source, counted)
                for row, source in zip(self.columns[name], written.columns, strict=True)
            ),
            primary_key=self.primary_key(name, written.primary_key.name if written.primary_key else None),
            uniques=_sorted(Unique(u.name, self.own(name, u.columns)) for u in self.merged(name, written)),
            foreign_keys=_sorted(self.foreign_keys(name, written.foreign_keys)),
            checks=_sorted(
                Check(c.name, c.expression, self.mentioned(name, c.mentions)) for c in written.checks
            ),
            indexes=self.table_indexes(name, collations),
            options=table_options(written),
        )

    def without_text(self, name: str, unknown: Unknown) -> Table:
        """What the pragmas tell; everything else is unknown."""
        columns = [
            msgspec.structs.replace(
                self.column(name, row, None, False),
                computed=unknown if row[5] in (VIRTUAL, STORED) else None,
                collation=unknown,
            )
            for row in self.columns[name]
        ]
        rows = [r for r in self.indexes[name] if r[2] == "u"]
        return Table(
            schema=MAIN,
            name=name,
            columns=tuple(columns),
            primary_key=self.primary_key(name, None),
            uniques=tuple(Unique(None, tuple(k[1] for k in self.keys[r[0]])) for r in rows),
            foreign_keys=_sorted(self.foreign_keys(name, ())),
            checks=(Check(None, unknown),),
            indexes=self.table_indexes(name, {}),
        )

    def agrees(self, name: str, written: text.TableText) -> bool:
        """Whether the text was cut as SQLite reads it: the same columns, keys, UNIQUEs and references."""
        columns = [c.name.lower() for c in written.columns]
        key = _lower(written.primary_key.columns) if written.primary_key else ()
        uniques = {_lower(k[1] for k in self.keys[r[0]]) for r in self.indexes[name] if r[2] == "u"}
        foreign = [(_lower(f.columns), f.table.lower()) for f in written.foreign_keys]
        return (
            columns == [r[0].lower() for r in self.columns[name]]
            and key == _lower(self.key_columns(name))
            and {_lower(u.columns) for u in written.uniques} - {key} == uniques - {key}
            and foreign
            == [(_lower(r[2] for r in rows), rows[0][1].lower()) for rows in self.references(name)]
        )

    # -- columns

    def column(self, table: str, row: Any, source: text.ColumnText | None, counted: bool) -> Column:
        name, type_, not_null, default, key, hidden = row
        # A generated column's type ends with these words until SQLite 3.40.
        type_ = type_.removesuffix("GENERATED ALWAYS").removesuffix("generated always")
        rowid = bool(key) and self.is_rowid(table)
        identity: Identity | None = None
        if rowid:
            identity = Identity("autoincrement" if counted else "rowid", Counter(type=""))
        computed = None
        if source and source.generated is not None:
            computed = Computed(source.generated, hidden == STORED)
        collation = source.collation if source else None
        return Column(
            name=name,
            type=canonical_type(type_),
            affinity=affinity(type_),
            nullable=not (not_null or rowid),
            default=None if default is None or default.upper() == "NULL" else default,
            identity=identity,
            computed=computed,
            collation=None if collation == "BINARY" else collation,
        )

    def is_rowid(self, table: str) -> bool:
        """Whether the key is another name of the rowid: INTEGER alone, and no index stands behind it.

        https://www.sqlite.org/lang_createtable.html#rowid
        """
        keys = [r for r in self.columns[table] if r[4]]
        backed = any(r[2] == "pk" for r in self.indexes[table])
        return len(keys) == 1 and keys[0][1].upper() == "INTEGER" and not backed

    # -- constraints

    def primary_key(self, table: str, name: str | None) -> PrimaryKey | None:
        columns = self.key_columns(table)
        return PrimaryKey(name, columns) if columns else None

    def merged(self, table: str, written: text.TableText) -> list[text.KeyText]:
        """UNIQUEs, each set of columns once, as SQLite keeps them; one over the primary key is the primary key's."""
        seen = {_lower(written.primary_key.columns)} if written.primary_key else set()
        found = []
        for unique in sorted(written.uniques, key=lambda u: u.name is None):
            if _lower(unique.columns) not in seen:
                seen.add(_lower(unique.columns))
                found.append(unique)
        return found

    def references(self, table: str) -> list[list[Any]]:
        """The rows of each foreign key, in the order in which they were written."""
        rows: dict[int, list[Any]] = defaultdict(list)
        for row in self.foreign[table]:
            rows[row[0]].append(row)
        return list(rows.values())

    def foreign_keys(self, table: str, written: Sequence[text.ForeignText]) -> Iterable[ForeignKey]:
        for number, rows in enumerate(self.references(table)):
            _, target, _, _, on_update, on_delete = rows[0]
            target = self.spelling.get(target.lower(), target)
            columns = tuple(r[3] for r in rows)
            source = written[number] if written else None
            yield ForeignKey(
                name=source.name if source else None,
                columns=self.own(table, (r[2] for r in rows)),
                target_schema=MAIN,
                target_table=target,
                # Without columns the primary key is meant.
                target_columns=self.key_columns(target) if None in columns else self.own(target, columns),
                on_update=ACTIONS.get(on_update.upper(), "no action"),
                on_delete=ACTIONS.get(on_delete.upper(), "no action"),
                deferrable=bool(source and source.deferred),
                initially_deferred=bool(source and source.deferred),
            )

    def own(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """Columns as their table spells them: SQLite's names have no case."""
        spelling = {r[0].lower(): r[0] for r in self.columns[table]}
        return tuple(spelling.get(n.lower(), n) for n in names)

    def mentioned(self, table: str, names: frozenset[str]) -> tuple[str, ...]:
        return tuple(r[0] for r in self.columns[table] if r[0].lower() in names)

    # -- indexes

    def table_indexes(self, table: str, collations: Collations) -> tuple[Index, ...]:
        return _sorted(self.index(table, collations, *row) for row in self.indexes[table] if row[2] == "c")

    def index(
        self, table: str, collations: Collations, name: str, unique: int, _: str, partial: int
    ) -> Index:
        rows = self.keys[name]
        written = None
        unknown = Unknown("SQLite's text of the index was not understood")
        try:
            written = text.index_text(self.index_texts.get(name, ""))
            if len(written.keys) != len(rows) or bool(partial) != (written.predicate is not None):
                written = None
        except text.NotUnderstood as error:
            unknown = Unknown(f"SQLite's text of the index was not understood: {error}")
        keys = []
        for number, (cid, column, descending, collation) in enumerate(rows):
            source = written.keys[number] if written else None
            expression: str | Unknown | None = None
            if cid == EXPRESSION:
                column, expression = None, source.expression if source else unknown
                collation = source.collation if source else None
                collation = None if collation == "BINARY" else collation
            elif collation.upper() == (collations.get(column.lower()) or "BINARY"):
                collation = None
            keys.append(
                IndexKey(
                    column=column,
                    expression=expression,
                    collation=collation and collation.upper(),
                    descending=bool(descending),
                    nulls_first=bool(descending),
                )
            )
        predicate: str | Unknown | None = None
        if partial:
            predicate = written.predicate if written else unknown
        seen = written.mentions if written else frozenset(str(r[1]).lower() for r in rows)
        return Index(
            name=name,
            keys=tuple(keys),
            unique=bool(unique),
            predicate=predicate,
            columns=self.mentioned(table, seen),
        )


def table_options(written: text.TableText) -> tuple[tuple[str, str], ...]:
    """WITHOUT ROWID and STRICT, and what becomes of rows that break a constraint."""
    found = [(option, "") for option in written.options]
    keys = [("primary key", written.primary_key)] if written.primary_key else []
    keys += [("unique", u) for u in written.uniques]
    for kind, key in keys:
        if key.conflict:
            found.append((f"on conflict of {kind} ({', '.join(key.columns)})", key.conflict))
    found += [(f"on conflict of {c.name} not null", c.conflict) for c in written.columns if c.conflict]
    found += [(f"on conflict of check ({c.expression})", c.conflict) for c in written.checks if c.conflict]
    return tuple(sorted(found))


def _is_virtual(sql: str | None) -> bool:
    return bool(sql) and str(sql).upper().startswith("CREATE VIRTUAL ")


def _by_first(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for first, *rest in rows:
        found[first].append(rest)
    return found


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(n.lower() for n in names)


def _sorted(parts: Iterable[Any]) -> tuple[Any, ...]:
    """By name; SQLite leaves parts without one, which keep their order behind the others."""
    return tuple(sorted(parts, key=lambda p: (p.name is None, p.name or "")))
