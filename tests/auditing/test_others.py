"""What belongs to others is left out and said; a stub is compared only on what it declares."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
import sqlalchemy as sa

from kedge import Report, audit
from kedge.auditing.platforms import platforms
from kedge.errors import UsageError
from kedge.scratch import Scratch

OURS = "CREATE TABLE ours (id serial PRIMARY KEY);"

PLATFORMS = {
    "supabase": """
        CREATE SCHEMA auth; CREATE SCHEMA storage; CREATE SCHEMA vault;
        CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2');
        CREATE TABLE auth.users (instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255),
            email varchar(255), is_sso_user boolean NOT NULL DEFAULT false, created_at timestamptz);
        CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
        CREATE INDEX users_instance_id_idx ON auth.users (instance_id);
        CREATE TABLE auth.identities (id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, identity_data jsonb NOT NULL);
        CREATE TABLE auth.refresh_tokens (id bigserial PRIMARY KEY, token varchar(255) UNIQUE);
        CREATE TABLE auth.schema_migrations (version varchar(255) PRIMARY KEY);
        CREATE TABLE auth.sessions (id uuid PRIMARY KEY, aal auth.aal_level);
        CREATE TABLE storage.buckets (id text PRIMARY KEY, name text NOT NULL UNIQUE);
        CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text REFERENCES storage.buckets, name text);
        CREATE VIEW vault.decrypted_secrets AS SELECT id FROM auth.users;
        ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody ON storage.objects FOR SELECT USING (bucket_id = 'public');
        GRANT SELECT ON auth.users TO PUBLIC;
    """,
    "hasura": """
        CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid PRIMARY KEY, version text);
        CREATE TABLE hdb_catalog.hdb_metadata (id integer PRIMARY KEY, metadata json NOT NULL);
        CREATE FUNCTION hdb_catalog.gen_hasura_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
    """,
    "timescale": """
        CREATE SCHEMA _timescaledb_catalog; CREATE SCHEMA _timescaledb_internal;
        CREATE TABLE _timescaledb_catalog.hypertable (id serial PRIMARY KEY, table_name name NOT NULL);
        CREATE TABLE _timescaledb_internal._hyper_1_1_chunk () INHERITS (ours);
    """,
    "postgis": """
        CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY, auth_name varchar(256), proj4text varchar(2048));
        CREATE SCHEMA tiger; CREATE TABLE tiger.state (gid serial PRIMARY KEY);
    """,
    "pg-boss": """
        CREATE SCHEMA pgboss; CREATE TABLE pgboss.version (version integer PRIMARY KEY);
        CREATE TYPE pgboss.job_state AS ENUM ('created', 'active');
        CREATE TABLE pgboss.job (id uuid PRIMARY KEY, state pgboss.job_state) PARTITION BY LIST (id);
    """,
    "graphile-worker": """
        CREATE SCHEMA graphile_worker; CREATE TABLE graphile_worker.migrations (id integer PRIMARY KEY);
    """,
    "celery": """
        CREATE SEQUENCE task_id_sequence;
        CREATE TABLE celery_taskmeta (id integer PRIMARY KEY DEFAULT nextval('task_id_sequence'), task_id varchar(155));
        CREATE TABLE celery_tasksetmeta (id integer PRIMARY KEY, taskset_id varchar(155));
    """,
    "procrastinate": """
        CREATE TYPE procrastinate_job_status AS ENUM ('todo', 'doing');
        CREATE TABLE procrastinate_jobs (id bigserial PRIMARY KEY, status procrastinate_job_status);
        CREATE TABLE procrastinate_events (id bigserial PRIMARY KEY, job_id bigint REFERENCES procrastinate_jobs);
    """,
}


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("ours", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def audited(
    postgres: Scratch,
    sql: str,
    metadata: sa.MetaData | None = None,
    *,
    schemas: Sequence[str] = (),
    owned_by_others: Sequence[str] = (),
    platforms: Sequence[str] = (),
) -> Report:
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((OURS + sql).encode())
            there = [
                r[0]
                for r in connection.execute(
                    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
                )
            ]
        return audit(
            [metadata or models()],
            url,
            scratch=postgres,
            schemas=schemas or there,
            owned_by_others=owned_by_others,
            platforms=platforms,
        )


def rules(report: Report) -> list[str]:
    return [
        f"{f.rule} {f.object.schema}.{f.object.table}.{f.object.name}".removesuffix(".None")
        for f in report.findings
    ]


def notes(report: Report) -> list[str]:
    return [n.reason for n in report.notes if n.kind == "owned-by-others"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_is_found_and_left_out(postgres: Scratch, name: str) -> None:
    title = platforms()[name].title
    report = audited(postgres, PLATFORMS[name])
    assert rules(report) == []
    assert [f'no-{name}"' in said and said.startswith(title) for said in notes(report)] == [True]
    switched_off = audited(postgres, PLATFORMS[name], platforms=[f"no-{name}"])
    assert any(rule.startswith("table-presence") for rule in rules(switched_off))


@pytest.mark.parametrize("name", sorted(set(platforms()) - set(PLATFORMS)))
def test_every_other_platform_is_one_of_an_extension(name: str) -> None:
    assert platforms()[name].found_by.extensions


def test_a_platform_that_does_not_show_itself_is_named(postgres: Scratch) -> None:
    half = "CREATE TABLE celery_taskmeta (id integer PRIMARY KEY);"
    assert rules(audited(postgres, half)) == ["table-presence public.celery_taskmeta"]
    report = audited(postgres, half, platforms=["celery"])
    assert rules(report) == []
    assert notes(report) == ["1 table left out as Celery's own: public.celery_taskmeta"]


def test_a_stub_is_compared_only_on_what_it_declares(postgres: Scratch) -> None:
    metadata = models()
    sa.Table("users", metadata, sa.Column("id", sa.Uuid, primary_key=True), schema="auth")
    sa.Table("mine", metadata, sa.Column("id", sa.Uuid, sa.ForeignKey("auth.users.id"), primary_key=True))
    mine = "CREATE TABLE mine (id uuid PRIMARY KEY REFERENCES auth.users);"
    report = audited(postgres, PLATFORMS["supabase"] + mine, metadata)
    assert rules(report) == []
    assert any(
        said.startswith("auth.users is not the models' own (Supabase): compared only")
        for said in notes(report)
    )


def test_what_a_stub_declares_has_to_be_there(postgres: Scratch) -> None:
    metadata = models()
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("phone", sa.String(15)),
        sa.Column("email", sa.String(255), unique=True),
        sa.Column("aud", sa.String(255), server_default="x"),
        schema="auth",
    )
    sa.Table("profiles", metadata, sa.Column("id", sa.Uuid, primary_key=True), schema="auth")
    assert sorted(rules(audited(postgres, PLATFORMS["supabase"], metadata))) == [
        "column-default auth.users.aud",
        "column-presence auth.users.phone",
        "column-type auth.users.id",
        "table-presence auth.profiles",
        "unique-representation auth.users.users_email_partial_key",
    ]


def test_what_a_platform_adds_to_our_own_tables_is_its_own(postgres: Scratch) -> None:
    sql = """
        DO $$ BEGIN CREATE ROLE anon; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE SCHEMA extensions; GRANT ALL ON ours TO anon; CREATE PUBLICATION supabase_realtime FOR TABLE ours;
        CREATE FUNCTION extensions.granted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER somehow ON ddl_command_end EXECUTE FUNCTION extensions.granted();
        CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION hdb_catalog.notify() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER "notify_hasura_x_INSERT" AFTER INSERT ON ours FOR EACH ROW EXECUTE FUNCTION hdb_catalog.notify();
        CREATE TRIGGER mine AFTER INSERT ON ours FOR EACH ROW EXECUTE FUNCTION mine();
    """
    report = audited(postgres, PLATFORMS["supabase"] + PLATFORMS["hasura"] + sql)
    assert sorted(rules(report)) == [
        "routine-presence public.None.mine()",
        "trigger-presence public.ours.mine",
    ]


def test_a_platforms_roles_are_not_the_models(postgres: Scratch) -> None:
    metadata = models()
    metadata.tables["ours"].append_column(sa.Column("name", sa.Text))
    for role in ("somebody", "anon"):
        sql = f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.encode())
    sa.event.listen(metadata.tables["ours"], "after_create", sa.DDL("GRANT SELECT ON ours TO somebody"))
    sql = "ALTER TABLE ours ADD name text; GRANT SELECT ON ours TO somebody; GRANT SELECT ON ours TO anon;"
    assert rules(audited(postgres, PLATFORMS["supabase"] + sql, metadata)) == []
    found = rules(audited(postgres, sql, metadata, platforms=["no-supabase"]))
    assert found == ["grant-presence public.ours.anon"]


def test_what_the_models_declare_on_others_things_is_theirs(postgres: Scratch) -> None:
    """A trigger on a platform's table, and a right of its role, which has more of the platform's own giving."""
    metadata = models()
    sa.Table("users", metadata, sa.Column("id", sa.Uuid, primary_key=True), schema="auth")
    role = "DO $$ BEGIN CREATE ROLE anon; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    function = "CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    trigger = (
        "CREATE TRIGGER greeted AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.greet();"
    )
    later = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} ON TABLES TO anon;"
    for sql in (function, trigger, "GRANT SELECT ON ours TO anon;", later.format("SELECT")):
        sa.event.listen(metadata, "after_create", sa.DDL(sql))
    platform = PLATFORMS["supabase"] + role
    platform += "DO $$ BEGIN CREATE ROLE supabase_x; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    platform += later.format("ALL").replace("IN SCHEMA", "FOR ROLE supabase_x IN SCHEMA")
    there = platform + function + trigger + "GRANT ALL ON ours TO anon;" + later.format("ALL")
    assert rules(audited(postgres, there, metadata)) == []
    elsewhere = platform + function + "GRANT INSERT ON ours TO anon;" + later.format("INSERT")
    assert sorted(rules(audited(postgres, elsewhere, metadata))) == [
        "default-privilege-privileges public.None.tables of postgres to anon",
        "grant-privileges public.ours.anon",
        "trigger-presence auth.users.greeted",
    ]


def test_patterns_name_what_is_not_the_models_own(postgres: Scratch) -> None:
    sql = """
        CREATE SCHEMA billing; CREATE TYPE invoice_state AS ENUM ('open', 'paid'); CREATE SEQUENCE numbers;
        CREATE TABLE billing.invoices (id integer PRIMARY KEY DEFAULT nextval('numbers'), state invoice_state[]);
        CREATE TABLE etl_in (id integer); CREATE TABLE etl_out (id integer); CREATE TYPE nobodys AS ENUM ('a');
    """
    report = audited(
        postgres, sql, owned_by_others=["billing.*", "etl_*=the data team", "x.*", "public.bill*"]
    )
    assert rules(report) == ["enum-presence public.None.nobodys"]
    assert notes(report) == [
        "1 table left out as owned by others (billing.*): billing.invoices",
        "2 tables left out as owned by others (the data team): public.etl_in, public.etl_out",
        "owned-by-others: x.* fits nothing in the database; is it spelled right?",
        "owned-by-others: public.bill* fits nothing in the database; is it spelled right?",
    ]


def test_what_ours_uses_too_is_ours(postgres: Scratch) -> None:
    sql = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t1 (m mood); CREATE TABLE t2 (m mood);"
    found = rules(audited(postgres, sql, owned_by_others=["t1"]))
    assert sorted(found) == ["enum-presence public.None.mood", "table-presence public.t2"]


@pytest.mark.parametrize("word", ["supabse", "no-such"])
def test_an_unknown_platform_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match=r"is not known.*\n?.*supabase"):
        audit([models()], "postgresql://nobody@nowhere/x", platforms=[word])


def test_a_pattern_of_everything_is_refused() -> None:
    with pytest.raises(UsageError, match="would leave nothing to audit"):
        audit([models()], "postgresql://nobody@nowhere/x", owned_by_others=["*.*"])


def test_tables_of_migration_tools_are_nobodys_drift(postgres: Scratch) -> None:
    sql = """
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        CREATE TABLE billing_revision (version_num varchar(32) PRIMARY KEY);
        CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
        CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), script varchar(1000),
            checksum integer);
        CREATE TABLE schema_migrations (version varchar PRIMARY KEY); CREATE TABLE "SequelizeMeta" (name text PRIMARY KEY);
        CREATE TABLE aerich (id integer PRIMARY KEY);
    """  # noqa: E501
    report = audited(postgres, sql)
    assert rules(report) == ["table-presence public.aerich"]
    (said,) = [n.reason for n in report.notes if n.kind == "owned-by-others"]
    for name in ("django_migrations", "flyway_schema_history", "schema_migrations", "SequelizeMeta"):
        assert f"public.{name}" in said
    assert "billing_revision" not in said


def test_partitions_and_members_of_extensions_are_not_extra(postgres: Scratch) -> None:
    metadata = models()
    sa.Table(
        "events",
        metadata,
        sa.Column("day", sa.Date, nullable=False),
        postgresql_partition_by="RANGE (day)",
    )
    sql = """
        CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day); CREATE SCHEMA parts;
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
            PARTITION BY LIST (day);
        CREATE TABLE parts.events_1_1 PARTITION OF events_1 DEFAULT; CREATE INDEX ON parts.events_1_1 (day);
    """
    assert rules(audited(postgres, sql, metadata)) == []
