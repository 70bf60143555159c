"""What git must say before a revision is called edited; whatever it does not say, is silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.history.test_pages import GIT

from kedge.auditing.edited import edited
from kedge.history import History, Revision

FIRST, SECOND = "def upgrade():\n    op.make(1)\n", "def upgrade():\n    op.make(2)\n"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=GIT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root: Path, subject: str, **texts: str) -> None:
    for name, text in texts.items():
        (root / "versions").mkdir(exist_ok=True)
        (root / "versions" / f"{name}.py").write_text(text)
    git(root, "add", ".")
    git(root, "commit", "-m", subject)


def said(root: Path, *at: str) -> list[tuple[str | None, str]]:
    revisions = {
        "a": Revision("a", path="versions/a.py"),
        "b": Revision("b", ("a",), path="versions/b.py"),
    }
    history = History("alembic.ini", revisions=revisions, heads=("b",), database_revisions=at or ("b",))
    return [(d.path.name, str(d.models.value).partition("“")[2]) for d in edited(history, root)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder of its repository, not at its top."""
    git(tmp_path, "init", "-b", "main")
    root = tmp_path / "backend"
    root.mkdir()
    commit(root, "a", a=FIRST)
    commit(root, "b", b=FIRST)
    return root


def test_an_edit_is_its_last_commit(root: Path) -> None:
    assert said(root) == []
    commit(root, "edit", a=SECOND)
    assert said(root) == [("a", "edit”")]
    commit(root, "layout", a="def upgrade():\n    '''Says more.'''\n    op.make(\n        2  # more\n    )\n")
    assert said(root) == [("a", "edit”")]


def test_before_the_next_revision_is_there_edits_are_free(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path, "a", a=FIRST)
    commit(tmp_path, "edit", a=SECOND)
    commit(tmp_path, "b", b=FIRST)
    assert said(tmp_path) == []


def test_what_does_nothing_else_is_no_edit(root: Path) -> None:
    commit(root, "layout", a=f'"""Why."""\n\n{FIRST}    # because\n')
    assert said(root) == []
    commit(root, "edit", a=SECOND)
    commit(root, "back", a=FIRST)
    assert said(root) == []


def test_a_database_that_has_not_run_the_next_one_is_not_spoken_of(root: Path) -> None:
    commit(root, "edit", a=SECOND)
    assert said(root, "a") == []


def test_an_edit_on_another_branch_is_not_after(root: Path) -> None:
    git(root, "checkout", "-b", "other", "HEAD~1")
    commit(root, "edit", a=SECOND)
    git(root, "checkout", "main")
    git(root, "merge", "other", "-m", "merged")
    assert said(root) == []


def test_without_git_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    for name in "ab":
        (tmp_path / "versions" / f"{name}.py").write_text(FIRST)
    assert said(tmp_path) == []
