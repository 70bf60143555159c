"""SQLite 3.35 and later, through the standard library."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from kedge.catalog import Catalog, Note, ServerProfile, Table, TableKey, Unknown
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.dialects.base import BEYOND_TABLES, NO_SNAPSHOT, Built, Question
from kedge.dialects.direct import direct_table
from kedge.dialects.sqlite import bench
from kedge.dialects.sqlite.build import build, quoted
from kedge.dialects.sqlite.direct import settled
from kedge.dialects.sqlite.expressions import settle
from kedge.dialects.sqlite.programs import respelled
from kedge.dialects.sqlite.reader import MAIN, read_catalog, read_profile
from kedge.errors import Incomplete, UsageError

# The read and write version of the file's header: 2 is the write-ahead log.
# https://www.sqlite.org/fileformat.html#file_format_version_numbers
ATTACHED = "the schema is another file, which only the application attaches"
WRITING = "mode=rw"
_MAGIC, _VERSION_AT, _WAL = b"SQLite format 3\x00", 18, 2


class SQLite:
    name = "sqlite"
    length_of = "length"

    def quoted(self, name: str) -> str:
        return quoted(name)

    def number(self, connection: sqlite3.Connection, statement: str, *, timeout: float) -> int | None:
        until = time.monotonic() + timeout
        connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
        try:
            return int(connection.execute(statement).fetchone()[0])
        except sqlite3.Error:
            return None
        finally:
            connection.set_progress_handler(None, 0)

    @contextmanager
    def connect(self, url: str, *, timeout: float, autocommit: bool = False) -> Iterator[sqlite3.Connection]:
        """Read-only, and never a file that is not there; `autocommit` writes, for scratch databases."""
        path = database_path(url)
        connection = _opened(path, WRITING if autocommit else _reading(path), timeout)
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise Incomplete(f"cannot read {path}: {error}", hint=_hint(error)) from None
        finally:
            connection.close()

    def read(
        self, connection: sqlite3.Connection, *, timeout: float, schemas: Iterable[str] = ()
    ) -> tuple[Catalog, bool]:
        """One transaction sees one state of the file, so the catalog always stands still."""
        connection.execute(f"PRAGMA busy_timeout = {int(min(timeout, 30) * 1000)}")
        elsewhere = {s: ATTACHED for s in schemas if s != MAIN}
        catalog = read_catalog(connection, read_profile(connection))
        return msgspec.structs.replace(catalog, partial=elsewhere), True

    def unread(self, catalog: Catalog, schemas: Iterable[str]) -> frozenset[str]:
        """A schema beside main is another file, which the application attaches to its own connections."""
        return frozenset(schemas) - {MAIN} - set(catalog.partial)

    def versions(self, connection: sqlite3.Connection, schema: str, table: str) -> tuple[str, ...] | None:
        try:
            rows = connection.execute(f"SELECT version_num FROM {quoted(schema)}.{quoted(table)}")
            return tuple(sorted(r[0] for r in rows))
        except sqlite3.Error:
            return None

    def row_estimates(self, connection: sqlite3.Connection) -> dict[TableKey, int]:
        try:
            rows = connection.execute(
                "SELECT tbl, max(CAST(stat AS integer)) FROM main.sqlite_stat1 GROUP BY tbl"
            )
            return {("main", row[0]): row[1] for row in rows if row[1]}
        except sqlite3.Error:  # nobody ran ANALYZE
            return {}

    def settled(self, declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
        return settled(declared, live)

    def doubts(
        self, declared: DeclaredTable, live: Table, profile: ServerProfile
    ) -> tuple[Question, ...] | None:
        return None

    def ask(
        self, connection: sqlite3.Connection, questions: Iterable[Question], live: Catalog
    ) -> dict[Question, bool | None]:
        return {}

    def known(
        self, declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile
    ) -> Table:
        return direct_table(declared, key, live, lambda one, other: False)

    def build(
        self, connection: sqlite3.Connection, layer: Iterable[DeclaredMetadata], live: Catalog
    ) -> Built:
        return build(connection, layer, live)

    def prepare(
        self, connection: sqlite3.Connection, live: Catalog, schemas: Iterable[str], *, roles: bool
    ) -> None:
        """A file has no schemas and no extensions."""

    def made(
        self, connection: sqlite3.Connection, live: Catalog, refused: Iterable[str], *, roles: bool
    ) -> tuple[Catalog, dict[str, str]]:
        waiting = {}
        for statement in refused:
            try:
                connection.execute(statement)
            except sqlite3.Error as error:
                waiting[statement] = str(error)
        return respelled(read_catalog(connection, live.profile), live), waiting

    def stood_in(self, connection: Any, tables: Iterable[TableKey]) -> list[Note]:
        return []

    def lay(self, connection: Any, catalog: Catalog, tables: Collection[TableKey]) -> None:
        raise Incomplete("two catalogs of SQLite are compared by their text alone")

    def lend(self, connection: sqlite3.Connection, models: Catalog, live: Catalog) -> None:
        bench.lend(connection, (models, live))

    def settle(
        self, connection: sqlite3.Connection, questions: Iterable[Question]
    ) -> dict[Question, bool | None | Unknown]:
        asked = list(questions)
        beyond = {q: bench.settle(connection, q) for q in asked if q.form in BEYOND_TABLES}
        return {**settle(connection, (q for q in asked if q not in beyond)), **beyond}

    def lay_ground(
        self, connection: sqlite3.Connection, live: Catalog, *, whole: bool, roles: Mapping[str, bool]
    ) -> None:
        """A new file, and the tables that are lent."""
        if whole:
            bench.lend(connection, (live,))

    def run_script(self, connection: sqlite3.Connection, sql: str) -> None:
        try:
            connection.executescript(sql)
        except sqlite3.Error as error:
            raise UsageError(str(error)) from None

    def lay_out(self, connection: sqlite3.Connection, catalog: Catalog) -> None:
        raise UsageError(NO_SNAPSHOT)

    def read_replayed(self, connection: sqlite3.Connection, live: Catalog, *, timeout: float) -> Catalog:
        connection.execute(f"PRAGMA busy_timeout = {int(min(timeout, 30) * 1000)}")
        return respelled(read_catalog(connection, live.profile), live)


def database_path(url: str) -> Path:
    """The file a URL names, in SQLAlchemy's spellings. Raises `Incomplete` where it names none.

    https://docs.sqlalchemy.org/en/20/core/engines.html#sqlite
    """
    database, _, query = url.partition("://")[2].partition("?")
    host, _, database = database.partition("/")
    if database.startswith("file:"):
        database = unquote(database.removeprefix("file:"))
    if host or not database or database == ":memory:" or "mode=memory" in query:
        raise Incomplete(
            "a SQLite database in memory is gone when its process ends"
            if not host
            else f"{url} names no file",
            hint="name a file: sqlite:///relative.db or sqlite:////absolute.db",
        )
    return Path(database)


def _reading(path: Path) -> str:
    """How a file is opened without a trace: SQLite makes files beside one with a write-ahead log, unless told not to.

    A log that nobody has open is empty, so the file alone is the database.
    https://www.sqlite.org/wal.html#read_only_databases
    """
    try:
        with path.open("rb") as file:
            head = file.read(_VERSION_AT + 2)
    except OSError:
        return "mode=ro"
    logged = head.startswith(_MAGIC) and head[-1:] == bytes([_WAL])
    alone = not os.path.lexists(f"{path}-wal")
    return "mode=ro&immutable=1" if logged and alone else "mode=ro"


def _opened(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    if not path.exists():
        raise Incomplete(
            f"there is no SQLite database {path}", hint=f"it was looked for at {path.absolute()}"
        )
    if path.is_dir():
        raise Incomplete(f"{path} is a folder, not a SQLite database")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?{mode}",
            uri=True,
            timeout=min(timeout, 30),
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if mode == WRITING:
            # What is thrown away need not survive a power cut.
            connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")
    except sqlite3.Error as error:
        raise Incomplete(f"cannot read {path}: {error}", hint=_hint(error)) from None
    return connection


def _hint(error: sqlite3.Error) -> str | None:
    if "locked" in str(error):
        return "another process writes to it; run again when that is done"
    return None
