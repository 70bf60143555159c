"""Pages about code: their files are written to a folder, audited on SQLite, and the finding comes of them."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from tests.rules.project_pages import Example, examples
from tests.rules.test_pages import PROJECT, said

from kedge._api import audit_project
from kedge.options import Options

EXAMPLES = [example for rule in sorted(PROJECT) for example in examples(rule)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.rule}-{e.number}")
def test_a_project_gives_the_finding_it_says(example: Example, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    for name, text in example.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent != tmp_path and path.parent.name != "tests":
            (path.parent / "__init__.py").touch()
        path.write_text(text)
    with sqlite3.connect(tmp_path / "live.sqlite") as connection:
        connection.executescript(example.sql)
    connection.close()
    report = audit_project(
        f"sqlite:///{tmp_path / 'live.sqlite'}",
        Options(targets=["shop.db:Base"], python=sys.executable),
        root=tmp_path,
    )
    own = [finding for finding in report.findings if finding.implied_by is None]
    answers = [{k: v for k, v in said(f).items() if k != "schema"} for f in own if f.rule == example.rule]
    assert answers == [example.expect]
    beside = {finding.rule for finding in own} - {example.rule}
    assert beside <= ({"metadata-not-tracked"} if example.rule == "table-never-created" else set())
