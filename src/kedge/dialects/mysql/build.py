"""Builds what the models declare in a scratch database and reads it back by the very code that reads the live side.

A table is made in one statement with all but its foreign keys; where the server refuses that, piece by piece, to
learn which. What it refuses keeps what can be known without it, and becomes a `Refusal` with the server's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pymysql

from kedge.catalog import Catalog, Column, ObjectPath, Table, TableKey, Unknown
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Refusal
from kedge.dialects.direct import PLACEHOLDER, direct_constraint, direct_index, uninvented
from kedge.dialects.mysql.reader import COMBINED, LEXICAL, Connection, query, read_catalog, read_profile
from kedge.dialects.mysql.words import name_of, quoted, requalified, tokens

# Unknown collation, character set, storage engine, function, data type, system variable: what a scratch may lack.
LACKING = frozenset({1273, 1115, 1286, 1305, 1193, 4161, 1235, 1289})
# Duplicate key name, duplicate constraint, table exists: declared twice under one name.
ALREADY_THERE = frozenset({1061, 1826, 1050})
NEEDS_KEY = 1075  # there can be only one auto column and it must be defined as a key
FIRST = ("primary-key", "unique", "check")


def build(connection: Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
    """Create the layer's objects through an autocommit connection to an empty database; read them back."""
    return _Building(connection, tuple(layer), live).built()


class Part(msgspec.Struct, frozen=True):
    """One clause of a table, and what it was declared as."""

    kind: str
    declared: Any
    clause: str


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
        self.lacking: list[str] = []

    def key(self, table: DeclaredTable) -> TableKey:
        return table.schema or self.profile.default_schema, table.name

    def built(self) -> Built:
        self.prepare()
        for metadata in self.layer:
            for sequence in metadata.sequences:
                path = ObjectPath(
                    "sequence", sequence.schema or self.profile.default_schema, None, sequence.name
                )
                if refused := self.attempt(self.there(sequence.sql)):
                    self.refuse(path, sequence.sql, refused)
        for key, table in self.tables.items():
            self.create_table(key, table)
        stubs = self.create_stubs()
        for key, table in self.tables.items():
            self.create_foreign_keys(key, table)
        own = read_profile(self.connection, self.profile.dialect)
        back = {scratch: name for name, scratch in self.connection.names.items()}
        read, _ = read_catalog(
            self.connection,
            own,
            schemas=[self.connection.names[s] for s in self.schemas],
            names=back,
            twice=False,
        )
        tables = {
            key: self.finished(key, declared, read.tables.get(key))
            for key, declared in self.tables.items()
            if key not in stubs
        }
        catalog = msgspec.structs.replace(read, profile=self.profile, tables=tables, hidden={}, partial={})
        return Built(catalog, tuple(self.refusals))

    # -- the ground

    def prepare(self) -> None:
        """The databases, with the audited one's character set, and the settings declarations are read with there."""
        ((scratch,),) = query(self.connection, "SELECT DATABASE()")
        named = {t.schema for t in self.tables.values()}
        named |= {c.target.schema for t in self.tables.values() for c in t.constraints if c.target}
        named |= {schema for m in self.layer for schema, _ in m.types_and_sequences()}
        self.schemas = sorted(s for s in named if s and s != self.profile.default_schema)
        names = {self.profile.default_schema: scratch}
        names |= {schema: f"{scratch}__{number}" for number, schema in enumerate(self.schemas, 1)}
        self.connection.names = names
        known = dict(self.profile.settings)
        for schema, name in self.connection.names.items():
            collation = known.get(f"collation of {schema}", self.profile.collation)
            if schema != self.profile.default_schema:
                self.attempt(f"CREATE DATABASE {quoted(name)}")
            if self.attempt(f"ALTER DATABASE {quoted(name)} COLLATE {collation}") is not None:
                self.lacking.append(f"the collation {collation}")
        modes = [m for m in known.get("sql_mode", "").split(",") if m not in LEXICAL | COMBINED]
        self.attempt(f"SET SESSION sql_mode = '{','.join(modes)}'")
        for name in ("explicit_defaults_for_timestamp", "default_storage_engine"):
            if name in known and self.attempt(f"SET SESSION {name} = {known[name]}") is not None:
                self.lacking.append(f"{name} = {known[name]}")
        self.attempt("SET NAMES utf8mb4")

    def there(self, sql: str) -> str:
        """The statement with the scratch's databases in it."""
        return requalified(sql, self.connection.names)

    def place(self, key: TableKey) -> str:
        return f"{quoted(self.connection.names[key[0]])}.{quoted(key[1])}"

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
                key = target.schema or self.profile.default_schema, target.table
                if key in self.tables:
                    continue
                live = self.live.tables.get(key)
                for local, remote in zip(constraint.columns, target.columns, strict=False):
                    known = live.column(remote) if live else None
                    type_ = types.get(local) or "int"
                    if known and isinstance(known.type, str):
                        type_ = known.type + (f" COLLATE {known.collation}" if known.collation else "")
                    wanted.setdefault(key, {})[remote] = type_
                keys.setdefault(key, set()).add(target.columns)
        for key, columns in wanted.items():
            clauses = [f"{quoted(c)} {t}" for c, t in columns.items()]
            clauses += [f"UNIQUE ({', '.join(map(quoted, c))})" for c in keys[key]]
            live = self.live.tables.get(key)
            collate = dict(live.options).get("collate") if live else None
            suffix = f" COLLATE {collate}" if collate else ""
            self.attempt(f"CREATE TABLE {self.place(key)} ({', '.join(clauses)}){suffix}")
        return set(wanted)

    # -- tables and their parts

    def create_table(self, key: TableKey, table: DeclaredTable) -> None:
        columns = [c for c in table.columns if c.spec]
        parts = self.parts(key, table)
        prefixes = " ".join(("", *table.prefixes))
        suffix = f" {table.suffix}" if table.suffix.strip() else ""
        clauses = [self.there(c.spec or "") for c in columns] + [p.clause for p in parts if p.clause]
        whole = f"CREATE{prefixes} TABLE {self.place(key)} ({', '.join(clauses)}){suffix}"
        error = self.attempt(whole)
        if error is None:
            rest = [p for p in parts if not p.clause]
        elif (made := self.create_piece_by_piece(key, columns, parts, prefixes, suffix)) is None:
            self.refuse(ObjectPath("table", *key), whole, error)
            return
        else:
            rest = [p for p in parts if p not in made]
        for part in rest:
            sql = self.there(part.declared.sql)
            statement = sql if part.kind == "index" else f"ALTER TABLE {self.place(key)} ADD {sql}"
            if refused := self.attempt(statement):
                self.refuse_part(key, part.kind, part.declared, refused)

    def create_piece_by_piece(
        self, key: TableKey, columns: list[DeclaredColumn], parts: list[Part], prefixes: str, suffix: str
    ) -> list[Part] | None:
        """The bare table of what the server accepts; what it refuses is blamed. The parts that are made with it."""
        name = self.place(key)
        primary = [p for p in parts if p.kind == "primary-key"]
        bad = {c.name for c in columns if self.refused_alone(key, c, columns)}
        specs = {c.name: self.there(c.spec or "") for c in columns if c.name not in bad}
        for column in columns:
            if column.name in bad and column.type:
                specs[column.name] = f"{quoted(column.name)} {column.type}"
        for with_key in (primary, []):
            for tail, head in ((suffix, prefixes), ("", "")):
                clauses = [*specs.values(), *(p.clause for p in with_key)]
                error = self.attempt(f"CREATE{head} TABLE {name} ({', '.join(clauses)}){tail}")
                if error is not None and error.args[0] == NEEDS_KEY:
                    numbered = [c for c in columns if "AUTO_INCREMENT" in (c.spec or "")]
                    keys = [f"KEY ({quoted(c.name)})" for c in numbered]
                    error = self.attempt(f"CREATE{head} TABLE {name} ({', '.join(clauses + keys)}){tail}")
                if error is None:
                    if (tail, head) != (suffix, prefixes):
                        why = self.attempt(f"CREATE{prefixes} TABLE kedge_try ({', '.join(clauses)}){suffix}")
                        if why is not None:
                            said = f"CREATE{prefixes} TABLE {key[1]} (…){suffix}"
                            self.refuse(ObjectPath("table", *key), said, why)
                        self.attempt("DROP TABLE IF EXISTS kedge_try")
                    return with_key
        return None

    def refused_alone(self, key: TableKey, column: DeclaredColumn, columns: list[DeclaredColumn]) -> bool:
        """Whether the server refuses this column even in a table where the others are plain."""
        others = [f"{quoted(c.name)} {c.type}" for c in columns if c is not column and c.type]
        keys = [f"KEY ({quoted(column.name)})"] if "AUTO_INCREMENT" in (column.spec or "") else []
        error = None
        for beside in ([], others):
            clauses = [self.there(column.spec or ""), *beside, *keys]
            error = self.attempt(f"CREATE TABLE kedge_try ({', '.join(clauses)})")
            self.attempt("DROP TABLE IF EXISTS kedge_try")
            if error is None:
                return False
        assert error is not None
        self.refuse(ObjectPath("column", *key, column.name), column.spec or "", error)
        self.refused_columns[key, column.name] = _words(error)
        return True

    def parts(self, key: TableKey, table: DeclaredTable) -> list[Part]:
        """Keys, checks and indexes as clauses of CREATE TABLE; an empty clause where it has to stand alone.

        Those on a column that cannot be described are known as far as the models say.
        """
        unknown = {c.name for c in table.columns if not c.spec}
        found = self.clauses(table)
        if not unknown:
            return found
        on_unknown = [
            p for p in found if unknown & set(getattr(p.declared, "keys", None) or p.declared.columns)
        ]
        self.refused_parts.setdefault(key, []).extend(p.declared for p in on_unknown)
        return [p for p in found if p not in on_unknown]

    def clauses(self, table: DeclaredTable) -> list[Part]:
        found = [
            Part(c.kind, c, self.there(c.sql))
            for kind in FIRST
            for c in table.constraints
            if c.kind == kind and c.sql
        ]
        return found + [Part("index", i, self.there(_inline(i.sql))) for i in table.indexes if i.sql]

    def create_foreign_keys(self, key: TableKey, table: DeclaredTable) -> None:
        """All at once; where the server refuses, one by one, to learn which."""
        keys = [c for c in table.constraints if c.kind == "foreign-key" and c.sql]
        clauses = [f"ADD {self.there(c.sql or '')}" for c in keys]
        if not keys or (
            len(keys) > 1 and self.attempt(f"ALTER TABLE {self.place(key)} {', '.join(clauses)}") is None
        ):
            return
        for declared, clause in zip(keys, clauses, strict=True):
            if refused := self.attempt(f"ALTER TABLE {self.place(key)} {clause}"):
                self.refuse_part(key, "foreign-key", declared, self.explained(refused))

    def explained(self, error: pymysql.MySQLError) -> pymysql.MySQLError:
        """Why a foreign key is "incorrectly formed" stands in a warning beside it."""
        try:
            warnings = [w[2] for w in query(self.connection, "SHOW WARNINGS")]
        except pymysql.MySQLError:
            return error
        more = [w for w in warnings if str(w) not in str(error) and w != error.args[-1]]
        return type(error)(error.args[0], "; ".join([str(error.args[-1]), *more])) if more else error

    def attempt(self, sql: str) -> pymysql.MySQLError | None:
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
        except pymysql.MySQLError as error:
            return error
        return None

    def refuse_part(
        self, key: TableKey, kind: str, part: DeclaredConstraint | DeclaredIndex, error: pymysql.MySQLError
    ) -> None:
        columns = part.keys if isinstance(part, DeclaredIndex) else part.columns
        refs = tuple(ObjectPath("column", *key, c) for c in columns if c is not None)
        self.refuse(ObjectPath(kind, *key, part.name), part.sql or "", error, refs)
        if error.args[0] not in ALREADY_THERE:
            self.refused_parts.setdefault(key, []).append(part)

    def refuse(
        self, path: ObjectPath, sql: str, error: pymysql.MySQLError, refs: tuple[ObjectPath, ...] = ()
    ) -> None:
        excused = None
        if error.args[0] in LACKING:
            lacking = ", ".join(self.lacking) or "something the audited one may have"
            excused = f"the scratch server lacks {lacking}"
        self.refusals.append(
            Refusal(path, uninvented(sql), uninvented(self.named(_words(error))), excused, refs)
        )

    def named(self, said: str) -> str:
        """The server's words with the audited database's name in them."""
        for name, scratch in sorted(self.connection.names.items(), key=lambda n: -len(n[1])):
            said = said.replace(scratch, name)
        return said

    # -- reading back

    def finished(self, key: TableKey, declared: DeclaredTable, read: Table | None) -> Table:
        """What was read, without invented names, and with refused parts as far as known."""
        read = read or Table(schema=key[0], name=key[1])
        declared_columns = {c.name: c for c in declared.columns}
        columns = [self.column(key, c, declared_columns.get(c.name)) for c in read.columns]
        missing = [c for c in declared.columns if read.column(c.name) is None]
        columns += [Column(c.name, Unknown(c.error or "refused by the server")) for c in missing]
        extra = [self.direct(p) for p in (*self.refused_parts.get(key, ()), *self.undescribed(declared))]
        given = {i.name for i in declared.indexes} | {_index_name(i.sql) for i in declared.indexes if i.sql}

        def parts(kind: str, of: Iterable[Any]) -> tuple[Any, ...]:
            own = [*of, *(p for k, p in extra if k == kind)]
            return tuple(msgspec.structs.replace(p, name=_own_name(p.name)) for p in own)

        indexes = [
            msgspec.structs.replace(i, automatic=False)
            if i.name in given or not i.automatic
            else msgspec.structs.replace(i, name=None)
            for i in read.indexes
        ]
        primary = parts("primary-key", [read.primary_key] if read.primary_key else [])
        return msgspec.structs.replace(
            read,
            columns=tuple(columns),
            # the server calls every primary key PRIMARY, whatever it was given
            primary_key=msgspec.structs.replace(primary[0], name=None) if primary else None,
            uniques=parts("unique", read.uniques),
            foreign_keys=parts("foreign-key", read.foreign_keys),
            checks=parts("check", read.checks),
            indexes=parts("index", indexes),
            kind="view" if declared.is_view else read.kind,
        )

    def column(self, key: TableKey, column: Column, declared: DeclaredColumn | None) -> Column:
        reason = (declared and declared.error) or self.refused_columns.get((key, column.name))
        if reason is not None:
            unknown = Unknown(reason)
            return msgspec.structs.replace(
                column, type=unknown, default=unknown, computed=unknown, on_update=unknown
            )
        if declared and declared.fetched:
            left = Unknown("the models leave the default to the server")
            return msgspec.structs.replace(column, default=left, on_update=left)
        return column

    def undescribed(self, declared: DeclaredTable) -> list[DeclaredConstraint | DeclaredIndex]:
        constraints = [c for c in declared.constraints if c.sql is None]
        return [*constraints, *(i for i in declared.indexes if i.sql is None)]

    def direct(self, part: DeclaredConstraint | DeclaredIndex) -> tuple[str, Any]:
        if isinstance(part, DeclaredIndex):
            return "index", direct_index(part)
        direct = direct_constraint(part, self.profile.default_schema)
        if part.kind == "foreign-key":
            same = {f: "no action" for f in ("on_delete", "on_update") if getattr(direct, f) == "restrict"}
            direct = msgspec.structs.replace(direct, **same)
        return part.kind, direct


def _inline(sql: str | None) -> str:
    """CREATE UNIQUE INDEX i ON t (…) as a clause of CREATE TABLE; empty where it is anything else."""
    found = tokens(sql or "")
    upper = [t.upper() for t in found]
    if "INDEX" not in upper or "ON" not in upper or "(" not in found or upper[0] != "CREATE":
        return ""
    index, on = upper.index("INDEX"), upper.index("ON")
    opening = found.index("(")
    if not index < on < opening or any("EXISTS" in u for u in upper[index:on]):
        return ""
    return "".join(found[1:on]).strip() + " " + "".join(found[opening:])


def _index_name(sql: str) -> str | None:
    found = [t for t in tokens(sql) if not t.isspace()]
    upper = [t.upper() for t in found]
    return name_of(found[upper.index("INDEX") + 1]) if "INDEX" in upper else None


def _own_placeholders(table: DeclaredTable, number: int) -> DeclaredTable:
    """Invented names are unique within one metadata; those of foreign keys have to be within a database."""

    def own(part: Any) -> Any:
        text = part.sql and part.sql.replace(PLACEHOLDER, f"{PLACEHOLDER}{number}_")
        return msgspec.structs.replace(part, sql=text)

    return msgspec.structs.replace(
        table, constraints=tuple(map(own, table.constraints)), indexes=tuple(map(own, table.indexes))
    )


def _own_name(name: str | None) -> str | None:
    return None if name is None or name.startswith(PLACEHOLDER) else name


def _words(error: pymysql.MySQLError) -> str:
    """The server's own sentence."""
    return " ".join(str(error.args[-1] if error.args else error).split())
