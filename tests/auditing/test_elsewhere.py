"""A project of several environments, each with a database of its own: only what the audited one has is compared."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.history.chain import ENV, INI, USERS, Audited, migrate, project, revision

OTHERS = """
    from sqlalchemy import Column, Integer, MetaData, Table
    metadata = MetaData()
    Table("bills", metadata, Column("id", Integer, primary_key=True))
"""
SAID = (
    "excluded: the database has nothing of alembic.ini:other (1 table), which is taken for another database's"
)


def two_services(folder: Path, *, version_table: str = "alembic_version") -> Path:
    env = ENV.replace("from models import Base", "from others_models import metadata").replace(
        "target_metadata=Base.metadata", f'target_metadata=metadata, version_table="{version_table}"'
    )
    ini = INI + "[other]\nscript_location = others\nprepend_sys_path = .\n"
    root = project(folder / "project", ini=ini, others__env=env, others_models=OTHERS)
    (root / "others" / "versions").mkdir()
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    bills = 'op.create_table("bills", sa.Column("id", sa.Integer, primary_key=True))'
    revision(root, "x1", bills, folder="others/versions", downgrade='op.drop_table("bills")')
    return root


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


def found(root: Path, url: str, **options: object) -> tuple[list[str], list[str]]:
    audited = Audited(root, url, **options)
    return sorted(f.rule for f in audited.report.findings), [
        n for n in audited.notes if n.startswith("excluded")
    ]


def test_a_neighbour_of_another_database_is_said_and_not_compared(tmp_path: Path, url: str) -> None:
    root = two_services(tmp_path)
    migrate(root, url)
    findings, notes = found(root, url)
    assert findings == []
    assert notes == [f"{SAID}; --config alembic.ini:other compares it"]


def test_a_named_one_is_compared(tmp_path: Path, url: str) -> None:
    root = two_services(tmp_path)
    migrate(root, url)
    findings, notes = found(root, url, configs=["alembic.ini", "alembic.ini:other"])
    assert "table-presence" in findings
    assert notes == []


def test_one_with_a_version_table_of_its_own_there_is_compared(tmp_path: Path, url: str) -> None:
    root = two_services(tmp_path, version_table="bills_version")
    migrate(root, url)
    migrate(root, url, section="other")
    assert found(root, url) == ([], [])
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE bills")
    findings, notes = found(root, url)
    assert "table-presence" in findings
    assert notes == []
