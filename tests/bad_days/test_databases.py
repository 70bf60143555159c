"""The database is there, and odd."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.bad_days.world import THING, Database, Row, audit, write, write_alembic, write_revision

JSON = ("--format", "json", "--output", "report.json")


RIGHTS = {
    "schema": ["REVOKE ALL ON SCHEMA public FROM PUBLIC, reader"],
    "table": ["REVOKE ALL ON thing FROM PUBLIC, reader"],
    "column": ["REVOKE ALL ON thing FROM reader", "GRANT SELECT (id) ON thing TO reader"],
}


@pytest.mark.parametrize("what", RIGHTS)
def test_no_rights(project: Path, database: Database, row: Row, what: str) -> None:
    """PostgreSQL's catalogs are open to all roles: nothing is missing for want of rights."""
    database.make(THING)
    database.run(*RIGHTS[what])
    ran = audit(project, database.url("reader"), "--models", "models", *JSON, "--format", "text").holds(row)
    assert ran.report["findings"] == []
    assert ran.report["complete"] is True


def test_no_right_to_connect(project: Path, database: Database, row: Row) -> None:
    database.run(f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC")
    audit(project, database.url("reader"), "--models", "models").holds(row)


def test_no_right_to_the_version_table(tmp_path: Path, database: Database, row: Row) -> None:
    database.make(THING, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    write_alembic(tmp_path)
    audit(tmp_path, database.url("reader")).holds(row)


def test_a_revision_nobody_has(tmp_path: Path, database: Database, row: Row) -> None:
    database.make(THING, *VERSIONS, "INSERT INTO alembic_version VALUES ('feedbeef')")
    write_revision(write_alembic(tmp_path), "0001", None)
    audit(tmp_path, database.url()).holds(row)


def test_pending_revision(tmp_path: Path, database: Database, row: Row) -> None:
    database.make("CREATE TABLE thing (id serial PRIMARY KEY)", *VERSIONS)
    database.make("INSERT INTO alembic_version VALUES ('0001')")
    write_revision(write_alembic(tmp_path), "0001", None)
    write_revision(tmp_path, "0002", "0001")
    ran = audit(tmp_path, database.url(), *JSON, "--format", "text").holds(row)
    environment = ran.report["environments"][0]
    assert (environment["database_revisions"], environment["heads"]) == (["0001"], ["0002"])


VERSIONS = ("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",)


def test_empty_database(project: Path, database: Database, row: Row) -> None:
    audit(project, database.url(), "--models", "models").holds(row)


def test_empty_version_table(tmp_path: Path, database: Database, row: Row) -> None:
    database.make(THING, *VERSIONS)
    write_revision(write_alembic(tmp_path), "0001", None)
    audit(tmp_path, database.url()).holds(row)


LONG = "a_name_of_more_than_sixty_three_bytes_which_the_server_cuts_off_somewhere"
NAMES = (
    "it's",
    'a "quoted" one',
    "two words",
    "Größe_表_🪝",
    "100%",
    "a.b",
    "semi;colon",
    "back\\slash",
    LONG,
)
NAMED = """
    from sqlalchemy import Column, Enum, Index, Integer, MetaData, String, Table
    metadata = MetaData()
    for name in {names!r}:
        cut = name.encode()[:63].decode(errors="ignore")
        Table(
            cut, metadata,
            Column("id", Integer, primary_key=True), Column(cut, String(20), server_default=cut),
            Column("mood", Enum(cut, "other", name=cut[:40] + " mood")),
            Index("ix " + cut[:40], cut), comment=cut,
        )
    if __name__ == "__main__":
        import sys
        from sqlalchemy import create_engine
        metadata.create_all(create_engine(sys.argv[1]))
"""


def test_awkward_names(tmp_path: Path, database: Database, row: Row) -> None:
    """Made from the models, they are one with them; one dropped column is one finding."""
    write(tmp_path, models=NAMED.format(names=NAMES))
    url = database.url().replace("postgresql:", "postgresql+psycopg:")
    subprocess.run([sys.executable, "models.py", url], cwd=tmp_path, check=True)
    clean = audit(tmp_path, database.url(), "--models", "models", *JSON)
    assert (clean.code, len(clean.report["target"]["tables"])) == (0, len(NAMES)), clean.everything
    database.run('ALTER TABLE "two words" DROP COLUMN "two words"')
    ran = audit(tmp_path, database.url(), "--models", "models", *JSON, "--format", "text").holds(row)
    assert ran.found == {("column-presence", "two words"), ("index-presence", "ix two words")}


def test_name_of_more_than_63_bytes(project: Path, database: Database, row: Row) -> None:
    """SQLAlchemy does not cut it either: what the server made of it is found."""
    models = (project / "models.py").read_text().replace('"thing"', repr(LONG))
    (project / "models.py").write_text(models)
    database.make(THING.replace("thing", LONG))
    audit(project, database.url(), "--models", "models").holds(row)


@pytest.mark.parametrize(
    "name", ['it\'s "the" shop', "größe 表", "a/b?c=d&e"], ids=["quotes", "unicode", "url"]
)
def test_awkward_database_name(project: Path, database: Database, row: Row, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    maintenance = Database(database.port, database.folder, "postgres")
    maintenance.run(f"CREATE DATABASE {quoted} OWNER app")
    try:
        there = Database(database.port, database.folder, name)
        there.make(THING)
        audit(project, there.url(), "--models", "models").holds(row)
    finally:
        maintenance.run(f"DROP DATABASE {quoted}")


VIEW = "CREATE VIEW enormous AS SELECT 1 AS x WHERE 'x' <> '" + "ten megabytes " * 750_000 + "'"


def test_view_of_ten_megabytes(project: Path, database: Database, row: Row) -> None:
    """Its text is read, and in no report."""
    database.make(THING, VIEW)
    audit(project, database.url(), "--models", "models").holds(row)


CHAIN = """
    from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table
    metadata = MetaData()
    for n in range(5000):
        key = [ForeignKey(f"link_{n - 1}.id")] if n else []
        Table(f"link_{n}", metadata, Column("id", Integer, primary_key=True), Column("previous", Integer, *key))
"""


LINKS = """DO $$ BEGIN FOR n IN FIRST..LAST LOOP
    EXECUTE format('CREATE TABLE link_%s (id serial PRIMARY KEY, previous int %s)', n,
                   CASE WHEN n > 0 THEN format('REFERENCES link_%s', n - 1) ELSE '' END);
END LOOP; END $$"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["in-the-database", "not-yet"])
def test_chain_of_5000_tables(tmp_path: Path, database: Database, row: Row, where: str) -> None:
    write(tmp_path, models=CHAIN)
    if where == "in-the-database":
        for start in range(0, 5000, 500):
            database.make(LINKS.replace("FIRST", str(start)).replace("LAST", str(start + 499)))
        database.run("ALTER TABLE link_4000 DROP COLUMN previous")
    audit(tmp_path, database.url(), "--models", "models", timeout=300).holds(row)
