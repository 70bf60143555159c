"""A project that reaches SQLite through an asynchronous driver is audited as any other."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from kedge._api import audit_project
from kedge.options import Options

MODELS = """
import os

from sqlalchemy import String
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ.get("SHOP_DATABASE", "sqlite+aiosqlite:///shop.db"))


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
"""


@pytest.mark.parametrize(
    ("column", "rules"), [("code VARCHAR(40) NOT NULL", []), ("code VARCHAR(40)", ["column-nullable"])]
)
def test_an_asynchronous_url(tmp_path: Path, column: str, rules: list[str]) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    database = sqlite3.connect(tmp_path / "shop.db")
    database.executescript(f"CREATE TABLE thing (id INTEGER NOT NULL, {column}, PRIMARY KEY (id))")
    database.close()
    report = audit_project(
        f"sqlite+aiosqlite:///{tmp_path}/shop.db",
        Options(targets=["models:Base"], python=sys.executable),
        root=tmp_path,
    )
    assert [f.rule for f in report.findings] == rules
    assert report.complete
