"""Throw-away MariaDB or MySQL databases on a server of our own, started from binaries of the very flavour."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import pymysql

from kedge.scratch.binaries import Install, program_output
from kedge.scratch.protocol import NoScratch
from kedge.scratch.server import (
    PATIENCE,
    FailedStart,
    Identity,
    Server,
    identities,
    parent_folder,
    plain_environment,
)

# Debian, Red Hat, Homebrew on arm and intel, the vendors' own archives
USUAL_PLACES = (
    "/usr/sbin",
    "/usr/libexec",
    "/usr/bin",
    "/usr/local/*/bin",
    "/opt/homebrew/opt/*/bin",
    "/usr/local/opt/*/bin",
)
NAMES = {"mariadb": "MariaDB", "mysql": "MySQL"}
# What one flavour or version does not know is passed over ("loose-").
SETTINGS = {
    "skip-networking": "1",
    "character-set-server": "utf8mb4",
    "default-time-zone": "+00:00",
    "max-allowed-packet": "64M",
    "max-connections": "60",
    # nothing here survives a crash, nor has to
    "loose-innodb-flush-log-at-trx-commit": "0",
    "loose-innodb-flush-method": "nosync",
    "loose-innodb-doublewrite": "0",
    "loose-innodb-buffer-pool-size": "32M",
    "loose-innodb-log-file-size": "8M",
    "loose-innodb-buffer-pool-load-at-startup": "0",
    "loose-innodb-stats-persistent": "0",
    "loose-aria-recover-options": "OFF",
    "loose-skip-log-bin": "1",
    "loose-sync-frm": "0",
    "loose-debug-no-sync": "1",
    # nothing happens that was not asked for
    "loose-performance-schema": "0",
    "loose-event-scheduler": "0",
    "loose-mysqlx": "0",
}
# What only a start can set. https://mariadb.com/kb/en/identifier-case-sensitivity/
STARTED = ("lower_case_table_names",)


class LocalMariaDB:
    """A server started for this purpose alone."""

    dialect = "mysql"

    def __init__(self, server: Server, flavour: str) -> None:
        self._server = server
        self._names = (f"kedge_{number}" for number in count(1))
        self.flavour = flavour
        self.server_version = server.install.version
        self.major = server.install.major
        self.origin = f"{NAMES[flavour]} {self.server_version} from {server.install.bin}"

    @property
    def log(self) -> Path:
        """The server's log; gone when the scratch is closed."""
        return self._server.log

    @contextmanager
    def database(self) -> Iterator[str]:
        name = next(self._names)
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield self._url(name)
        except BaseException:
            with suppress(NoScratch):  # what went wrong first is what matters; the server goes in any case
                self._execute(*drops(name))
            raise
        self._execute(*drops(name))

    def close(self) -> None:
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _url(self, name: str) -> str:
        query = urlencode({"unix_socket": str(self._server.socket / "s")}, quote_via=quote, safe="/")
        return f"{self.flavour}://root@localhost/{name}?{query}"

    def _execute(self, *statements: str) -> None:
        try:
            with (
                pymysql.connect(
                    user="root", unix_socket=str(self._server.socket / "s"), autocommit=True
                ) as connection,
                connection.cursor() as cursor,
            ):
                run(cursor, *statements)
        except pymysql.Error as error:
            raise NoScratch(f"the throw-away server failed: {error}") from None


class _Found(str):
    """A query whose rows are statements."""


def drops(name: str) -> tuple[str, ...]:
    """Who is connected to the database is sent away; it is dropped, and the databases named after it."""
    pattern = name.replace("_", "\\_") + "\\_\\_%"
    return (
        _Found(f"SELECT concat('KILL ', id) FROM information_schema.processlist WHERE db = '{name}'"),
        _Found(
            "SELECT concat('DROP DATABASE IF EXISTS `', schema_name, '`') FROM information_schema.schemata"
            f" WHERE schema_name = '{name}' OR schema_name LIKE '{pattern}'"
        ),
    )


def run(cursor: Any, *statements: str) -> None:
    for statement in statements:
        cursor.execute(statement)
        if isinstance(statement, _Found):
            for (found,) in cursor.fetchall():
                try:
                    cursor.execute(found)
                except pymysql.err.OperationalError:
                    if not found.startswith("KILL"):  # who has gone by himself meanwhile cannot be sent away
                        raise


def installs(flavour: str) -> list[Install]:
    """Every server of this flavour on this machine, the newest first; another flavour never stands in."""
    names = ("mariadbd", "mysqld") if flavour == "mariadb" else ("mysqld",)
    places = [folder for place in USUAL_PLACES for folder in Path("/").glob(place[1:])]
    programs = [found for name in names if (found := shutil.which(name))]
    programs += [str(folder / name) for name in names for folder in places]
    servers: dict[Path, Install] = {}
    for program in programs:
        path = Path(program).resolve()
        if path in servers or not os.access(path, os.X_OK):
            continue
        said = program_output(path, "--no-defaults", "--version")
        version = re.search(r"Ver (\d+\.\d+\.\d+)", said)
        if version and ("mariadb" in said.lower()) == (flavour == "mariadb"):
            servers[path] = Install(path.parent, version[1], embedded=False, program=path)
    return sorted(servers.values(), key=lambda install: [-int(n) for n in install.version.split(".")])


def open_local(flavour: str, major: int | None, settings: dict[str, str] | None = None) -> LocalMariaDB:
    """The nearest server of the flavour that starts; `settings` are the audited server's."""
    name = NAMES[flavour]
    started = {k.replace("_", "-"): v for k, v in (settings or {}).items() if k in STARTED}
    if os.name != "posix":
        raise NoScratch("throw-away servers need Linux or macOS", hint="give --scratch-url")
    ways = identities(("mysql", "nobody"))
    reasons: list[str] = []
    for install in sorted(installs(flavour), key=lambda i: i.major != major):
        for identity in ways:
            try:
                order = _order(install, identity, flavour, started)
                return LocalMariaDB(Server(install, identity, order), flavour)
            except FailedStart as failed:
                reasons.append(f"{name} {install.version} from {install.bin}: {failed.message}")
    raise NoScratch(
        f"no {name} server could be started: " + "; ".join(reasons or ["none was found"]),
        hint=f"install the server of {name}, or give --scratch-url",
    )


def _order(install: Install, identity: Identity, flavour: str, settings: dict[str, str]) -> dict[str, Any]:
    """What the watchdog is told."""
    assert install.program is not None
    words = [f"--{name}={value}" for name, value in (SETTINGS | settings).items()]
    return {
        "parent": os.getpid(),
        "parent_folder": parent_folder(),
        "uid": identity.uid,
        "gid": identity.gid,
        "locales": ["C"],
        "initdb": [*_initialisation(install, flavour), "--datadir={data}", "--tmpdir={folder}", *words],
        "server": [
            str(install.program),
            "--no-defaults",
            "--datadir={data}",
            "--tmpdir={folder}",
            "--socket={socket}/s",
            "--pid-file={folder}/pid",
            *words,
        ],
        "ready": "greeting",
        "stop": [signal.SIGKILL],
        "env": plain_environment(),
        "patience": PATIENCE,
    }


def _initialisation(install: Install, flavour: str) -> list[str]:
    """https://mariadb.com/kb/en/mariadb-install-db/
    https://dev.mysql.com/doc/refman/8.0/en/data-directory-initialization.html
    """
    if flavour == "mysql":
        return [str(install.program), "--no-defaults", "--initialize-insecure"]
    for name in ("mariadb-install-db", "mysql_install_db"):
        beside = [
            install.bin / name,
            install.bin.parent / "bin" / name,
            install.bin.parent / "scripts" / name,
        ]
        places = [str(p) for p in beside if os.access(p, os.X_OK)]
        if found := next(iter(places), None) or shutil.which(name):
            return [
                found,
                "--no-defaults",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                f"--basedir={install.bin.parent}",
            ]
    raise FailedStart("mariadb-install-db was not found beside it")
