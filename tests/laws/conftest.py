"""One server for all laws; what was drawn is printed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import with_tablespace
from tests.laws import profiles
from tests.laws.coverage import COVERAGE

from kedge.scratch import Scratch, open_scratch

profiles.load()


@pytest.fixture(scope="session")
def server() -> Iterator[Scratch]:
    with open_scratch("postgresql", major=15) as scratch:
        yield with_tablespace(scratch)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["laws"] = [dict(counted) for counted in COVERAGE]
