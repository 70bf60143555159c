"""What models declare beyond tables: run in a scratch by the project's own driver, and read back."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.probe.reading import write, write_alembic

import kedge
from kedge._api import audit_project
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.findings import Report
from kedge.memory import Memory
from kedge.options import Options
from kedge.scratch import Scratch
from kedge.sources.made import Making
from kedge.sources.models import read_models
from kedge.sources.project import find_project

BASE = """
    import sqlalchemy as sa
    from sqlalchemy import DDL, Column, Integer, MetaData, String, Table, event, text
    metadata = MetaData()
    users = Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)),
                  Column("age", Integer))
    posts = Table("posts", metadata, Column("id", Integer, primary_key=True),
                  Column("user_id", sa.ForeignKey("users.id")))
"""
TABLES = """
    CREATE TABLE users (id serial PRIMARY KEY, name varchar(20), age integer);
    CREATE TABLE posts (id serial PRIMARY KEY, user_id integer REFERENCES users);
"""


def project(folder: Path, more: str) -> Path:
    return write(folder, models=textwrap.dedent(BASE) + textwrap.dedent(more))


@pytest.fixture
def database(postgres: Scratch) -> Iterator[Callable[[str], str]]:
    """A database made by this SQL."""
    with postgres.database() as url:

        def filled(sql: str) -> str:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(textwrap.dedent(sql).encode())
            return url

        yield filled


def audited(root: Path, url: str, scratch: Scratch, memory: Memory | None = None) -> Report:
    return audit_project(
        url,
        Options(targets=["models:metadata"], python=sys.executable),
        root=root,
        scratch=scratch,
        memory=memory,
    )


def made(root: Path, url: str, scratch: Scratch, *targets: str) -> Declared:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=30) as connection:
        live: Catalog = dialect.read(connection, timeout=30)[0]
    with scratch.database() as project_url:
        return read_models(
            find_project(root, python=sys.executable),
            targets=list(targets),
            configs=None,
            python=sys.executable,
            profile=live.profile,
            scratch_url=project_url,
            live=[],
            audited_url=url,
            making=Making(dialect, live, scratch),
        )


def paths(declared: Declared) -> set[str]:
    assert declared.made is not None
    return {f"{path.kind} {path}" for path in declared.made.objects}


EVENTS = """
    event.listen(users, "after_create", DDL("CREATE INDEX ix_low ON users (lower(name))"))
    event.listen(users, "after_create",
                 DDL("ALTER TABLE users ADD CONSTRAINT ok CHECK (name <> '100%%')").execute_if(dialect="postgresql"))
    event.listen(users, "after_create", DDL("CREATE INDEX never ON users (age)").execute_if(dialect="mysql"))

    @event.listens_for(metadata, "after_create")
    def beyond(target, connection, **kw):
        connection.execute(text("CREATE VIEW names AS SELECT name FROM users"))
        connection.execute(text("ALTER TABLE users ALTER age SET DEFAULT 7"))
        connection.execute(text("COMMENT ON COLUMN users.age IS 'in years'"))
        connection.execute(text("CREATE TABLE audit_log (at timestamptz)"))
        connection.execute(text("CREATE TYPE mood AS ENUM ('good', 'bad')"))
"""
MADE_BY_EVENTS = """
    CREATE INDEX ix_low ON users (lower(name));
    ALTER TABLE users ADD CONSTRAINT ok CHECK (name <> '100%');
    CREATE VIEW names AS SELECT name FROM users;
    ALTER TABLE users ALTER age SET DEFAULT 7;
    COMMENT ON COLUMN users.age IS 'in years';
    CREATE TABLE audit_log (at timestamptz);
    CREATE TYPE mood AS ENUM ('good', 'bad');
"""


def test_what_events_make_is_the_models(tmp_path, database, postgres):
    report = audited(project(tmp_path, EVENTS), database(TABLES + MADE_BY_EVENTS), postgres)
    assert report.findings == ()
    assert [n.reason for n in report.notes if n.kind in ("not-compared", "not-run")] == []
    assert report.complete


def test_what_events_make_is_missed(tmp_path, database, postgres):
    report = audited(project(tmp_path, EVENTS), database(TABLES), postgres)
    found = {(f.rule, f.object.name or f.object.table) for f in report.findings}
    assert found == {
        ("index-presence", "ix_low"),
        ("check-presence", "ok"),
        ("column-default", "age"),
        ("column-comment", "age"),
        ("table-presence", "audit_log"),
        ("enum-presence", "mood"),
        ("view-presence", "names"),
    }
    lines = (tmp_path / "models.py").read_text().splitlines()
    missing = next(f for f in report.findings if f.object.name == "ix_low")
    (origin,) = missing.origins.models
    assert origin.path == "models.py"
    assert "ix_low" in lines[(origin.line or 0) - 1]
    (origin,) = next(f for f in report.findings if f.object.name == "ok").origins.models
    assert "ADD CONSTRAINT ok" in lines[origin.line or 0]


def test_async_driver_and_a_listener_that_fails(tmp_path, database, postgres):
    more = """
        event.listen(users, "before_create", DDL("this is no SQL"))

        @event.listens_for(users, "after_create")
        def raises(target, connection, **kw):
            raise ValueError("not today")

        @event.listens_for(users, "after_create")
        def spoils(target, connection, **kw):
            cursor = connection.connection.cursor()
            cursor.execute("SELECT no_such_column")

        event.listen(posts, "after_create", DDL("CREATE INDEX ix_user ON posts (user_id)"))
        from sqlalchemy.ext.asyncio import create_async_engine
        create_async_engine("postgresql+asyncpg://nobody@nowhere/nothing")
    """
    url = database(TABLES + "CREATE INDEX ix_user ON posts (user_id);")
    report = audited(project(tmp_path, more), url, postgres)
    assert report.findings == ()
    reasons = [n.reason for n in report.notes if n.kind == "not-run"]
    assert any("not today" in r and "models.py:" in r for r in reasons), reasons
    assert any("no_such_column" in r for r in reasons), reasons
    assert any("syntax error" in r and "this is no SQL" in r and "models.py:" in r for r in reasons), reasons


@pytest.mark.slow
def test_a_table_the_scratch_takes_only_in_part(tmp_path, database, postgres):
    more = """
        from sqlalchemy.types import UserDefinedType
        class Strange(UserDefinedType):
            def get_col_spec(self, **kw):
                return "no_such_type"
        odd = Table("odd", metadata, Column("id", Integer, primary_key=True), Column("x", Strange()),
                    Column("n", Integer))
        event.listen(odd, "after_create", DDL("CREATE INDEX ix_n ON odd (n)"))
    """
    sql = "CREATE TABLE odd (id serial PRIMARY KEY, x text, n integer); CREATE INDEX ix_n ON odd (n);"
    report = audited(project(tmp_path, more), database(TABLES + sql), postgres)
    assert "index-presence" not in {f.rule for f in report.findings}


@pytest.mark.slow
def test_functions_of_the_database_alone_are_lent(tmp_path, database, postgres):
    more = """
        event.listen(users, "after_create", DDL(
            "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION only_there()"))
        event.listen(users, "after_create", DDL("CREATE INDEX ix_f ON users (folded(name))"))
    """
    sql = """
        CREATE FUNCTION only_there() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
        CREATE FUNCTION folded(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'select lower(t)';
        CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION only_there();
        CREATE INDEX ix_f ON users (folded(name));
    """
    url = database(TABLES + sql)
    declared = made(project(tmp_path, more), url, postgres, "models:metadata")
    assert paths(declared) == {"trigger public.users.t"}
    assert not [n for n in declared.notes if n.kind == "not-run"]
    assert audited(tmp_path, url, postgres).findings == ()


def test_tables_of_the_database_alone_are_lent(tmp_path, database, postgres):
    """A policy on a table that another team keeps, a view over it: both need it to stand, and nobody declares it."""
    more = """
        event.listen(metadata, "after_create", DDL("CREATE POLICY own ON files.objects USING (kind = 'a')"))
        event.listen(metadata, "after_create", DDL("CREATE VIEW kinds AS SELECT kind FROM files.objects, legacy"))
    """
    there = """
        CREATE SCHEMA files; CREATE TYPE files.kind AS ENUM ('a');
        CREATE TABLE files.objects (id bigserial PRIMARY KEY, kind files.kind); CREATE TABLE legacy (n integer);
    """
    own = "CREATE POLICY own ON files.objects USING (kind = 'a');"
    view = "CREATE VIEW kinds AS SELECT kind FROM files.objects, legacy;"
    url = database(TABLES + there + own + view)
    declared = made(project(tmp_path, more), url, postgres, "models:metadata")
    assert paths(declared) == {"policy files.objects.own", "view public.kinds"}
    assert declared.made.tables == ()
    beyond = [
        f.rule for f in audited(tmp_path, url, postgres).findings if f.rule.startswith(("policy", "view"))
    ]
    assert beyond == []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER POLICY own ON files.objects USING (kind IS NULL)")
    assert "policy-expression" in {f.rule for f in audited(tmp_path, url, postgres).findings}


@pytest.mark.slow
def test_roles_are_made_on_a_server_of_our_own_only(tmp_path, database, postgres):
    from kedge.scratch.given import GivenPostgres

    more = """
        event.listen(users, "after_create", DDL("CREATE POLICY own ON users TO nobody_here USING (true)"))
        event.listen(metadata, "after_create", DDL("CREATE ROLE made_by_models"))
        event.listen(metadata, "after_create", DDL("ALTER SYSTEM SET work_mem = '8MB'"))
    """
    url = database(TABLES)
    project(tmp_path, more)
    given = made(tmp_path, url, GivenPostgres(url), "models:metadata")
    assert paths(given) == set()
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('nobody_here', 'made_by_models')"
        )
        assert rows.fetchall() == []
    own = made(tmp_path, url, postgres, "models:metadata")
    assert paths(own) == {"policy public.users.own"}
    assert any("ALTER SYSTEM" in n.reason for n in own.notes)


def test_alembic_utils(tmp_path, database, postgres):
    more = """
        from alembic_utils.pg_function import PGFunction
        from alembic_utils.pg_view import PGView
        from alembic_utils.pg_trigger import PGTrigger
        from alembic_utils.pg_policy import PGPolicy
        named = PGView("public", "named", "SELECT id, name FROM users WHERE bump(id) > 1")
        bump = PGFunction("public", "bump(n integer)",
                          "RETURNS integer LANGUAGE sql IMMUTABLE AS $$ select n + 1 $$")
        stamp = PGFunction("public", "stamp()",
                           "RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$")
        on_users = PGTrigger("public", "on_users", on_entity="public.users",
                             definition="BEFORE INSERT ON public.users FOR EACH ROW EXECUTE PROCEDURE public.stamp()")
        own = PGPolicy("public", "own", on_entity="users", definition="FOR SELECT USING (true)")
    """
    project(tmp_path, more)
    declared = made(tmp_path, database(TABLES), postgres, "models:metadata")
    expected = {
        "view public.named",
        "routine public.bump(integer)",
        "routine public.stamp()",
        "trigger public.users.on_users",
        "policy public.users.own",
    }
    assert paths(declared) == expected
    assert declared.made is not None
    places = {str(path): place.line for path, place in declared.made.places}
    text = (tmp_path / "models.py").read_text().splitlines()
    assert text[(places["public.named"] or 0) - 1].startswith("named = PGView")

    env = """
        from alembic import context
        from alembic_utils.replaceable_entity import register_entities
        from sqlalchemy import engine_from_config
        import models
        register_entities([models.named, models.bump])
        engine = engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.")
        with engine.connect() as connection:
            context.configure(connection=connection, target_metadata=models.metadata)
    """
    write_alembic(tmp_path, env, "sqlalchemy.url = postgresql://nobody@nowhere/x\n")
    registered = made(tmp_path, database("SELECT 1"), postgres)
    assert paths(registered) == {"view public.named", "routine public.bump(integer)"}


def test_declarative_extensions(tmp_path, database, postgres):
    more = """
        from sqlalchemy_declarative_extensions import Functions, Function, View, Views, declare_database
        declare_database(
            metadata,
            functions=Functions().are(Function("twice", "select n * 2", language="sql", parameters=["n integer"],
                                               returns="integer")),
            views=Views().are(View("named", "SELECT id, name FROM users")),
        )
    """
    declared = made(project(tmp_path, more), database(TABLES), postgres, "models:metadata")
    assert paths(declared) >= {"view public.named", "routine public.twice(integer)"}


@pytest.mark.slow
def test_the_line_that_granted(tmp_path, database, postgres):
    more = """
        event.listen(metadata, "after_create", DDL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor"))
        event.listen(metadata, "after_create", DDL("GRANT INSERT ON posts TO pg_monitor"))
        event.listen(metadata, "after_create", DDL("ALTER TABLE posts OWNER TO pg_monitor"))
    """
    report = audited(project(tmp_path, more), database(TABLES), postgres)
    lines = (tmp_path / "models.py").read_text().splitlines()
    told = {(f.rule, f.object.table): lines[(f.origins.models[0].line or 0) - 1] for f in report.findings}
    assert told.keys() == {("grant-presence", "users"), ("owner-role", "posts")}
    assert "ALL TABLES" in told["grant-presence", "users"]
    assert "OWNER TO" in told["owner-role", "posts"]


@pytest.mark.slow
def test_declarative_rights(tmp_path, database, postgres):
    more = """
        from sqlalchemy_declarative_extensions import Grants, Roles, Schemas, declare_database
        from sqlalchemy_declarative_extensions.dialects.postgresql import DefaultGrant, Grant, Role
        declare_database(
            metadata,
            schemas=Schemas().are("more"),
            roles=Roles(ignore_unspecified=True).are(Role("made_reader")),
            grants=Grants().are(
                DefaultGrant.on_tables_in_schema("public").grant("select", to="made_reader"),
                Grant.new("usage", to="made_reader").on_schemas("more"),
                Grant.new("select", to="made_reader").on_tables("users"),
            ),
        )
    """
    url = database(TABLES + "CREATE SCHEMA more;")
    report = audited(project(tmp_path, more), url, postgres)
    assert sorted((f.rule, f.object.table or f.object.name) for f in report.findings) == [
        ("default-privilege-presence", "tables to made_reader"),
        ("grant-presence", "made_reader on schema more"),
        ("grant-presence", "posts"),
        ("grant-presence", "users"),
    ]
    assert report.notes == ()


@pytest.mark.slow
def test_views_made_from_a_select(tmp_path, database, postgres):
    pytest.importorskip("sqlalchemy", "2.1")
    more = """
        from sqlalchemy import select
        from sqlalchemy.sql.ddl import CreateView
        CreateView(select(users.c.id, users.c.name), "named", metadata=metadata)
    """
    url = database(TABLES + "CREATE VIEW named AS SELECT id, name FROM users;")
    declared = made(project(tmp_path, more), url, postgres, "models:metadata")
    assert paths(declared) == {"view public.named"}
    assert audited(tmp_path, url, postgres).findings == ()


def test_a_table_that_a_compiler_leaves_out(tmp_path, database, postgres):
    more = """
        from sqlalchemy.ext.compiler import compiles
        from sqlalchemy.schema import CreateTable
        Table("only_sqlite", metadata, Column("id", Integer))

        @compiles(CreateTable, "postgresql")
        def create(element, compiler, **kw):
            if element.element.name == "only_sqlite":
                return "SELECT 1"
            return compiler.visit_create_table(element, **kw)
    """
    report = audited(project(tmp_path, more), database(TABLES), postgres)
    assert report.findings == ()
    assert [n.reason for n in report.notes if n.kind == "excluded"] == [
        "the models declare public.only_sqlite, and their own DDL does not create it here"
    ]


def test_in_this_process(database, postgres):
    import sqlalchemy as sa

    metadata = sa.MetaData()
    table = sa.Table(
        "users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
    )
    heard: list[str] = []
    sa.event.listen(table, "after_create", sa.DDL("CREATE INDEX ix_n ON users (n)"))
    sa.event.listen(metadata, "after_create", lambda target, connection, **kw: heard.append("called"))
    listeners = list(table.dispatch.after_create), list(metadata.dispatch.after_create)
    url = database("CREATE TABLE users (id serial PRIMARY KEY, n integer); CREATE INDEX ix_n ON users (n);")
    report = kedge.audit([metadata], url, scratch=postgres)
    assert report.findings == ()
    assert heard == ["called"]
    assert listeners == (list(table.dispatch.after_create), list(metadata.dispatch.after_create))


def test_the_answer_is_remembered(tmp_path, database, postgres):
    class Counted:
        databases = 0

        def __getattr__(self, name):
            return getattr(postgres, name)

        def database(self):
            self.databases += 1
            return postgres.database()

    scratch = Counted()
    root = tmp_path / "project"
    root.mkdir()
    project(root, EVENTS)
    memory = Memory(tmp_path / "memory")
    url = database(TABLES + MADE_BY_EVENTS)
    first = audited(root, url, scratch, memory)
    asked = scratch.databases
    second = audited(root, url, scratch, memory)
    assert first.findings == second.findings == ()
    assert asked >= 2
    assert scratch.databases == asked


def test_nothing_is_run_where_there_is_nothing(tmp_path, database, postgres):
    more = 'Table("moods", metadata, Column("m", sa.Enum("a", "b", name="mood")))'
    declared = made(project(tmp_path, more), database(TABLES), postgres, "models:metadata")
    assert declared.beyond == ()
    assert declared.made is None


def test_sqlite(tmp_path):
    import sqlite3

    more = """
        event.listen(users, "after_create", DDL("CREATE INDEX ix_age ON users (age)"))
        event.listen(users, "after_create", DDL("CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; END"))
    """
    root = tmp_path / "project"
    root.mkdir()
    project(root, more)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript("""
            CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), age INTEGER);
            CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER REFERENCES users (id));
            CREATE INDEX ix_age ON users (age);
            CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; END;
        """)
    report = audit_project(
        f"sqlite:///{tmp_path / 'a.db'}",
        Options(targets=["models:metadata"], python=sys.executable),
        root=root,
    )
    assert [f.rule for f in report.findings] == []


def test_a_declaration_that_only_its_events_make_valid(tmp_path, database, postgres):
    """The listener gives a column the type that the foreign key needs; without it no server takes the key."""
    kinds = """
        one, two = sa.Enum("a", "b", name="kind_one"), sa.Enum("a", "b", name="kind_two")
        Table("things", metadata, Column("kind", one, primary_key=True))
        uses = Table("uses", metadata, Column("id", Integer, primary_key=True), Column("kind", two),
                     sa.ForeignKeyConstraint(["kind"], ["things.kind"], name="uses_kind"))

        @event.listens_for(Table, "before_create")
        def rename(target, connection, **kw):
            if target.name == "uses":
                target.c.kind.type.name = "kind_one"
    """
    live = """
        CREATE TYPE kind_one AS ENUM ('a', 'b');
        CREATE TYPE kind_two AS ENUM ('a', 'b');
        CREATE TABLE things (kind kind_one PRIMARY KEY);
        CREATE TABLE uses (id serial PRIMARY KEY, kind kind_one CONSTRAINT uses_kind REFERENCES things);
    """
    report = audited(project(tmp_path, kinds), database(TABLES + live), postgres)
    assert [(f.rule, f.message) for f in report.findings] == [], report.notes


@pytest.mark.slow
def test_mariadb(tmp_path, mariadb):
    more = """
        event.listen(users, "after_create", DDL("CREATE INDEX ix_age ON users (age)"))
        event.listen(users, "after_create", DDL("this is no SQL"))
        event.listen(users, "after_create", DDL("CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.age = 1"))
    """
    import pymysql

    from kedge.dialects.mysql.address import arguments

    root = project(tmp_path, more)
    with mariadb.database() as url:
        connection = pymysql.connect(**arguments(url), autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE users (id integer AUTO_INCREMENT PRIMARY KEY, name varchar(20), age integer)"
            )
            cursor.execute(
                "CREATE TABLE posts (id integer AUTO_INCREMENT PRIMARY KEY, user_id integer,"
                " FOREIGN KEY (user_id) REFERENCES users (id))"
            )
            cursor.execute("CREATE INDEX ix_age ON users (age)")
            cursor.execute("CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.age = 1")
        connection.close()
        report = audited(root, url, mariadb)
        missing = audited(project(tmp_path, more.replace("ix_age", "ix_other")), url, mariadb)
    assert [(f.rule, f.message) for f in report.findings] == [], report.notes
    assert any("this is no SQL" in n.reason for n in report.notes if n.kind == "not-run")
    assert {f.rule for f in missing.findings} == {"index-name"}
