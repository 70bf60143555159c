"""Builds what the models declare in a scratch database, one small statement at a time, and reads it back.

The reading is done by the very code that reads the audited side, so that both sides are spelled by one server.
What the server refuses keeps what can be known without it, and becomes a `Refusal` with the server's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec
import psycopg

from kedge.catalog import Catalog, Computed, Object, ObjectPath, Table, TableKey
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Refusal
from kedge.dialects.direct import PLACEHOLDER, uninvented
from kedge.dialects.postgresql.finish import finished
from kedge.dialects.postgresql.ground import Ground
from kedge.dialects.postgresql.names import clipped, quoted
from kedge.dialects.postgresql.parents import parents_first, undeclared
from kedge.dialects.postgresql.reader import Connection, read_catalog, read_profile
from kedge.dialects.postgresql.stored import kept_as_declared

DeclaredPart: TypeAlias = DeclaredConstraint | DeclaredIndex

# Duplicate relation, duplicate object: declared twice under one name.
ALREADY_THERE = frozenset({"42P07", "42710"})
CREATION_ORDER = ("primary-key", "unique", "exclusion", "check", "index", "foreign-key")


def build(connection: Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
    """Create the layer's objects through an autocommit connection to an empty database; read them back."""
    return _Building(connection, tuple(layer), live).built()


class _Building:
    def __init__(self, connection: Connection, layer: tuple[DeclaredMetadata, ...], live: Catalog) -> None:
        self.connection = connection
        self.layer = layer
        self.live = live
        self.default_schema = live.profile.default_schema
        self.ground = Ground(connection, live)
        self.tables: dict[TableKey, DeclaredTable] = {
            self.key(t): _own_placeholders(t, n) for n, m in enumerate(layer) for t in m.tables
        }
        self.refusals: list[Refusal] = []
        self.columns: dict[tuple[TableKey, str], Refusal] = {}
        self.parts: dict[TableKey, list[tuple[DeclaredPart, Refusal]]] = {}

    def key(self, table: DeclaredTable) -> TableKey:
        return clipped(table.schema or self.default_schema), clipped(table.name)

    def built(self) -> Built:
        self.ground.lay(self.needed_schemas())
        self.create_types()
        for statement in undeclared(self.tables, self.live, self.default_schema):
            self.ground.attempt(statement)
        for key, table in parents_first(self.tables, self.default_schema):
            self.create_table(key, table)
        self.ground.stub(self.tables)
        for kind in CREATION_ORDER:
            for key, table in self.tables.items():
                self.create_parts(key, table, kind)
        read, _ = read_catalog(self.connection, read_profile(self.connection))
        tables = {
            key: finished(
                declared,
                self.read_table(read, key, declared),
                self.live.tables.get(key),
                key,
                {name: r for (k, name), r in self.columns.items() if k == key},
                self.parts.get(key, []),
            )
            for key, declared in self.tables.items()
        }
        catalog = msgspec.structs.replace(
            read,
            profile=self.live.profile,
            tables=tables,
            enums=self.own_enums(read),
            objects=self.own_domains(read),
        )
        return Built(catalog, tuple(self.refusals), tuple(self.ground.notes(self.tables)))

    def needed_schemas(self) -> set[str]:
        named = {t.schema for t in self.tables.values()}
        named |= {schema for m in self.layer for schema, _ in m.types_and_sequences()}
        return {s for s in named if s} | set(self.live.profile.search_path) - {"pg_catalog"}

    def own_enums(self, read: Catalog) -> dict[TableKey, Any]:
        """The enums the models declare, without those borrowed from the audited side."""
        declared = {
            (clipped(e.schema or self.default_schema), clipped(e.name)) for m in self.layer for e in m.enums
        }
        return {key: enum for key, enum in read.enums.items() if key in declared}

    def own_domains(self, read: Catalog) -> dict[ObjectPath, Object]:
        """The domains the models declare."""
        declared = {
            ObjectPath("domain", clipped(d.schema or self.default_schema), None, clipped(d.name))
            for m in self.layer
            for d in m.domains
        }
        return {path: one for path, one in read.objects.items() if path in declared}

    # -- types, tables and their parts

    def create_types(self) -> None:
        made: set[tuple[str | None, str, tuple[str, ...]]] = set()
        for metadata in self.layer:
            for enum in metadata.enums:
                if (enum.schema, enum.name, enum.values) in made:
                    continue
                made.add((enum.schema, enum.name, enum.values))
                self.create("enum", enum.schema, enum.name, enum.sql)
            for domain in metadata.domains:
                self.create("domain", domain.schema, domain.name, domain.sql)
            for sequence in metadata.sequences:
                self.create("sequence", sequence.schema, sequence.name, sequence.sql)

    def create(self, kind: str, schema: str | None, name: str, sql: str) -> None:
        if refused := self.ground.attempt(sql):
            self.refuse(ObjectPath(kind, schema or self.default_schema, None, name), sql, refused)

    def create_table(self, key: TableKey, table: DeclaredTable) -> None:
        name = f"{quoted(key[0])}.{quoted(key[1])}"
        prefixes = " ".join(("", *table.prefixes))
        specs = [self.spec(c) for c in table.columns if c.spec]
        whole = f"CREATE{prefixes} TABLE {name} ({', '.join(specs)}){table.suffix}"
        error = self.ground.attempt(whole)
        if error is None:
            return
        if self.ground.attempt(f"CREATE TABLE {name} ()") is not None:
            self.refuse(ObjectPath("table", *key), whole, error)
            return
        blamed = [c for c in table.columns if c.spec and not self.add_column(key, name, c)]
        if not blamed:
            self.refuse(ObjectPath("table", *key), f"CREATE{prefixes} TABLE {name} (…){table.suffix}", error)

    def spec(self, column: DeclaredColumn) -> str:
        """The column's clause; computed columns that are not stored are, where the scratch knows no others."""
        spec = column.spec or ""
        if not self.stored_instead(column):
            return spec
        clause = f"GENERATED ALWAYS AS ({column.computed})"
        return spec.replace(f"{clause} VIRTUAL", clause).replace(clause, f"{clause} STORED")

    def stored_instead(self, column: DeclaredColumn) -> bool:
        # https://www.postgresql.org/docs/18/ddl-generated-columns.html
        return (
            column.computed is not None
            and not column.computed_stored
            and self.ground.major < 18 <= self.live.profile.version_info[0]
        )

    def read_table(self, read: Catalog, key: TableKey, declared: DeclaredTable) -> Table | None:
        """The table as the scratch read it, with what was stored only there as it was declared."""
        table = read.tables.get(key)
        if table is None:
            return None
        table = kept_as_declared(table, declared, self.live.profile)
        virtual = {clipped(c.name) for c in declared.columns if self.stored_instead(c)}
        if not virtual:
            return table
        columns = (
            msgspec.structs.replace(c, computed=Computed(c.computed.expression, stored=False))
            if c.name in virtual and isinstance(c.computed, Computed)
            else c
            for c in table.columns
        )
        return msgspec.structs.replace(table, columns=tuple(columns))

    def add_column(self, key: TableKey, name: str, column: DeclaredColumn) -> bool:
        """Whether the column was taken whole; otherwise as much of it stands as the server takes."""
        refused = self.ground.attempt(f"ALTER TABLE {name} ADD COLUMN {self.spec(column)}")
        if refused is None:
            return True
        own = clipped(column.name)
        self.columns[key, own] = self.refuse(ObjectPath("column", *key, own), self.spec(column), refused)
        for type_ in (column.type, "text"):
            if type_ and self.ground.attempt(f"ALTER TABLE {name} ADD COLUMN {quoted(own)} {type_}") is None:
                break
        return False

    def create_parts(self, key: TableKey, table: DeclaredTable, kind: str) -> None:
        """All of one kind at once; where the server refuses, one by one, to learn which."""
        name = f"{quoted(key[0])}.{quoted(key[1])}"
        parts: list[tuple[DeclaredPart, str]]
        if kind == "index":
            parts = [(i, i.sql) for i in table.indexes if i.sql]
        else:
            parts = [
                (c, f"ALTER TABLE {name} ADD {c.sql}") for c in table.constraints if c.kind == kind and c.sql
            ]
        if not parts or (len(parts) > 1 and self.ground.attempt("; ".join(s for _, s in parts)) is None):
            return
        for part, statement in parts:
            error = self.ground.attempt(statement)
            if error and kind == "foreign-key":
                # ALTER TABLE checks rows in ways CREATE TABLE does not have to, even where there are none.
                error = error if self.ground.attempt(f"{statement} NOT VALID") else None
            if error:
                refusal = self.refuse(
                    ObjectPath(kind, *key, part.name), statement, error, self.refs(key, part)
                )
                if error.sqlstate not in ALREADY_THERE:
                    self.parts.setdefault(key, []).append((part, refusal))

    def refs(self, key: TableKey, part: DeclaredPart) -> tuple[ObjectPath, ...]:
        """The columns a part is made of, and those it points at."""
        if isinstance(part, DeclaredIndex):
            return tuple(ObjectPath("column", *key, k) for k in part.keys if k)
        own = tuple(ObjectPath("column", *key, c) for c in part.columns)
        target = part.target
        if target is None:
            return own
        there = target.schema or self.default_schema, target.table
        return own + tuple(ObjectPath("column", *there, c) for c in target.columns)

    def refuse(
        self, path: ObjectPath, sql: str, error: psycopg.Error, refs: tuple[ObjectPath, ...] = ()
    ) -> Refusal:
        excused = self.ground.excuse(error) or self.excused_by_column(path, sql)
        refusal = Refusal(path, uninvented(sql), uninvented(_words(error)), excused, refs)
        if excused or not self.on_refused(refs):
            self.refusals.append(refusal)
        return refusal

    def on_refused(self, refs: tuple[ObjectPath, ...]) -> bool:
        """Whether a part is of a column that is refused itself: what stands there instead says nothing of the part."""
        return any(((r.schema or "", r.table or ""), r.name or "") in self.columns for r in refs)

    def excused_by_column(self, path: ObjectPath, sql: str) -> str | None:
        """A part of a column that was itself excused is excused with it."""
        for (key, name), refusal in self.columns.items():
            if refusal.excused and key == (path.schema, path.table) and name in sql and path.kind != "column":
                return refusal.excused
        return None


def _own_placeholders(table: DeclaredTable, number: int) -> DeclaredTable:
    """Invented names are unique within one metadata; index names have to be within a schema."""

    def own(part: Any) -> Any:
        text = part.sql and part.sql.replace(PLACEHOLDER, f"{PLACEHOLDER}{number}_")
        return msgspec.structs.replace(part, sql=text)

    return msgspec.structs.replace(
        table, constraints=tuple(map(own, table.constraints)), indexes=tuple(map(own, table.indexes))
    )


def _words(error: psycopg.Error) -> str:
    """The server's own sentence, with its detail."""
    diagnostic = error.diag
    message = diagnostic.message_primary or str(error).splitlines()[0]
    return f"{message} ({diagnostic.message_detail})" if diagnostic.message_detail else message
