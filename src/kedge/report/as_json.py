"""The JSON report: the contract that every other tool reads, indented for people."""

from __future__ import annotations

import msgspec

from kedge.report import Look, Source, decoded


def render(source: Source, look: Look) -> str:
    report = decoded(source)
    if look.reproducible:
        tool = msgspec.structs.replace(report.tool, generated_at=msgspec.UNSET)
        report = msgspec.structs.replace(report, tool=tool)
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
