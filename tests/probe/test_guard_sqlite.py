"""Where SQLite is audited, the project's own files are led to the scratch file, and the audited one stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.probe.reading import read, tables, write, write_alembic

from kedge._api import audit_project
from kedge.catalog import ServerProfile
from kedge.scratch import open_scratch

PROFILE = ServerProfile(
    dialect="sqlite", flavour="sqlite", version="3.40.1", version_info=(3, 40, 1), database="app", default_schema="main"
)  # fmt: skip


@pytest.fixture
def scratch() -> Iterator[str]:
    with open_scratch("sqlite") as server, server.database() as url:
        yield url


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Path]:
    """A database beside the project; whatever the test does, not a byte of it changes."""
    file = tmp_path / "live" / "app.db"
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY)")
    connection.close()
    before = file.read_bytes()
    yield file
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == ["app.db"]


def names(url: str) -> list[str]:
    with sqlite3.connect(url.partition(":///")[2]) as connection:
        return [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


MODELS = """
    from sqlalchemy import Column, Integer, MetaData, Table, create_engine, text
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True))
"""


@pytest.mark.parametrize(
    "spelling", ["sqlite:///{}", "sqlite+pysqlite:///{}", "sqlite:///file:{}?uri=true", "sqlite://"]
)
def test_an_engine_of_the_project_leads_to_the_scratch(
    tmp_path: Path, audited: Path, scratch: str, spelling: str
) -> None:
    write(
        tmp_path,
        shop=MODELS
        + f"""
    engine = create_engine({spelling.format(audited)!r}, connect_args={{"timeout": 3}})
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE by_hand (id INTEGER)"))
    """,
    )
    declared = read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE)
    assert list(tables(declared)) == ["thing"]
    assert names(scratch) == ["thing", "by_hand"]
    assert declared.driver == "pysqlite"


def test_an_asynchronous_engine(tmp_path: Path, audited: Path, scratch: str) -> None:
    write(
        tmp_path,
        shop=MODELS
        + f"""
    import asyncio
    from sqlalchemy.ext.asyncio import create_async_engine
    async def main():
        async with create_async_engine("sqlite+aiosqlite:///{audited}").begin() as connection:
            await connection.run_sync(metadata.create_all)
    asyncio.run(main())
    """,
    )
    read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE)
    assert names(scratch) == ["thing"]


@pytest.mark.parametrize(
    "opening",
    [
        "sqlite3.connect({0!r})",
        "sqlite3.connect('file:{0}?mode=rwc', uri=True)",
        "sqlite3.Connection({0!r})",
        "create_engine('sqlite://').connect().execute(text(\"ATTACH '{0}' AS other\"))",
        "sqlite3.connect(':memory:').execute('ATTACH ? AS other', ({0!r},))",
        "sqlite3.connect(':memory:').execute(\"VACUUM INTO '{0}.copy'\")",
        "subprocess.run(['sqlite3', {0!r}, 'CREATE TABLE evil (a)'])",
    ],
)
def test_every_other_way_to_the_file_is_refused(
    tmp_path: Path, audited: Path, scratch: str, opening: str
) -> None:
    write(
        tmp_path,
        shop=MODELS
        + f"""
    import sqlite3, subprocess
    try:
        {opening.format(str(audited))}
    except Exception as error:
        print("refused", error)
    else:
        raise RuntimeError("it was opened")
    """,
    )
    declared = read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE)
    assert list(tables(declared)) == ["thing"]
    assert len(declared.refused) == 1
    assert names(scratch) == []


@pytest.mark.parametrize(
    "change",
    [
        "os.rename({0!r}, {0!r} + '.bak')",
        "shutil.move({0!r}, {0!r} + '.bak')",
        "os.replace('other', {0!r})",
        "shutil.copyfile('other', {0!r})",
        "os.remove({0!r})",
        "pathlib.Path({0!r}).unlink()",
        "shutil.rmtree(os.path.dirname({0!r}))",
        "os.rename(os.path.dirname({0!r}), 'elsewhere')",
        "open({0!r}, 'w')",
        "os.truncate({0!r}, 0)",
        "subprocess.run([sys.executable, '-c', 'import os, sys; os.remove(sys.argv[1])', {0!r}], check=True)",
    ],
)
def test_a_database_that_start_up_would_put_away_stays(
    tmp_path: Path, audited: Path, scratch: str, change: str
) -> None:
    """Some applications move a database aside that is not what they expect, and begin a new one."""
    write(
        tmp_path,
        shop=MODELS
        + f"""
    import os, pathlib, shutil, subprocess, sys
    open("other", "w").close()
    try:
        {change.format(str(audited))}
    except Exception as error:
        print("refused", error)
    else:
        raise RuntimeError("it was changed")
    """,
    )
    declared = read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE)
    assert list(tables(declared)) == ["thing"]
    assert ["change of the SQLite database" in r for r in declared.refused] == [True]


def test_what_is_no_database_may_be_changed(tmp_path: Path, audited: Path, scratch: str) -> None:
    write(
        tmp_path,
        shop=MODELS
        + """
    import os, shutil
    open("log", "w").close()
    os.rename("log", "log.1")
    os.makedirs("cache/a", exist_ok=True)
    shutil.rmtree("cache")
    os.remove("log.1")
    """,
    )
    assert read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE).refused == ()


def test_temporary_databases_work(tmp_path: Path, scratch: str) -> None:
    write(
        tmp_path,
        shop=MODELS
        + """
    import sqlite3
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE a (b); ATTACH ':memory:' AS other; CREATE TABLE other.c (d); VACUUM;")
    """,
    )
    declared = read(tmp_path, "shop:metadata", scratch=scratch, profile=PROFILE)
    assert (list(tables(declared)), declared.refused) == (["thing"], ())


ENV = """
    from alembic import context
    from sqlalchemy import engine_from_config, pool, text
    from shop import metadata
    engine = engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        connection.execute(text("CREATE TABLE env_was_here (id INTEGER)"))
        with context.begin_transaction():
            context.run_migrations()
"""


def test_env_py_runs_over_the_scratch(tmp_path: Path, audited: Path, scratch: str) -> None:
    write_alembic(tmp_path, ENV, ini=f"sqlalchemy.url = sqlite:///{audited}\n", shop=MODELS)
    declared = read(tmp_path, scratch=scratch, profile=PROFILE)
    assert list(tables(declared)) == ["thing"]
    assert names(scratch) == ["env_was_here"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "APP_DB_PATH"])
def test_a_variable_that_is_not_set_names_the_scratch(tmp_path: Path, scratch: str, name: str) -> None:
    url = "os.environ[name]" if name.endswith("URL") else "'sqlite:///' + os.environ[name]"
    write_alembic(
        tmp_path,
        ENV.replace(
            "    engine =", f"    import os\n    name = {name!r}\n    given = {url}\n    engine =", 1
        ),
        shop=MODELS,
    )
    declared = read(tmp_path, scratch=scratch, profile=PROFILE)
    assert list(tables(declared)) == ["thing"]
    assert any(name in n.reason for n in declared.notes)


def test_a_project_is_audited(tmp_path: Path, audited: Path) -> None:
    wider = MODELS.replace("key=True)", 'key=True), Column("name", Integer)')
    write_alembic(tmp_path, ENV, ini=f"sqlalchemy.url = sqlite:///{audited}\n", shop=wider)
    report = audit_project(url=f"sqlite:///{audited}", root=tmp_path)
    found = [(f.rule, f.object.table, f.object.name) for f in report.findings]
    assert found == [("column-presence", "thing", "name")]
