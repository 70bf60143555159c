"""A server with passwords for the session; a database and a project for each bad day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.bad_days import world

NUMBERS = count(1)


@pytest.fixture(scope="session")
def password_server() -> Iterator[world.Server]:
    with world.password_server() as server:
        yield server


@pytest.fixture
def database(password_server: world.Server) -> Iterator[world.Database]:
    port, folder = password_server.port, str(password_server.socket)  # type: ignore[attr-defined]
    maintenance = world.Database(port, folder, "postgres")
    name = f"shop_{next(NUMBERS)}"
    maintenance.run(f"CREATE DATABASE {name} OWNER app")
    yield world.Database(port, folder, name)
    maintenance.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Models of one table, `thing`."""
    folder = tmp_path / "project"
    folder.mkdir()
    return world.write(folder, models=world.MODELS)


@pytest.fixture
def row(request: pytest.FixtureRequest) -> world.Row:
    """What docs/bad-days.md says of this test's bad day."""
    name = f"{Path(request.node.fspath).name}::{request.node.name}"
    return world.rows().get(name) or world.Row(-1, "(no row in docs/bad-days.md)")
