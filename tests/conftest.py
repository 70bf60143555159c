"""What all tests share: one PostgreSQL server for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kedge.scratch import Scratch, open_scratch


@pytest.fixture(scope="session")
def postgres() -> Iterator[Scratch]:
    """The local PostgreSQL 15; `postgres.database()` gives a fresh, empty database."""
    with open_scratch("postgresql", major=15) as scratch:
        yield scratch
