"""The cases' MariaDB: statements, what a database looks like, and a server of one's own. PyMySQL only."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT

_counter = itertools.count()


def connect(url: str) -> Any:
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("unix_socket", [None])[0]
    return pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/") or None,
        unix_socket=socket,
        autocommit=True,
        client_flag=CLIENT.MULTI_STATEMENTS,
    )


def run_sql(url: str, sql: str) -> None:
    """Run one or more statements."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        while cursor.nextset():
            pass


def dump(url: str) -> str:
    """How every table, view, sequence, trigger and routine was made, without the counters."""
    made = []
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        made.append(str(cursor.fetchall()))
        cursor.execute("SHOW FULL TABLES")
        for name, kind in cursor.fetchall():
            word = {"VIEW": "VIEW", "SEQUENCE": "SEQUENCE"}.get(kind, "TABLE")
            cursor.execute(f"SHOW CREATE {word} `{name}`")
            made.append(re.sub(r" AUTO_INCREMENT=\d+", "", cursor.fetchone()[1]))
        for of, place in (("triggers", "trigger_schema"), ("routines", "routine_schema")):
            cursor.execute(f"SELECT * FROM information_schema.{of} WHERE {place} = DATABASE()")
            made += [
                " ".join(str(x) for x in row if not isinstance(x, datetime)) for row in cursor.fetchall()
            ]
    return "\n".join(made)


@dataclass(frozen=True)
class Server:
    """A running server of one's own."""

    url: str
    major: int = 10

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database, dropped at the end."""
        name = f"case_{os.getpid()}_{next(_counter)}"
        run_sql(self.url.format(""), f"CREATE DATABASE `{name}`")
        try:
            yield self.url.format(name)
        finally:
            run_sql(self.url.format(""), f"DROP DATABASE `{name}`")


@contextlib.contextmanager
def open_server() -> Iterator[Server]:
    """Start a private MariaDB on a unix socket in a new folder and remove both at the end."""
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    if not Path(server).exists():
        raise RuntimeError("no mariadbd found")
    folder = Path(tempfile.mkdtemp(prefix="cases_"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    common = [f"--datadir={folder}/data", *user, "--innodb-log-file-size=8M"]
    common += ["--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--skip-networking"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        install = ["mariadb-install-db", "--no-defaults", "--skip-test-db"]
        subprocess.run([*install, "--auth-root-authentication-method=normal", *common], check=True, **quiet)
        running = subprocess.Popen([server, "--no-defaults", f"--socket={folder}/s", *common], **quiet)
        try:
            url = f"mysql://root@localhost/{{}}?unix_socket={folder}/s"
            for _ in range(300):
                with contextlib.suppress(pymysql.err.OperationalError):
                    run_sql(url.format(""), "SELECT 1")
                    break
                time.sleep(0.1)
            yield Server(url)
        finally:
            running.kill()
            running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
