"""What a project has decided about findings: ignores with a reason, and a baseline of what was there before."""

from kedge.decisions.baseline import Baseline, created, read_baseline, shrunk, write_baseline
from kedge.decisions.decide import Decisions, decide
from kedge.decisions.ignores import Ignore, configured_ignores

__all__ = [
    "Baseline",
    "Decisions",
    "Ignore",
    "configured_ignores",
    "created",
    "decide",
    "read_baseline",
    "shrunk",
    "write_baseline",
]
