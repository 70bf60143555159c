"""The examples of pages that need a project: files with titles, SQL for SQLite, and the finding."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

PAGES = Path(__file__).parents[2] / "docs" / "rules"
_BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r'python title="([^"]+)"')


class Example(NamedTuple):
    rule: str
    number: int
    files: dict[str, str]
    sql: str
    expect: dict[str, Any]


def examples(rule: str) -> list[Example]:
    """Those of one page, each ended by its finding."""
    found: list[Example] = []
    files: dict[str, str] = {}
    sql = ""
    for block in _BLOCK.finditer((PAGES / f"{rule}.md").read_text()):
        if title := _TITLE.fullmatch(block["kind"]):
            files[title[1]] = block["text"]
        elif block["kind"] == "sql database" and files:
            sql = block["text"]
        elif block["kind"] == "toml finding" and files:
            found.append(Example(rule, len(found) + 1, files, sql, tomllib.loads(block["text"])))
            files = {}
    return found
