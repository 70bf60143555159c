"""The rules' pages, as they are packaged: what `kedge explain` prints and what reports quote."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SITE = "https://kedge.readthedocs.io/rules/"
_HERE = Path(__file__).parent


@cache
def folder() -> Path:
    """In an installed Kedge beside its modules, in a checkout where they are written."""
    packaged = _HERE / "_rules"
    return packaged if packaged.is_dir() else _HERE.parents[1] / "docs" / "rules"


@cache
def page(rule: str) -> str | None:
    """A rule's page as Markdown, or None where it has none."""
    if not re.fullmatch(r"[a-z][a-z-]*", rule) or rule == "index":
        return None
    try:
        return (folder() / f"{rule}.md").read_text("utf-8")
    except OSError:
        return None


@cache
def summary(rule: str) -> str:
    """The sentence that the page begins with."""
    lines = (page(rule) or "").split("\n\n")
    return " ".join(lines[1].split()) if len(lines) > 1 else ""


def section(rule: str, heading: str) -> str:
    """The text under one heading of a rule's page, without its code."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page(rule) or "", re.M | re.S)
    return re.sub(r"^```.*?^```\n", "", found[1], flags=re.M | re.S).strip() if found else ""
