"""GitHub's annotations: lines that Actions shows beside the code. The step summary is the Markdown report.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from kedge.findings import Finding, Report, Severity
from kedge.report import Look, Source, decoded, wording
from kedge.report.fold import counted, rooted
from kedge.report.place import fallback, full_name, place

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(source: Source, look: Look) -> str:
    reports = decoded(source)
    return "".join(f"{line}\n" for report in reports for line in _report(report, several=len(reports) > 1))


def _report(report: Report, *, several: bool) -> list[str]:
    """Worst first, for GitHub shows only about ten of a kind; what goes with a finding stands in its message."""
    entries = sorted(rooted(report.findings), key=lambda e: list(LEVELS).index(e.finding.severity))
    prefix = f"{report.target.name}: " if several else ""
    lines = [_annotation(entry.finding, report, len(entry.implied), prefix) for entry in entries]
    if not report.complete:
        reasons = "; ".join(dict.fromkeys(note.reason for note in report.notes))
        errors = sum(entry.finding.severity == "error" for entry in entries)
        lines.insert(errors, _command("warning", f"{prefix}incomplete", reasons, fallback(report), None))
    summary = report.summary
    errors, warnings, infos = counted(entry.finding for entry in entries)
    said = ", ".join(wording.severities(errors, warnings, infos)) or "no drift"
    hidden = f", {summary.suppressed} suppressed" if summary.suppressed else ""
    return [*lines, f"kedge: {report.target.name}: {said}{hidden}"]


def _annotation(finding: Finding, report: Report, implied: int, prefix: str) -> str:
    path, line = place(finding, report)
    title = f"{prefix}{finding.rule}: {full_name(finding.object)}"
    values = [
        f"{which}: {wording.side(side, finding.attribute, which)}"
        for which, side in (("models", finding.values.models), ("database", finding.values.database))
        if side.state != "not-read"
    ]
    more = [f"goes with it: {wording.count(implied, 'finding')}"] if implied else []
    said = [finding.message, *values, *more, finding.advice.reason]
    return _command(LEVELS[finding.severity], title, "\n".join(filter(None, said)), path, line)


def _command(level: str, title: str, message: str, path: str, line: int | None) -> str:
    given = {"file": path, "line": str(line) if line else "", "title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in given.items() if value)
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
