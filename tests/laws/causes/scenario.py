"""Scenarios: how each fact came to be as it is, and so what its cause is. Written from the design's table alone."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

from hypothesis import strategies as st
from tests.laws.causes.kinds import ABSENT, KINDS, THERE

ROWS = (
    "pending-revision",
    "applied-by-hand",
    "applied-by-hand, models too",
    "not-applied",
    "not-applied, models neither",
    "taken back by hand",
    "changed by hand",
    "changed on both sides",
    "forgotten in the models",
    "forgotten revision",
    "conflict",
    "live metadata",
    "not tracked",
)


class Plan(NamedTuple):
    """One fact: its value at the base, after its own revision, and after the pending one; in models and database."""

    table: str
    kind: str
    row: str
    base: str
    done: str
    pending: str
    models: str
    database: str
    cause: str

    @property
    def companion(self) -> bool:
        """Whether its revision does something else as well, which tells a revision not run from one taken back."""
        return self.row in ("not-applied", "not-applied, models neither", "taken back by hand")


class Scenario(NamedTuple):
    """`order` are the revisions that the database has, by the table whose fact each makes ("" is noise), in order."""

    plans: tuple[Plan, ...]
    order: tuple[str, ...]
    ahead: tuple[str, ...]


def _plan(table: str, kind: str, row: str, values: tuple[str, ...]) -> Plan | None:
    """How a fact comes by its row; None where its kind cannot."""
    presence = KINDS[kind].presence
    a, b, c = (*values, "")[:3] if len(values) < 3 else values
    made = {
        # row: base, done, pending, models, database
        "pending-revision": (a, a, b, b, a),
        "applied-by-hand": (a, a, b, a, b),
        "applied-by-hand, models too": (a, a, b, b, b),
        "not-applied": (a, b, b, b, a),
        "not-applied, models neither": (a, b, b, a, a),
        "taken back by hand": (a, b, b, b, a),
        "changed by hand": (a, a, a, a, b),
        "changed on both sides": (a, a, a, b, b),
        "forgotten in the models": (a, b, b, a, b),
        "forgotten revision": (a, a, a, b, a),
        "conflict": (a, a, a, b, c),
        "live metadata": (a, b, b, b, a),
        "not tracked": (a, a, a, ABSENT, THERE),
    }[row]
    cause = _cause(kind, row, made) if not presence else _presence_cause(kind, row, made)
    if cause is None or (row == "conflict" and not c):
        return None
    return Plan(table, kind, row, *made, cause)


def _cause(kind: str, row: str, made: tuple[str, ...]) -> str | None:
    return {
        "pending-revision": "pending-revision",
        "applied-by-hand": "applied-by-hand",
        "applied-by-hand, models too": "applied-by-hand",
        "not-applied": "not-applied",
        "not-applied, models neither": "not-applied",
        "taken back by hand": "manual-change",
        "changed by hand": "manual-change",
        "changed on both sides": "unrecorded-change",
        "forgotten in the models": "model-behind",
        "forgotten revision": "unmigrated-model",
        "conflict": "conflict",
        "live metadata": "unexplained",
    }.get(row)


def _presence_cause(kind: str, row: str, made: tuple[str, ...]) -> str | None:
    """Where an object is or is not, some rows are others: what is not there was not there in the beginning either."""
    a, _, _, models, database = made
    if row == "live metadata":
        return "unexplained" if models == THERE else None
    if row == "not tracked":
        return "metadata-not-tracked" if kind == "table" and a == THERE else None
    if row == "changed by hand":
        return "out-of-band" if a == ABSENT else "manual-change"
    if row == "changed on both sides":
        return "unrecorded-change" if a == ABSENT else "manual-change"
    if row == "forgotten revision":
        if a == ABSENT:
            return "never-migrated"
        return "model-removed" if kind == "table" else "model-behind"
    if row == "forgotten in the models":
        lost = kind == "table" and models == ABSENT and database == THERE
        return "model-removed" if lost else "model-behind"
    if row == "conflict":
        return None
    return _cause(kind, row, made)


def ways(table: str, row: str, cause: str | None = None) -> list[Plan]:
    """Every fact that can come by a row, with its values in any order; those of one cause, if it is given."""
    made = (
        _plan(table, kind, row, values)
        for kind in sorted(KINDS)
        for values in permutations(KINDS[kind].values)
    )
    return [plan for plan in made if plan is not None and cause in (None, plan.cause)]


PAIRS = sorted({(row, plan.cause) for row in ROWS for plan in ways("", row)})
CAUSES = frozenset(cause for _, cause in PAIRS)


@st.composite
def scenarios(draw: st.DrawFn, pair: tuple[str, str] | None = None, most: int = 4) -> Scenario:
    """One to four facts; the first comes by the row and cause `pair`. Revisions stand in any order, others between."""
    rows = [(pair or (draw(st.sampled_from(ROWS)), None))]
    rows += [(row, None) for row in draw(st.lists(st.sampled_from(ROWS), max_size=most - 1))]
    made = tuple(draw(st.sampled_from(ways(f"t{n}", row, cause))) for n, (row, cause) in enumerate(rows))
    done = [p.table for p in made if p.base != p.done] + [""] * draw(st.integers(0, 2))
    ahead = [p.table for p in made if p.done != p.pending] + [""] * draw(st.integers(0, 1))
    return Scenario(made, tuple(draw(st.permutations(done))), tuple(draw(st.permutations(ahead))))
