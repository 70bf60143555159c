"""Builds what the models declare in a scratch database and reads it back with the reader of the live side.

SQLite adds no constraint to a table that exists, so a table is made whole; where SQLite refuses it, it is made
again and again, each time with one clause more, to learn which one is to blame.
https://www.sqlite.org/lang_altertable.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec

from kedge.catalog import Catalog, Column, ObjectPath, Table, TableKey, Unknown
from kedge.declared import DeclaredConstraint, DeclaredIndex, DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Refusal
from kedge.dialects.direct import PLACEHOLDER, direct_constraint, direct_index, uninvented
from kedge.dialects.sqlite.reader import MAIN, read_catalog

Part = DeclaredConstraint | DeclaredIndex


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def build(connection: sqlite3.Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
    """Create the layer's tables in an empty database; read them back."""
    return _Building(connection, tuple(layer), live).built()


class _Building:
    def __init__(
        self, connection: sqlite3.Connection, layer: tuple[DeclaredMetadata, ...], live: Catalog
    ) -> None:
        self.connection = connection
        self.live = live
        self.tables: dict[str, DeclaredTable] = {t.name: t for m in layer for t in m.tables}
        self.refusals: list[Refusal] = []
        self.refused_columns: dict[tuple[str, str], str] = {}
        self.refused_parts: dict[str, list[Part]] = {}

    def built(self) -> Built:
        self.connection.execute("BEGIN")
        for name, table in self.tables.items():
            self.create_table(name, table)
        for name, table in self.tables.items():
            for index in table.indexes:
                if index.sql and (error := self.attempt(_numbered(index.sql, name))):
                    self.refuse(ObjectPath("index", MAIN, name, index.name), index.sql, error)
                    self.refused_parts.setdefault(name, []).append(index)
        self.connection.execute("COMMIT")
        read = read_catalog(self.connection, self.live.profile)
        spelling = _Spelling(self.live)
        tables: dict[TableKey, Table] = {}
        for name, declared in self.tables.items():
            made = spelling.of(self.finished(name, declared, read.tables.get((MAIN, name))))
            tables[made.schema, made.name] = made
        return Built(msgspec.structs.replace(read, tables=tables), tuple(self.refusals))

    # -- making

    def create_table(self, name: str, table: DeclaredTable) -> None:
        columns = [c.spec for c in table.columns if c.spec]
        parts = [c for c in table.constraints if c.sql]
        error = self.attempt(self.statement(name, table, columns, [c.sql or "" for c in parts]))
        if error is None:
            return
        if not self.create_piecemeal(name, table, parts):
            self.refuse(ObjectPath("table", MAIN, name), self.statement(name, table, columns, ["…"]), error)

    def statement(
        self, name: str, table: DeclaredTable, columns: list[str], parts: list[str], *, bare: bool = False
    ) -> str:
        prefixes = "" if bare else " ".join(("", *table.prefixes))
        suffix = "" if bare else f" {table.suffix}"
        clauses = ", ".join([*columns, *parts])
        return f"CREATE{prefixes} TABLE {quoted(name)} ({clauses}){suffix}"

    def create_piecemeal(self, name: str, table: DeclaredTable, parts: list[DeclaredConstraint]) -> bool:
        """Whether a clause was found to be refused; the table then stands without it."""
        bare = {c.name: f"{quoted(c.name)} {c.type or ''}" for c in table.columns if c.spec}
        blamed = False
        for column in table.columns:
            if not column.spec:
                continue
            trial = {**bare, column.name: column.spec}
            if error := self.attempt(self.statement(name, table, list(trial.values()), [], bare=True)):
                blamed = True
                self.refuse(ObjectPath("column", MAIN, name, column.name), column.spec, error)
                self.refused_columns[name, column.name] = str(error)
            else:
                bare = trial
                self.drop(name)
        kept: list[str] = []
        for part in parts:
            trial_parts = [*kept, part.sql or ""]
            if error := self.attempt(
                self.statement(name, table, list(bare.values()), trial_parts, bare=True)
            ):
                blamed = True
                self.refuse(ObjectPath(part.kind, MAIN, name, part.name), part.sql or "", error)
                self.refused_parts.setdefault(name, []).append(part)
            else:
                kept = trial_parts
                self.drop(name)
        if self.attempt(self.statement(name, table, list(bare.values()), kept)) is not None:
            self.attempt(self.statement(name, table, list(bare.values()), kept, bare=True))
            return False
        return blamed

    def attempt(self, sql: str) -> sqlite3.Error | None:
        try:
            self.connection.execute(sql)
        except sqlite3.Error as error:
            return error
        return None

    def drop(self, name: str) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    def refuse(self, path: ObjectPath, sql: str, error: sqlite3.Error) -> None:
        message = str(error)
        lacking = (
            "no such function" in message or "no such collation" in message or "no such module" in message
        )
        excused = "an application may register it on its own connections" if lacking else None
        self.refusals.append(Refusal(path, uninvented(sql), uninvented(message), excused))

    # -- reading back

    def finished(self, name: str, declared: DeclaredTable, read: Table | None) -> Table:
        """What was read, without invented names, and with refused parts as far as they are known."""
        read = read or Table(schema=MAIN, name=name)
        sources = {c.name: c for c in declared.columns}
        columns = []
        for column in read.columns:
            source = sources.get(column.name)
            reason = (source and source.error) or self.refused_columns.get((name, column.name))
            if reason:
                unknown = Unknown(reason)
                column = msgspec.structs.replace(column, type=unknown, default=unknown, computed=unknown)
            if source and source.fetched:
                column = msgspec.structs.replace(
                    column, default=Unknown("the models leave the default to the server")
                )
            columns.append(column)
        columns += [
            Column(n, Unknown(source.error or "refused by SQLite"))
            for n, source in sources.items()
            if read.column(n) is None
        ]
        undescribed: list[Part] = [c for c in declared.constraints if c.sql is None]
        undescribed += [i for i in declared.indexes if i.sql is None]
        extra = [self.direct(p) for p in (*self.refused_parts.get(name, ()), *undescribed)]

        def parts(kind: str, of: Iterable[Any]) -> tuple[Any, ...]:
            own = [*of, *(p for k, p in extra if k == kind)]
            return tuple(msgspec.structs.replace(p, name=_own_name(p.name)) for p in own)

        primary = parts("primary-key", [read.primary_key] if read.primary_key else [])
        return msgspec.structs.replace(
            read,
            kind="view" if declared.is_view else read.kind,
            columns=tuple(columns),
            primary_key=primary[0] if primary else None,
            uniques=parts("unique", read.uniques),
            foreign_keys=parts("foreign-key", read.foreign_keys),
            checks=parts("check", read.checks),
            indexes=parts("index", read.indexes),
        )

    def direct(self, part: Part) -> tuple[str, Any]:
        if isinstance(part, DeclaredIndex):
            return "index", direct_index(part)
        return part.kind, direct_constraint(part, MAIN)


class _Spelling:
    """Names in the case the live side has them: to SQLite `Users` and `users` are one table.

    https://www.sqlite.org/faq.html
    """

    def __init__(self, live: Catalog) -> None:
        self.live = {name.lower(): table for (_, name), table in live.tables.items()}

    def of(self, table: Table) -> Table:
        here = self.live.get(table.name.lower())
        if here is None:
            return table
        names = self.columns(table.name)
        return msgspec.structs.replace(
            table,
            name=here.name,
            columns=tuple(
                msgspec.structs.replace(c, name=names.get(c.name.lower(), c.name)) for c in table.columns
            ),
            primary_key=table.primary_key and self.part(table.primary_key, names),
            uniques=tuple(self.part(u, names) for u in table.uniques),
            checks=tuple(self.part(c, names) for c in table.checks),
            indexes=tuple(self.index(i, names, here) for i in table.indexes),
            foreign_keys=tuple(self.foreign_key(f, names) for f in table.foreign_keys),
        )

    def columns(self, table: str) -> dict[str, str]:
        here = self.live.get(table.lower())
        return {c.name.lower(): c.name for c in here.columns} if here else {}

    def part(self, part: Any, names: dict[str, str]) -> Any:
        return msgspec.structs.replace(part, columns=_renamed(part.columns, names))

    def index(self, index: Any, names: dict[str, str], here: Table) -> Any:
        keys = tuple(
            msgspec.structs.replace(k, column=k.column and names.get(k.column.lower(), k.column))
            for k in index.keys
        )
        own = {i.name.lower(): i.name for i in here.indexes if i.name}
        name = index.name and own.get(index.name.lower(), index.name)
        return msgspec.structs.replace(self.part(index, names), keys=keys, name=name)

    def foreign_key(self, key: Any, names: dict[str, str]) -> Any:
        target = self.live.get(key.target_table.lower())
        return msgspec.structs.replace(
            self.part(key, names),
            target_table=target.name if target else key.target_table,
            target_columns=_renamed(key.target_columns, self.columns(key.target_table)),
        )


def _renamed(columns: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(c.lower(), c) for c in columns)


def _numbered(sql: str, table: str) -> str:
    """Invented index names are unique in one metadata, and have to be so in the database."""
    return sql.replace(PLACEHOLDER, f"{PLACEHOLDER}{table.encode().hex()}_")


def _own_name(name: str | None) -> str | None:
    return None if name is None or name.startswith(PLACEHOLDER) else name
