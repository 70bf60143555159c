"""Builds what the models declare in a scratch database, one small statement at a time, and reads it back.

The reading is done by the very code that reads the audited side, so that both sides are spelled by one server.
What the server refuses keeps what can be known without it, and becomes a `Refusal` with the server's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from kedge.catalog import Catalog, Column, ObjectPath, Table, TableKey, Unknown
from kedge.declared import DeclaredConstraint, DeclaredIndex, DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Refusal
from kedge.dialects.direct import PLACEHOLDER, direct_constraint, direct_index
from kedge.dialects.postgresql.reader import Connection, read_catalog, read_profile

# Undefined object, function, table, schema; feature not supported; undefined file: what a scratch may merely lack.
LACKING = frozenset({"42704", "42883", "42P01", "3F000", "0A000", "58P01"})
# Duplicate relation, duplicate object: declared twice under one name.
ALREADY_THERE = frozenset({"42P07", "42710"})
NAME_BYTES = 63
CREATION_ORDER = ("primary-key", "unique", "exclusion", "check", "index", "foreign-key")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def clipped(name: str) -> str:
    """The name as the server keeps it: NAMEDATALEN - 1 bytes, never half a character.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


def build(connection: Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
    """Create the layer's objects through an autocommit connection to an empty database; read them back."""
    return _Building(connection, tuple(layer), live).built()


class _Building:
    def __init__(self, connection: Connection, layer: tuple[DeclaredMetadata, ...], live: Catalog) -> None:
        self.connection = connection
        self.layer = layer
        self.live = live
        self.profile = live.profile
        self.tables: dict[TableKey, DeclaredTable] = {
            self.key(t): _own_placeholders(t, n) for n, m in enumerate(layer) for t in m.tables
        }
        self.refusals: list[Refusal] = []
        self.refused_columns: dict[tuple[TableKey, str], str] = {}
        self.refused_parts: dict[TableKey, list[DeclaredConstraint | DeclaredIndex]] = {}

    def key(self, table: DeclaredTable) -> TableKey:
        return clipped(table.schema or self.profile.default_schema), clipped(table.name)

    def built(self) -> Built:
        self.prepare()
        made: set[tuple[str | None, str, tuple[str, ...]]] = set()
        for metadata in self.layer:
            for enum in metadata.enums:
                if (enum.schema, enum.name, enum.values) in made:
                    continue
                made.add((enum.schema, enum.name, enum.values))
                self.create(self.path("enum", enum.schema, enum.name), enum.sql)
            for domain in metadata.domains:
                self.create(self.path("domain", domain.schema, domain.name), domain.sql)
            for sequence in metadata.sequences:
                self.create(self.path("sequence", sequence.schema, sequence.name), sequence.sql)
        for key, table in self.tables.items():
            self.create_table(key, table)
        stubs = self.create_stubs()
        for kind in CREATION_ORDER:
            for key, table in self.tables.items():
                self.create_parts(key, table, kind)
        read, _ = read_catalog(self.connection, read_profile(self.connection))
        tables = {
            key: self.finished(key, declared, read.tables.get(key))
            for key, declared in self.tables.items()
            if key not in stubs
        }
        catalog = msgspec.structs.replace(read, profile=self.profile, tables=tables)
        return Built(catalog, tuple(self.refusals))

    # -- the ground

    def prepare(self) -> None:
        """Extensions and schemas as the audited database has them, and its search path."""
        self.lacking: list[str] = []
        default = self.profile.default_schema
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(default)}")
        for schema in self.needed_schemas():
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        for extension in self.profile.extensions:
            if extension.name == "plpgsql":
                continue
            try:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(extension.schema)}")
                self.connection.execute(
                    f"CREATE EXTENSION IF NOT EXISTS {quoted(extension.name)} SCHEMA {quoted(extension.schema)} CASCADE"
                )
            except psycopg.Error:
                self.lacking.append(extension.name)
        path = [default, *(s for s in self.profile.search_path if s != default)]
        self.connection.execute("SET search_path TO " + ", ".join(map(quoted, path)))

    def needed_schemas(self) -> set[str]:
        named = {t.schema for t in self.tables.values()}
        named |= {schema for m in self.layer for schema, _ in m.types_and_sequences()}
        return {s for s in named if s} | set(self.profile.search_path) - {"pg_catalog"}

    def create_stubs(self) -> set[TableKey]:
        """Tables that foreign keys point to and no metadata declares, with just the columns they need."""
        wanted: dict[TableKey, dict[str, str]] = {}
        keys: dict[TableKey, set[tuple[str, ...]]] = {}
        for table in self.tables.values():
            types = {c.name: c.type for c in table.columns}
            for constraint in table.constraints:
                target = constraint.target
                if target is None:
                    continue
                key = clipped(target.schema or self.profile.default_schema), clipped(target.table)
                if key in self.tables:
                    continue
                live = self.live.tables.get(key)
                for local, remote in zip(constraint.columns, target.columns, strict=False):
                    known = live.column(remote) if live else None
                    type_ = known.type if known and isinstance(known.type, str) else types.get(local)
                    wanted.setdefault(key, {})[remote] = type_ or "integer"
                keys.setdefault(key, set()).add(target.columns)
        for (schema, name), columns in wanted.items():
            clauses = [f"{quoted(c)} {t}" for c, t in columns.items()]
            clauses += [f"UNIQUE ({', '.join(map(quoted, c))})" for c in keys[schema, name]]
            self.attempt(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            self.attempt(f"CREATE TABLE {quoted(schema)}.{quoted(name)} ({', '.join(clauses)})")
        return set(wanted)

    # -- tables and their parts

    def create_table(self, key: TableKey, table: DeclaredTable) -> None:
        name = f"{quoted(key[0])}.{quoted(key[1])}"
        prefixes = " ".join(("", *table.prefixes))
        specs = [c.spec for c in table.columns if c.spec]
        error = self.attempt(f"CREATE{prefixes} TABLE {name} ({', '.join(specs)}){table.suffix}")
        if error is None:
            return
        blamed = False
        if self.attempt(f"CREATE TABLE {name} ()") is not None:
            self.refuse(ObjectPath("table", *key), f"CREATE TABLE {name} ({', '.join(specs)})", error)
            return
        for column in table.columns:
            if column.spec and (refused := self.attempt(f"ALTER TABLE {name} ADD COLUMN {column.spec}")):
                blamed = True
                path = ObjectPath("column", *key, clipped(column.name))
                self.refuse(path, column.spec, refused)
                self.refused_columns[key, clipped(column.name)] = _words(refused)
                self.attempt(f"ALTER TABLE {name} ADD COLUMN {quoted(column.name)} {column.type or 'text'}")
        if not blamed:
            self.refuse(ObjectPath("table", *key), f"CREATE{prefixes} TABLE {name} (…){table.suffix}", error)

    def create_parts(self, key: TableKey, table: DeclaredTable, kind: str) -> None:
        """All of one kind at once; where the server refuses, one by one, to learn which."""
        name = f"{quoted(key[0])}.{quoted(key[1])}"
        parts: list[DeclaredConstraint | DeclaredIndex]
        if kind == "index":
            parts = [i for i in table.indexes if i.sql]
            statements = [i.sql or "" for i in table.indexes if i.sql]
        else:
            parts = [c for c in table.constraints if c.kind == kind and c.sql]
            statements = [
                f"ALTER TABLE {name} ADD {c.sql}" for c in table.constraints if c.kind == kind and c.sql
            ]
        if not parts or (len(parts) > 1 and self.attempt("; ".join(statements)) is None):
            return
        for part, statement in zip(parts, statements, strict=True):
            if refused := self.attempt(statement):
                self.refuse(ObjectPath(kind, *key, part.name), statement, refused)
                if refused.sqlstate not in ALREADY_THERE:
                    self.refused_parts.setdefault(key, []).append(part)

    def attempt(self, sql: str) -> psycopg.Error | None:
        try:
            # psycopg reads % only where parameters are given, and none are.
            self.connection.execute(sql.encode())
        except psycopg.Error as error:
            return error
        return None

    def create(self, path: ObjectPath, sql: str) -> None:
        if refused := self.attempt(sql):
            self.refuse(path, sql, refused)

    def refuse(self, path: ObjectPath, sql: str, error: psycopg.Error) -> None:
        excused = None
        if self.lacking and error.sqlstate in LACKING:
            excused = "the scratch server lacks the extension " + ", ".join(self.lacking)
        elif error.sqlstate == "42704" and "collation" in _words(error):
            excused = "the scratch server lacks a collation"
        self.refusals.append(Refusal(path, sql, _words(error), excused))

    def path(self, kind: str, schema: str | None, name: str) -> ObjectPath:
        return ObjectPath(kind, schema or self.profile.default_schema, None, name)

    # -- reading back

    def finished(self, key: TableKey, declared: DeclaredTable, read: Table | None) -> Table:
        """What was read, without invented names, with comments, and with refused parts as far as known."""
        read = read or Table(schema=key[0], name=key[1])
        declared_columns = {clipped(c.name): c for c in declared.columns}
        comments = {
            (c.kind, clipped(c.name)): c.comment for c in declared.constraints if c.comment and c.name
        }
        columns = []
        for column in read.columns:
            source = declared_columns.get(column.name)
            reason = (source and source.error) or self.refused_columns.get((key, column.name))
            column = self.column(column, source.comment if source else None, reason)
            if source and source.fetched:
                column = msgspec.structs.replace(
                    column, default=Unknown("the models leave the default to the server")
                )
            columns.append(column)
        missing = [n for n in declared_columns if read.column(n) is None]
        columns += [Column(n, Unknown(declared_columns[n].error or "refused by the server")) for n in missing]
        extra = [self.direct(p) for p in (*self.refused_parts.get(key, ()), *self.undescribed(declared))]

        def parts(kind: str, of: Iterable[Any]) -> tuple[Any, ...]:
            own = [*of, *(p for k, p in extra if k == kind)]
            named = [msgspec.structs.replace(p, name=_own_name(p.name)) for p in own]
            return tuple(
                msgspec.structs.replace(p, comment=comments.get((kind, p.name)) or None) for p in named
            )

        primary = parts("primary-key", [read.primary_key] if read.primary_key else [])
        return msgspec.structs.replace(
            read,
            columns=tuple(columns),
            primary_key=primary[0] if primary else None,
            uniques=parts("unique", read.uniques),
            foreign_keys=parts("foreign-key", read.foreign_keys),
            checks=parts("check", read.checks),
            exclusions=parts("exclusion", read.exclusions),
            indexes=parts("index", read.indexes),
            comment=declared.comment or None,
            kind="view" if declared.is_view else read.kind,
        )

    def undescribed(self, declared: DeclaredTable) -> list[DeclaredConstraint | DeclaredIndex]:
        constraints = [c for c in declared.constraints if c.sql is None]
        return [*constraints, *(i for i in declared.indexes if i.sql is None)]

    def direct(self, part: DeclaredConstraint | DeclaredIndex) -> tuple[str, Any]:
        if isinstance(part, DeclaredIndex):
            return "index", direct_index(part)
        return part.kind, direct_constraint(part, self.profile.default_schema)

    def column(self, column: Column, comment: str | None, reason: str | None) -> Column:
        column = msgspec.structs.replace(column, comment=comment or None)
        if reason is None:
            return column
        unknown = Unknown(reason)
        return msgspec.structs.replace(column, type=unknown, default=unknown, computed=unknown)


def _own_placeholders(table: DeclaredTable, number: int) -> DeclaredTable:
    """Invented names are unique within one metadata; index names have to be within a schema."""

    def own(part: Any) -> Any:
        text = part.sql and part.sql.replace(PLACEHOLDER, f"{PLACEHOLDER}{number}_")
        return msgspec.structs.replace(part, sql=text)

    return msgspec.structs.replace(
        table, constraints=tuple(map(own, table.constraints)), indexes=tuple(map(own, table.indexes))
    )


def _own_name(name: str | None) -> str | None:
    return None if name is None or name.startswith(PLACEHOLDER) else name


def _words(error: psycopg.Error) -> str:
    """The server's own sentence, with its detail."""
    diagnostic = error.diag
    message = diagnostic.message_primary or str(error).splitlines()[0]
    return f"{message} ({diagnostic.message_detail})" if diagnostic.message_detail else message
