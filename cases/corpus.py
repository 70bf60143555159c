"""Reads the cases and builds their databases: SQLAlchemy and psycopg only, no tool that is under test.

A case is models, a database and what is true about them; `README.md` describes the format.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import enum
import itertools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
import types
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import orm
from sqlalchemy.dialects import mysql, postgresql

HERE = Path(__file__).parent
_counter = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One story. `expect` holds what is true about it, one mapping per drift; empty for a trap."""

    file: str
    name: str
    models: str
    expect: tuple[dict[str, Any], ...]
    before: str = ""
    ddl: str | None = None
    sql: str = ""
    restore: bool = False
    server: int = 0
    invisible: bool = False
    dialect: str = "postgresql"

    @property
    def id(self) -> str:
        return f"{self.file}:{self.name}"

    @property
    def is_trap(self) -> bool:
        return not self.expect


def read_cases(dialect: str = "postgresql") -> list[Case]:
    """All cases of one dialect, in the order of their files."""
    cases = []
    for path in sorted((HERE / dialect).glob("*.toml")):
        for raw in tomllib.loads(path.read_text("utf-8"))["case"]:
            raw["expect"] = tuple(raw["expect"])
            cases.append(Case(file=path.stem, dialect=dialect, **raw))
    return cases


def metadata_of(case: Case) -> list[sqlalchemy.MetaData]:
    """Run the models: their `metadatas`, else `metadata` where they rebind it, else `Base.metadata`."""
    base = type("Base", (orm.DeclarativeBase,), {})
    # Annotations are resolved through `sys.modules`, so the models need a module of their own.
    module = types.ModuleType(f"case_{next(_counter)}_{re.sub(r'[^a-z0-9]', '_', case.name)}")
    sys.modules[module.__name__] = module
    scope = module.__dict__
    scope |= {k: v for k, v in vars(sqlalchemy).items() if not k.startswith("_")}
    scope |= {k: getattr(orm, k) for k in ("DeclarativeBase", "Mapped", "mapped_column", "relationship")}
    scope |= {"sa": sqlalchemy, "pg": postgresql, "my": mysql, "orm": orm, "Any": Any}
    scope |= {"datetime": datetime, "decimal": decimal, "enum": enum, "uuid": uuid}
    scope |= {"Base": base, "metadata": base.metadata}
    exec(compile(case.models, f"<{case.id}>", "exec"), scope)
    if "metadatas" in scope:
        return list(scope["metadatas"])
    if scope["metadata"] is not base.metadata:
        return [scope["metadata"]]
    return [scope["Base"].metadata]


def run_sql(url: str, sql: str) -> None:
    """Run one or more statements, each block in its own transaction."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.partition(":///")[2])) as file:
            file.executescript(sql)
        return
    if not sql.strip():
        return
    if url.startswith("postgresql"):
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute(sql)
    else:
        from cases import mariadb

        mariadb.run_sql(url, sql)


def build(case: Case, url: str, metadatas: list[sqlalchemy.MetaData], *, drift: bool = True) -> None:
    """Make the case's database at `url`, an empty one; with `drift=False` only what the models create."""
    run_sql(url, case.before)
    if case.ddl is not None and drift:
        run_sql(url, case.ddl)
    else:
        engine = sqlalchemy.create_engine(driver(url), poolclass=sqlalchemy.NullPool)
        for metadata in metadatas:
            metadata.create_all(engine)
    if drift:
        run_sql(url, case.sql)


def dump(url: str) -> str:
    """What `pg_dump --schema-only` prints, without the tokens it makes up on every run."""
    out = subprocess.run(
        [pg_dump(url), "--schema-only", "--no-owner", "-d", plain(url)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return "\n".join(line for line in out.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def restore(url: str, target: str) -> None:
    """Dump the database at `url` and restore it into the empty one at `target`."""
    program = pg_dump(url)
    text = subprocess.run([program, "-d", plain(url)], check=True, capture_output=True).stdout
    psql = str(Path(program).with_name("psql"))
    subprocess.run(
        [psql, "-qX", "-v", "ON_ERROR_STOP=1", "-d", plain(target)],
        input=text,
        check=True,
        capture_output=True,
    )


def plain(url: str) -> str:
    """The URL without a driver, as libpq reads it; MariaDB's are called MySQL's, as most projects do."""
    url = re.sub(r"^(mysql|mariadb)(\+\w+)?:", "mysql:", url)
    return re.sub(r"^postgresql\+\w+:", "postgresql:", url)


def driver(url: str) -> str:
    """The URL as SQLAlchemy reads it, for psycopg 3 or PyMySQL."""
    url = re.sub(r"^(mysql|mariadb)(\+\w+)?:", "mysql+pymysql:", url)
    return re.sub(r"^postgresql(\+\w+)?:", "postgresql+psycopg:", url)


def _installations() -> dict[int, Path]:
    """Folders of PostgreSQL programs by major version: `CASES_POSTGRESQL_BIN`, Debian's, the PATH's."""
    found: dict[int, Path] = {}
    on_path = shutil.which("pg_dump")
    places = [Path(p) for p in os.environ.get("CASES_POSTGRESQL_BIN", "").split(os.pathsep) if p]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    places += [Path(on_path).parent] if on_path else []
    for place in places:
        if (place / "pg_dump").exists():
            out = subprocess.run([place / "pg_dump", "--version"], capture_output=True, text=True).stdout
            if match := re.search(r"(\d+)[.\w]*", out):
                found.setdefault(int(match[1]), place)
    return found


def pg_dump(url: str) -> str:
    """The pg_dump nearest to the server's version, never an older one."""
    with psycopg.connect(plain(url)) as connection:
        major = connection.info.server_version // 10000
    fitting = [place for version, place in sorted(_installations().items()) if version >= major]
    if not fitting:
        raise RuntimeError(f"no pg_dump for PostgreSQL {major}; name its folder in CASES_POSTGRESQL_BIN")
    return str(fitting[0] / "pg_dump")


@dataclass(frozen=True)
class Server:
    """A running server of one's own."""

    url: str
    major: int

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database, dropped at the end."""
        name = f"case_{os.getpid()}_{next(_counter)}"
        run_sql(self.url.format("postgres"), f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield self.url.format(name)
        finally:
            run_sql(self.url.format("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def open_server() -> Iterator[Server]:
    """Start a private PostgreSQL on a unix socket in a new folder and remove both at the end."""
    installations = {v: p for v, p in _installations().items() if (p / "initdb").exists()}
    if not installations:
        raise RuntimeError(
            "no initdb found; name the folder of PostgreSQL's programs in CASES_POSTGRESQL_BIN"
        )
    major, programs = min(installations.items())
    folder = Path(tempfile.mkdtemp(prefix="cases_"))
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = str(folder / "data")
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
    )
    quiet: dict[str, Any] = {
        "check": True,
        "cwd": folder,
        "stdout": subprocess.DEVNULL,
        "stdin": subprocess.DEVNULL,
    }
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    try:
        subprocess.run([*as_user, *initdb], **quiet)
        pg_ctl = [*as_user, programs / "pg_ctl", "-D", data, "-w", "-s"]
        subprocess.run([*pg_ctl, "start", "-l", str(folder / "log"), "-o", options], **quiet)
        try:
            yield Server(f"postgresql://postgres@/{{}}?host={folder}", major)
        finally:
            subprocess.run([*pg_ctl, "stop", "-m", "immediate"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
