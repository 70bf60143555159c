"""Throw-away PostgreSQL databases on a server of our own."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import psycopg

from kedge.scratch.binaries import installs
from kedge.scratch.protocol import NoScratch
from kedge.scratch.server import PORT, SUPERUSER, FailedStart, Server, identities

HINT = "install PostgreSQL or kedge[postgres], or give --scratch-url"


class LocalPostgres:
    """A server started for this purpose alone."""

    dialect = "postgresql"
    flavour = "postgresql"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._names = (f"kedge_{number}" for number in count(1))
        self.server_version = server.install.version
        self.major = server.install.major
        self.origin = server.install.origin

    @property
    def log(self) -> Path:
        """The server's log; gone when the scratch is closed."""
        return self._server.log

    @contextmanager
    def database(self) -> Iterator[str]:
        name = next(self._names)
        # template0, whatever somebody did to template1: a new database is empty
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self._url(name)
        except BaseException:
            with suppress(NoScratch):  # what went wrong first is what matters; the server goes in any case
                self._drop(name)
            raise
        self._drop(name)

    def close(self) -> None:
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _url(self, name: str) -> str:
        query = urlencode({"host": str(self._server.socket), "port": PORT}, quote_via=quote, safe="/")
        return f"postgresql://{SUPERUSER}@/{name}?{query}"

    def _drop(self, name: str) -> None:
        self._execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            f"DROP DATABASE IF EXISTS {name}",
        )

    def _execute(self, *statements: str) -> None:
        try:
            # options='' or PGOPTIONS would be taken
            with psycopg.connect(self._url("postgres"), autocommit=True, options="") as connection:
                for statement in statements:
                    connection.execute(statement.encode())
        except psycopg.Error as error:
            raise NoScratch(f"the throw-away server failed: {error}") from None


def open_local(major: int | None, extensions: Collection[str] = ()) -> LocalPostgres:
    """The nearest server that starts; one that has the extensions goes before one that has not."""
    if os.name != "posix":
        raise NoScratch("throw-away servers need Linux or macOS", hint="give --scratch-url")
    ways = identities()
    if not ways:
        raise NoScratch(
            "PostgreSQL does not run as root, and there is no other user", hint="give --scratch-url"
        )
    reasons: list[str] = []
    for install in installs(major, extensions):
        for identity in ways:
            try:
                return LocalPostgres(Server(install, identity))
            except FailedStart as failed:
                reasons.append(f"{install.origin}: {failed.message}")
    raise NoScratch("no PostgreSQL could be started: " + "; ".join(reasons or ["none was found"]), hint=HINT)
