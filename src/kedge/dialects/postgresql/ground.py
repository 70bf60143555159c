"""The ground declared tables are built on: schemas, extensions, and the audited database's own functions and types."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from kedge.catalog import Catalog, Note, TableKey
from kedge.declared import DeclaredTable
from kedge.dialects.postgresql import standing
from kedge.dialects.postgresql.likeness import resemble
from kedge.dialects.postgresql.names import clipped, quoted
from kedge.dialects.postgresql.reader import Connection

# Undefined object, function, table, schema; feature not supported; undefined file: what a scratch may merely lack.
LACKING = frozenset({"42704", "42883", "42P01", "3F000", "0A000", "58P01"})


# Syntax error, feature not supported: what a newer release may know.
UNHEARD_OF = frozenset({"42601", "0A000"})


class Ground:
    """A scratch database made as like the audited one as it can be, before any table stands in it."""

    def __init__(self, connection: Connection, live: Catalog) -> None:
        self.connection = connection
        self.live = live
        self.lacking: list[str] = []
        self.borrowed = False
        self.collations: list[str] = []
        """Those that something stands in for."""
        self.search_path = "''"

    def attempt(self, sql: str) -> psycopg.Error | None:
        """Run one statement; the error it met, if any. What is lacking is borrowed from the audited side, once."""
        error = self._run(sql)
        if error is not None and error.sqlstate in LACKING and self.borrow():
            error = self._run(sql)
        while error is not None and self.stand_in_collation(error):
            error = self._run(sql)
        return error

    @property
    def major(self) -> int:
        """The scratch server's own."""
        return self.connection.info.server_version // 10000

    def stand_in_collation(self, error: psycopg.Error) -> bool:
        """Make a collation of the name the statement asked for; False where that does not help."""
        found = standing.stand_in_collation(error, standing.known_collations(self.live))
        if found is None or found[0] in self.collations:
            return False
        self.collations.append(found[0])
        return self._run(found[1]) is None

    def notes(self, tables: Iterable[TableKey]) -> list[Note]:
        """What stood in for something the scratch server lacks."""
        server = standing.server_of(self.connection)
        said = standing.notes(self.connection, tables)
        if self.collations:
            lacks = f"the scratch server ({server}) lacks the collation {', '.join(self.collations)}"
            said.append(Note("stand-in", f"{lacks}: collations are compared by name"))
        return said

    def _run(self, sql: str) -> psycopg.Error | None:
        try:
            # psycopg reads % only where parameters are given, and none are.
            self.connection.execute(sql.encode())
        except psycopg.Error as error:
            return error
        return None

    def borrow(self) -> bool:
        """Make the audited database's own types and functions; False when that was done before, or there are none."""
        if self.borrowed or not self.live.prelude:
            return False
        self.borrowed = True
        waiting = list(self.live.prelude)
        self._run("SET check_function_bodies = off")
        while waiting:
            refused = [sql for sql in waiting if self._run(sql) is not None]
            if len(refused) == len(waiting):
                break
            waiting = refused
        return True

    def lay(self, schemas: Iterable[str]) -> None:
        """Schemas and extensions as the audited database has them, and its search path."""
        profile = self.live.profile
        resemble(self.connection, self.live)
        for schema in {profile.default_schema, *schemas}:
            self._run(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        standing.register(self.connection)
        for extension in profile.extensions:
            if extension.name == "plpgsql":
                continue
            self._run(f"CREATE SCHEMA IF NOT EXISTS {quoted(extension.schema)}")
            if not standing.create_extension(self.connection, extension.name, extension.schema):
                self.lacking.append(extension.name)
        path = [profile.default_schema, *(s for s in profile.search_path if s != profile.default_schema)]
        self.search_path = ", ".join(map(quoted, path))
        self._run(f"SET search_path TO {self.search_path}")

    def excuse(self, error: psycopg.Error) -> str | None:
        """What the scratch lacks that may be the reason for a refusal; None when the declaration is to blame."""
        if self.lacking and error.sqlstate in LACKING:
            return "the scratch server lacks the extension " + ", ".join(self.lacking)
        if error.sqlstate == "42704" and "collation" in str(error):
            return "the scratch server lacks a collation"
        if error.sqlstate in UNHEARD_OF and self.major < self.live.profile.version_info[0]:
            return f"the scratch server is PostgreSQL {self.major}, older than the audited one"
        return None

    def stub(self, tables: dict[TableKey, DeclaredTable]) -> None:
        """Tables that foreign keys point to and nobody declares here, with just the columns they need."""
        default = self.live.profile.default_schema
        wanted: dict[TableKey, dict[str, str]] = {}
        keys: dict[TableKey, set[tuple[str, ...]]] = {}
        for table in tables.values():
            types = {c.name: c.type for c in table.columns}
            for constraint in table.constraints:
                target = constraint.target
                key = (clipped(target.schema or default), clipped(target.table)) if target else None
                if target is None or key is None or key in tables:
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
