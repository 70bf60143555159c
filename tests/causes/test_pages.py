"""A page about facts that the revisions say otherwise is its test."""

from __future__ import annotations

import sqlite3
import textwrap
import tomllib
from pathlib import Path

import pytest
from tests.history.chain import Audited, project
from tests.history.test_pages import BLOCK, DOWN, HEADER, INDEX, PAGES, alembic

from kedge.findings import SEVERITIES
from kedge.rules.agreed import AGREED

MODELS = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase): pass

"""


@pytest.mark.parametrize("name", AGREED)
def test_its_example_is_the_finding_it_says(name: str, tmp_path: Path) -> None:
    blocks = list(BLOCK.finditer((PAGES / f"{name}.md").read_text()))
    (models,) = [b["text"] for b in blocks if b["what"] == "python models"]
    root = project(tmp_path / "project", models=MODELS + models)
    file = tmp_path / "app.db"
    sqlite3.connect(file).close()
    expected = {}
    for block in blocks:
        what, text = block["what"], textwrap.dedent(block["text"])
        if what.startswith("python revision"):
            _, _, revision, *rest = what.split()
            head = HEADER.format(revision, rest[1] if rest else None)
            (root / "migrations" / "versions" / f"{revision}_.py").write_text(head + text + DOWN)
        elif what == "sql database":
            with sqlite3.connect(file) as connection:
                connection.executescript(text)
        elif what == "toml finding":
            expected = tomllib.loads(text)
            break
        elif what == "sh":
            for line in text.splitlines():
                alembic(root, f"sqlite:///{file}", *line.split()[1:])
    (finding,) = [f for f in Audited(root, f"sqlite:///{file}").report.findings if f.rule == name]
    ref = finding.object
    assert expected == {
        "rule": finding.rule,
        "severity": finding.severity,
        "kind": ref.kind,
        "table": ref.table,
        "name": ref.name,
        "cause": finding.cause.kind,
    }


@pytest.mark.parametrize("name", AGREED)
def test_a_page_and_the_index_agree_with_the_rule(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n\n{AGREED[name]}\n")
    assert "\n## What will hurt\n" in text
    assert "\n## What to do\n" in text
    shown = [s for s in SEVERITIES if f"**{s}**" in text]
    assert f"| [{name}]({name}.md) | {AGREED[name]} | {', '.join(shown)} |" in INDEX
