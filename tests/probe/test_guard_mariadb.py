"""A server of MariaDB lets a statement reach any of its databases: what the project runs changes the scratch alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cases.mariadb import connect, run_sql
from tests.history.chain import Audited, project, revision

from kedge import audit
from kedge.probe.mysql import reaches
from kedge.scratch import Scratch

OTHERS = {"app", "my-app"}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE app.users (id int)",
        "insert into `App` . `users` values (1)",
        "UPDATE t JOIN `my-app`.u ON u.id = t.id SET t.a = 1",
        "USE app",
        "ALTER DATABASE `app` CHARACTER SET utf8mb4",
        "DROP SCHEMA IF EXISTS app",
        "GRANT ALL ON app.* TO me",
        "SELECT 1; DROP TABLE app.users",
        "/* SELECT */ DELETE FROM app.users",
        "WITH x AS (SELECT 1) DELETE FROM app.users",
    ],
)
def test_a_statement_that_reaches_another_database(statement: str) -> None:
    assert reaches(statement, OTHERS) in ("app", "App", "my-app")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE app (app int)",
        "INSERT INTO links VALUES ('https://app.example.com', \"app.x\")",
        "SELECT * FROM app.users",
        "UPDATE t SET a = 1 -- app.users\n /* app.users */",
        "CREATE DEFINER=me@app.example.com VIEW v AS SELECT 1",
        "UPDATE other.app SET other.app.a = 1",
        "DELETE FROM myapp.users",
    ],
)
def test_a_statement_that_does_not(statement: str) -> None:
    assert reaches(statement, OTHERS) is None


@pytest.fixture
def untouched(mariadb: Scratch) -> Iterator[str]:
    """An audited database on the very server of the scratch; whatever the test does, it stays as it is."""
    with mariadb.database() as url:
        run_sql(url, "CREATE TABLE thing (id int AUTO_INCREMENT PRIMARY KEY)")
        yield url
        assert query(url, "SHOW FULL TABLES") == [("thing", "BASE TABLE")]
        assert [row[0] for row in query(url, "SHOW COLUMNS FROM thing")] == ["id"]


def query(url: str, sql: str) -> list[Any]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_models_that_name_the_audited_database(untouched: str) -> None:
    name = sa.make_url(untouched).database
    metadata = sa.MetaData()
    for table in ("thing", "later"):
        sa.Table(table, metadata, sa.Column("id", sa.Integer, primary_key=True), schema=name)
    for view in ("here", f"{name}.there"):
        sa.event.listen(metadata, "after_create", sa.DDL(f"CREATE VIEW {view} AS SELECT 1"))
    report = audit([metadata], untouched, scratch_place="same-server")
    assert [(f.rule, f.object.table or f.object.name) for f in report.findings] == [
        ("view-presence", "here"),
        ("table-presence", "later"),
    ]
    assert [n.reason for n in report.notes] == [
        f"it is not run, because it reaches beyond one database: CREATE VIEW {name}.there AS SELECT 1"
    ]


LASTING = ("SET GLOBAL long_query_time = 77", "GRANT PROCESS ON *.* TO kedge_somebody")


@pytest.fixture
def server_as_it_was(untouched: str) -> Iterator[str]:
    """Rights and settings are the server's: they would be there when the scratch is gone."""
    query(untouched, "CREATE OR REPLACE USER kedge_somebody")
    before = query(untouched, "SELECT @@global.long_query_time")
    try:
        yield untouched
        assert query(untouched, "SELECT @@global.long_query_time") == before
        assert "PROCESS" not in query(untouched, "SHOW GRANTS FOR kedge_somebody")[0][0]
    finally:
        query(untouched, "DROP USER kedge_somebody")


def test_what_models_say_to_the_server_is_not_run(server_as_it_was: str) -> None:
    metadata = sa.MetaData()
    sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True))
    for statement in LASTING:
        sa.event.listen(metadata, "after_create", sa.DDL(statement))
    report = audit([metadata], server_as_it_was, scratch_place="same-server")
    assert report.findings == ()
    assert [n.reason for n in report.notes] == [
        f"it is not run, because it reaches beyond one database: {statement}" for statement in LASTING
    ]


def test_what_revisions_say_to_the_server_is_not_run(tmp_path: Path, server_as_it_was: str) -> None:
    root = project(tmp_path)
    revision(root, "a1", "\n".join(f"op.execute({statement!r})" for statement in LASTING))
    found = Audited(root, server_as_it_was, scratch_place="same-server")
    assert found.history.failed is None


@pytest.mark.parametrize(
    "run",
    [
        "op.execute({!r})",
        pytest.param("op.get_bind().connection.cursor().execute({!r})", marks=pytest.mark.slow),
    ],
)
def test_revisions_that_name_the_audited_database(tmp_path: Path, untouched: str, run: str) -> None:
    name = sa.make_url(untouched).database
    root = project(tmp_path)
    revision(root, "a1", run.format(f"ALTER TABLE {name}.thing ADD COLUMN more int"))
    found = Audited(root, untouched, scratch_place="same-server")
    said = [note for note in found.notes if note.startswith("history-partial")]
    assert len(said) == 1
    assert f"change of the database {name} refused" in said[0]
