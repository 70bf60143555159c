"""Alembic's own template for several databases: the audited one is compared, and its part of the chain replayed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cases import corpus
from tests.history.chain import Audited, driven

from kedge.scratch import Scratch

MODELS = """
from sqlalchemy import Column, Integer, MetaData, String, Table

one, two = MetaData(), MetaData()
Table("users", one, Column("id", Integer, primary_key=True), Column("name", String(20)))
Table("logs", two, Column("id", Integer, primary_key=True), Column("words", String(20)))
"""


def alembic(root: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
        else:
            server: Scratch = request.getfixturevalue("postgres")
            yield stack.enter_context(server.database()), stack.enter_context(server.database())


@pytest.fixture
def root(tmp_path: Path, urls: tuple[str, str]) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    (root / "models.py").write_text(MODELS)
    alembic(root, "init", "-t", "multidb", "migrations")
    ini = (root / "alembic.ini").read_text()
    for number, url in enumerate(urls):
        ini = ini.replace(
            f"driver://user:pass@localhost/dbname{number + 1 if number else ''}\n", f"{driven(url)}\n"
        )
    (root / "alembic.ini").write_text(ini)
    env = root / "migrations" / "env.py"
    told = 'import models\ntarget_metadata = {"engine1": models.one, "engine2": models.two}\n'
    env.write_text(env.read_text().replace("target_metadata = {}\n", told))
    alembic(root, "revision", "--autogenerate", "-m", "tables")
    alembic(root, "upgrade", "head")
    return root


def test_each_database_agrees_with_its_own_models(
    root: Path, urls: tuple[str, str], postgres: Scratch
) -> None:
    for url, other in zip(urls, ("models:two (engine2)", "models:one (engine1)"), strict=True):
        audited = Audited(root, url, scratch=None if url.startswith("sqlite") else postgres)
        assert [f.message for f in audited.report.findings] == []
        (note,) = audited.notes
        assert note.startswith("excluded: of the databases of alembic.ini this is engine")
        assert note.endswith(f"not compared: {other}")


def test_a_change_of_the_second_is_known_as_one(root: Path, urls: tuple[str, str], postgres: Scratch) -> None:
    """Where no URL of alembic.ini is the audited one, its tables tell which it is."""
    corpus.run_sql(urls[1], "ALTER TABLE logs DROP COLUMN words")
    ini = (root / "alembic.ini").read_text()
    for url in urls:
        ini = ini.replace(f"{driven(url)}\n", "postgresql://elsewhere/app\n")
    (root / "alembic.ini").write_text(ini)
    scratch = None if urls[1].startswith("sqlite") else postgres
    found = Audited(root, urls[1], scratch=scratch).report.findings
    assert [(f.rule, f.object.name, f.cause.kind) for f in found] == [
        ("column-presence", "words", "manual-change")
    ]
