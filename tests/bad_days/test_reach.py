"""The database cannot be reached, or not as wished, or not for long."""

from __future__ import annotations

import socket
import subprocess
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.bad_days.world import CANARY, ENV, THING, Database, Row, audit, finish, start, write, write_alembic

REPORTS = ("--format", "json", "--output", "report.json")


def test_no_such_host(project: Path, database: Database, row: Row) -> None:
    audit(project, database.url(host="db.invalid"), "--models", "models", *REPORTS).holds(row)
    assert not (project / "report.json").exists()


def test_nobody_listens(project: Path, database: Database, row: Row) -> None:
    audit(project, database.url(port=1), "--models", "models").holds(row)


def test_no_such_database(project: Path, database: Database, row: Row) -> None:
    audit(project, database.url(name="nowhere"), "--models", "models").holds(row)


def test_another_database(project: Path, database: Database, row: Row) -> None:
    """It is reached, but it is somebody else's."""
    database.make("CREATE TABLE elsewhere (id int)")
    audit(project, database.url(), "--models", "models").holds(row)


@pytest.mark.parametrize("way", ["url", "debug", "command-line", "dsn-query"])
def test_wrong_password(project: Path, database: Database, row: Row, way: str) -> None:
    """Special characters and all, it is seen nowhere: message, traceback, warning."""
    url = database.url(password=CANARY + "x")
    if way == "command-line":
        ran = audit(project, "", "--models", "models", "--url", url)
    elif way == "dsn-query":
        bare, password = database.url(password=None), url.split(":")[2].partition("@")[0]
        ran = audit(project, f"{bare}?password={password}", "--models", "models")
    else:
        debug = ["--debug"] if way == "debug" else []
        ran = audit(project, url, "--models", "models", *debug, traceback=bool(debug))
    ran.holds(row)


def test_right_password(project: Path, database: Database, row: Row) -> None:
    """It is in no report either, whatever the format."""
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name text)")
    formats = ("json", "sarif", "junit", "markdown", "github", "text")
    given = [word for f in formats for word in ("--format", f, "--output", f"report.{f}")]
    ran = audit(project, database.url(), "--models", "models", *given, "--debug").holds(row)
    assert set(ran.files) == {f"report.{f}" for f in formats}


@pytest.mark.parametrize("way", ["written", "environment"])
def test_the_project_prints_the_password(project: Path, database: Database, row: Row, way: str) -> None:
    """What the project raises may hold the URL; one from the environment it never sees."""
    said = repr(database.url()) if way == "written" else "os.environ['SHOP_URL']"
    (project / "models.py").write_text(f"import os\nraise ValueError('cannot use ' + {said})\n")
    given = {"traceback": True, "SHOP_URL": database.url()}
    audit(project, database.url(), "--models", "models", "--debug", **given).holds(row)


def test_nobody_answers(project: Path, database: Database, row: Row) -> None:
    """Somebody listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = database.url(port=silent.getsockname()[1])
        audit(project, url, "--models", "models", "--timeout", "2", timeout=30).holds(row)


def test_not_a_url(project: Path, row: Row) -> None:
    audit(project, "shop", "--models", "models").holds(row)


def test_no_database_named(project: Path, row: Row) -> None:
    audit(project, "", "--models", "models").holds(row)


# -- while it reads


@contextmanager
def locked_catalog(database: Database) -> Iterator[None]:
    """Somebody holds a catalog that every reading needs and no connection does."""
    with database.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE")
        yield


def reader_waits(database: Database) -> int:
    waiting = "SELECT pid FROM pg_stat_activity WHERE application_name = 'kedge' AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    while not (found := database.run(waiting)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(found[0][0])


def test_connection_dropped_half_way(project: Path, database: Database, row: Row) -> None:
    database.make(THING)
    with locked_catalog(database):
        process = start(project, database.url(), "--models", "models", *REPORTS)
        database.run(f"SELECT pg_terminate_backend({reader_waits(database)})")
        finish(process, project).holds(row)
    assert not (project / "report.json").exists()


def test_connection_dropped_while_models_are_read(project: Path, database: Database, row: Row) -> None:
    """The catalog is read; the revision is not."""
    database.make(THING)
    write_alembic(project, "import time; time.sleep(3)\n" + textwrap.dedent(ENV))
    process = start(project, database.url(), *REPORTS)
    gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kedge' AND state = 'idle'"
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
        database.run(gone)
    finish(process, project).holds(row)


def test_locked_catalog(project: Path, database: Database, row: Row) -> None:
    database.make(THING)
    with locked_catalog(database):
        audit(project, database.url(), "--models", "models").holds(row)


@pytest.fixture
def migration(database: Database) -> Iterator[None]:
    """A migration that makes and drops tables all the time."""
    over = threading.Event()

    def run() -> None:
        with database.connect() as connection:
            number = 0
            while not over.is_set():
                number += 1
                connection.execute(
                    f"CREATE TABLE moving_{number} (id serial PRIMARY KEY, n int DEFAULT 1 + 1 CHECK (n > 0));"
                    f"CREATE INDEX ON moving_{number} ((n + 1)) WHERE n > 1".encode()
                )
                if number > 3:
                    connection.execute(f"DROP TABLE moving_{number - 3}".encode())

    thread = threading.Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


def test_changed_while_reading(project: Path, database: Database, row: Row, migration: None) -> None:
    database.run(THING)
    ran = audit(project, database.url(), "--models", "models", *REPORTS, "--fail-on", "never").holds(row)
    assert ran.report["complete"] is False
    assert ran.notes("changed-while-reading")


# Kedge and the project's interpreter are refused all but sockets that are files.
ALONE = """
    import socket, sys
    def alone(event, arguments):
        asked = event == "socket.getaddrinfo"
        if asked or event == "socket.connect" and arguments[0].family != socket.AF_UNIX:
            raise OSError(101, "Network is unreachable")
    sys.addaudithook(alone)
"""


@pytest.mark.parametrize("way", ["namespace", "refused"])
def test_no_network(project: Path, database: Database, row: Row, way: str) -> None:
    """Nothing but the database is ever asked: with a socket for that, a machine without a network will do."""
    database.run(THING)
    url = f"postgresql://postgres@/{database.name}?host={database.folder}&port={database.port}"
    if way == "refused":
        write(project, alone__sitecustomize=ALONE)
        audit(project, url, "--models", "models", PYTHONPATH=str(project / "alone")).holds(row)
        return
    alone = ["unshare", "--net"]
    tried = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"nobody may make a network of his own here: {tried.stderr.strip()}")
    audit(project, url, "--models", "models", before=alone).holds(row)
