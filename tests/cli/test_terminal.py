"""What a real terminal and a real pipe get to see."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# an audit that answers at once, behind the real command line
PROGRAM = """
import sys
from types import ModuleType
from kedge.cli import main
from tests.report import samples

def audit_project(url, options, **asked):
    asked["progress"]("reading the database", None, None)
    asked["progress"]("judging expressions", 2, 7)
    return samples.five_hundred()

module = sys.modules["kedge._api"] = ModuleType("kedge._api")
module.audit_project = audit_project
main()
"""
COMMAND = [sys.executable, "-c", PROGRAM, "audit", "--url", "postgresql:///x"]


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1"} | more


def on_a_terminal(*arguments: str, **more: str) -> tuple[str, str]:
    """Standard output, and what the terminal behind standard error was told."""
    pty = pytest.importorskip("pty")
    terminal, stderr = pty.openpty()
    ran = subprocess.run(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment(**more),
        encoding="utf-8",
        check=False,
    )
    os.close(stderr)
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:
        # the end of a pseudo-terminal on Linux
        pass
    os.close(terminal)
    return ran.stdout, shown.decode()


def test_progress_names_its_phases_on_a_terminal_and_leaves_standard_output_alone() -> None:
    out, shown = on_a_terminal()
    assert "judging expressions" in shown
    assert "2/7" in shown
    assert "judging" not in out
    assert "\x1b" not in out


def test_quiet_shows_no_progress() -> None:
    assert on_a_terminal("--quiet")[1] == ""


@pytest.mark.parametrize("arguments", [[], ["-v"], ["--format", "json"]])
def test_a_reader_who_has_seen_enough_is_no_error(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_gets_the_whole_report(encoding: str) -> None:
    ran = subprocess.run(
        COMMAND,
        capture_output=True,
        env=environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr == b""
    said = ran.stdout.decode(encoding)
    assert "findings" in said
    assert ("─" in said) == (encoding == "utf-8")
