"""Writes the pages that are made from the program: `python -m tests.docs.write`. A test says when that is due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.docs import limits, report_page

DOCS = Path(__file__).parents[2] / "docs"
MADE: dict[str, Callable[[], str]] = {"limits.md": limits.page, "report.md": report_page.page}

if __name__ == "__main__":
    for name, make in MADE.items():
        (DOCS / name).write_text(make(), "utf-8")
