"""GitLab's code quality report: findings beside the lines of a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import Any

from kedge.findings import Finding, Report, Severity
from kedge.report import Look, Source, decoded
from kedge.report.fold import rooted
from kedge.report.place import fallback, place

LEVELS: dict[Severity, str] = {"error": "critical", "warning": "minor", "info": "info"}


def render(source: Source, look: Look) -> str:
    found = []
    for report in decoded(source):
        found += [_issue(entry.finding, report) for entry in rooted(report.findings)]
        if not report.complete:
            found.append(_incomplete(report))
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _issue(finding: Finding, report: Report) -> dict[str, Any]:
    """A finding without a line points at its file's first: GitLab shows none without."""
    path, line = place(finding, report)
    return {
        "description": f"{finding.rule}: {finding.message}",
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": LEVELS[finding.severity],
        "location": {"path": path, "lines": {"begin": line or 1}},
    }


def _incomplete(report: Report) -> dict[str, Any]:
    """That something was not read would be silence otherwise: there is no other place to say it."""
    return {
        "description": "incomplete: " + "; ".join(dict.fromkeys(note.reason for note in report.notes)),
        "check_name": "incomplete",
        "fingerprint": f"incomplete-{report.target.name}",
        "severity": "major",
        "location": {"path": fallback(report), "lines": {"begin": 1}},
    }
