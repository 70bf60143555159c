"""What all tests share: one PostgreSQL, one MariaDB server and one folder of SQLite's files for the session."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.laws.coverage import COVERAGE, report

from kedge.scratch import NoScratch, Scratch, open_scratch

# other people's projects, with tests of their own
collect_ignore = ["projects"]

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # a shell that runs the tests in the background has Ctrl-C ignored, and so would every program they start
    signal.signal(signal.SIGINT, signal.default_int_handler)


def with_tablespace(server: Scratch) -> Scratch:
    """The server with a tablespace called "archive", in a folder of its own."""
    with server.database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE archive LOCATION ''")
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Scratch]:
    """The local PostgreSQL 15; `postgres.database()` gives a fresh, empty database."""
    with open_scratch("postgresql", major=15) as scratch:
        yield with_tablespace(scratch)


@pytest.fixture(scope="session")
def embedded() -> Iterator[Scratch]:
    """The embedded PostgreSQL 18, which has neither contrib extensions nor ICU."""
    with open_scratch("postgresql", major=18) as scratch:
        yield with_tablespace(scratch)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Scratch]:
    """The local MariaDB. In CI a missing server is a failure."""
    try:
        scratch = open_scratch("mysql", flavour="mariadb")
    except NoScratch as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"MariaDB is not tested here: {missing}")
    with scratch:
        yield scratch


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Scratch]:
    with open_scratch("sqlite") as scratch:
        yield scratch


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder any user may enter; pytest's own are closed to the one a server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="kedge-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers(), "kedge-workers")


class _Workers:
    """With several processes, the laws of one database run in one of them, and what they drew comes back."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        from xdist.scheduler import LoadScopeScheduling

        class Scheduling(LoadScopeScheduling):
            def _split_scope(self, nodeid: str) -> str:
                return nodeid.split("/")[1] if nodeid.startswith("tests/laws") else nodeid

        return Scheduling(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for counted, more in zip(COVERAGE, node.workeroutput.get("laws", ()), strict=False):
            counted.update(more)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if COVERAGE.facts:
        report(terminalreporter.write_line, terminalreporter.section)
