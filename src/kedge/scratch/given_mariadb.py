"""Throw-away databases on a MariaDB or MySQL server that the user named."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import pymysql

from kedge.dialects.mysql.address import arguments
from kedge.scratch.given import REAPER
from kedge.scratch.lifeline import Lifeline
from kedge.scratch.mariadb import NAMES, drops, run
from kedge.scratch.places import PREFIX, is_left_over, scratch_name
from kedge.scratch.protocol import NoScratch
from kedge.secrets import mask


class GivenMariaDB:
    """A server that is somebody's: only databases made here, by their random names, are ever dropped."""

    dialect = "mysql"

    def __init__(self, url: str, flavour: str | None = None) -> None:
        parts = urlsplit(url)
        # the server's own database is there in any case; an account may have no default one
        self._base = url if parts.path.strip("/") else urlunsplit(parts._replace(path="/information_schema"))
        self._parts = arguments(self._base)
        try:
            with self._connect() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT VERSION()")
                row = cursor.fetchone()
                self._sweep(cursor)
        except (pymysql.MySQLError, OSError) as error:
            raise NoScratch(self._masked(f"cannot connect to the scratch server: {error}")) from None
        version = str(row[0]) if row else ""
        self.flavour = "mariadb" if "mariadb" in version.lower() else "mysql"
        if flavour is not None and flavour != self.flavour:
            raise NoScratch(
                f"the scratch server is {NAMES[self.flavour]}, the audited one is {NAMES[flavour]}:"
                " each spells what the other does not",
                hint=f"give a --scratch-url to a {NAMES[flavour]} server",
            )
        self.server_version = version.partition("-")[0]
        self.major = int(self.server_version.partition(".")[0])
        self.origin = f"{NAMES[self.flavour]} {self.server_version} at {self._parts['host']}"
        self._reaper = Lifeline([sys.executable, "-I", str(REAPER)])
        # through the pipe, not the command line: the URL holds a password
        self._reaper.tell(json.dumps({"path": sys.path, "mysql": self._parts}))

    def _sweep(self, cursor: Any) -> None:
        """Drop what an earlier Kedge left because the whole machine went down."""
        cursor.execute(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'kedge\\_scratch%'"
        )
        found = [str(name) for (name,) in cursor.fetchall() if is_left_over(str(name))]
        cursor.execute("SELECT db FROM information_schema.processlist")
        used = {db for (db,) in cursor.fetchall()}
        for name in found:
            if name not in used:
                with suppress(pymysql.MySQLError):
                    cursor.execute(f"DROP DATABASE IF EXISTS {name}")

    @contextmanager
    def database(self) -> Iterator[str]:
        name = scratch_name()
        self._reaper.tell(json.dumps({"made": name}))  # first, so that there is no moment without an owner
        try:
            self._execute(f"CREATE DATABASE {name}")
        except pymysql.MySQLError as error:
            raise NoScratch(
                self._masked(f"cannot create a database on the scratch server: {error}"),
                hint=f"the account needs all rights on `{PREFIX}%`.*",
            ) from None
        try:
            yield urlunsplit(urlsplit(self._base)._replace(path=f"/{name}"))
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

    def _drop(self, name: str) -> None:
        try:
            self._execute(*drops(name))
        except pymysql.MySQLError as error:
            raise NoScratch(
                self._masked(f"could not drop the scratch database {name}: {error}"), hint="drop it by hand"
            ) from None
        self._reaper.tell(json.dumps({"dropped": name}))

    def _connect(self) -> "pymysql.Connection[Any]":
        return pymysql.connect(**self._parts, autocommit=True, connect_timeout=10)

    def _execute(self, *statements: str) -> None:
        with self._connect() as connection, connection.cursor() as cursor:
            run(cursor, *statements)

    def _masked(self, text: str) -> str:
        return mask(text, self._parts.get("password") or None)
