"""Writes the pages that are made from the program: `python -m tests.docs.write`. A test says when that is due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml
from tests.docs import limits, report_page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def ci_page() -> str:
    """The page as it is, with the inputs that action.yml has."""
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    rows = "".join(f"| `{name}` | {given['description']} |\n" for name, given in inputs.items())
    before, rest = (DOCS / "how-to" / "ci.md").read_text("utf-8").split("| input | |\n|---|---|\n")
    after = rest[rest.index("\nThe output `exit-code`") :]
    return f"{before}| input | |\n|---|---|\n{rows}{after}"


MADE: dict[str, Callable[[], str]] = {
    "limits.md": limits.page,
    "report.md": report_page.page,
    "how-to/ci.md": ci_page,
}

if __name__ == "__main__":
    for name, make in MADE.items():
        (DOCS / name).write_text(make(), "utf-8")
