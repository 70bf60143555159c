"""Puts questions about many tables on few benches: those whose columns agree are tried on one table, in one trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from kedge.dialects.base import Question

Sort = TypeVar("Sort")
# Benches that are still looked at, columns and questions of one: tables of one project mostly agree.
_OPEN, _COLUMNS, _QUESTIONS = 40, 300, 400


class Bench(Generic[Sort]):
    """Columns by name, each of one sort, and the questions that are asked over them."""

    def __init__(self) -> None:
        self.columns: dict[str, Sort] = {}
        self.questions: list[Question] = []

    def takes(self, columns: Mapping[str, Sort]) -> bool:
        full = len(self.questions) >= _QUESTIONS or len(self.columns) + len(columns) > _COLUMNS
        return not full and all(self.columns.get(name, sort) == sort for name, sort in columns.items())


def benches(
    questions: Iterable[Question], needed: Mapping[Question, Mapping[str, Sort]]
) -> list[Bench[Sort]]:
    """Each question on a bench that has the columns it needs."""
    found: list[Bench[Sort]] = []
    for question in questions:
        columns = needed[question]
        bench = next((b for b in reversed(found[-_OPEN:]) if b.takes(columns)), None)
        if bench is None:
            bench = Bench()
            found.append(bench)
        bench.columns.update(columns)
        bench.questions.append(question)
    return found
