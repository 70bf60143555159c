"""Where throw-away databases are made, as the user says it."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pymysql
import pytest
import sqlalchemy as sa

from kedge import audit
from kedge.dialects.mysql.address import arguments
from kedge.errors import UsageError
from kedge.options import Options
from kedge.scratch import NoScratch, Scratch, binaries, open_scratch
from kedge.scratch.binaries import Install
from kedge.scratch.places import PREFIX, is_left_over, placed, scratch_name

# Its default has to be judged.
JUDGED = sa.Table(
    "items",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, server_default=sa.text("now() + interval '1 day'")),
    sa.Column("state", sa.Text, sa.CheckConstraint("state in ('a','b')", name="known")),
).metadata
MADE = """
    CREATE TABLE items (
        id serial PRIMARY KEY, at timestamp DEFAULT now() + '24:00:00'::interval + '00:00'::interval,
        state text CONSTRAINT known CHECK (state = ANY (ARRAY['a', 'b'])))
"""


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def marks(url: str) -> list[tuple[object, ...]]:
    """Every row of the catalog that DDL could have touched."""
    with psycopg.connect(url) as connection:
        return [
            row
            for catalog in ("pg_class", "pg_attribute", "pg_namespace", "pg_extension", "pg_proc", "pg_type")
            for row in connection.execute(
                f"SELECT '{catalog}', xmin::text, ctid::text FROM {catalog} ORDER BY 2, 3"
            )
        ]


def test_the_audited_server_is_used_only_because_the_user_said_so(postgres: Scratch) -> None:
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(MADE)
        there, before = databases(url), marks(url)
        report = audit([JUDGED], url, scratch_place="same-server")
        assert [(f.rule, f.confirmed) for f in report.findings] == [("column-default", True)]
        assert (databases(url), marks(url)) == (there, before)


def test_a_role_that_may_not_is_told_in_one_line(postgres: Scratch) -> None:
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(MADE)
            connection.execute("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN NOCREATEDB")
            connection.execute("GRANT SELECT ON items TO reader")
        with pytest.raises(NoScratch, match=r"permission denied to create database.*CREATEDB"):
            audit([JUDGED], url.replace("postgres@", "reader@"), scratch_place="same-server")


def test_no_scratch_at_all_confirms_nothing(postgres: Scratch) -> None:
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(MADE)
        report = audit([JUDGED], url, scratch_place="none")
    assert report.findings
    assert not any(f.confirmed for f in report.findings)
    assert any("no scratch server was wanted (--scratch none)" in n.reason for n in report.notes)
    assert not report.complete


@pytest.mark.parametrize(
    ("place", "scratch_url", "words"),
    [
        ("nowhere", None, "nowhere is not known"),
        ("same-server", "postgresql://h/x", "both say where"),
        ("nearest", "postgresql+psycopg2://other@localhost:5432/app", "the audited database itself"),
        ("nearest", "postgres://127.0.0.1/app?sslmode=disable", "the audited database itself"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: str, scratch_url: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options = Options(scratch_place=place, scratch_url=scratch_url)
        placed(options, "postgresql://me:secret@localhost/app", None)


@pytest.mark.parametrize(
    "url", ["postgresql://localhost/other", "postgresql://localhost:5433/app", "mysql://localhost/app"]
)
def test_another_database_is_good_enough(url: str) -> None:
    options = Options(scratch_url=url)
    assert placed(options, "postgresql://me:secret@localhost/app", None) == (options, None)


def test_what_an_earlier_run_left_is_swept_and_nothing_else(postgres: Scratch) -> None:
    old, new, used = (f"{PREFIX}{int(time.time()) - age:08x}_{age:08x}" for age in (7200, 60, 7300))
    names = [old, new, used, f"{PREFIX}mine"]
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        with psycopg.connect(url, dbname=used), open_scratch("postgresql", scratch_url=url):
            assert databases(url) & set(names) == {new, used, f"{PREFIX}mine"}
        with psycopg.connect(url, autocommit=True) as connection:
            for name in names[1:]:
                connection.execute(f"DROP DATABASE {name}".encode())


def test_mariadb_is_swept_too(mariadb: Scratch) -> None:
    old = f"{PREFIX}{int(time.time()) - 7200:08x}_00000001"
    with (
        mariadb.database() as url,
        pymysql.connect(**arguments(url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"CREATE DATABASE {old}")
        cursor.execute(f"CREATE DATABASE {PREFIX}mine")
        with open_scratch("mysql", flavour="mariadb", scratch_url=url):
            cursor.execute("SHOW DATABASES LIKE 'kedge\\_scratch%'")
            assert [name for (name,) in cursor.fetchall()] == [f"{PREFIX}mine"]
        cursor.execute(f"DROP DATABASE {PREFIX}mine")


def test_names_tell_their_age() -> None:
    assert not is_left_over(scratch_name())
    assert not is_left_over("kedge_scratch_precious")
    assert is_left_over(f"{PREFIX}00000001_00000000")


def test_a_server_with_the_extensions_is_nearer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(name: str, version: str, *extensions: str) -> Install:
        folder = tmp_path / name / "share" / "extension"
        folder.mkdir(parents=True)
        for extension in extensions:
            (folder / f"{extension}.control").touch()
        return Install(tmp_path / name / "bin", version, embedded=False)

    found = [install("a", "15.1"), install("b", "18.1"), install("c", "16.1", "citext", "kedge_x")]
    monkeypatch.setattr(binaries, "_by_version", lambda major: iter(found))
    assert [i.version for i in binaries.installs(15)] == ["15.1", "18.1", "16.1"]
    assert [i.version for i in binaries.installs(15, {"kedge_x"})] == ["16.1", "15.1", "18.1"]
    assert [i.version for i in binaries.installs(15, {"kedge_y"})] == ["15.1", "18.1", "16.1"]


def test_the_local_server_has_its_extensions(postgres: Scratch) -> None:
    with postgres.database() as url, psycopg.connect(url) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
    local = next(i for i in binaries.installs(postgres.major) if i.major == postgres.major)
    assert binaries.lacking(local, there | {"kedge_x"}) == {"kedge_x"}
