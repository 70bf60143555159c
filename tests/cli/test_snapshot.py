"""`kedge snapshot`: a schema as a file, or on standard output."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kedge.sources import snapshot


def test_a_snapshot_goes_where_it_is_told(kedge, project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.kedge]\noutput = ["drift.json"]\n')
    with sqlite3.connect(project / "app.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
    connection.close()
    url = f"sqlite:///{project / 'app.db'}"
    told = kedge("snapshot", "--url", url)
    assert (told.code, told.err) == (0, "")
    assert [name for _, name in snapshot.read(told.out.encode()).tables] == ["users"]
    written = kedge("snapshot", "--url", url, "--output", "now.json")
    assert (written.code, written.out, written.err) == (0, "", "wrote now.json\n")
    assert (project / "now.json").read_text() == told.out
    assert sorted(p.name for p in project.iterdir()) == ["app.db", "now.json", "pyproject.toml"]


def test_no_database_is_one_helpful_message(kedge) -> None:
    ran = kedge("snapshot")
    assert (ran.code, ran.out) == (2, "")
    assert "error: no database to audit" in ran.err
