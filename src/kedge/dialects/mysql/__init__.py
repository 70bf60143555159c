"""MariaDB 10.6 and later, MySQL 8 and later. A schema is a database there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from kedge.catalog import Catalog, Note, ServerProfile, Table, TableKey, Unknown
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.dialects.base import BEYOND_TABLES, NO_SNAPSHOT, Built, Question
from kedge.dialects.mysql import bench, replayed
from kedge.dialects.mysql.address import arguments
from kedge.dialects.mysql.build import build
from kedge.dialects.mysql.direct import known, settled
from kedge.dialects.mysql.expressions import settle
from kedge.dialects.mysql.made import made, run
from kedge.dialects.mysql.reader import Connection, pinned, query, read_catalog, read_profile
from kedge.dialects.mysql.words import quoted
from kedge.errors import Incomplete, UsageError
from kedge.secrets import mask, masked_url


class MySQL:
    """`spoken` is what SQLAlchemy calls it: "mariadb" and "mysql" make some types differently."""

    name = "mysql"
    length_of = "char_length"

    def quoted(self, name: str) -> str:
        return quoted(name)

    def number(self, connection: Connection, statement: str, *, timeout: float) -> int | None:
        try:
            with pinned(connection, timeout=timeout):
                return int(query(connection, statement)[0][0])
        except pymysql.MySQLError:
            return None

    def __init__(self, spoken: str = "mysql") -> None:
        self.spoken = spoken

    @contextmanager
    def connect(self, url: str, *, timeout: float, autocommit: bool = False) -> Iterator[Connection]:
        try:
            connection = Connection(
                **arguments(url),
                charset="utf8mb4",
                connect_timeout=max(2, int(timeout)),
                client_flag=CLIENT.MULTI_STATEMENTS,
                program_name="kedge",
                autocommit=autocommit,
            )
        except (pymysql.MySQLError, OSError) as error:
            raise Incomplete(
                f"cannot connect to {masked_url(url)}: {_words(error, url)}",
                hint="check host, port, user and password; Kedge only reads",
            ) from None
        try:
            yield connection
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError) as error:
            raise Incomplete(f"the database went away while reading: {_words(error, url)}") from None
        finally:
            if connection.open:
                connection.close()

    def read(
        self, connection: Connection, *, timeout: float, schemas: Iterable[str] = ()
    ) -> tuple[Catalog, bool]:
        profile = read_profile(connection, self.spoken)
        return read_catalog(connection, profile, schemas=schemas, timeout=timeout)

    def unread(self, catalog: Catalog, schemas: Iterable[str]) -> frozenset[str]:
        return frozenset(schemas) - frozenset(catalog.schemas)

    def versions(self, connection: Connection, schema: str, table: str) -> tuple[str, ...] | None:
        try:
            with pinned(connection, timeout=10):
                rows = query(connection, f"SELECT version_num FROM {quoted(schema)}.{quoted(table)}")
        except pymysql.MySQLError:
            return None
        return tuple(sorted(row[0] for row in rows))

    def row_estimates(self, connection: Connection) -> dict[TableKey, int]:
        statement = (
            "SELECT table_schema, table_name, table_rows FROM information_schema.tables WHERE table_rows > 0"
        )
        try:
            with pinned(connection, timeout=10):
                return {(str(row[0]), str(row[1])): int(row[2]) for row in query(connection, statement)}
        except pymysql.MySQLError:
            return {}

    def settled(self, declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
        return settled(declared, live, profile)

    def doubts(
        self, declared: DeclaredTable, live: Table, profile: ServerProfile
    ) -> tuple[Question, ...] | None:
        return None

    def ask(
        self, connection: Connection, questions: Iterable[Question], live: Catalog
    ) -> dict[Question, bool | None]:
        return {}

    def known(
        self, declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile
    ) -> Table:
        return known(declared, key, live)

    def build(self, connection: Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
        return build(connection, layer, live)

    def prepare(self, connection: Connection, live: Catalog, schemas: Iterable[str], *, roles: bool) -> None:
        """What a session understands by itself; other databases are not made for the project's own DDL."""
        for name, value in live.profile.settings:
            if name == f"collation of {live.profile.default_schema}":
                run(connection, f"ALTER DATABASE COLLATE {value}")

    def made(
        self, connection: Connection, live: Catalog, refused: Iterable[str], *, roles: bool
    ) -> tuple[Catalog, dict[str, str]]:
        return made(connection, live, refused, self.spoken)

    def stood_in(self, connection: Any, tables: Iterable[TableKey]) -> list[Note]:
        return []

    def lay(self, connection: Any, catalog: Catalog, tables: Collection[TableKey]) -> None:
        raise Incomplete("two catalogs of MySQL and MariaDB are compared by their text alone")

    def lend(self, connection: Connection, models: Catalog, live: Catalog) -> None:
        bench.lend(connection, (models, live))

    def settle(
        self, connection: Connection, questions: Iterable[Question]
    ) -> dict[Question, bool | None | Unknown]:
        asked = list(questions)
        beyond = {q: bench.settle(connection, q) for q in asked if q.form in BEYOND_TABLES}
        return {**settle(connection, (q for q in asked if q not in beyond)), **beyond}

    def lay_ground(
        self, connection: Connection, live: Catalog, *, whole: bool, roles: Mapping[str, bool]
    ) -> None:
        replayed.lay_ground(connection, live, whole=whole)

    def run_script(self, connection: Connection, sql: str) -> None:
        replayed.run_script(connection, sql)

    def lay_out(self, connection: Connection, catalog: Catalog) -> None:
        raise UsageError(NO_SNAPSHOT)

    def read_replayed(self, connection: Connection, live: Catalog, *, timeout: float) -> Catalog:
        return replayed.read_replayed(connection, live, timeout=timeout)


def _words(error: Exception, url: str) -> str:
    """(1045, "Access denied …") in one line."""
    said = error.args[-1] if error.args else error
    return " ".join(mask(str(said), url).split())
