"""Revisions reach the scratch and nothing else; the audited database hears only Kedge's own reading."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.history.chain import ENV, USERS, Audited, driven, migrate, project, revision

from kedge.scratch import Scratch, open_scratch

# What each revision tries; in all but the first two the project gets an error, and goes on.
TRIES = {
    "an engine of its own": """
        from sqlalchemy import create_engine
        with create_engine({driven!r}).begin() as connection:
            connection.execute(sa.text("CREATE TABLE by_engine (n integer)"))
    """,
    "the bind's own engine": """
        with op.get_bind().engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE by_bind (n integer)"))
    """,
    "the driver": """
        import psycopg
        try:
            with psycopg.connect({plain!r}, autocommit=True) as connection:
                connection.execute("CREATE TABLE by_driver (n integer)")
        except OSError:
            op.execute("CREATE TABLE driver_was_refused (n integer)")
    """,
    "a program": """
        import subprocess
        try:
            subprocess.run(["psql", {plain!r}, "-c", "CREATE TABLE by_psql (n integer)"])
        except OSError:
            op.execute("CREATE TABLE psql_was_refused (n integer)")
    """,
    "a socket": """
        import socket
        try:
            socket.socket(socket.AF_UNIX).connect({socket!r})
        except OSError as error:
            if "kedge" in str(error):
                op.execute("CREATE TABLE socket_was_refused (n integer)")
    """,
}


class Server:
    """The audited server: who says what to it is in its log."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log

    def as_reader(self) -> str:
        return self.url.replace("postgresql://postgres@", "postgresql://reader@")

    def said(self, since: int) -> list[tuple[str, str]]:
        """(application, statement) of everything that came in."""
        time.sleep(0.2)
        lines = self.log.read_bytes()[since:].decode().splitlines()
        found = [re.match(r"app=(.*?)\|.*LOG: +(?:statement|execute [^:]*): (.*)", line) for line in lines]
        return [(f[1], f[2]) for f in found if f]


@pytest.fixture(scope="module")
def audited() -> Iterator[Server]:
    with open_scratch("postgresql", major=15) as server, server.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in ("log_statement = 'all'", "log_line_prefix = 'app=%a|'"):
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE ROLE reader LOGIN")
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            connection.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
        yield Server(url, Path(server.log))  # type: ignore[attr-defined]


def test_no_revision_reaches_the_audited_database(
    tmp_path: Path, audited: Server, postgres: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    # env.py has the audited address too, as settings of real projects have
    env = ENV.replace(
        "config = context.config", f"config = context.config\n    URL = {driven(audited.url)!r}"
    )
    root = project(tmp_path, env=env)
    revision(root, "a1", USERS)
    migrate(root, audited.url)
    monkeypatch.setenv("DATABASE_URL", audited.url)
    folder = audited.url.split("host=")[1].split("&")[0]
    given = {"driven": driven(audited.url), "plain": audited.url, "socket": f"{folder}/.s.PGSQL.5432"}
    before = "a1"
    for number, upgrade in enumerate(TRIES.values(), 1):
        revision(root, f"t{number}", upgrade.format(**given), down=before)
        before = f"t{number}"
    start = len(audited.log.read_bytes())
    found = Audited(root, audited.as_reader(), scratch=postgres)
    assert found.history.failed is None
    assert found.tables[-1] == [
        *("by_bind", "by_engine", "driver_was_refused", "psql_was_refused", "socket_was_refused", "users")
    ]
    said = audited.said(start)
    assert said
    assert {application for application, _ in said} == {"kedge"}
    assert all(re.match(r"$|BEGIN|SET|SELECT|COMMIT|ROLLBACK|WITH|SHOW", words) for _, words in said), said
    with psycopg.connect(audited.url) as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'by_%'").fetchall()
    assert rows == []
