"""Says what an audit found: one file per format, each a pure function of the JSON contract.

A format is a module `as_<name>.py` with `render(report, look) -> str`; putting the file here is all it takes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from kedge.findings import Report

Source: TypeAlias = "Report | Sequence[Report] | Mapping[str, Any] | bytes | str"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How a report is to look. Formats take from it what concerns them."""

    width: int = 100
    color: bool = False
    unicode: bool = True
    """Whether box characters, arrows and dots can be printed."""
    verbose: bool = False
    """Every finding in full, nothing folded."""
    reproducible: bool = False
    """Without the moment it was made, so that two equal audits are equal files."""
    fail_on: str = "warning"
    """From which severity on a finding is a failure, where a format knows such a thing."""
    closing: tuple[str, ...] = ()
    """What the command wants said last: how it ends, and what to run next."""


Render: TypeAlias = "Callable[[Source, Look], str]"


def render(source: Source, format: str = "text", look: Look | None = None) -> str:  # noqa: A002
    """The report in one of `FORMATS`."""
    return FORMATS[format](source, look or Look())


def decoded(source: Source) -> list[Report]:
    """The reports: from their JSON, from what `json.loads` gives, or as they are. Unknown fields are ignored."""
    from kedge.findings import Report

    if isinstance(source, Report):
        return [source]
    if isinstance(source, Sequence) and not isinstance(source, bytes | str):
        return list(source)
    said = msgspec.json.decode(source) if isinstance(source, bytes | str) else source
    if isinstance(said, Mapping) and "reports" in said:
        return msgspec.convert(said["reports"], type=list[Report])
    return [msgspec.convert(said, type=Report)]


def _lazy(module: str) -> Render:
    def render_with(source: Source, look: Look) -> str:
        text: str = import_module(module).render(source, look)
        return text

    return render_with


FORMATS: dict[str, Render] = {
    found.name.removeprefix("as_"): _lazy(f"{__name__}.{found.name}")
    for found in pkgutil.iter_modules(__path__)
    if found.name.startswith("as_")
}
