"""Tables that the judge found equal need no judge again, until anything it saw has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from kedge._api import audit_models
from kedge.findings import Report
from kedge.memory import Memory
from kedge.scratch import Scratch


class Counted:
    """A scratch that counts how often it is asked for a database."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.databases = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scratch, name)

    def database(self) -> AbstractContextManager[str]:
        self.databases += 1
        return self.scratch.database()


def models(
    check: str = "price*2>1", kinds: tuple[str, ...] = ("a", "b"), parent: Any = sa.Integer
) -> sa.MetaData:
    made = sa.MetaData()
    sa.Table("parent", made, sa.Column("id", parent, primary_key=True))
    sa.Table(
        "item",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parent.id")),
        sa.Column("price", sa.Numeric(10, 2), sa.CheckConstraint(check, name="ck_price")),
        sa.Column("kind", sa.Enum(*kinds, name="kind")),
    )
    return made


class Audited:
    def __init__(self, url: str, scratch: Scratch, memory: Memory) -> None:
        self.url, self.memory = url, memory
        self.scratch = Counted(scratch)

    def __call__(self, metadata: sa.MetaData) -> tuple[bool, set[str]]:
        """Whether a judge was asked, and the rules of what was found."""
        before = self.scratch.databases
        report: Report = audit_models(
            [metadata],
            self.url,
            scratch=self.scratch,
            memory=self.memory,  # type: ignore[arg-type]
        )
        assert report.complete
        return self.scratch.databases > before, {f.rule for f in report.findings}

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())


@contextmanager
def prepared(postgres: Scratch, folder: Path) -> Iterator[Audited]:
    with postgres.database() as url:
        engine = sa.create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool
        )
        models().create_all(engine)
        yield Audited(url, postgres, Memory(folder))


@pytest.fixture
def audited(postgres: Scratch, tmp_path: Path) -> Iterator[Audited]:
    with prepared(postgres, tmp_path / "cache") as made:
        assert made(models()) == (True, set())
        assert made(models()) == (False, set())
        yield made


CHANGES: dict[str, tuple[str | None, Callable[[], sa.MetaData], set[str]]] = {
    "the declared check": (None, lambda: models("price*3>1"), {"check-expression"}),
    "the live check": (
        "ALTER TABLE item DROP CONSTRAINT ck_price; ALTER TABLE item ADD CONSTRAINT ck_price CHECK (price > 2)",
        models,
        {"check-expression"},
    ),
    "the live column": ("ALTER TABLE item ALTER price TYPE numeric(12,2)", models, {"column-type"}),
    "the declared enum": (None, lambda: models(kinds=("a", "b", "c")), {"enum-values"}),
    "the live enum": ("ALTER TYPE kind ADD VALUE 'c'", models, {"enum-values"}),
    "a live table more": ("CREATE TABLE more (id integer)", models, {"table-presence"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_found(audited: Audited, change: str) -> None:
    sql, made, rules = CHANGES[change]
    if sql:
        audited.execute(sql)
    assert audited(made())[1] == rules
    assert audited(made())[1] == rules
    if sql is None:
        assert audited(models())[1] == set()


def test_a_table_pointed_to_takes_part(audited: Audited) -> None:
    """Its column's type decides whether the foreign key can be made at all."""
    judged, rules = audited(models(parent=sa.Text))
    assert judged
    assert "column-type" in rules


def test_nothing_is_remembered_without_a_memory(audited: Audited) -> None:
    audited.memory = Memory(None)
    assert audited(models()) == (True, set())
    assert audited(models()) == (True, set())


def test_a_rename_teaches_nothing(audited: Audited) -> None:
    audited.execute("ALTER TABLE parent RENAME id TO key")
    first, second = audited(models())[1], audited(models())[1]
    assert first == second
