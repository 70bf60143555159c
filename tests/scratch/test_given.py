"""Databases on a server that the user names: made, dropped, and nothing else touched."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.scratch.conftest import until

from kedge.errors import UsageError
from kedge.scratch import NoScratch, open_scratch
from kedge.scratch.given import _parts


@pytest.fixture(scope="module")
def somebodys() -> Iterator[str]:
    """A database of somebody's, with something in it."""
    with open_scratch("postgresql") as server, server.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE precious ()")
            connection.execute("CREATE ROLE limited LOGIN NOCREATEDB")
        yield url


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_databases_come_and_go(somebodys: str) -> None:
    before = databases(somebodys)
    with open_scratch(
        "postgresql", scratch_url=somebodys.replace("postgresql:", "postgresql+psycopg2:")
    ) as scratch:
        with scratch.database() as first, scratch.database() as second:
            assert len(databases(somebodys) - before) == 2
            left_open = psycopg.connect(first)
            with psycopg.connect(second) as connection:
                assert connection.execute("SELECT to_regclass('precious')").fetchone() == (None,)
                (version,) = connection.execute("SHOW server_version").fetchone()
                assert version.startswith(scratch.server_version)
                assert version.startswith(str(scratch.major))
        assert databases(somebodys) == before
        left_open.close()
    assert databases(somebodys) == before
    with psycopg.connect(somebodys) as connection:
        assert connection.execute("SELECT to_regclass('precious')::text").fetchone() == ("precious",)


def test_kill_9_leaves_no_database(somebodys: str) -> None:
    before = databases(somebodys)
    program = (
        "import sys, time\nfrom kedge.scratch import open_scratch\n"
        "with open_scratch('postgresql', scratch_url=sys.argv[1]) as s, s.database() as url:\n"
        "    print(url, flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, somebodys], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    assert len(databases(somebodys) - before) == 1
    process.kill()
    process.communicate()
    assert until(lambda: databases(somebodys) == before)


def test_a_role_without_the_right_is_told(somebodys: str) -> None:
    limited = somebodys.replace("postgres@", "limited@")
    said = r"permission denied to create database.*CREATEDB"
    with (
        open_scratch("postgresql", scratch_url=limited) as scratch,
        pytest.raises(NoScratch, match=said),
        scratch.database(),
    ):
        pass


def test_an_unreachable_server_is_told_without_the_password() -> None:
    url = f"postgresql://app:{'s3cret%20%40%2F%3F%26%27%C3%A9'}@127.0.0.1:1/app"
    with pytest.raises(NoScratch, match="cannot connect to the scratch server") as caught:
        open_scratch("postgresql", scratch_url=url)
    assert "s3cret" not in str(caught.value)


def test_urls_and_dsns() -> None:
    assert _parts("postgresql+asyncpg://u:p%40@h:1/d?sslmode=require") == {
        "user": "u", "password": "p@", "host": "h", "port": "1", "dbname": "d", "sslmode": "require",
    }  # fmt: skip
    assert _parts("host=h user=u")["dbname"] == "postgres"
    with pytest.raises(UsageError, match="not understood") as caught:
        _parts("postgresql://u:s3cret@h:1/d?no_such=1")
    assert "s3cret" not in str(caught.value)


def test_the_password_is_on_no_command_line(somebodys: str) -> None:
    url = somebodys.replace("postgres@", "postgres:s3cret-on-the-line@")
    with open_scratch("postgresql", scratch_url=url) as scratch:
        words = Path(f"/proc/{scratch._reaper.process.pid}/cmdline")
        assert until(lambda: "reaper.py" in words.read_text())
        assert "s3cret" not in words.read_text()
        assert "s3cret" not in scratch.origin
