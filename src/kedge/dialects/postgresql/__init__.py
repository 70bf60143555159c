"""PostgreSQL 10 and later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import sql

from kedge.catalog import Catalog, Note, ServerProfile, Table, TableKey, Unknown
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Question
from kedge.dialects.doubts import doubts
from kedge.dialects.postgresql import replayed, standing
from kedge.dialects.postgresql.bare import lay
from kedge.dialects.postgresql.build import build
from kedge.dialects.postgresql.direct import known, same_as, settled
from kedge.dialects.postgresql.expressions import ask, settle
from kedge.dialects.postgresql.laid import lay_out
from kedge.dialects.postgresql.lent import lend
from kedge.dialects.postgresql.made import made, prepare
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reader import Connection, pinned, read_catalog, read_profile
from kedge.errors import Incomplete
from kedge.secrets import mask, masked_url


class PostgreSQL:
    name = "postgresql"
    length_of = "char_length"

    def quoted(self, name: str) -> str:
        return quoted(name)

    def number(self, connection: Connection, statement: str, *, timeout: float) -> int | None:
        try:
            with pinned(connection, timeout=timeout):
                row = connection.execute(statement.encode()).fetchone()
        except psycopg.Error:
            return None
        return int(row[0]) if row is not None else None

    @contextmanager
    def connect(self, url: str, *, timeout: float, autocommit: bool = False) -> Iterator[Connection]:
        plain = libpq_url(url)
        try:
            connection = psycopg.connect(
                plain, connect_timeout=max(2, int(timeout)), application_name="kedge"
            )
        except psycopg.Error as error:
            raise Incomplete(
                f"cannot connect to {masked_url(plain)}: {_first_line(error, plain)}",
                hint="check host, port, user and password; Kedge only reads",
            ) from None
        connection.autocommit = autocommit
        with connection:
            try:
                yield connection
            except psycopg.Error as error:
                raise _interrupted(error, plain) from None

    def read(
        self, connection: Connection, *, timeout: float, schemas: Iterable[str] = ()
    ) -> tuple[Catalog, bool]:
        return read_catalog(connection, read_profile(connection), timeout=timeout)

    def unread(self, catalog: Catalog, schemas: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def versions(self, connection: Connection, schema: str, table: str) -> tuple[str, ...] | None:
        query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(schema, table))
        try:
            with pinned(connection, timeout=10):
                return tuple(sorted(r[0] for r in connection.execute(query)))
        except psycopg.ProgrammingError:  # no such table, no right to read it
            return None

    def row_estimates(self, connection: Connection) -> dict[TableKey, int]:
        query = (
            "SELECT n.nspname, c.relname, c.reltuples::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.reltuples > 0"
        )
        try:
            with pinned(connection, timeout=10):
                return {(row[0], row[1]): row[2] for row in connection.execute(query)}
        except psycopg.Error:
            return {}

    def settled(self, declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
        return settled(declared, live, profile)

    def doubts(
        self, declared: DeclaredTable, live: Table, profile: ServerProfile
    ) -> tuple[Question, ...] | None:
        return doubts(declared, live, same_as(profile), lambda one, other: settled(one, other, profile))

    def ask(
        self, connection: Connection, questions: Iterable[Question], live: Catalog
    ) -> dict[Question, bool | None]:
        return ask(connection, questions, live)

    def known(
        self, declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile
    ) -> Table:
        return known(declared, key, live, profile)

    def build(self, connection: Connection, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
        return build(connection, layer, live)

    def prepare(self, connection: Connection, live: Catalog, schemas: Iterable[str], *, roles: bool) -> None:
        prepare(connection, live, schemas, roles=roles)

    def made(
        self, connection: Connection, live: Catalog, refused: Iterable[str], *, roles: bool
    ) -> tuple[Catalog, dict[str, str]]:
        return made(connection, live, refused, roles=roles)

    def stood_in(self, connection: Connection, tables: Iterable[TableKey]) -> list[Note]:
        return standing.notes(connection, tables)

    def lay(self, connection: Connection, catalog: Catalog, tables: Collection[TableKey]) -> None:
        lay(connection, catalog, tables)

    def lend(self, connection: Connection, models: Catalog, live: Catalog) -> None:
        lend(connection, models, live)

    def settle(
        self, connection: Connection, questions: Iterable[Question]
    ) -> dict[Question, bool | None | Unknown]:
        return settle(connection, questions)

    def lay_ground(
        self, connection: Connection, live: Catalog, *, whole: bool, roles: Mapping[str, bool]
    ) -> None:
        replayed.lay_ground(connection, live, whole=whole, roles=roles)

    def run_script(self, connection: Connection, sql: str) -> None:
        replayed.run_script(connection, sql)

    def lay_out(self, connection: Connection, catalog: Catalog) -> None:
        lay_out(connection, catalog)

    def read_replayed(self, connection: Connection, live: Catalog, *, timeout: float) -> Catalog:
        return replayed.read_replayed(connection, live, timeout=timeout)


def libpq_url(url: str) -> str:
    """The URL without SQLAlchemy's driver; query arguments only drivers know are left out."""
    _, separator, rest = url.partition("://")
    if not separator:
        return url
    base, question, query = rest.partition("?")
    known = [p for p in query.split("&") if p.partition("=")[0] not in _DRIVER_ONLY and p]
    return f"postgresql://{base}" + ("?" + "&".join(known) if question and known else "")


_DRIVER_ONLY = {
    "ssl",
    "async_fallback",
    "prepared_statement_cache_size",
    "server_settings",
    "unix_sock",
    "timeout",
}


def _interrupted(error: psycopg.Error, url: str) -> Incomplete:
    """What broke a reading off, and what to do."""
    words = mask(error.diag.message_primary or str(error), url)
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return Incomplete(
            f"{masked_url(url)} is locked by somebody's transaction: {words}",
            hint="run again when that has ended; pg_locks says whose it is",
        )
    if isinstance(error, psycopg.errors.QueryCanceled):
        return Incomplete(
            f"reading {masked_url(url)} was cancelled: {words}", hint="give it longer with --timeout"
        )
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Incomplete(
            f"the role may not read {masked_url(url)}: {words}", hint="grant it, or use another role"
        )
    if isinstance(error, psycopg.OperationalError):
        return Incomplete(
            f"the connection to {masked_url(url)} was lost while reading: {words}", hint="run again"
        )
    return Incomplete(
        f"{masked_url(url)} could not be read: {words}",
        hint="run again; something may have changed meanwhile",
    )


def _first_line(error: psycopg.Error, url: str) -> str:
    return " ".join(mask(str(error), url).split())
