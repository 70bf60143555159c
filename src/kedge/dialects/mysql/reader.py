"""Reads a live MariaDB or MySQL: SHOW CREATE TABLE of every table, many to a trip, in one read-only transaction.

A schema is a database there: only those that are asked for are looked at. information_schema silently leaves out
what the role has no right on; here that is told apart from what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pymysql

from kedge.catalog import Catalog, Object, ObjectPath, Sequence, ServerProfile, Table, TableKey
from kedge.dialects.mysql import programs
from kedge.dialects.mysql.printed import NotUnderstood, Setting, collation_name, read_sequence, read_table
from kedge.dialects.mysql.rights import Rights
from kedge.dialects.mysql.words import quoted

if TYPE_CHECKING:
    Base = pymysql.connections.Connection[pymysql.cursors.Cursor]
else:
    Base = pymysql.connections.Connection


class Connection(Base):
    """`names` are the databases of a scratch by the names of the audited ones, once something is built there."""

    names: Mapping[str, str] = {}


BATCH = 200
PARTLY = "the role has rights on single tables of it only"
# What decides how a declaration is understood. https://mariadb.com/kb/en/server-system-variables/
DECIDING = (
    "sql_mode",
    "explicit_defaults_for_timestamp",
    "default_storage_engine",
    "innodb_default_row_format",
    "lower_case_table_names",
)
# How texts are cut into words; the reader and the judge always see them cut in one way.
LEXICAL = {"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "IGNORE_SPACE"}
# Combinations that hold lexical modes, and modes that print tables for other servers.
COMBINED = {"ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL", "MYSQL323", "MYSQL40", "NO_FIELD_OPTIONS",
            "NO_KEY_OPTIONS", "NO_TABLE_OPTIONS"}  # fmt: skip
PIN = (
    "SET SESSION sql_mode = ''",
    "SET SESSION sql_quote_show_create = 1",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION lock_wait_timeout = 5",
)
_DENIED = {1044, 1045, 1142, 1143, 1227, 1370}
_GONE = {1146, 1051}


class Row(NamedTuple):
    """One table's name, type ("BASE TABLE", "VIEW", "SEQUENCE" …) and printed text; or why there is none."""

    schema: str
    name: str
    kind: str
    text: str | None
    reason: str | None = None


def read_profile(connection: Connection, dialect: str = "mysql") -> ServerProfile:
    """What this server and session are; must run before anything pins the session."""
    version, database, charset, collation = query(
        connection, "SELECT VERSION(), DATABASE(), @@character_set_database, @@collation_database"
    )[0]
    settings = {}
    for name in DECIDING:
        if rows := query(connection, f"SHOW VARIABLES LIKE '{name}'"):
            settings[name] = str(rows[0][1])
    numbers = tuple(int(n) for n in re.findall(r"\d+", version.split("-")[0])[:3])
    return ServerProfile(
        dialect=dialect,
        flavour="mariadb" if "mariadb" in version.lower() else "mysql",
        version=version.split("-")[0],
        version_info=numbers,
        database=database,
        default_schema=database,
        search_path=(database,),
        encoding=collation_name(charset),
        collation=collation_name(collation),
        settings=tuple(sorted(settings.items())),
        folds_case=True,
    )


def query(connection: Connection, sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@contextmanager
def pinned(connection: Connection, *, timeout: float) -> Iterator[None]:
    """A read-only transaction over one snapshot, in a session that prints alike everywhere; nothing is left behind.

    Definitions are not part of a snapshot there: `read_catalog` reads them twice.
    """
    connection.rollback()
    with connection.cursor() as cursor:
        for statement in PIN:
            cursor.execute(statement)
        for limit in (f"max_statement_time = {timeout:g}", f"max_execution_time = {int(timeout * 1000)}"):
            try:  # the one is MariaDB's, the other MySQL's
                cursor.execute(f"SET SESSION {limit}")
            except pymysql.err.OperationalError:
                continue
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    try:
        yield
    finally:
        connection.rollback()


def read_catalog(
    connection: Connection,
    profile: ServerProfile,
    *,
    schemas: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    timeout: float = 60,
    twice: bool = True,
) -> tuple[Catalog, bool]:
    """The default schema and `schemas`, and whether the definitions stood still meanwhile.

    `names` says how databases are to be called: the tables of a scratch under the names of the audited ones.
    """
    wanted = list(dict.fromkeys([profile.default_schema, *schemas]))
    steady = False
    with pinned(connection, timeout=timeout):
        rows = read_rows(connection, wanted)
        for _ in range(2):
            if not twice:
                break
            again = read_rows(connection, wanted)
            steady = _still(rows) == _still(again)
            rows = again
            if steady:
                break
        catalog = _Reading(connection, profile, wanted, names or {}).catalog(rows)
    return catalog, steady


def _still(rows: list[Row]) -> list[tuple[str, str, str | None]]:
    counter = re.compile(r" AUTO_INCREMENT=\d+")
    return [(r.schema, r.name, r.text and counter.sub("", r.text)) for r in rows]


# -- rows


def read_rows(connection: Connection, schemas: Iterable[str]) -> list[Row]:
    """Every table of these databases that the role may know of."""
    found: list[tuple[str, str, str]] = []
    for schema in schemas:
        try:
            listed = query(connection, f"SHOW FULL TABLES FROM {quoted(schema)}")
        except pymysql.err.OperationalError as error:
            if error.args[0] not in (*_DENIED, 1049):  # 1049: no such database
                raise
            continue
        found += [(schema, name, kind) for name, kind in listed]
    return _printed(connection, found)


def _printed(connection: Connection, tables: list[tuple[str, str, str]]) -> list[Row]:
    rows: list[Row] = []
    rest = [t for t in tables if "VIEW" not in t[2]]
    rows += [Row(schema, name, kind, None) for schema, name, kind in tables if "VIEW" in kind]
    while rest:
        batch = rest[:BATCH]
        got = _batch(connection, batch)
        rows += got
        rest = rest[len(got) :]
    return rows


def _batch(connection: Connection, tables: list[tuple[str, str, str]]) -> list[Row]:
    """As many of them as the server answers in one trip; it stops at the first it refuses."""
    statements = [
        f"SHOW CREATE {'SEQUENCE' if kind == 'SEQUENCE' else 'TABLE'} {quoted(schema)}.{quoted(name)}"
        for schema, name, kind in tables
    ]
    rows: list[Row] = []
    with connection.cursor() as cursor:
        try:
            cursor.execute("; ".join(statements))
            while True:
                ((_, text, *_),) = cursor.fetchall()
                rows.append(Row(*tables[len(rows)], text))
                if not cursor.nextset():
                    break
        except pymysql.err.MySQLError as error:
            code = error.args[0] if error.args else 0
            if (
                code not in _DENIED
                and code not in _GONE
                and not isinstance(error, pymysql.err.ProgrammingError)
            ):
                raise
            schema, name, kind = tables[len(rows)]
            if code in _DENIED:
                reason = "the role has no right to see how it is made"
            else:
                reason = "the server does not show it: " + " ".join(str(a) for a in error.args[1:])
            rows.append(Row(schema, name, kind, None, None if code in _GONE else reason))
    return rows


# -- values


class _Reading:
    def __init__(
        self, connection: Connection, profile: ServerProfile, schemas: list[str], names: Mapping[str, str]
    ) -> None:
        self.connection = connection
        self.profile = profile
        self.names = names
        defaults = {
            collation_name(charset): collation_name(collation)
            for charset, collation in query(
                connection,
                "SELECT character_set_name, default_collate_name FROM information_schema.character_sets",
            )
        }
        listed = ", ".join(_text(s) for s in schemas)
        found = query(
            connection,
            "SELECT schema_name, default_collation_name FROM information_schema.schemata"
            f" WHERE schema_name IN ({listed})",
        )
        self.schemas = [s for s in schemas if s in {name for name, _ in found} or s == profile.default_schema]
        collations = {name: collation_name(collation) for name, collation in found}
        self.settings = {
            schema: Setting(
                schema=names.get(schema, schema),
                collation=collations.get(schema, profile.collation or ""),
                defaults=defaults,
                names=names,
            )
            for schema in schemas
        }

    def catalog(self, rows: list[Row]) -> Catalog:
        tables: dict[TableKey, Table] = {}
        sequences: dict[TableKey, Sequence] = {}
        hidden: dict[TableKey, str] = {}
        for row in rows:
            schema = self.names.get(row.schema, row.schema)
            key = schema, row.name
            if "VIEW" in row.kind:
                tables[key] = Table(schema=schema, name=row.name, kind="view")
            elif row.text is None:
                if row.reason:
                    hidden[key] = row.reason
            elif row.kind == "SEQUENCE":
                sequences[key] = read_sequence(schema, row.name, row.text)
            else:
                try:
                    tables[key] = read_table(row.text, self.settings[row.schema])
                except NotUnderstood as error:
                    hidden[key] = f"its definition has a line that is not understood: {str(error).strip()}"
        rights = self.rights()
        objects, veiled = self.objects(rows, rights)
        collations = {f"collation of {s}": self.settings[s].collation for s in self.schemas}
        return Catalog(
            profile=msgspec.structs.replace(
                self.profile,
                settings=tuple(sorted({**dict(self.profile.settings), **collations}.items())),
            ),
            schemas=tuple(sorted(self.names.get(s, s) for s in self.schemas)),
            tables=tables,
            sequences=sequences,
            hidden=hidden,
            partial={self.names.get(s, s): PARTLY for s in self.schemas if not rights.whole(s)},
            objects={one.path: one for one in objects},
            veiled=tuple(veiled),
        )

    def objects(self, rows: list[Row], rights: Rights) -> tuple[list[Object], list[tuple[ObjectPath, str]]]:
        """What is beyond tables, and what of it the role may not see."""
        found: list[Object] = []
        veiled: list[tuple[ObjectPath, str]] = []
        algorithm = "algorithm" if self.profile.flavour == "mariadb" else "'UNDEFINED'"
        found += programs.views(self.asked(programs.VIEWS.replace("{algorithm}", algorithm)), self.names)
        seen = {one.path for one in found}
        for row in rows:
            path = ObjectPath("view", self.names.get(row.schema, row.schema), None, row.name)
            if "VIEW" in row.kind and path not in seen:
                veiled.append((path, "the role has no right to see how it is made"))
        found += programs.events(self.asked(programs.EVENTS), self.names)
        found += programs.triggers(self.asked(programs.TRIGGERS), self.names)
        routines, unseen = programs.routines(
            self.asked(programs.ROUTINES), self.asked(programs.PARAMETERS), self.names
        )
        found += routines
        veiled += [(path, "the role may not see what it does") for path in sorted(unseen)]
        for schema in self.schemas:
            name = self.names.get(schema, schema)
            kinds = dict(rights.veiled(schema))
            if not rights.whole(schema):
                kinds["view"] = PARTLY
            veiled += [(ObjectPath(kind, name), reason) for kind, reason in kinds.items()]
        return found, veiled

    def asked(self, statement: str) -> list[Any]:
        """The answer for all databases."""
        return query(self.connection, statement.format(schemas=", ".join(map(_text, self.schemas))))

    def rights(self) -> Rights:
        try:
            return Rights.of(row[0] for row in query(self.connection, "SHOW GRANTS"))
        except pymysql.err.MySQLError:
            return Rights(None)


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
