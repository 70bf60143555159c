"""One audit from beginning to end: read both sides, build and compare, judge what is left, report."""

from kedge.auditing.comparing import Progress
from kedge.auditing.project import ProjectSide
from kedge.auditing.run import Audit

__all__ = ["Audit", "Progress", "ProjectSide"]
