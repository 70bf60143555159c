"""One server for all laws; what was drawn is printed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.laws import profiles
from tests.laws.coverage import COVERAGE, table

from kedge.scratch import Scratch, open_scratch

profiles.load()


@pytest.fixture(scope="session")
def server() -> Iterator[Scratch]:
    with open_scratch("postgresql", major=15) as scratch:
        yield scratch


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not COVERAGE.facts:
        return
    from tests.laws.drawing import FACTS
    from tests.laws.mutations import MUTATIONS

    write = terminalreporter.write_line
    terminalreporter.section("laws: fact × times drawn")
    for line in table(COVERAGE.facts, frozenset(FACTS), 160):
        write(line)
    terminalreporter.section("laws: mutation × times drawn")
    for line in table(COVERAGE.mutations, frozenset(MUTATIONS), 160):
        write(line)
    for title, counted in (("refused by the server", COVERAGE.refused), ("tallies", COVERAGE.tallies)):
        if counted:
            write(f"{title}: " + ", ".join(f"{k} {v}" for k, v in sorted(counted.items())))
