"""Compares two catalogs that servers gave: a database with its snapshot, with its copy, with another of its kind."""

from __future__ import annotations

import msgspec

from kedge.catalog import Catalog, Note, ObjectPath
from kedge.compare import Answers, Comparison, compare
from kedge.dialects import Dialect
from kedge.errors import Incomplete
from kedge.judge import Judge
from kedge.scratch import NoScratch, Scratch

_ROUNDS = 8


class Compared(msgspec.Struct, frozen=True):
    """`differences` between the two; `questions` is how many expressions were spelled otherwise."""

    comparison: Comparison
    questions: int = 0
    notes: tuple[Note, ...] = ()


def compare_catalogs(
    dialect: Dialect, before: Catalog, after: Catalog, scratch: Scratch | None = None
) -> Compared:
    """What differs in `after`; expressions whose texts differ are judged in a scratch database, if there is one."""
    comparison = compare(before, after, {}, others=frozenset())
    if not comparison.questions:
        return Compared(comparison)
    answers: Answers = {}
    try:
        if scratch is None:
            raise NoScratch("no scratch was given")
        with Judge.open(dialect, scratch) as judge:
            for _ in range(_ROUNDS):
                judge.lay(before, {q.table for q in comparison.questions})
                judge.lend(comparison.questions, before, after)
                judge.settle(comparison.questions)
                answers = judge.answers
                comparison = compare(before, after, answers, others=frozenset())
                if comparison.questions <= set(answers):
                    break
    except Incomplete as missing:
        notes = (Note("not-compared", f"expressions are compared by their text alone: {missing}"),)
        answers = dict.fromkeys(comparison.questions)
        unjudged = compare(before, after, answers, others=frozenset())
        return Compared(unjudged, len(comparison.questions), notes)
    return Compared(comparison, len(answers))


def paths(compared: Compared) -> list[ObjectPath]:
    return [d.path for d in compared.comparison.differences]
