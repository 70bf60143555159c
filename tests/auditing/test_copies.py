"""What stands beside env.py files, and copies of models for another database, are no models of this one."""

from __future__ import annotations

import sys
from pathlib import Path

from kedge._api import audit_project
from kedge.findings import Report
from kedge.options import Options

MODELS = """
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String(20))

portable = MetaData()
for table in list(Base.metadata.tables.values()):
    table.to_metadata(portable)
"""
ENV = "from alembic import context\n\ncontext.run_migrations()\n"
FROZEN = MODELS.replace("name = Column(String(20))", "old_name = Column(String(20))")
HELPER = 'from sqlalchemy import text\n\ndef upgrade(c):\n    c.execute(text("SELECT old_name FROM users"))\n'


def audited(folder: Path, **files: str) -> Report:
    import sqlite3

    for name, content in {"models": MODELS, **files}.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    with sqlite3.connect(folder / "app.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20))")
    options = Options(targets=["models:Base"], python=sys.executable)
    return audit_project(f"sqlite:///{folder / 'app.db'}", options, root=folder)


def test_a_copy_of_tracked_tables_is_tracked(tmp_path: Path) -> None:
    assert [f.message for f in audited(tmp_path).findings] == []


def test_what_lies_beside_an_env_py_is_for_revisions(tmp_path: Path) -> None:
    """Though nobody named that environment: its own models are frozen, and its SQL is of an earlier day."""
    report = audited(tmp_path, storage__env=ENV, storage__frozen=FROZEN, storage__utils__names=HELPER)
    assert [f.message for f in report.findings] == []
    elsewhere = audited(tmp_path / "elsewhere", storage__frozen=FROZEN, storage__utils__names=HELPER)
    assert sorted(f.rule for f in elsewhere.findings) == ["column-in-sql", "model-duplicate"]
