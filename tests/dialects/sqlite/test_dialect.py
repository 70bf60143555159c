"""A SQLite database from its URL to the report: read-only, and never made."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from kedge import audit
from kedge.dialects import dialect_of
from kedge.dialects.sqlite import database_path
from kedge.errors import Incomplete


@pytest.fixture
def models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(255), nullable=False, unique=True),
        sa.Column("active", sa.Boolean(create_constraint=True), server_default=sa.true()),
        sa.Column("mood", sa.Enum("good", "bad", create_constraint=True, name="mood")),
        sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0"), server_default="18", comment="years"),
        sa.Column("double", sa.Integer, sa.Computed("age * 2")),
        sa.Index("ix_lower", sa.func.lower(sa.column("email")), sqlite_where=sa.text("age IS NOT NULL")),
        comment="SQLite keeps no comments",
    )
    return metadata


def made(path: Path, models: sa.MetaData) -> str:
    url = f"sqlite:///{path}"
    models.create_all(sa.create_engine(url))
    return url


def test_what_create_all_makes_is_silent(tmp_path: Path, models: sa.MetaData) -> None:
    report = audit([models], made(tmp_path / "a.db", models))
    assert (report.findings, report.notes, report.complete) == ((), (), True)
    assert (report.target.dialect, report.target.name) == ("sqlite", "a")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///rel.db", "rel.db"),
        ("sqlite:////abs/x.db", "/abs/x.db"),
        ("sqlite+pysqlite:///a b%20.db", "a b%20.db"),
        ("sqlite+aiosqlite:////abs/x.db?timeout=5", "/abs/x.db"),
        ("sqlite:///file:x%20y.db?mode=ro&uri=true", "x y.db"),
    ],
)
def test_the_file_of_a_url(url: str, path: str) -> None:
    assert database_path(url) == Path(path)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", "sqlite://host/x"]
)
def test_a_url_without_a_file(url: str) -> None:
    with pytest.raises(Incomplete):
        database_path(url)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, models: sa.MetaData) -> None:
    with pytest.raises(Incomplete, match="there is no SQLite database"):
        audit([models], f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database(tmp_path: Path, models: sa.MetaData) -> None:
    (tmp_path / "text.db").write_text("not a database, and longer than a header would be" * 20)
    with pytest.raises(Incomplete, match="not a database"):
        audit([models], f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(Incomplete, match="folder"):
        audit([models], f"sqlite:///{tmp_path}")


def test_a_locked_database_is_one_line(tmp_path: Path, models: sa.MetaData) -> None:
    url = made(tmp_path / "a.db", models)
    writer = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Incomplete, match="locked") as caught:
        audit([models], url, timeout=0.2)
    assert "another process" in str(caught.value)
    writer.close()


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_the_file_and_its_folder_stay_as_they_were(tmp_path: Path, models: sa.MetaData, mode: str) -> None:
    url = made(tmp_path / "a.db", models)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.close()
    before = (tmp_path / "a.db").read_bytes(), sorted(tmp_path.iterdir())
    assert audit([models], url).findings == ()
    assert before == ((tmp_path / "a.db").read_bytes(), sorted(tmp_path.iterdir()))


def test_the_connection_refuses_to_write(tmp_path: Path, models: sa.MetaData) -> None:
    url = made(tmp_path / "a.db", models)
    with pytest.raises(Incomplete, match="readonly"), dialect_of(url).connect(url, timeout=1) as connection:
        connection.execute("CREATE TABLE t (a)")


def test_a_write_ahead_log_in_use_is_read(tmp_path: Path, models: sa.MetaData) -> None:
    """What is only in the log so far is part of the database."""
    with sqlite3.connect(tmp_path / "a.db") as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        url = made(tmp_path / "a.db", models)
        writer.execute("ALTER TABLE users ADD COLUMN late TEXT")
        writer.commit()
        found = audit([models], url).findings
    assert [(f.rule, f.object.name) for f in found] == [("column-presence", "late")]


def test_sqlite_s_own_tables_are_left_alone(tmp_path: Path, models: sa.MetaData) -> None:
    url = made(tmp_path / "a.db", models)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript(
            """CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
               CREATE VIRTUAL TABLE words USING fts5(word); CREATE VIEW v AS SELECT 1; ANALYZE;
               CREATE VIEW broken AS SELECT * FROM gone;"""
        )
    report = audit([models], url)
    assert sorted((f.rule, f.object.name or f.object.table, f.severity) for f in report.findings) == [
        ("table-presence", "words", "info"),
        ("view-presence", "broken", "info"),
        ("view-presence", "v", "info"),
    ]
    assert report.notes == ()


def test_another_schema_is_another_file(tmp_path: Path, models: sa.MetaData) -> None:
    url = made(tmp_path / "a.db", models)
    sa.Table("elsewhere", models, sa.Column("id", sa.Integer, primary_key=True), schema="other")
    report = audit([models], url)
    assert report.findings == ()
    assert [(n.kind, n.object and n.object.table) for n in report.notes] == [("not-compared", "elsewhere")]
    assert not report.complete


def test_a_refused_declaration_is_a_finding(tmp_path: Path, models: sa.MetaData) -> None:
    url = made(tmp_path / "a.db", models)
    models.tables["users"].append_constraint(sa.CheckConstraint("nonsense > 1", name="ck_bad"))
    found = [f for f in audit([models], url).findings if f.implied_by is None]
    assert [(f.rule, f.object.name) for f in found] == [("model-invalid", "ck_bad")]


def test_a_virtual_table_that_events_put_in_a_table_s_place(tmp_path: Path) -> None:
    """As applications do with full-text search: the ORM has a table, and a listener makes something else of it."""
    metadata = sa.MetaData()
    words = sa.Table(
        "words", metadata, sa.Column("rowid", sa.Integer, primary_key=True), sa.Column("word", sa.Text)
    )
    for statement in ("DROP TABLE words", "CREATE VIRTUAL TABLE words USING fts5(word)"):
        sa.event.listen(words, "after_create", sa.DDL(statement))
    url = made(tmp_path / "a.db", metadata)
    assert audit([metadata], url).findings == ()
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript(
            "DROP TABLE words; CREATE TABLE words (rowid INTEGER PRIMARY KEY, word TEXT)"
        )
    assert [f.rule for f in audit([metadata], url).findings] == ["table-kind"]
