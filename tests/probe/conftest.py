"""A scratch, and a second server that stands for the audited one and logs all that reaches it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.probe.reading import Audited

from kedge.scratch import open_scratch


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    """PostgreSQL 15 where it is, because its pg_dump is what the tests read databases with."""
    with open_scratch("postgresql", major=15) as scratch:
        yield scratch


@pytest.fixture
def scratch_url(server) -> Iterator[str]:
    with server.database() as url:
        yield url


@pytest.fixture(scope="session")
def audited_server() -> Iterator[Audited]:
    with open_scratch("postgresql") as server, server.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            connection.execute("ALTER SYSTEM SET log_connections = 'on'")
            connection.execute("SELECT pg_reload_conf()")
        yield Audited(url, Path(server.log))


@pytest.fixture
def audited(audited_server: Audited) -> Iterator[Audited]:
    """The audited server; whatever the test does, nothing may reach it."""
    time.sleep(0.05)
    before = len(audited_server.log.read_bytes())
    yield audited_server
    time.sleep(0.2)
    said = audited_server.log.read_bytes()[before:].decode()
    lines = [line for line in said.splitlines() if re.search(r"LOG: +(connection|statement|execute)", line)]
    assert lines == [], "\n".join(lines)
