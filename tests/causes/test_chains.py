"""Causes on real chains, with the commits behind them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.history.chain import Audited, driven, migrate, project, revision

from kedge.findings import Finding, Report
from kedge.scratch import Scratch, open_scratch

MODELS = """
    from sqlalchemy import {imports}
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column({email})
"""
MADE = """
op.create_table(
    "users",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String({length}), nullable=False),
)
"""
EMAIL = 'op.add_column("users", sa.Column("email", sa.String(9), nullable=False))'


@pytest.fixture(scope="module")
def sqlite() -> Scratch:
    return open_scratch("sqlite")


@pytest.fixture(scope="module", params=["postgresql", "sqlite", "mariadb"])
def server(request: pytest.FixtureRequest) -> Scratch:
    fixture = {"postgresql": "postgres", "mariadb": "mariadb", "sqlite": "sqlite"}[request.param]
    found: Scratch = request.getfixturevalue(fixture)
    return found


def models(length: int) -> str:
    return MODELS.format(imports="String", email=f"String({length})")


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def commit(root: Path, day: int, said: str) -> None:
    when = f"2026-01-{day:02}T12:00:00+00:00"
    environ = {**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    if not (root / ".git").exists():
        subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", said], check=True, env=environ)


def own(report: Report) -> list[Finding]:
    """The findings about the schema; the revision files have their own."""
    return [f for f in report.findings if f.implied_by is None and f.cause.kind != "revision-file"]


def one(report: Report) -> Finding:
    (finding,) = own(report)
    return finding


@pytest.mark.slow
def test_a_real_chain_without_drift_is_silent(tmp_path: Path, server: Scratch) -> None:
    root = project(tmp_path, models=models(100))
    revision(root, "a1", MADE.format(length=100))
    with server.database() as url:
        migrate(root, url)
        assert own(Audited(root, url, scratch=server).report) == []


@pytest.mark.slow
def test_what_was_done_by_hand_is_named_on_every_database(tmp_path: Path, server: Scratch) -> None:
    root = project(tmp_path, models=models(100))
    revision(root, "a1", MADE.format(length=100))
    with server.database() as url:
        migrate(root, url)
        execute(url, "CREATE INDEX ix_hand ON users (email)")
        finding = one(Audited(root, url, scratch=server).report)
    assert (finding.cause.kind, finding.advice.action) == ("out-of-band", "edit-model")
    assert finding.values.history_at_database.state == finding.values.history_at_head.state == "missing"


def test_the_revision_and_its_line_are_evidence(tmp_path: Path, sqlite: Scratch) -> None:
    root = project(tmp_path, models=models(100))
    revision(root, "a1", MADE.format(length=100))
    revision(root, "b2", 'op.create_index("ix_email", "users", ["email"])', down="a1")
    with sqlite.database() as url:
        migrate(root, url)
        execute(url, "DROP INDEX ix_email")
        report = Audited(root, url, scratch=sqlite).report
    # models and database agree on its absence; the revision says it is there, and it did nothing else
    (finding,) = [f for f in report.findings if f.rule == "history-not-applied"]
    assert finding.cause.kind == "not-applied"
    assert [f.fingerprint for f in own(report)] == [finding.implied_by]
    (origin,) = finding.origins.history
    assert (origin.revision, origin.path) == ("b2", "migrations/versions/b2_.py")
    assert origin.line is not None
    assert "create_index" in (root / (origin.path or "")).read_text().splitlines()[origin.line - 1]


def test_a_pending_revision_done_by_hand_is_named_though_both_sides_agree(
    tmp_path: Path, sqlite: Scratch
) -> None:
    text = models(100) + "        age: Mapped[int | None] = mapped_column()\n"
    root = project(tmp_path, models=text)
    revision(root, "a1", MADE.format(length=100))
    revision(root, "b2", 'op.add_column("users", sa.Column("age", sa.Integer))', down="a1")
    with sqlite.database() as url:
        migrate(root, url, "a1")
        execute(url, "ALTER TABLE users ADD COLUMN age INTEGER")
        report = Audited(root, url, scratch=sqlite).report
    (finding,) = [f for f in own(report) if f.rule.startswith("history-")]
    assert (finding.rule, finding.severity, finding.object.name) == (
        "history-applied-by-hand",
        "error",
        "age",
    )
    assert finding.values.history_at_database.state == "missing"
    assert finding.values.history_at_head.state == "value"
    assert "alembic stamp b2" in finding.advice.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "later", "cause", "action"),
    [
        ("models", "revision", "overridden", "edit-model"),
        ("revision", "models", "unmigrated-model", "write-revision"),
        ("revision", "nobody", "unmigrated-model", "write-revision"),
    ],
)
def test_commits_say_which_came_later(
    tmp_path: Path, sqlite: Scratch, first: str, later: str, cause: str, action: str
) -> None:
    """What is not committed at all is the youngest."""
    root = project(tmp_path, models=models(200 if later == "revision" else 50))
    if first == "revision":
        revision(root, "a1", MADE.format(length=100))
    commit(root, 1, "one")
    if later == "revision":
        revision(root, "a1", MADE.format(length=100))
    (root / "models.py").write_text((root / "models.py").read_text().replace("String(50)", "String(200)"))
    if later != "nobody":
        commit(root, 5, "two")
    with sqlite.database() as url:
        migrate(root, url)
        finding = one(Audited(root, url, scratch=sqlite).report)
    assert (finding.cause.kind, finding.advice.action) == (cause, action)
    assert any("models.py:" in line and "commit" in line for line in finding.cause.evidence)


@pytest.mark.slow
@pytest.mark.parametrize("length", [100, 300])
def test_an_edited_revision_is_known_by_its_earlier_text(
    tmp_path: Path, sqlite: Scratch, length: int
) -> None:
    """100: models and database agree on what the revision once said; 300: the models went with the edit."""
    root = project(tmp_path, models=models(length))
    revision(root, "a1", MADE.format(length=100))
    commit(root, 1, "as it ran")
    with sqlite.database() as url:
        migrate(root, url)
        revision(root, "a1", MADE.format(length=300))
        commit(root, 2, "edited")
        finding = one(Audited(root, url, scratch=sqlite).report)
    assert finding.cause.kind == "revision-edited"
    assert finding.rule == ("history-unrecorded-change" if length == 100 else "column-type")


@pytest.mark.slow
def test_without_git_no_commit_is_claimed(tmp_path: Path, sqlite: Scratch) -> None:
    root = project(tmp_path, models=models(200))
    revision(root, "a1", MADE.format(length=100))
    with sqlite.database() as url:
        migrate(root, url)
        finding = one(Audited(root, url, scratch=sqlite).report)
    assert finding.cause.kind == "unmigrated-model"
    assert not any("commit" in line for line in finding.cause.evidence)
    assert finding.advice.action == "decide"


def test_all_facts_of_a_pending_revision_are_one_row(tmp_path: Path, sqlite: Scratch) -> None:
    text = models(100) + "".join(f"        a{n}: Mapped[int | None] = mapped_column()\n" for n in range(4))
    root = project(tmp_path, models=text)
    revision(root, "a1", MADE.format(length=100))
    adds = "\n".join(f'op.add_column("users", sa.Column("a{n}", sa.Integer))' for n in range(4))
    revision(root, "b2", adds, down="a1")
    with sqlite.database() as url:
        migrate(root, url, "a1")
        report = Audited(root, url, scratch=sqlite).report
    columns = [f for f in own(report) if f.object.kind == "column"]
    assert {(f.cause.kind, f.advice.action) for f in columns} == {("pending-revision", "ignore")}
    (group,) = {f.group for f in columns}
    (row,) = [g for g in report.groups if g.id == group]
    assert (row.cause, row.findings, "b2" in row.summary) == ("pending-revision", 5, True)
    assert report.summary.by_cause["pending-revision"] == 5


def test_a_database_that_records_no_revision(tmp_path: Path, sqlite: Scratch) -> None:
    """Made by create_all: that no revision is recorded is said once, and of the rest nobody knows."""
    root = project(tmp_path, models=models(200))
    revision(root, "a1", MADE.format(length=100))
    with sqlite.database() as url:
        execute(url, "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(150) NOT NULL)")
        report = Audited(root, url, scratch=sqlite).report
    told = {(f.object.kind, f.rule): f.cause.kind for f in own(report)}
    assert told.pop(("environment", "environment-pending")) == "pending-revision"
    assert told == {("column", "column-type"): "unexplained"}


def test_columns_that_stood_beside_each_other_are_not_one_renamed(tmp_path: Path, sqlite: Scratch) -> None:
    """The old name resembles the new one, and the table has both since the second revision."""
    two = "        display_name: Mapped[str] = mapped_column(String(9))\n"
    root = project(tmp_path, models=models(9) + two)
    revision(root, "a1", MADE.format(length=9).replace("email", "dispatch_name") + EMAIL)
    revision(root, "b2", 'op.add_column("users", sa.Column("display_name", sa.String(9)))', down="a1")
    with sqlite.database() as url:
        migrate(root, url)
        report = Audited(root, url, scratch=sqlite).report
    found = {(f.object.name, f.rule): f for f in own(report)}
    assert set(found) == {("display_name", "column-nullable"), ("dispatch_name", "column-presence")}
    cause = found["display_name", "column-nullable"].cause
    assert cause.kind == "unmigrated-model"
    assert len(cause.evidence) == 1, cause.evidence


def test_what_the_models_leave_unnamed_and_somebody_dropped_is_one_finding(
    tmp_path: Path, postgres: Scratch
) -> None:
    """The revision gave it a name."""
    root = project(tmp_path, models=MODELS.format(imports="String", email="String(9), unique=True"))
    revision(root, "a1", MADE.format(length=9) + 'op.create_unique_constraint("uq", "users", ["email"])')
    with postgres.database() as url:
        migrate(root, url)
        execute(url, "ALTER TABLE users DROP CONSTRAINT uq")
        finding = one(Audited(root, url, scratch=postgres).report)
    assert (finding.rule, finding.cause.kind) == ("unique-presence", "manual-change")


def test_a_revision_whose_table_was_renamed_is_not_undone(tmp_path: Path, sqlite: Scratch) -> None:
    more = "".join(f"        {name}: Mapped[str] = mapped_column(String(9))\n" for name in ("town", "phone"))
    root = project(tmp_path, models=models(9) + more)
    columns = ", ".join(f'sa.Column("{name}", sa.String(9), nullable=False)' for name in ("town", "phone"))
    revision(root, "a1", MADE.format(length=9).replace("\n)", f"    {columns},\n)"))
    with sqlite.database() as url:
        migrate(root, url)
        execute(url, "ALTER TABLE users RENAME TO user_accounts")
        report = Audited(root, url, scratch=sqlite).report
    assert [(f.rule, f.cause.kind) for f in own(report)] == [("table-name", "manual-change")]
    assert not [f for f in report.findings if f.rule == "revision-applied"]


def test_without_a_version_nobody_did_by_hand_what_the_revisions_say(tmp_path: Path, sqlite: Scratch) -> None:
    root = project(tmp_path, models=models(9))
    revision(root, "a1", MADE.format(length=5))
    with sqlite.database() as url:
        migrate(root, url)
        execute(url, "DROP TABLE alembic_version")
        report = Audited(root, url, scratch=sqlite).report
    told = {f.rule: f.cause.kind for f in own(report)}
    assert told == {"environment-pending": "pending-revision", "column-type": "unexplained"}


def test_what_a_revision_lets_fail_was_not_done_by_hand(tmp_path: Path, sqlite: Scratch) -> None:
    root = project(tmp_path, models=models(9))
    revision(root, "a1", MADE.format(length=9).replace("\n)", '    sa.Column("old", sa.Integer),\n)'))
    tried = 'try:\n    op.drop_column("users", "old")\nexcept Exception as error:\n    print(error)\n'
    revision(root, "b2", tried + 'op.create_table("more", sa.Column("id", sa.Integer))', down="a1")
    with sqlite.database() as url:
        migrate(root, url)
        execute(url, "ALTER TABLE users ADD COLUMN old INTEGER")
        found = {f.object.table: f for f in own(Audited(root, url, scratch=sqlite).report)}
    cause = found["users"].cause
    assert (found["users"].rule, cause.kind) == ("column-presence", "not-applied")
    assert "lets this fail without a word (except at line 14)" in cause.summary
