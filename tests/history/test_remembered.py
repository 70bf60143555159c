"""A second audit runs nothing; what is added is read alone; what is edited is read anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.history.chain import USERS, Audited, project, remembering, revision

from kedge.sources import history as driving


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The revisions that were really read."""
    steps: list[str | None] = []
    original = driving.Run.read_step

    def noting(self: driving.Run, connection: object, said: dict[str, object]) -> None:
        steps.append(said["revision"])  # type: ignore[arg-type]
        original(self, connection, said)

    monkeypatch.setattr(driving.Run, "read_step", noting)
    return steps


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", 'op.create_table("logins", sa.Column("id", sa.Integer))', down="a1")
    return root


def test_only_what_is_new_is_read(root: Path, tmp_path: Path, read: list[str | None]) -> None:
    file = tmp_path / "app.db"
    file.touch()
    memory, url = remembering(tmp_path), f"sqlite:///{file}"
    first = Audited(root, url, memory=memory)
    assert read == [None, "a1", "b2"]

    read.clear()
    second = Audited(root, url, memory=memory)
    assert read == []
    assert second.history == first.history
    assert any("history: 2 revisions" in said for said in second.said)

    revision(root, "c3", 'op.drop_table("logins")', down="b2")
    third = Audited(root, url, memory=memory)
    assert read == ["c3"]
    assert third.tables == [[], ["users"], ["logins", "users"], ["users"]]
    assert third.history.steps[:3] == first.history.steps

    read.clear()
    revision(root, "b2", 'op.create_table("visits", sa.Column("id", sa.Integer))', down="a1")
    revision(root, "c3", 'op.drop_table("visits")', down="b2")
    edited = Audited(root, url, memory=memory)
    assert read == ["b2", "c3"]
    assert edited.tables == [[], ["users"], ["users", "visits"], ["users"]]

    read.clear()
    env = root / "migrations" / "env.py"
    env.write_text(env.read_text() + "# other\n")
    Audited(root, url, memory=memory)
    assert read == [None, "a1", "b2", "c3"]


@pytest.mark.slow
def test_the_models_count_only_where_a_revision_depends_on_them(
    root: Path, tmp_path: Path, read: list[str | None]
) -> None:
    file = tmp_path / "app.db"
    file.touch()
    memory, url = remembering(tmp_path), f"sqlite:///{file}"
    Audited(root, url, memory=memory)
    (root / "models.py").write_text((root / "models.py").read_text() + "    name: Mapped[str]\n")
    read.clear()
    Audited(root, url, memory=memory)
    assert read == []

    live = """
    from models import Base
    Base.metadata.create_all(op.get_bind())
    """
    revision(root, "c3", live, down="b2")
    Audited(root, url, memory=memory)
    assert read == ["c3"]
    more = '\nclass Other(Base):\n    __tablename__ = "others"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    (root / "models.py").write_text((root / "models.py").read_text() + more)
    read.clear()
    found = Audited(root, url, memory=memory)
    assert read == ["c3"]
    assert "others" in found.tables[-1]


@pytest.mark.slow
def test_a_file_that_a_revision_reads_counts(root: Path, tmp_path: Path, read: list[str | None]) -> None:
    file = tmp_path / "app.db"
    file.touch()
    memory, url = remembering(tmp_path), f"sqlite:///{file}"
    (root / "more.sql").write_text("CREATE TABLE one (n integer)")
    revision(root, "c3", 'op.execute(open("more.sql").read())', down="b2")
    assert "one" in Audited(root, url, memory=memory).tables[-1]
    read.clear()
    (root / "more.sql").write_text("CREATE TABLE two (n integer)")
    assert "two" in Audited(root, url, memory=memory).tables[-1]
    assert read == ["c3"]


@pytest.mark.slow
def test_a_failure_is_remembered_too(root: Path, tmp_path: Path, read: list[str | None]) -> None:
    file = tmp_path / "app.db"
    file.touch()
    memory, url = remembering(tmp_path), f"sqlite:///{file}"
    revision(root, "c3", 'op.drop_table("nowhere")', down="b2")
    first = Audited(root, url, memory=memory)
    assert first.history.failed is not None
    assert first.history.failed[0] == "c3"
    assert (first.history.at_database, first.history.at_head) == (0, None)
    (note,) = [n for n in first.notes if n.startswith("history-partial")]
    assert "c3" in note
    assert "nowhere" in note
    assert "--history-from" in note
    read.clear()
    assert Audited(root, url, memory=memory).history == first.history
    assert read == []
    revision(root, "c3", 'op.drop_table("logins")', down="b2")
    assert Audited(root, url, memory=memory).history.complete
    assert read == ["c3"]
