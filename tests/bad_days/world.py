"""The world of a bad day: a server with passwords, small projects, and the real program run against them.

What a bad day has to print stands in docs/bad-days.md, and nowhere else: the test named in a row of its table
holds the program to that row's exit code and line.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from kedge.scratch.binaries import installs
from kedge.scratch.server import Server, _order, identities

PAGE = Path(__file__).parents[2] / "docs" / "bad-days.md"
PROGRAM = (sys.executable, "-c", "from kedge.cli import main; main()")
# Everything a URL, a DSN, a repr and a shell trip over.
CANARY = "p@ss/w:rd%25 '\"é"
# No part of it may be seen either.
CANARIES = ("p@ss", "w:rd", "w%3Ard", "rd%25", "rd%2525", "p%40ss")

MODELS = """
    from sqlalchemy import Column, Integer, MetaData, String, Table
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
"""
THING = "CREATE TABLE thing (id serial PRIMARY KEY, name varchar(20))"
ENV = """
    from alembic import context
    from sqlalchemy import create_engine
    from models import metadata
    with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
"""


# A scratch for all whose bad day is another one; filled when the server stands.
SCRATCH: dict[str, str | None] = {}


@dataclass(frozen=True)
class Row:
    """One bad day: what the page says of it."""

    code: int
    line: str


def rows() -> dict[str, Row]:
    """The page's table, by the test that holds it."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) == 4 and cells[1].isdigit():
            said = cells[2].replace("\\|", "|").removeprefix("``").removesuffix("``").strip("`").strip()
            found[cells[3].strip("`")] = Row(int(cells[1]), said)
    return found


@dataclass
class Ran:
    """What one run of the program gave. No run may show a traceback or any part of the password."""

    code: int
    out: str
    err: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> str:
        return "\n".join([self.out, self.err, *self.files.values()])

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.files.get("report.json") or self.out)

    @property
    def found(self) -> set[tuple[str, str]]:
        return {(f["rule"], f["object"]["name"] or f["object"]["table"]) for f in self.report["findings"]}

    def notes(self, kind: str | None = None) -> list[str]:
        return [n["reason"] for n in self.report["notes"] if kind in (None, n["kind"])]

    def holds(self, row: Row) -> Ran:
        """The exit code and the line, in which … stands for anything."""
        said = " ".join(self.everything.split())
        pattern = ".*".join(re.escape(part) for part in row.line.split("…"))
        assert self.code == row.code, f"exit {self.code}, not {row.code}:\n{self.everything}"
        assert re.search(pattern, said), f"not said: {row.line}\n{self.everything}"
        return self


def tidy(environment: Mapping[str, str | None]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEDGE_", "PG")) and k != "DATABASE_URL"}
    given = {
        **kept,
        "COLUMNS": "1000",
        "PYTHONDONTWRITEBYTECODE": "1",
        "KEDGE_NO_CACHE": "1",
        **SCRATCH,
        **environment,
    }
    return {k: v for k, v in given.items() if v is not None}


def start(
    folder: Path,
    url: str,
    *arguments: str,
    before: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
    stdout: Any = subprocess.PIPE,
    **environment: str | None,
) -> subprocess.Popen[bytes]:
    """`kedge audit`, as people run it: the URL in the environment, a process of its own."""
    return subprocess.Popen(
        [*before, *program, "audit", *arguments],
        cwd=folder,
        env=tidy({"DATABASE_URL": url or None, **environment}),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes], folder: Path, timeout: float = 120) -> Ran:
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    files = {path.name: path.read_text("utf-8") for path in folder.glob("report.*")}
    ran = Ran(process.returncode, (out or b"").decode(), err.decode(), files)
    for canary in CANARIES:
        assert canary not in ran.everything, ran.everything
    return ran


def audit(
    folder: Path,
    url: str,
    *arguments: str,
    timeout: float = 120,
    traceback: bool = False,
    before: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
    **environment: str | None,
) -> Ran:
    process = start(folder, url, *arguments, before=before, program=program, **environment)
    ran = finish(process, folder, timeout)
    assert ("Traceback" in ran.everything) is traceback, ran.everything
    return ran


def write(folder: Path, **files: str) -> Path:
    """A project: `app__models=` is app/models.py."""
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")
    return folder


def write_alembic(folder: Path, env: str = ENV, **files: str) -> Path:
    write(folder, migrations__env=env, **{"models": MODELS, **files})
    (folder / "migrations" / "versions").mkdir(exist_ok=True)
    ini = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\nsqlalchemy.url = postgresql://unused/x\n"
    (folder / "alembic.ini").write_text(ini)
    return folder


def write_revision(folder: Path, revision: str, down: str | None) -> None:
    text = f"revision = {revision!r}\ndown_revision = {down!r}\ndef upgrade(): pass\ndef downgrade(): pass\n"
    (folder / "migrations" / "versions" / f"{revision}.py").write_text(text)


class Database:
    """One database of the server, which belongs to the role `app`, whose password is the canary."""

    def __init__(self, port: int, folder: str, name: str) -> None:
        self.port, self.folder, self.name = port, folder, name

    def url(self, user: str = "app", password: str | None = CANARY, **parts: Any) -> str:
        given = {"host": "127.0.0.1", "port": self.port, "name": self.name, **parts}
        secret = "" if password is None else ":" + quote(password, safe="")
        return f"postgresql://{user}{secret}@{given['host']}:{given['port']}/{quote(given['name'], safe='')}"

    def connect(self) -> psycopg.Connection[Any]:
        """As the superuser, behind the back of everybody."""
        return psycopg.connect(
            host=self.folder, port=self.port, user="postgres", dbname=self.name, autocommit=True
        )

    def run(self, *statements: str) -> list[Any]:
        with self.connect() as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make(self, *statements: str) -> Database:
        """Objects of the role's own."""
        self.run("SET ROLE app", *statements)
        return self


@contextmanager
def password_server() -> Iterator[Server]:
    """A server that wants passwords over TCP, started as the scratch's own are, so gone as surely."""
    install, identity = next(installs(15)), identities()[0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    order = _order(install, identity)
    order["server"] += [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        f"port={port}",
        "-c",
        "log_min_messages=fatal",
    ]
    server = Server(install, identity, order)
    try:
        hba = server.folder / "data" / "pg_hba.conf"
        hba.write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        maintenance = Database(port, str(server.socket), "postgres")
        with maintenance.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
            for role in ("app", "reader"):
                made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(made.format(sql.Identifier(role), sql.Literal(CANARY)))
        server.port = port  # type: ignore[attr-defined]
        socket_url = f"postgresql://postgres@/postgres?host={server.socket}&port={port}"
        SCRATCH["KEDGE_SCRATCH_URL"] = socket_url
        yield server
    finally:
        SCRATCH.clear()
        server.close()
