"""Throw-away databases on a PostgreSQL server that the user named."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from kedge.errors import UsageError
from kedge.scratch.lifeline import Lifeline
from kedge.scratch.places import is_left_over, scratch_name
from kedge.scratch.protocol import NoScratch
from kedge.secrets import mask

REAPER = Path(__file__).with_name("reaper.py")
# Only its own: with nobody connected, and made long ago.
_LEFT_OVER = """
SELECT d.datname FROM pg_catalog.pg_database d
 WHERE d.datname LIKE 'kedge\\_scratch\\_%' AND pg_catalog.pg_get_userbyid(d.datdba) = current_user
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
"""


class GivenPostgres:
    """A server that is somebody's: only databases made here, by their random names, are ever dropped."""

    dialect = "postgresql"
    flavour = "postgresql"

    def __init__(self, url: str) -> None:
        self._parts = _parts(url)
        try:
            with self._connect() as connection:
                number = connection.info.server_version  # 150018
                self._sweep(connection)
        except psycopg.Error as error:
            raise NoScratch(
                self._masked(f"cannot connect to the scratch server: {error}"),
                hint="check --scratch-url, or leave it out",
            ) from None
        self.major = number // 10000
        self.server_version = f"{self.major}.{number % 10000}"
        self.origin = f"PostgreSQL {self.server_version} at {self._parts.get('host', 'localhost')}"
        self._reaper = Lifeline([sys.executable, "-I", str(REAPER)])
        # through the pipe, not the command line: the URL holds a password
        self._reaper.tell(json.dumps({"path": sys.path, "url": self._url(self._parts["dbname"])}))

    @contextmanager
    def database(self) -> Iterator[str]:
        name = scratch_name()
        self._reaper.tell(json.dumps({"made": name}))  # first, so that there is no moment without an owner
        try:
            self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        except psycopg.Error as error:
            raise NoScratch(
                self._masked(f"cannot create a database on the scratch server: {error}"),
                hint="the role needs CREATEDB",
            ) from None
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        """Whatever is still there is dropped by the reaper."""
        if self._reaper.held:
            self._reaper.close(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sweep(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        """Drop what an earlier Kedge left because the whole machine went down."""
        for (name,) in connection.execute(_LEFT_OVER).fetchall():
            if is_left_over(str(name)):
                with suppress(psycopg.Error):
                    connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())

    def _drop(self, name: str) -> None:
        try:
            self._execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
                f"DROP DATABASE IF EXISTS {name}",
            )
        except psycopg.Error as error:
            raise NoScratch(
                self._masked(f"could not drop the scratch database {name}: {error}"), hint="drop it by hand"
            ) from None
        self._reaper.tell(json.dumps({"dropped": name}))

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self._url(self._parts["dbname"]), autocommit=True, connect_timeout=10)

    def _execute(self, *statements: str) -> None:
        with self._connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _masked(self, text: str) -> str:
        return mask(text, self._parts.get("password"))

    def _url(self, database: str) -> str:
        user, password = (quote(self._parts.get(key, ""), safe="") for key in ("user", "password"))
        rest = {key: value for key, value in self._parts.items() if key not in ("user", "password", "dbname")}
        return (
            f"postgresql://{user}{':' + password if password else ''}@/{quote(database, safe='')}"
            f"{'?' + urlencode(rest, quote_via=quote, safe='/') if rest else ''}"
        )


def _parts(url: str) -> dict[str, str]:
    """The libpq parameters of a URL (SQLAlchemy's `+driver` is left out) or of a key=value DSN."""
    scheme, separator, rest = url.partition("://")
    if separator:
        url = f"{scheme.partition('+')[0]}://{rest}"
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error as error:
        raise UsageError(mask(f"the scratch URL is not understood: {error}", url)) from None
    parts.setdefault("dbname", "postgres")
    return parts
