"""A database that only SQLAlchemy knows: what the Inspector gives is compared, and what it does not give is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kedge import audit
from kedge.errors import UsageError
from kedge.findings import Report

# Another database in all but its engine; the program is told of it as any installed dialect is.
DIALECT = """
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

class Other(SQLiteDialect_pysqlite):
    name = "other"
    supports_statement_cache = True
"""


class Other(SQLiteDialect_pysqlite):
    name = "other"
    supports_statement_cache = True


class Blind(Other):
    """A dialect that tells neither of checks nor of unique constraints."""

    name = "blind"

    def get_check_constraints(self, *args: Any, **kw: Any) -> Any:
        raise NotImplementedError

    def get_unique_constraints(self, *args: Any, **kw: Any) -> Any:
        raise NotImplementedError


registry.impls["other"] = lambda: Other
registry.impls["blind"] = lambda: Blind


def models() -> sa.MetaData:
    made = sa.MetaData()
    sa.Table(
        "team",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(30), unique=True),
    )
    sa.Table(
        "person",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, server_default="it's"),
        sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0", name="ck_age")),
        sa.Column("team_id", sa.ForeignKey("team.id", ondelete="CASCADE"), index=True),
    )
    return made


def audited(tmp_path: Path, *changes: str, scheme: str = "other") -> Report:
    url = f"{scheme}:///{tmp_path}/there.db"
    engine = sa.create_engine(url)
    models().create_all(engine)
    with engine.begin() as connection:
        for change in changes:
            connection.exec_driver_sql(change)
    return audit([models()], url)


def test_what_create_all_made_is_silent_and_what_cannot_be_seen_is_said(tmp_path: Path) -> None:
    report = audited(tmp_path)
    assert (report.findings, report.complete) == ((), True)
    (note,) = report.notes
    assert note.kind == "not-modelled"
    assert "other is read through SQLAlchemy's Inspector, which does not tell of comments" in note.reason


AGAIN = (
    "DROP TABLE person",
    "CREATE TABLE person (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR({length}) NOT NULL DEFAULT '{default}',"
    " age INTEGER CONSTRAINT ck_age CHECK ({check}), team_id INTEGER,"
    " FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE {action})",
    "CREATE INDEX ix_person_team_id ON person (team_id)",
)


def again(
    length: int = 40, default: str = "it''s", check: str = "age > 0", action: str = "CASCADE"
) -> list[str]:
    return [text.format(length=length, default=default, check=check, action=action) for text in AGAIN]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (["ALTER TABLE person ADD COLUMN extra INTEGER"], "column-presence"),
        (["DROP INDEX ix_person_team_id"], "index-presence"),
        (again(length=50), "column-type"),
        (again(default="It''s"), "column-default"),
        (again(check="age > 1"), "check-expression"),
        (again(action="SET NULL"), "foreign-key-on-delete"),
        (again(check="(age>0)"), None),
    ],
)
def test_what_differs_is_found_and_nobody_confirmed_it(
    tmp_path: Path, changes: list[str], rule: str | None
) -> None:
    report = audited(tmp_path, *changes)
    assert [(f.rule, f.confirmed) for f in report.findings] == ([(rule, False)] if rule else [])


def test_what_a_dialect_does_not_tell_is_no_drift(tmp_path: Path) -> None:
    report = audited(tmp_path, scheme="blind")
    assert report.findings == ()
    assert any("checks, comments, unique constraints" in note.reason for note in report.notes)


def test_a_database_nobody_speaks_is_one_line() -> None:
    with pytest.raises(
        UsageError, match="neither Kedge nor the SQLAlchemy beside it can read nosuch databases"
    ):
        audit([models()], "nosuch://me:hunter2@host/database")


def test_the_program_reads_it_and_keeps_the_password(tmp_path: Path) -> None:
    (tmp_path / "otherdb.py").write_text(DIALECT)
    known = tmp_path / "otherdb-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: otherdb\nVersion: 1\n")
    (known / "entry_points.txt").write_text("[sqlalchemy.dialects]\nother = otherdb:Other\n")
    (tmp_path / "shop.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('team', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(30)))\n"
    )
    engine = sa.create_engine(f"other:///{tmp_path}/there.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE team (id INTEGER PRIMARY KEY NOT NULL)")

    def program(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("kedge")), "audit", "--models", "shop:metadata", "--format", "text",
             "--url", url],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    found = program(f"other:///{tmp_path}/there.db")
    assert found.returncode == 1, found.stderr
    assert "name" in found.stdout and "Inspector" in found.stdout + found.stderr
    refused = program("other://me:hunter2@/nowhere/at/all.db")
    assert refused.returncode == 3, refused.stderr
    assert "hunter2" not in refused.stdout + refused.stderr
