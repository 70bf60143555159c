"""The JSON report: the contract that every other tool reads, indented for people."""

from __future__ import annotations

import msgspec

from kedge.findings import Report
from kedge.report import Look, Source, decoded


def render(source: Source, look: Look) -> str:
    """One report, or several as `{"format": 1, "reports": […]}`."""
    reports = decoded(source)
    if look.reproducible:
        reports = [_timeless(report) for report in reports]
    said = reports[0] if len(reports) == 1 else {"format": 1, "reports": reports}
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"


def _timeless(report: Report) -> Report:
    tool = msgspec.structs.replace(report.tool, generated_at=msgspec.UNSET)
    return msgspec.structs.replace(report, tool=tool)
