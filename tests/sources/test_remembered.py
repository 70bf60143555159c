"""Models are remembered until something they depend on changes: each such thing, changed, is read again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kedge._api import audit_project
from kedge.findings import Report
from kedge.memory import Memory
from kedge.options import Options

MODELS = """
import os, pathlib
from sqlalchemy import Column, Integer, MetaData, String, Table
metadata = MetaData()
Table("thing", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
if os.environ.get("WITH_MORE"):
    Table("more", metadata, Column("id", Integer, primary_key=True))
for path in sorted(pathlib.Path(__file__).parent.glob("*.names")):
    for line in path.read_text().split():
        Table(line, metadata, Column("id", Integer, primary_key=True))
try:
    import extra
except ImportError:
    pass
"""
EXTRA = 'from sqlalchemy import *\nimport models\nTable("extra", models.metadata, Column("id", Integer))\n'


class Project:
    """A project and its SQLite database; `audit` says whether the models were remembered, and what was found."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.memory = Memory(root / "cache")
        self.python: str | None = sys.executable
        self.url = f"sqlite:///{root}/live.db"
        self.write("models.py", MODELS)
        self.write("pyproject.toml", "")
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE thing (id INTEGER NOT NULL, name VARCHAR(20), PRIMARY KEY (id))"
            )
        engine.dispose()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def audit(self, **asked: Any) -> tuple[bool, Report]:
        said: list[str] = []
        memory = asked.pop("memory", self.memory)
        options = Options(**{"targets": ["models:metadata"], "python": self.python, **asked})
        report = audit_project(self.url, options, root=self.root, memory=memory, say=said.append)
        assert all(text.startswith("models: ") for text in said)
        return bool(said), report

    def tables(self) -> tuple[bool, set[str]]:
        remembered, report = self.audit()
        return remembered, {f.object.table or "" for f in report.findings}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.delenv("WITH_MORE", raising=False)
    made = Project(tmp_path)
    assert made.tables() == (False, set())
    assert made.tables() == (True, set())
    yield made


CHANGES: dict[str, tuple[Callable[[Project], None], set[str]]] = {
    "a model file changed": (
        lambda p: p.write("models.py", MODELS.replace('"thing"', '"other"')),
        {"thing", "other"},
    ),
    "a model file added": (lambda p: p.write("extra.py", EXTRA), {"extra"}),
    "a file added that the models look for": (lambda p: p.write("b.names", "listed"), {"listed"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_read_again(project: Project, change: str) -> None:
    make, found = CHANGES[change]
    make(project)
    assert project.tables() == (False, found)
    assert project.tables() == (True, found)


def test_a_file_removed(project: Project) -> None:
    project.write("extra.py", EXTRA)
    assert project.tables() == (False, {"extra"})
    (project.root / "extra.py").unlink()
    assert project.tables() == (False, set())


def test_the_same_size_and_time_do_not_deceive(project: Project) -> None:
    path = project.root / "models.py"
    before = path.stat()
    path.write_text(MODELS.replace('"thing"', '"other"'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert project.tables() == (False, {"thing", "other"})


def test_a_file_the_models_read_changed(project: Project) -> None:
    project.write("a.names", "first")
    assert project.tables() == (False, {"first"})
    project.write("a.names", "other")
    assert project.tables() == (False, {"other"})


def test_a_variable_the_models_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    assert project.tables() == (True, set())
    monkeypatch.setenv("WITH_MORE", "1")
    assert project.tables() == (False, {"more"})
    monkeypatch.delenv("WITH_MORE")
    assert project.tables() == (False, set())


def test_a_dependency_changed(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site))
    assert project.audit()[0] is False
    assert project.audit()[0] is True
    (site / "thing-1.1.dist-info").mkdir()
    assert project.audit()[0] is False


def test_another_interpreter(tmp_path: Path, project: Project) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    project.python = str(other)
    assert project.audit()[0] is False
    assert project.audit()[0] is True
    other.write_text(f'#!/bin/sh\n# another\nexec {sys.executable} "$@"\n')
    assert project.audit()[0] is False


def test_another_request(project: Project) -> None:
    assert project.audit(targets=["models"])[0] is False
    assert project.audit()[0] is True


def test_another_kedge(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kedge.memory.kedge_itself", lambda: b"another")
    assert project.audit()[0] is False


def test_switched_off(project: Project) -> None:
    assert project.audit(memory=Memory(None))[0] is False
    assert project.audit(memory=None)[0] is False
    assert Memory.of_user({"KEDGE_NO_CACHE": "1", "HOME": "/x"}).folder is None
    assert Memory.of_user({"XDG_CACHE_HOME": "/x"}).folder == Path("/x/kedge")


def test_a_damaged_cache_is_none(project: Project) -> None:
    assert project.memory.folder is not None
    for file in project.memory.folder.iterdir():
        file.write_bytes(file.read_bytes()[:-3] + b"\0\0\0")
    assert project.tables() == (False, set())
    for file in project.memory.folder.iterdir():
        file.write_bytes(b"")
    assert project.tables() == (False, set())
    assert project.tables() == (True, set())


def test_a_cache_that_cannot_be_written(tmp_path: Path, project: Project) -> None:
    (tmp_path / "file").write_text("")
    project.memory = Memory(tmp_path / "file" / "cache")
    assert project.tables() == (False, set())
    assert project.tables() == (False, set())


def test_no_secret_is_kept(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET", "hush-hush")
    project.write(
        "extra.py", EXTRA + 'import os\nmodels.metadata.tables["thing"].comment = os.environ["APP_SECRET"]\n'
    )
    assert project.audit()[0] is False
    assert project.audit()[0] is False
    assert project.memory.folder is not None
    for file in project.memory.folder.iterdir():
        assert b"hush-hush" not in file.read_bytes()


def test_another_program_is_a_doubt(project: Project) -> None:
    project.write("extra.py", EXTRA + 'import subprocess\nsubprocess.run(["true"])\n')
    assert project.tables() == (False, {"extra"})
    assert project.tables() == (False, {"extra"})


def test_the_folder_is_the_users_alone(project: Project) -> None:
    assert project.memory.folder is not None
    assert project.memory.folder.stat().st_mode & 0o077 == 0
    assert all(f.stat().st_mode & 0o077 == 0 for f in project.memory.folder.iterdir())
