"""Counts what the properties drew, so that a law that never met a fact cannot pass for one that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple


class Coverage(NamedTuple):
    """How often each fact was drawn into a database, each mutation made, and what servers refused."""

    facts: Counter[str]
    mutations: Counter[str]
    refused: Counter[str]
    tallies: Counter[str]
    causes: Counter[str]


COVERAGE = Coverage(Counter(), Counter(), Counter(), Counter(), Counter())


def table(counted: Counter[str], known: frozenset[str], width: int = 100) -> list[str]:
    """Every known name with its count, several to a line; what was never drawn first."""
    cells = [f"{counted[name]:>5} {name}" for name in sorted(known, key=lambda n: (counted[n] > 0, n))]
    column = max(map(len, cells), default=0) + 2
    per_line = max(1, width // column)
    return [
        "".join(c.ljust(column) for c in cells[i : i + per_line]).rstrip()
        for i in range(0, len(cells), per_line)
    ]


def report(write: Callable[[str], None], section: Callable[[str], None]) -> None:
    """Print what was drawn."""
    from tests.laws.drawing import FACTS
    from tests.laws.mutations import MUTATIONS
    from tests.laws.object_changes import MUTATIONS as OF_OBJECTS

    section("laws: fact × times drawn")
    for line in table(COVERAGE.facts, frozenset(FACTS), 160):
        write(line)
    section("laws: mutation × times drawn")
    for line in table(COVERAGE.mutations, frozenset(MUTATIONS) | frozenset(OF_OBJECTS), 160):
        write(line)
    if COVERAGE.causes:
        section("laws: cause × times drawn")
        for line in table(COVERAGE.causes, frozenset(COVERAGE.causes), 160):
            write(line)
    for title, counted in (("refused by the server", COVERAGE.refused), ("tallies", COVERAGE.tallies)):
        if counted:
            write(f"{title}: " + ", ".join(f"{k} {v}" for k, v in sorted(counted.items())))
