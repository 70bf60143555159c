"""Puts what the demo really prints into README.md: `python demo/readme.py`. A test says when that is due."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
# the tables that are shown; the README is no place for all of them
SHOWN = ("companies", "jobs", "users", "tables have no model")
START, END = "<!-- demo -->\n```text\n", "```\n<!-- /demo -->"


def excerpt(printed: str) -> str:
    """The demo's output for readers: some tables of it, without what differs from run to run."""
    report = printed.split("\nThat was demo/project")[0]
    report = re.sub(
        r"^kedge_\d+ +PostgreSQL [\d.]+\ndatabase .*\n(?: {10}.*\n)*", "", report, flags=re.MULTILINE
    )
    heading, *sections = re.split(r"\n\n(?=[^\n]* ─{3,} \d)", report.strip())
    sections[-1], summary = re.split(r"\n\n(?=\d+ findings)", sections[-1])
    kept: list[str] = [heading]
    for section in sections:
        if section.split(" ──")[0].endswith(SHOWN):
            kept.append(section)
        elif kept[-1] != "[…]":
            kept.append("[…]")
    return "\n\n".join([*kept, summary]) + "\n"


def printed() -> str:
    """What the demo prints into a pipe."""
    gone = ("COLUMNS", "FORCE_COLOR")
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    environment["PYTHONUTF8"] = "1"
    command = [sys.executable, str(HERE / "run.py")]
    return subprocess.run(command, env=environment, check=True, capture_output=True, encoding="utf-8").stdout


def shown() -> str:
    """What README.md shows of it."""
    return README.read_text("utf-8").split(START, 1)[1].split(END, 1)[0]


if __name__ == "__main__":
    text = README.read_text("utf-8")
    README.write_text(text.replace(START + shown() + END, START + excerpt(printed()) + END), "utf-8")
