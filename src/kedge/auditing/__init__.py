"""One audit from beginning to end: read both sides, build and compare, judge what is left, report."""

from kedge.auditing.run import Audit, Progress, live_names

__all__ = ["Audit", "Progress", "live_names"]
