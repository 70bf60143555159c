"""`kedge explain`: a rule, a finding, an object."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kedge.cli import run
from kedge.findings import Report
from kedge.report import decoded
from kedge.scratch import Scratch

MODELS = """\
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("age", sa.Integer, server_default="7"),
         sa.Column("email", sa.String(120)),
         sa.CheckConstraint("age > 0", name="age_ok"))
sa.Table("same", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
TABLES = """
    CREATE TABLE users (id serial PRIMARY KEY, age integer DEFAULT 8, e_mail varchar(120),
                        CONSTRAINT age_ok CHECK (age > 1));
    CREATE TABLE same (id serial PRIMARY KEY);
"""


@pytest.fixture(scope="module")
def audited(postgres: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project, and the report of its audit."""
    folder = tmp_path_factory.mktemp("explained")
    (folder / "models.py").write_text(MODELS)
    (folder / "pyproject.toml").write_text("")
    with postgres.database() as url, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with psycopg.connect(url) as connection:
            connection.execute(TABLES.encode())
        options = ["--models", "models:metadata", "--format", "json", "--output", "r.json", "--url", url]
        assert run(["audit", *options]) == 1
        yield folder


def report() -> Report:
    (one,) = decoded(Path("r.json").read_bytes())
    return one


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_rule_is_its_page(kedge):
    done = kedge("explain", "column-default")
    assert done.code == 0
    assert done.out.startswith("# column-default")
    assert "## What to do" in done.out


def test_a_column_with_both_spellings_the_evidence_and_the_page(audited, monkeypatch, kedge):
    monkeypatch.chdir(audited)
    said = flat(kedge("explain", "--report", "r.json", "users.age").out)
    assert "models 7" in said
    assert "database 8" in said
    assert 'sa.Column("age", sa.Integer, server_default="7")' in said
    assert "a throw-away PostgreSQL parsed both texts, and they are two expressions" in said
    assert "hurts" in said
    assert "to do" in said


def test_a_fingerprint_is_one_finding(audited, monkeypatch, kedge):
    monkeypatch.chdir(audited)
    check = next(f for f in report().findings if f.rule == "check-expression")
    said = flat(kedge("explain", "--report", "r.json", check.fingerprint).out)
    assert "(age > 0)" in said
    assert "(age > 1)" in said
    assert said.count(" finding ") == 1


def test_a_rename_by_either_name(audited, monkeypatch, kedge):
    monkeypatch.chdir(audited)
    old, new = (
        kedge("explain", "--report", "r.json", "users.e_mail"),
        kedge("explain", "--report", "r.json", "users.email"),
    )
    assert old.out == new.out
    assert "a rename is likely: both are character varying(120)" in flat(old.out)


def test_a_table_that_agrees(audited, monkeypatch, kedge):
    monkeypatch.chdir(audited)
    done = kedge("explain", "--report", "r.json", "same")
    assert done.code == 0
    assert done.out == "Models and database agree about public.same: nothing is found there.\n"


def test_what_is_nothing(audited, monkeypatch, kedge):
    monkeypatch.chdir(audited)
    done = kedge("explain", "--report", "r.json", "users.agee")
    assert done.code == 2
    assert "did you mean users.age?" in done.err
