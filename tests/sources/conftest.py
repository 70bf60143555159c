"""A scratch for the projects that are read here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kedge.scratch import open_scratch


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    with open_scratch("postgresql") as scratch:
        yield scratch


@pytest.fixture
def scratch_url(server) -> Iterator[str]:
    with server.database() as url:
        yield url
