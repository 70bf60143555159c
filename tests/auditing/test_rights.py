"""Owners and rights, on servers whose roles differ: what is declared is compared, what production has beside is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from cases import corpus
from tests.history.chain import USERS, Audited, migrate, project, revision

from kedge import Report, audit
from kedge.cli import explain
from kedge.memory import Memory
from kedge.scratch import Scratch

ROLES = ("keeper", "reader", "janitor")
MAKE_ROLES = "".join(
    f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;" for role in ROLES
)
RIGHTS = (
    USERS
    + """
op.execute("ALTER TABLE users OWNER TO keeper")
op.execute("GRANT SELECT ON users TO reader")
op.execute("CREATE FUNCTION wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM users'")
op.execute("REVOKE EXECUTE ON FUNCTION wipe() FROM PUBLIC")
op.execute("GRANT EXECUTE ON FUNCTION wipe() TO janitor")
op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader")
op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
"""
)
MODELS = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Later(Base):
        __tablename__ = "later"
        id: Mapped[int] = mapped_column(primary_key=True)
"""


@contextmanager
def with_roles(server: Scratch) -> Iterator[str]:
    """A database on a server that has the roles; they go with it, for the other tests."""
    with server.database() as url:
        corpus.run_sql(url, MAKE_ROLES)
        try:
            yield url
        finally:
            corpus.run_sql(url, "".join(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role};" for role in ROLES))


def told(report: Report) -> list[tuple[str, str, str]]:
    return [(f.rule, f.severity, f.cause.kind) for f in report.findings if f.implied_by is None]


CHANGES = {
    "ALTER TABLE users OWNER TO janitor": ("owner-role", "warning", "manual-change"),
    "REVOKE SELECT ON later FROM reader": ("grant-presence", "warning", "manual-change"),
    "GRANT EXECUTE ON FUNCTION wipe() TO PUBLIC": ("revocation-presence", "error", "manual-change"),
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM reader": (
        "default-privilege-presence", "warning", "manual-change",
    ),
    "GRANT DELETE ON later TO janitor": ("grant-presence", "info", "out-of-band"),
}  # fmt: skip
# What nobody declares anything of is production's own affair.
BESIDE = (
    "ALTER TABLE later OWNER TO janitor",
    "ALTER FUNCTION wipe() OWNER TO janitor",
    "GRANT USAGE ON SCHEMA public TO janitor",
)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(tuple(CHANGES), id="declared"),
        pytest.param(BESIDE, id="beside", marks=pytest.mark.slow),
    ],
)
def test_the_revisions_grant_what_no_model_does(
    tmp_path: Path, embedded: Scratch, postgres: Scratch, changes: tuple[str, ...]
) -> None:
    """The scratch is of another version, and has none of the roles."""
    root = project(tmp_path, models=MODELS)
    revision(root, "a1", RIGHTS, downgrade='op.drop_table("users")')
    with with_roles(embedded) as url:
        migrate(root, url)
        corpus.run_sql(url, ";".join(changes))
        report = Audited(root, url, scratch=postgres).report
    assert sorted(told(report)) == sorted(CHANGES[one] for one in changes if one in CHANGES)
    assert all(f.confirmed for f in report.findings)
    assert [n.reason for n in report.notes] == []


@pytest.mark.slow
def test_a_revision_may_make_its_roles(tmp_path: Path, embedded: Scratch, postgres: Scratch) -> None:
    """The audited database's roles are lent to the replay, but those that the revisions make."""
    root = project(tmp_path)
    made = """
op.execute("DO $$ BEGIN CREATE ROLE janitor; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
op.execute("CREATE ROLE reader")
op.execute("GRANT SELECT ON users TO reader, janitor, keeper")
"""
    revision(root, "a1", USERS + made, downgrade='op.drop_table("users")')
    with with_roles(embedded) as url:
        corpus.run_sql(url, "DROP ROLE reader")
        migrate(root, url)
        report = Audited(root, url, scratch=postgres).report
    assert told(report) == []
    assert [n.reason for n in report.notes] == []


@pytest.mark.slow
def test_a_replay_on_a_server_of_somebody_leaves_no_trace(
    tmp_path: Path, embedded: Scratch, postgres: Scratch
) -> None:
    """The revision that the database has not run must not be run on its server either, roles and settings included."""
    root = project(tmp_path)
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    made = """
op.execute("CREATE ROLE left_behind")
op.execute("GRANT keeper TO janitor")
op.execute("DO $$ BEGIN CREATE ROLE left_behind; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
"""
    revision(root, "a2", made, down="a1", downgrade='op.drop_table("later")')
    with with_roles(postgres) as url, postgres.database() as place:
        migrate(root, url, "a1")
        audited = Audited(root, url, scratch_url=place)
        with psycopg.connect(place) as connection:
            roles = connection.execute("SELECT FROM pg_roles WHERE rolname = 'left_behind'").fetchall()
            members = "SELECT FROM pg_auth_members WHERE roleid = 'keeper'::regrole"
            assert (roles, connection.execute(members).fetchall()) == ([], [])
    assert audited.history.complete
    assert ("public", "later") in audited.history.steps[-1].catalog.tables


@pytest.mark.slow
def test_a_replay_is_remembered_with_the_roles_it_names(
    tmp_path: Path, embedded: Scratch, postgres: Scratch
) -> None:
    """A revision may grant where a role exists; the database knows of it from some day on."""
    root = project(tmp_path / "project")
    words = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN"
    made = f"""op.execute("{words} GRANT SELECT ON users TO reader; END IF; END $$")"""
    revision(root, "a1", f"{USERS}\n{made}", downgrade='op.drop_table("users")')
    memory = Memory(tmp_path / "memory")
    with with_roles(embedded) as url:
        corpus.run_sql(url, "DROP ROLE reader")
        migrate(root, url)
        first = Audited(root, url, scratch=postgres, memory=memory)
        again = Audited(root, url, scratch=postgres, memory=memory)
        corpus.run_sql(url, "CREATE ROLE reader; GRANT INSERT ON users TO reader")
        later = Audited(root, url, scratch=postgres, memory=memory)
    assert told(first.report) == told(again.report) == []
    assert any("replayed before" in said for said in again.said)
    assert told(later.report) == [("grant-privileges", "warning", "manual-change")]


OWNER = "ALTER TABLE users OWNER TO keeper"
EVENT = f"""
    from sqlalchemy import DDL, event
    event.listen(Base.metadata, "after_create", DDL("{OWNER}"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pending", "hand", "expected"),
    [
        (f'op.execute("{OWNER}")', "", [("owner-role", "warning", "pending-revision")]),
        ("", "", [("owner-role", "warning", "unmigrated-model")]),
        ("", OWNER, []),
    ],
    ids=["pending", "never", "by hand"],
)
def test_where_no_revision_says_whose_it_is_it_is_whoever_ran_it(
    tmp_path: Path, embedded: Scratch, postgres: Scratch, pending: str, hand: str, expected: list[object]
) -> None:
    root = project(tmp_path, models=MODELS.partition("    class Later")[0] + EVENT)
    revision(root, "a1", USERS, downgrade='op.drop_table("users")')
    if pending:
        revision(root, "a2", pending, down="a1", downgrade='op.execute("SELECT 1")')
    with with_roles(embedded) as url:
        migrate(root, url, "a1")
        corpus.run_sql(url, hand)
        report = Audited(root, url, scratch=postgres).report
    assert [one for one in told(report) if one[0] != "environment-pending"] == expected


# -- declared by models


def table(*ddl: str) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    for one in ddl:
        sa.event.listen(metadata, "after_create", sa.DDL(one))
    return metadata


USERS_MADE = "CREATE TABLE users (id serial PRIMARY KEY, name text);"


def found(metadata: sa.MetaData, url: str, **how: object) -> list[str]:
    report = audit([metadata], url, **how)  # type: ignore[arg-type]
    return [f"{f.severity} {f.rule} {f.object.table or f.object.name}" for f in report.findings]


@pytest.mark.parametrize("newer", [True, False], ids=["18 by 15", "15 by 18"])
def test_another_version_grants_all_otherwise(embedded: Scratch, postgres: Scratch, newer: bool) -> None:
    """MAINTAIN came with 17; before 15, everybody could make things in schema public."""
    live, scratch = (embedded, postgres) if newer else (postgres, embedded)
    metadata = table("GRANT ALL ON users TO reader", "GRANT USAGE ON SCHEMA public TO keeper")
    granted = "GRANT ALL ON users TO reader; GRANT USAGE ON SCHEMA public TO keeper;"
    with with_roles(live) as url:
        corpus.run_sql(url, USERS_MADE + granted)
        assert found(metadata, url, scratch=scratch) == []
        corpus.run_sql(url, "REVOKE DELETE ON users FROM reader")
        assert found(metadata, url, scratch=scratch) == ["warning grant-privileges users"]


def test_what_is_granted_to_its_owner_is_there(postgres: Scratch) -> None:
    """In production the role that the models grant to may own it all."""
    metadata = table("GRANT SELECT ON users TO keeper", "GRANT USAGE ON SEQUENCE users_id_seq TO keeper")
    with with_roles(postgres) as url:
        corpus.run_sql(url, USERS_MADE + "ALTER TABLE users OWNER TO keeper")
        assert found(metadata, url, scratch=postgres) == []


def test_a_sequence_goes_with_the_column_it_numbers(postgres: Scratch) -> None:
    """Under any name; and where table or column is missing, no right on its sequence is told beside."""
    metadata = table("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO reader")
    sa.Table("missing", metadata, sa.Column("id", sa.Integer, primary_key=True))
    usage = "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO reader;"
    with with_roles(postgres) as url:
        corpus.run_sql(url, USERS_MADE + usage + "ALTER SEQUENCE users_id_seq RENAME TO another")
        report = audit([metadata], url, scratch=postgres)
        assert [(f.rule, f.object.table) for f in report.findings if f.implied_by is None] == [
            ("table-presence", "missing")
        ]
        corpus.run_sql(url, "REVOKE USAGE ON SEQUENCE another FROM reader; DROP TABLE IF EXISTS missing")
        report = audit([metadata], url, scratch=postgres)
    (finding,) = (f for f in report.findings if f.rule == "grant-presence" and f.implied_by is None)
    assert finding.object.name == "reader on sequence of id"
    assert "granted usage on the sequence of users.id in the models" in finding.message


def test_nothing_is_granted_on_a_server_of_somebody(postgres: Scratch) -> None:
    """Who is a member of which role, and who may connect, outlives the scratch: on the audited server it is real."""
    with with_roles(postgres) as url, postgres.database() as place:
        name = place.partition("/kedge")[2].partition("?")[0]
        block = "DO $$ BEGIN CREATE ROLE left_behind; END $$"
        metadata = table(
            "GRANT keeper TO janitor", f"GRANT CONNECT ON DATABASE kedge{name} TO janitor", block
        )
        corpus.run_sql(url, USERS_MADE)
        report = audit([metadata], url, scratch_url=place)
        with psycopg.connect(place) as connection:
            members = "SELECT FROM pg_auth_members WHERE roleid = 'keeper'::regrole"
            assert connection.execute(members).fetchall() == []
            role = "SELECT FROM pg_roles WHERE rolname = 'left_behind'"
            assert connection.execute(role).fetchall() == []
            rights = "SELECT datacl FROM pg_database WHERE datname = current_database()"
            assert "janitor" not in str(connection.execute(rights).fetchone())
    assert [n.reason.partition(":")[0] for n in report.notes if n.kind == "not-run"] == [
        "it is not run, because it reaches beyond one database"
    ] * 3


def test_partitions_nobody_declares_are_granted_by_whoever_makes_them(postgres: Scratch) -> None:
    metadata = sa.MetaData()
    sa.Table("days", metadata, sa.Column("day", sa.Date), postgresql_partition_by="RANGE (day)")
    sa.event.listen(metadata, "after_create", sa.DDL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"))
    with with_roles(postgres) as url:
        corpus.run_sql(
            url,
            "CREATE TABLE days (day date) PARTITION BY RANGE (day);"
            "CREATE TABLE one PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; GRANT INSERT ON one TO janitor",
        )
        assert found(metadata, url, scratch=postgres) == []


def test_a_role_that_only_newer_servers_have(embedded: Scratch, postgres: Scratch) -> None:
    """PostgreSQL 18 has roles of itself that 15 has not, and lets nobody make one of such a name."""
    ddl = "GRANT SELECT ON users TO pg_signal_autovacuum_worker"
    with embedded.database() as url:
        corpus.run_sql(url, USERS_MADE + ddl)
        report = audit([table(ddl)], url, scratch=postgres)
    assert [f.rule for f in report.findings] == []
    assert "does not exist" in next(n.reason for n in report.notes if n.object and n.object.kind == "grant")


def test_rights_go_with_what_they_are_on(postgres: Scratch) -> None:
    metadata = table(
        "CREATE SCHEMA more AUTHORIZATION keeper",
        "CREATE FUNCTION more.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION more.one() OWNER TO keeper",
        "REVOKE ALL ON FUNCTION more.one() FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION more.one() TO reader",
        "GRANT USAGE ON SCHEMA more TO reader",
        "GRANT SELECT (name) ON users TO reader",
    )
    with with_roles(postgres) as url:
        corpus.run_sql(url, "CREATE TABLE users (id serial PRIMARY KEY)")
        report = audit([metadata], url, scratch=postgres)
    own = sorted(f.rule for f in report.findings if f.implied_by is None)
    assert own == ["column-presence", "routine-presence"]


@pytest.mark.parametrize(
    "ddl",
    ["CREATE SCHEMA IF NOT EXISTS more AUTHORIZATION keeper", "CREATE SCHEMA more AUTHORIZATION keeper"],
)
def test_a_schema_that_was_made_for_somebody(postgres: Scratch, ddl: str) -> None:
    """The scratch has the schema already, as the audited database does."""
    with with_roles(postgres) as url:
        corpus.run_sql(url, USERS_MADE + "CREATE SCHEMA more AUTHORIZATION janitor")
        assert found(table(ddl), url, scratch=postgres) == ["warning owner-role schema more"]
        corpus.run_sql(url, "ALTER SCHEMA more OWNER TO keeper")
        assert found(table(ddl), url, scratch=postgres) == []


def test_a_role_of_its_own_is_no_declaration(postgres: Scratch) -> None:
    """What the models' own role gives by default, another role gives in production."""
    metadata = table("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
    with with_roles(postgres) as url:
        corpus.run_sql(
            url,
            USERS_MADE
            + "ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT SELECT ON TABLES TO reader;"
            + "ALTER DEFAULT PRIVILEGES FOR ROLE janitor GRANT INSERT ON TABLES TO reader;",
        )
        assert found(metadata, url, scratch=postgres) == [
            "info default-privilege-presence tables of janitor to reader"
        ]


def test_a_server_of_somebody_gets_no_role(embedded: Scratch, postgres: Scratch) -> None:
    """What could not be granted there is said, and nothing is held against the models for it."""
    metadata = table(
        "GRANT SELECT ON users TO PUBLIC",
        "GRANT SELECT ON users TO reader",
        "ALTER TABLE users OWNER TO keeper",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader",
    )
    given = (
        "GRANT SELECT ON users TO PUBLIC; GRANT SELECT ON users TO reader; ALTER TABLE users OWNER TO keeper;"
    )
    with with_roles(embedded) as url, postgres.database() as place:
        corpus.run_sql(url, USERS_MADE + given + "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
        report = audit([metadata], url, scratch_url=place)
        with psycopg.connect(place) as connection:
            there = connection.execute("SELECT rolname FROM pg_roles WHERE rolname IN ('reader', 'keeper')")
            assert there.fetchall() == []
    assert [f.rule for f in report.findings] == []
    assert not report.complete
    notes = {n.object.kind: n.reason for n in report.notes if n.object and n.kind == "not-compared"}
    assert notes.keys() == {"grant", "owner", "default-privilege"}
    assert 'role "reader" does not exist' in notes["grant"]


def test_what_is_granted_on_a_renamed_column_goes_with_it(postgres: Scratch) -> None:
    metadata = table("GRANT SELECT (id, name) ON users TO reader")
    with with_roles(postgres) as url:
        corpus.run_sql(url, USERS_MADE + "GRANT SELECT (id, name) ON users TO reader")
        assert found(metadata, url, scratch=postgres) == []
        corpus.run_sql(url, "ALTER TABLE users RENAME name TO called")
        report = audit([metadata], url, scratch=postgres)
    assert [f.rule for f in report.findings if f.implied_by is None] == ["column-name"]


def in_schema(name: str) -> str:
    return f"""
        GRANT USAGE ON SCHEMA {name} TO reader;
        GRANT SELECT ON {name}.users TO reader;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO reader;
        ALTER TABLE {name}.users OWNER TO keeper;
        CREATE FUNCTION {name}.of(one {name}.users) RETURNS int LANGUAGE sql AS 'SELECT 1';
        REVOKE ALL ON FUNCTION {name}.of FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {name}.of TO reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT ON TABLES TO reader"""


def test_rights_go_with_their_schema(postgres: Scratch) -> None:
    """Where it bears another name, and where it is missing."""
    metadata = sa.MetaData(schema="sales")
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    sa.event.listen(metadata, "before_create", sa.DDL("CREATE SCHEMA sales"))
    for ddl in in_schema("sales").split(";"):
        sa.event.listen(metadata, "after_create", sa.DDL(ddl))
    with with_roles(postgres) as url:
        made = audit([metadata], url, scratch=postgres)
        corpus.run_sql(url, "CREATE SCHEMA shop; SET search_path = shop;" + USERS_MADE + in_schema("shop"))
        renamed = audit([metadata], url, scratch=postgres)
    assert [f.rule for f in renamed.findings if f.implied_by is None] == ["schema-name"]
    assert sorted(f.rule for f in made.findings if f.implied_by is None) == [
        "routine-presence",
        "table-presence",
    ]


def test_a_right_is_found_by_the_name_of_what_it_is_on(postgres: Scratch) -> None:
    metadata = table("CREATE DOMAIN email AS text", "REVOKE USAGE ON DOMAIN email FROM PUBLIC")
    with with_roles(postgres) as url:
        corpus.run_sql(url, USERS_MADE + "CREATE DOMAIN email AS text")
        (finding,) = audit([metadata], url, scratch=postgres).findings
    assert {"email", "public.email"} <= explain._names(finding)
