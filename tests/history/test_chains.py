"""Chains as real projects have them: branches, several environments, other ways to run, other beginnings."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from tests.history.chain import ENV, INI, USERS, Audited, migrate, project, revision

from kedge.cli import run
from kedge.errors import KedgeError
from kedge.scratch import Scratch

LOGINS = 'op.create_table("logins", sa.Column("id", sa.Integer, primary_key=True))'
VISITS = 'op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True))'


@pytest.fixture
def url(tmp_path: Path) -> str:
    file = tmp_path / "app.db"
    file.touch()
    return f"sqlite:///{file}"


def migrate_by_hand(url: str, statement: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute(statement)


def rules(found: Audited) -> set[str]:
    return {f.rule for f in found.report.findings if f.object.kind in ("revision", "environment")}


def test_the_database_s_own_branch_comes_first(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", VISITS, down="a1", labels=("visits",))
    revision(root, "c3", LOGINS, down="a1", labels=("logins",))
    revision(root, "d4", "pass", down="c3", depends="b2")
    migrate(root, url, "logins@c3")
    found = Audited(root, url)
    history = found.history
    assert [s.revision for s in history.steps[:4]] == [None, "a1", "c3", "b2"]
    assert found.tables[history.at_database or 0] == ["logins", "users"]
    assert found.tables[history.at_head or 0] == ["logins", "users", "visits"]
    assert history.pending == ("b2", "d4")
    assert "environment-heads" not in rules(found)


@pytest.mark.slow
def test_branches_that_exclude_each_other(tmp_path: Path, url: str) -> None:
    """What the other branch would do is not known, and the database's own is."""
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", LOGINS, down="a1", labels=("east",))
    revision(root, "c3", LOGINS, down="a1", labels=("west",))
    migrate(root, url, "east@b2")
    found = Audited(root, url)
    assert found.tables[found.history.at_database or 0] == ["logins", "users"]
    assert found.history.failed is not None
    assert found.history.failed[0] == "c3"
    assert found.history.at_head is None


@pytest.mark.slow
def test_two_environments_in_one_database(tmp_path: Path, url: str) -> None:
    ini = INI + "[other]\nscript_location = others\nprepend_sys_path = .\n"
    env = ENV.replace(
        "target_metadata=Base.metadata", 'target_metadata=Base.metadata, version_table="other_version"'
    )
    root = project(tmp_path / "project", ini=ini, others__env=env)
    (root / "others" / "versions").mkdir()
    revision(root, "a1", USERS)
    revision(root, "x1", VISITS, folder="others/versions")
    migrate(root, url)
    found = Audited(root, url)
    one, other = found.histories
    assert (one.environment, other.environment) == ("alembic.ini", "alembic.ini:other")
    assert [sorted(n for _, n in s.catalog.tables) for s in other.steps][-1] == ["other_version", "visits"]
    assert (one.at_database, one.pending, other.at_database, other.pending) == (1, (), 0, ("x1",))


ASYNCHRONOUS = """
    import asyncio
    from alembic import context
    from sqlalchemy.ext.asyncio import async_engine_from_config
    from models import Base

    def run(connection):
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()

    async def main():
        engine = async_engine_from_config(context.config.get_section("alembic", {}), prefix="sqlalchemy.")
        async with engine.begin() as connection:
            await connection.run_sync(run)
        await engine.dispose()

    asyncio.run(main())
"""


@pytest.mark.slow
def test_an_asynchronous_environment_in_one_transaction(tmp_path: Path, postgres: Scratch) -> None:
    root = project(tmp_path, env=ASYNCHRONOUS)
    revision(root, "a1", "op.execute(\"CREATE TYPE mood AS ENUM ('calm')\")")
    revision(root, "b2", "op.execute(\"ALTER TYPE mood ADD VALUE 'cross'\")", down="a1")
    revision(root, "c3", "op.execute(\"CREATE TABLE t (m mood DEFAULT 'cross')\")", down="b2")
    with postgres.database() as url:
        found = Audited(root, url, scratch=postgres)
    assert found.history.complete, found.notes
    assert found.tables == [[], [], [], ["t"]]
    assert [[e.values for e in s.catalog.enums.values()] for s in found.history.steps] == [
        *([], [("calm",)], [("calm", "cross")], [("calm", "cross")])
    ]


def test_a_chain_that_begins_from_tables_it_does_not_make(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", 'op.create_index("ix", "users", ["id"])')
    revision(root, "b2", LOGINS, down="a1")
    broken = Audited(root, url)
    assert broken.history.failed is not None
    assert broken.history.failed[0] == "a1"
    assert "history-partial" in " ".join(broken.notes)

    (root / "base.sql").write_text(
        "CREATE TABLE users (id INTEGER PRIMARY KEY);\nCREATE TABLE more (n INTEGER);\n"
    )
    whole = Audited(root, url, history_from="base.sql")
    assert whole.tables == [["more", "users"], ["more", "users"], ["logins", "more", "users"]]
    assert whole.history.complete
    assert whole.history.start == "base.sql"


@pytest.mark.slow
def test_a_chain_that_begins_at_a_revision(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", "raise RuntimeError('nobody runs this any more')")
    revision(root, "b2", LOGINS, down="a1")
    found = Audited(root, url, history_from="create_all@a1")
    assert [s.revision for s in found.history.steps] == [None, "b2"]
    assert found.tables == [["users"], ["logins", "users"]]
    assert found.history.complete


@pytest.mark.slow
def test_the_project_s_own_command(tmp_path: Path, url: str) -> None:
    """Where nothing but the command knows the revisions."""
    own = """
    from alembic import command
    from alembic.config import Config

    def migrate():
        config = Config()
        config.set_main_option("script_location", "migrations")
        config.set_main_option("version_locations", "elsewhere")
        config.set_main_option("sqlalchemy.url", "sqlite:///nowhere.db")
        command.upgrade(config, "head")
    """
    root = project(tmp_path / "project", manage=own)
    (root / "elsewhere").mkdir()
    revision(root, "a1", USERS, folder="elsewhere")
    revision(root, "b2", LOGINS, down="a1", folder="elsewhere")
    found = Audited(root, url, history_command="manage:migrate")
    assert found.tables == [[], ["users"], ["logins", "users"]]
    assert found.history.complete
    assert list(found.history.revisions) == ["a1", "b2"]
    assert not (root / "nowhere.db").exists()


@pytest.mark.slow
def test_what_stands_beside_the_chain_is_laid_out_for_it(tmp_path: Path, postgres: Scratch) -> None:
    """Somebody made the schema, the type and the search path by hand, and the chain leans on them."""
    root = project(tmp_path)
    revision(root, "a1", 'op.execute("CREATE TABLE users (id integer PRIMARY KEY, m moods.mood)")')
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA moods; CREATE DOMAIN moods.mood AS text CHECK (VALUE <> '')")
        found = Audited(root, url, scratch=postgres)
    assert found.history.complete, found.notes


@pytest.mark.slow
def test_the_schema_of_the_version_table_is_laid_out_and_no_type_of_the_chain_s(
    tmp_path: Path, postgres: Scratch
) -> None:
    """Somebody made the schema by hand; what the revisions make themselves must not be there before them."""
    env = ENV.replace("connection=connection,", "connection=connection, version_table_schema='app',")
    filtered = env.replace(
        "target_metadata=", "include_object=lambda o, n, *a: n == 'users', target_metadata="
    )
    root = project(tmp_path, env=filtered)
    moods = "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE users (id serial PRIMARY KEY)"
    revision(root, "a1", f'op.execute("{moods}")', downgrade="raise NotImplementedError")
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA app")
        migrate(root, url)
        found = Audited(root, url, scratch=postgres)
    assert found.history.complete, found.notes
    assert not found.notes, "a version table is nobody's to leave out"


def test_what_fails_before_the_first_revision_is_said(tmp_path: Path, url: str) -> None:
    """Its error belongs to no revision."""
    env = ENV.replace("connection=connection,", "connection=connection, version_table_schema='nowhere',")
    root = project(tmp_path / "project", env=env)
    revision(root, "a1", USERS)
    found = Audited(root, url)
    (said,) = [note for note in found.notes if note.startswith("history-not-read")]
    assert "unknown database nowhere" in said
    assert "Background" not in said


def test_no_history(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", LOGINS, down="a1")
    migrate(root, url, "a1")
    found = Audited(root, url, history=False)
    assert found.history.steps == ()
    assert found.report.environments[0].pending == ("b2",)
    assert rules(found) == {"environment-pending"}
    (pending,) = [f for f in found.report.findings if f.rule == "environment-pending"]
    assert [o.path for o in pending.origins.history] == ["migrations/versions/b2_.py"]
    assert str(root) not in "".join(pending.candidates)


@pytest.mark.slow
def test_the_downgrade_that_fails(tmp_path: Path, postgres: Scratch) -> None:
    root = project(tmp_path)
    revision(root, "a1", USERS, downgrade='op.drop_table("nowhere")')
    revision(root, "b2", "op.execute(\"CREATE TYPE mood AS ENUM ('calm')\")", down="a1", downgrade="pass")
    revision(root, "c3", LOGINS, down="b2", downgrade='op.drop_table("logins")')
    revision(root, "d4", VISITS, down="c3", downgrade="raise NotImplementedError")
    with postgres.database() as url:
        found = Audited(root, url, scratch=postgres, check_downgrades=True)
    traces = found.history.traces
    assert traces is not None
    assert set(traces) == {"a1", "b2", "c3", "d4"}
    assert "nowhere" in traces["a1"][0]
    assert "its upgrade fails after its downgrade" in traces["b2"][0]
    assert traces["c3"] == traces["d4"] == ()


def test_a_version_table_in_a_schema_that_nobody_named(tmp_path: Path, postgres: Scratch) -> None:
    """With models named by hand env.py is not run, so it cannot say where its version table is."""
    root = project(tmp_path / "project")
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    with postgres.database() as url:
        migrate(root, url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA app")
            connection.execute("ALTER TABLE alembic_version SET SCHEMA app")
        found = Audited(root, url, scratch=postgres, targets=["models:Base"])
    (environment,) = found.report.environments
    assert environment.database_revisions == ("a1",)
    assert found.report.summary.findings == 0


def test_a_database_that_bears_no_revision(tmp_path: Path, url: str) -> None:
    """It was not made by the revisions: that is said once, not of every table."""
    root = project(tmp_path / "project")
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    migrate(root, url)
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE alembic_version")
    found = Audited(root, url)
    assert [f.rule for f in found.report.findings] == ["environment-pending"]


def test_habits_are_one_row(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", LOGINS, down="a1")
    revision(root, "c3", VISITS, down="b2", downgrade="raise NotImplementedError")
    report = Audited(root, url).report
    (group,) = [g for g in report.groups if "downgrade" in g.summary]
    assert (group.summary, group.findings) == ("2 revisions have a downgrade that does not undo them", 2)


def test_a_chain_that_begins_from_a_snapshot(tmp_path: Path, postgres: Scratch) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", "raise RuntimeError('nobody runs this any more')")
    revision(root, "b2", 'op.create_index("ix", "users", ["mood"])', down="a1")
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE users (id int, mood mood)")
            connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
            connection.execute("INSERT INTO alembic_version VALUES ('a1')")
        assert run(["snapshot", "--url", url, "--output", str(root / "then.json")]) == 0
        found = Audited(root, url, scratch=postgres, history_from="then.json@a1")
    assert found.history.complete, found.notes
    assert [s.revision for s in found.history.steps] == [None, "b2"]
    assert [[i.name for i in s.catalog.tables["public", "users"].indexes] for s in found.history.steps] == [
        *([], ["ix"])
    ]


def test_a_snapshot_is_no_beginning_for_sqlite(tmp_path: Path, url: str) -> None:
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    assert run(["snapshot", "--url", url, "--output", str(root / "then.json")]) == 0
    found = Audited(root, url, history_from="then.json")
    assert "--history-from then.json: a snapshot can be a beginning for PostgreSQL alone" in " ".join(
        found.notes
    )
    (root / "then.json").write_text("{}")
    found = Audited(root, url, history_from="then.json")
    assert "--history-from then.json: this is no snapshot" in " ".join(found.notes)


COMMAND = """
from alembic import command
from alembic.config import Config

def migrate():
    config = Config("alembic.ini")
    config.settings = {"echo": False}
    config.set_main_option("sqlalchemy.url", "sqlite:///nowhere.db")
    command.upgrade(config, "head")
    raise RuntimeError("something else to do")
"""


def test_an_env_py_that_only_the_project_s_own_command_can_run(tmp_path: Path, url: str) -> None:
    """env.py reads what the command hung on the config: models and revisions are read by that command."""
    env = ENV.replace("def run():", "ECHO = config.settings['echo']\n\n    def run():")
    root = project(tmp_path / "project", env=env, manage=COMMAND)
    revision(root, "a1", USERS)
    migrate_by_hand(url, "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY)")
    with pytest.raises(KedgeError, match="has no attribute 'settings'") as failed:
        Audited(root, url)
    assert "--history-command" in (failed.value.hint or "")
    found = Audited(root, url, history_command="manage:migrate")
    assert found.tables == [[], ["users"]]
    assert [m.target for m in found.report.models.metadata] == ["models:Base.metadata"]
    assert any("migrate command" in note for note in found.notes)
    assert not any("something else to do" in note for note in found.notes)


def test_settings_that_fall_back_on_another_kind_of_database(tmp_path: Path, postgres: Scratch) -> None:
    env = ENV.replace("engine_from_config(", "create_engine('sqlite://') or engine_from_config(")
    root = project(tmp_path, env=env.replace("import engine", "import create_engine, engine"))
    revision(root, "a1", USERS)
    with postgres.database() as url:
        found = Audited(root, url, scratch=postgres)
    assert found.history.steps == ()
    (said,) = [note for note in found.notes if note.startswith("history-not-read")]
    assert "about to run on sqlite, and the audited database is postgresql" in said


def test_what_a_renamed_table_differs_in_besides_keeps_its_cause(tmp_path: Path, url: str) -> None:
    """Renamed by hand, it is still what the revisions made: the model alone says otherwise of a column."""
    models = """
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class Remark(Base):
        __tablename__ = "remarks"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(String(80))
        author: Mapped[str] = mapped_column(String(40))
        place: Mapped[str] = mapped_column(String(40))
    """
    root = project(tmp_path / "project", models=models)
    revision(
        root,
        "a1",
        """
        op.create_table("remarks", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("text", sa.String(60), nullable=False), sa.Column("author", sa.String(40), nullable=False),
            sa.Column("place", sa.String(40), nullable=False))
        """,
    )
    migrate(root, url)
    migrate_by_hand(url, "ALTER TABLE remarks RENAME TO comments")
    found = Audited(root, url)
    causes = {(f.rule, f.cause.kind) for f in found.report.findings if f.object.kind in ("table", "column")}
    assert causes == {("table-name", "manual-change"), ("column-type", "unmigrated-model")}


def test_a_table_that_two_environments_pass_on_is_compared_once(tmp_path: Path, url: str) -> None:
    """Two ini files for one env.py: what was renamed is renamed, and not missing as well."""
    models = """
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class Remark(Base):
        __tablename__ = "remarks"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(String(80))
        author: Mapped[str] = mapped_column(String(40))
        place: Mapped[str] = mapped_column(String(40))
    """
    root = project(tmp_path / "project", models=models)
    (root / "deploy").mkdir()
    (root / "deploy" / "alembic.ini").write_text(INI)
    migrate_by_hand(
        url,
        "CREATE TABLE remark_list (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(80) NOT NULL,"
        " author VARCHAR(40) NOT NULL, place VARCHAR(40) NOT NULL)",
    )
    found = Audited(root, url)
    assert len(found.report.models.metadata) == 2
    assert [f.rule for f in found.report.findings if f.object.kind == "table"] == ["table-name"]


@pytest.mark.parametrize("server", ["sqlite", "postgres", pytest.param("mariadb", marks=pytest.mark.slow)])
def test_a_chain_that_leans_on_another_one(
    tmp_path: Path, url: str, request: pytest.FixtureRequest, server: str
) -> None:
    """Its foreign key and its view need a table that the other environment's chain makes."""
    second = """
        from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table
        metadata = MetaData()
        Table("users", metadata, Column("id", Integer, primary_key=True), info={"skip": True})
        Table("visits", metadata, Column("id", Integer, primary_key=True),
              Column("user_id", ForeignKey("users.id", name="visits_user")))
    """
    ini = INI + "[other]\nscript_location = others\nprepend_sys_path = .\n"
    env = ENV.replace("from models import Base", "import second").replace(
        "target_metadata=Base.metadata",
        'target_metadata=second.metadata, version_table="other_version",'
        ' include_object=lambda o, n, t, r, c: not getattr(o, "info", {}).get("skip")',
    )
    root = project(tmp_path / "project", ini=ini, others__env=env, second=second)
    (root / "others" / "versions").mkdir()
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    visits = """
op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="visits_user")))
op.execute("CREATE VIEW visitors AS SELECT id FROM users")
"""
    revision(root, "x1", visits, folder="others/versions", downgrade='op.drop_table("visits")')
    with ExitStack() as stack:
        scratch = None
        if server != "sqlite":
            scratch = request.getfixturevalue(server)
            url = stack.enter_context(scratch.database())
        migrate(root, url)
        migrate(root, url, section="other")
        found = Audited(root, url, scratch=scratch)
    assert [f.message for f in found.report.findings] == []
    assert [note for note in found.notes if note.startswith("history")] == []
    made = {name for _, name in found.histories[1].steps[-1].catalog.tables}
    assert {"visits", "users"} & made == {"visits"}


def test_a_pending_chain_that_cannot_be_replayed_to_its_end(tmp_path: Path, url: str) -> None:
    """What was replayed of it tells what is pending; of the rest nothing is claimed."""
    models = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Login(Base):
        __tablename__ = "logins"
        id: Mapped[int] = mapped_column(primary_key=True)
    """
    root = project(tmp_path / "project", models=models)
    revision(root, "a1", USERS)
    revision(root, "b2", 'op.execute("SELECT no_such_function()")', down="a1")
    revision(root, "c3", LOGINS, down="b2")
    found = Audited(root, url)
    causes = {f.object.table: f.cause.kind for f in found.report.findings if f.rule == "table-presence"}
    assert causes == {"users": "pending-revision", "logins": "unexplained"}


def test_unnamed_keys_in_another_order_are_no_revision_that_did_not_run(tmp_path: Path, url: str) -> None:
    """SQLite's tables are made anew, and their keys come in any order."""
    keys = ["FOREIGN KEY (user_id) REFERENCES users (id)", "FOREIGN KEY (other_id) REFERENCES users (id)"]
    table = "CREATE TABLE logins (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER, other_id INTEGER, {}, {})"
    root = project(tmp_path / "project")
    revision(root, "a1", USERS)
    revision(root, "b2", f'op.execute("{table.format(*keys)}")', down="a1")
    again = f'op.execute("DROP TABLE logins")\nop.execute("{table.format(*reversed(keys))}")'
    revision(root, "c3", again, down="b2")
    migrate(root, url)
    migrate_by_hand(url, "DROP TABLE logins")
    migrate_by_hand(url, table.format(*keys))
    assert "revision-applied" not in rules(Audited(root, url))


def test_an_unnamed_primary_key_that_somebody_dropped_is_one_finding(
    tmp_path: Path, postgres: Scratch
) -> None:
    root = project(tmp_path)
    revision(root, "a1", USERS)
    with postgres.database() as url:
        migrate(root, url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER TABLE users DROP CONSTRAINT users_pkey")
        found = Audited(root, url, scratch=postgres)
    about = [f.rule for f in found.report.findings if f.object.table == "users"]
    assert about == ["primary-key-presence"]
