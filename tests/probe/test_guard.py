"""Whatever a project does while it is read, its audited database hears nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest
from tests.probe.reading import Audited, joined, read, tables, write, write_alembic

MODELS = """
    from sqlalchemy import Column, Integer, MetaData, Table
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True))
"""


def exists(url: str, table: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


def test_the_audited_log_hears_a_connection(audited_server: Audited) -> None:
    """The witness works: what the other tests find empty is filled by a real connection."""
    before = len(audited_server.log.read_bytes())
    with psycopg.connect(audited_server.url) as connection:
        connection.execute("SELECT 'heard'")
    assert b"heard" in audited_server.log.read_bytes()[before:]


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_an_app_factory_that_calls_create_all(
    tmp_path: Path, scratch_url: str, audited: Audited, driver: str
) -> None:
    write(
        tmp_path,
        blog=f"""
        from flask import Flask
        from flask_sqlalchemy import SQLAlchemy
        db = SQLAlchemy()
        class Post(db.Model):
            id = db.Column(db.Integer, primary_key=True)
        def create_app():
            app = Flask(__name__)
            app.config["SQLALCHEMY_DATABASE_URI"] = {audited.as_driver(driver)!r}
            db.init_app(app)
            with app.app_context():
                db.create_all()
                db.session.add(Post())
                db.session.commit()
            return app
        """,
    )
    declared = read(tmp_path, "blog:create_app", scratch=scratch_url)
    assert list(tables(declared)) == ["post"]
    assert exists(scratch_url, "post")


def test_an_env_py_that_runs_sql_before_configure(tmp_path: Path, scratch_url: str, audited: Audited) -> None:
    write_alembic(
        tmp_path,
        env=f"""
        from alembic import context
        from sqlalchemy import create_engine, text
        from models import metadata
        engine = create_engine({audited.as_driver("psycopg")!r})
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE written_by_env (id int)"))
            context.configure(connection=connection, target_metadata=metadata)
            with context.begin_transaction():
                context.run_migrations()
        """,
        models=MODELS,
    )
    assert list(tables(read(tmp_path, scratch=scratch_url))) == ["thing"]
    assert exists(scratch_url, "written_by_env")


def test_the_url_of_the_ini_is_never_opened(tmp_path: Path, scratch_url: str, audited: Audited) -> None:
    write_alembic(
        tmp_path,
        ini=f"sqlalchemy.url = {audited.as_driver('psycopg2').replace('%', '%%')}\n",
        env="""
        from alembic import context
        from sqlalchemy import engine_from_config
        from models import metadata
        section = context.config.get_section("alembic")
        with engine_from_config(section, prefix="sqlalchemy.").connect() as connection:
            context.configure(connection=connection, target_metadata=metadata)
            context.run_migrations()
        """,
        models=MODELS,
    )
    declared = read(tmp_path, scratch=scratch_url)
    assert declared.driver == "psycopg2"
    assert declared.refused == ()


ENGINES = {
    "creator": """
        import psycopg2
        engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(LIBPQ))
        engine.connect().execute(text("SELECT 1"))
    """,
    "do_connect": """
        import psycopg
        engine = create_engine(URL)
        @event.listens_for(engine, "do_connect")
        def connect(dialect, record, cargs, cparams):
            return psycopg.connect(LIBPQ)
        engine.connect().execute(text("SELECT 1"))
    """,
    "raw_connection": """
        create_engine(URL).raw_connection().cursor().execute("SELECT 1")
    """,
    "pre_ping": """
        engine = create_engine(URL, pool_pre_ping=True)
        for _ in range(2):
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
    """,
    "asyncpg": """
        import asyncio
        from sqlalchemy.ext.asyncio import create_async_engine
        async def main():
            async with create_async_engine(URL.replace("psycopg", "asyncpg")).connect() as connection:
                await connection.execute(text("SELECT 1"))
        asyncio.run(main())
    """,
    "psycopg_async": """
        import asyncio
        from sqlalchemy.ext.asyncio import create_async_engine
        async def main():
            async with create_async_engine(URL).connect() as connection:
                await connection.execute(text("SELECT 1"))
        asyncio.run(main())
    """,
    "connect_args": """
        create_engine(URL, connect_args={"host": FOLDER, "dbname": "postgres"}).connect()
    """,
}


@pytest.mark.parametrize("way", ENGINES)
def test_every_engine_leads_to_the_scratch(
    tmp_path: Path, scratch_url: str, audited: Audited, way: str
) -> None:
    write(tmp_path, models=joined(_head(audited), ENGINES[way], MODELS))
    declared = read(tmp_path, "models", scratch=scratch_url)
    assert list(tables(declared)) == ["thing"]
    assert declared.refused == ()


def _head(audited: Audited) -> str:
    return f"""
        from sqlalchemy import create_engine, event, text
        URL = {audited.as_driver("psycopg")!r}
        LIBPQ = {audited.url!r}
        FOLDER = {audited.socket_folder!r}
    """


DIRECT = {
    "psycopg": "import psycopg; psycopg.connect(LIBPQ)",
    "psycopg_keywords": "import psycopg; psycopg.connect(host=FOLDER, dbname='kedge_1', user='postgres')",
    "psycopg_class": "import psycopg; psycopg.Connection.connect(LIBPQ)",
    "psycopg_async": "import asyncio, psycopg; asyncio.run(psycopg.AsyncConnection.connect(LIBPQ))",
    "psycopg2": "import psycopg2; psycopg2.connect(LIBPQ)",
    "psycopg2_c": "import psycopg2._psycopg as c; import psycopg2; psycopg2._psycopg._connect(LIBPQ)",
    "psycopg2_class": "from psycopg2.extensions import connection; connection(LIBPQ)",
    "psycopg2_pool": "from psycopg2.pool import SimpleConnectionPool; SimpleConnectionPool(1, 1, LIBPQ)",
    "asyncpg": "import asyncio, asyncpg; asyncio.run(asyncpg.connect(LIBPQ))",
    "raw_socket": "import socket; socket.socket(socket.AF_UNIX).connect(FOLDER + '/.s.PGSQL.5432')",
}


@pytest.mark.parametrize("way", DIRECT)
@pytest.mark.parametrize("with_scratch", [True, False], ids=["scratch", "no-scratch"])
def test_a_direct_connection_is_refused(
    tmp_path: Path, scratch_url: str, audited: Audited, way: str, with_scratch: bool
) -> None:
    code = f"""
        try:
            {DIRECT[way].replace("; ", chr(10) + " " * 12)}
        except OSError as error:
            assert "refused" in str(error), error
        else:
            raise AssertionError("not refused")
    """
    write(tmp_path, models=joined(_head(audited), code, MODELS))
    declared = read(tmp_path, "models", scratch=scratch_url if with_scratch else None)
    assert list(tables(declared)) == ["thing"]
    assert len(declared.refused) == 1
    assert "models.py:" in declared.refused[0]


def test_a_socket_of_the_internet_is_refused_before_a_name_is_asked(tmp_path: Path, scratch_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as decoy:
        decoy.settimeout(0.3)
        port = decoy.getsockname()[1]
        code = f"""
            import socket, urllib.request
            def refused(ask):
                try:
                    ask()
                except OSError as error:
                    return "refused" in str(error)
            assert refused(lambda: socket.create_connection(("127.0.0.1", {port})))
            assert refused(lambda: socket.create_connection(("redis.example.invalid", 6379)))
            assert refused(lambda: urllib.request.urlopen("http://localhost:{port}/"))
        """
        write(tmp_path, models=joined(code, MODELS))
        declared = read(tmp_path, "models", scratch=scratch_url)
        with pytest.raises(TimeoutError):
            decoy.accept()
    assert [r.split(" refused")[0] for r in declared.refused][:2] == [
        f"connection to 127.0.0.1:{port}",
        "connection to redis.example.invalid",
    ]


def test_the_scratch_itself_may_be_reached(tmp_path: Path, scratch_url: str) -> None:
    code = """
        import asyncio, os, subprocess
        import asyncpg, psycopg, psycopg2
        psycopg.connect(os.environ["DATABASE_URL"]).close()
        psycopg2.connect(os.environ["DATABASE_URL"]).close()
        psycopg.connect().close()
        asyncio.run(asyncpg.connect(os.environ["DATABASE_URL"]))
    """
    write(tmp_path, models=joined(code, MODELS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "postgresql://app:secret@db.example.invalid/app")
        patch.setenv("PGHOST", "db.example.invalid")
        declared = read(tmp_path, "models", scratch=scratch_url)
    assert declared.refused == ()


def test_a_child_process_reaches_the_scratch_only(
    tmp_path: Path, scratch_url: str, audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", audited.url)
    monkeypatch.setenv("PGHOST", audited.socket_folder)
    code = """
        import os, subprocess, sys
        subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-c", "CREATE TABLE by_psql (id int)"], check=True)
        subprocess.run([sys.executable, "-c",
            "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL']);"
            "c.execute('CREATE TABLE by_child (id int)'); c.commit()"], check=True)
    """
    write(tmp_path, models=joined(code, MODELS))
    read(tmp_path, "models", scratch=scratch_url)
    assert exists(scratch_url, "by_psql")
    assert exists(scratch_url, "by_child")


CHILDREN = {
    "psql": '["/usr/lib/postgresql/15/bin/psql", LIBPQ, "-c", "SELECT 1"]',
    "python": '[sys.executable, "-c", "import psycopg; psycopg.connect(%r)" % LIBPQ]',
    "engine": '[sys.executable, "-c", "from sqlalchemy import create_engine as c; c(%r).connect()" % URL]',
    "shell": '["sh", "-c", "/usr/lib/postgresql/15/bin/psql -c \'SELECT 1\' \'%s\'" % LIBPQ]',
}


@pytest.mark.parametrize("way", CHILDREN)
def test_a_child_process_that_names_the_audited_database(
    tmp_path: Path, scratch_url: str, audited: Audited, way: str
) -> None:
    code = f"""
        import subprocess, sys
        try:
            subprocess.run({CHILDREN[way]})
        except OSError:
            pass
    """
    write(tmp_path, models=joined(_head(audited), code, MODELS))
    declared = read(tmp_path, "models", scratch=scratch_url, audited_url=audited.url)
    assert list(tables(declared)) == ["thing"]


def test_sqlite_files_are_left_alone(tmp_path: Path, scratch_url: str) -> None:
    code = f"""
        import sqlite3
        from sqlalchemy import create_engine
        metadata_engine = create_engine("sqlite:///{tmp_path}/made.db")
        metadata_engine.connect()
        try:
            sqlite3.connect("{tmp_path}/made.db")
        except OSError as error:
            assert "refused" in str(error)
    """
    write(tmp_path, models=joined(code, MODELS))
    declared = read(tmp_path, "models", scratch=scratch_url)
    assert not (tmp_path / "made.db").exists()
    assert len(declared.refused) == 1


def test_another_dialect_is_refused(tmp_path: Path, scratch_url: str) -> None:
    code = """
        from sqlalchemy import create_engine
        try:
            create_engine("mysql+pymysql://u:p@db.example.invalid/x", module=object()).connect()
        except Exception as error:
            pass
    """
    write(tmp_path, models=joined(code, MODELS))
    read(tmp_path, "models", scratch=scratch_url)
