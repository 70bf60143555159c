"""SARIF 2.1.0, for GitHub code scanning and its like: a run per database.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import msgspec

from kedge import pages
from kedge.findings import Finding, NoteRef, Report, Severity, Suppression
from kedge.report import Look, Source, decoded, wording
from kedge.report.place import fallback, full_name, others, place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
HOME = "https://kedge.readthedocs.io/"


def render(source: Source, look: Look) -> str:
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in decoded(source)]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _run(report: Report) -> dict[str, Any]:
    rules = sorted({finding.rule for finding in report.findings})
    return {
        "tool": {
            "driver": {
                "name": "Kedge",
                "version": report.tool.version,
                "informationUri": HOME,
                "rules": [_rule(name) for name in rules],
            }
        },
        # what GitHub tells runs apart by: a category per database
        "automationDetails": {"id": f"kedge/{report.target.name}/"},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": report.complete,
                "toolExecutionNotifications": [_notification(note, report) for note in report.notes],
            }
        ],
        "results": [_result(finding, rules.index(finding.rule), report) for finding in report.findings],
        "properties": {"database": report.target.url, "complete": report.complete},
    }


def _rule(name: str) -> dict[str, Any]:
    said: dict[str, Any] = {"id": name, "helpUri": f"{pages.SITE}{name}/"}
    if summary := pages.summary(name):
        said["shortDescription"] = {"text": summary}
    if page := pages.page(name):
        said["help"] = {"text": pages.section(name, "What to do") or summary, "markdown": page}
    return said


def _result(finding: Finding, index: int, report: Report) -> dict[str, Any]:
    path, line = place(finding, report)
    said: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(path, line, finding)],
        "partialFingerprints": {"kedgeFingerprint/v1": finding.fingerprint, "kedgeDigest/v1": finding.digest},
        "properties": {
            "confirmed": finding.confirmed,
            "confidence": finding.confidence,
            "cause": finding.cause.kind,
            "evidence": list(finding.cause.evidence),
            "action": finding.advice.action,
            "truth": finding.advice.truth,
            "group": finding.group,
            "impliedBy": finding.implied_by,
        },
    }
    if more := [*others(finding), *finding.origins.history]:
        said["relatedLocations"] = [_location(o.path, o.line) for o in more if o.path]
    if finding.suppressed:
        said["suppressions"] = [_suppression(finding.suppressed)]
    return said


def _message(finding: Finding) -> str:
    """What is wrong, both values, and what to do: where SARIF is shown there is nothing else to read."""
    values = finding.values
    sides = f"Models: {wording.side(values.models, finding.attribute, 'models')}"
    if values.database.state != "not-read":
        sides += f". Database: {wording.side(values.database, finding.attribute, 'database')}"
    why = f"Cause: {wording.cause(finding)}." if wording.cause(finding) else ""
    return " ".join(text for text in (finding.message, f"{sides}.", why, finding.advice.reason) if text)


def _location(path: str, line: int | None, finding: Finding | None = None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": {"startLine": line or 1}}
    }
    if finding:
        said["logicalLocations"] = [
            {"fullyQualifiedName": full_name(finding.object), "kind": finding.object.kind}
        ]
    return said


def _artifact(path: str) -> dict[str, str]:
    """Relative to the root, as code scanning wants it; a file outside is named in full."""
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _suppression(why: Suppression) -> dict[str, Any]:
    """Without a status it is accepted; drafts of the standard had another word for that member."""
    said: dict[str, Any] = {
        "kind": "inSource" if why.by in ("inline", "info") else "external",
        "justification": why.reason,
    }
    if why.path:
        said["location"] = _location(why.path, why.line)
    return said


def _notification(note: NoteRef, report: Report) -> dict[str, Any]:
    about = f"{full_name(note.object)}: " if note.object else ""
    return {
        "descriptor": {"id": note.kind},
        "level": "note" if report.complete else "warning",
        "message": {"text": about + note.reason},
        "locations": [_location(fallback(report), None)],
    }
