"""An embedded scratch without extensions and ICU: what is declared with them builds; what cannot be told is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import UserDefinedType
from tests.extensions import available

from kedge import Report, audit
from kedge.dialects.postgresql import stand_ins
from kedge.scratch import Scratch

NAMES = sorted(path.stem for path in (stand_ins.FOLDER / "extension").glob("*.control"))
EXTENSIONS = (
    "btree_gin", "btree_gist", "citext", "hstore", "intarray", "ltree", "pg_trgm", "pgcrypto", "unaccent", "uuid-ossp",
)  # fmt: skip


class LTree(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "LTREE"


class Cube(LTree):
    def get_col_spec(self, **_: Any) -> str:
        return "cube"


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "people",
        metadata,
        sa.Column("id", pg.UUID, primary_key=True, server_default=sa.text("uuid_generate_v4()")),
        sa.Column("email", pg.CITEXT, nullable=False, server_default="Nobody"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("german", sa.Text(collation="de-x-icu")),
        sa.Column("tags", pg.HSTORE, server_default=sa.text("''::hstore")),
        sa.Column("path", LTree),
        sa.Column("emails", sa.ARRAY(pg.CITEXT)),
        sa.Column("room", sa.Integer),
        sa.Column("numbers", sa.ARRAY(sa.Integer)),
        sa.Column("during", pg.TSTZRANGE),
        sa.Column("token", pg.BYTEA, server_default=sa.text("gen_random_bytes(16)")),
        sa.Column("secret", sa.Text, server_default=sa.text("encode(digest('x', 'sha256'), 'hex')")),
        sa.UniqueConstraint("email"),
        sa.CheckConstraint("email ~ '^[^@]+@' AND name <> ''", name="email_is_one"),
        sa.CheckConstraint("nlevel(path) < 10 AND path <@ 'top'", name="path_is_short"),
        pg.ExcludeConstraint(("room", "="), ("during", "&&"), name="one_at_a_time", using="gist"),
    )
    people = metadata.tables["people"]
    ops = {"postgresql_using": "gin", "postgresql_ops": {"name": "gin_trgm_ops"}}
    sa.Index("people_trgm", people.c.name, **ops)
    sa.Index("people_close", people.c.name, postgresql_using="gist", postgresql_ops={"name": "gist_trgm_ops"})
    sa.Index("people_lower", sa.func.lower(people.c.email))
    sa.Index("people_email_like", people.c.email, postgresql_ops={"email": "citext_pattern_ops"})
    sa.Index("people_room_numbers", people.c.room, people.c.tags, postgresql_using="gin")
    sa.Index(
        "people_numbers", people.c.numbers, postgresql_using="gin", postgresql_ops={"numbers": "gin__int_ops"}
    )
    sa.Index("people_path", people.c.path, postgresql_using="gist")
    sa.Index("people_german", people.c.name.collate("sv-x-icu"))
    sa.Index("people_tagged", people.c.id, postgresql_where=sa.text("tags ? 'a' AND tags -> 'b' = 'c'"))
    return metadata


def audited(live: Scratch, scratch: Scratch, *drift: str) -> Report:
    with live.database() as url:
        with psycopg.connect(url, autocommit=True) as connection, available():
            connection.execute("CREATE SCHEMA ext; SET search_path TO public, ext")
            for extension in EXTENSIONS:
                schema = "ext" if extension == "ltree" else "public"
                connection.execute(f'CREATE EXTENSION "{extension}" SCHEMA {schema}'.encode())
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname} SET search_path TO public, ext".encode()
            )
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
        models().create_all(engine)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in drift:
                connection.execute(statement.encode())
        return audit([models()], url, scratch=scratch)


def found(report: Report) -> list[tuple[str, str | None, bool]]:
    return [(f.rule, f.object.name, f.confirmed) for f in report.findings]


def test_what_was_declared_is_silent_and_named(postgres: Scratch, embedded: Scratch) -> None:
    report = audited(postgres, embedded)
    assert [f.message for f in report.findings] == []
    assert [n.reason for n in report.notes if n.kind not in ("stand-in",)] == []
    said = [n.reason for n in report.notes]
    for extension in (
        "citext",
        "pg_trgm",
        "hstore",
        "ltree",
        "btree_gist",
        "btree_gin",
        "intarray",
        "uuid-ossp",
    ):
        assert any(reason.startswith(f"{extension} is not on the scratch server") for reason in said), (
            extension
        )
    assert any("column public.people.email" in reason for reason in said)
    assert any("lacks the collation de-x-icu, sv-x-icu" in reason for reason in said)
    assert report.complete


def test_values_are_told_apart_and_behaviour_is_not(postgres: Scratch, embedded: Scratch) -> None:
    report = audited(
        postgres,
        embedded,
        "ALTER TABLE people ALTER email SET DEFAULT 'nobody'",
        "ALTER TABLE people ALTER tags SET DEFAULT 'a=>1'",
        "DROP INDEX people_trgm; CREATE INDEX people_trgm ON people USING gin (to_tsvector('simple', name))",
        "DROP INDEX people_close; CREATE INDEX people_close ON people USING gist (name)",
        "ALTER TABLE people DROP CONSTRAINT email_is_one;"
        "ALTER TABLE people ADD CONSTRAINT email_is_one CHECK (email ~ '^[^@]+$' AND name <> '')",
        'ALTER TABLE people ALTER german TYPE text COLLATE "sv-x-icu"',
        "ALTER TABLE people ALTER emails TYPE text[]",
    )
    assert sorted(found(report)) == [
        ("check-expression", "email_is_one", False),
        ("column-collation", "german", True),
        ("column-default", "email", True),
        ("column-default", "tags", False),
        ("column-type", "emails", True),
        ("index-columns", "people_trgm", True),
        ("index-opclass", "people_close", True),
    ]
    said = [n.reason for n in report.notes]
    lacking = "is not on the scratch server, and nothing else knows what it does: unconfirmed is the"
    assert f"hstore {lacking} default of public.people.tags" in said
    assert f"citext {lacking} check of public.people" in said


@pytest.mark.parametrize("name", [n for n in NAMES if stand_ins.scripts(n)[-1].count("\n") > 1])
def test_a_stand_in_is_an_extension_and_a_script(name: str, postgres: Scratch, embedded: Scratch) -> None:
    """Through `extension_control_path` where there is such a thing, by its script elsewhere: the same."""
    made = []
    for server, statements in (
        (embedded, [f'CREATE EXTENSION "{name}" SCHEMA home CASCADE']),
        (postgres, stand_ins.scripts(name)),
    ):
        with server.database() as url, psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA home; SET search_path TO home, public")
            for statement in statements:
                connection.execute(statement.encode())
            made.append(contents(connection))
    assert made[0] == made[1] != set()


@pytest.mark.parametrize(
    "name", [n for n in NAMES if stand_ins.scripts(n)[-1].count("\n") > 1 and not n.startswith("postgis")]
)
def test_a_stand_in_has_what_the_extension_has(name: str, postgres: Scratch) -> None:
    """Types, operators, operator classes and functions are the real extension's."""
    made = []
    for statements in ([f'CREATE EXTENSION "{name}" SCHEMA home CASCADE'], stand_ins.scripts(name)):
        with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection, available():
            connection.execute("CREATE SCHEMA home; SET search_path TO home, public")
            for statement in statements:
                connection.execute(statement.encode())
            made.append(contents(connection))
    real, stand_in = made
    assert stand_in - real <= BEYOND
    left_out = {one for one in real - stand_in if not one.startswith("function")}
    assert {one for one in left_out if not one.startswith(INSIDE)} == set()


def contents(connection: psycopg.Connection[Any]) -> set[str]:
    """Types, operators, operator classes and functions that SQL can call."""
    rows = connection.execute("""
        SELECT 'type ' || format_type(oid, NULL) FROM pg_type WHERE typnamespace = 'home'::regnamespace AND typelem = 0
        UNION SELECT 'class ' || opcname || ' for ' || format_type(opcintype, NULL) || ' ' || opcdefault
          FROM pg_opclass WHERE opcnamespace = 'home'::regnamespace
        UNION SELECT 'operator ' || oid::regoperator FROM pg_operator WHERE oprnamespace = 'home'::regnamespace
        UNION SELECT concat_ws(' ', 'function', p.oid::regprocedure, format_type(prorettype, NULL), provolatile)
          FROM pg_proc p WHERE pronamespace = 'home'::regnamespace
           AND NOT 'internal'::regtype = ANY(proargtypes) AND NOT 'cstring'::regtype IN (prorettype, proargtypes[0])
    """)
    return {row[0] for row in rows}


# Of newer releases.
BEYOND = {
    "class hash_ltree_ops for ltree true",
    "function hash_ltree(ltree) integer i",
    "function daitch_mokotoff(text) text[] i",
}
# Keys inside an index, which nobody declares; and ltree's operators that use no index, or work on arrays.
INSIDE = (
    "operator ^", "operator ?@>", "operator ?<@", "operator ?@", "operator ?~", "operator ?(", "operator @(ltxt",
    "operator ~(lquery,ltree[]", "type gbtreekey", "type intbig_gkey", "type gtrgm", "type ghstore", "type ltree_gist",
)  # fmt: skip


def test_a_postgis_type_is_spelled_as_postgis_spells_it(embedded: Scratch) -> None:
    written = [
        "geometry(POINT,4326)",
        "geometry(MultiPolygonZM)",
        "geography(LINESTRING,4326)",
        "geometry",
        "geometry(POINT,-1)",
        "geography(Point)",
    ]
    with embedded.database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        columns = ", ".join(f"c{n} {type_}" for n, type_ in enumerate(written))
        connection.execute(f"CREATE TABLE t ({columns}); CREATE INDEX ON t USING gist (c0)".encode())
        rows = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
            " ORDER BY attnum"
        )
        assert [stand_ins.respelled(r[0]) for r in rows] == [
            "geometry(Point,4326)", "geometry(MultiPolygonZM)", "geography(LineString,4326)", "geometry",
            "geometry(Point)", "geography(Point,4326)",
        ]  # fmt: skip


def test_every_script_has_a_control_file() -> None:
    scripts = {path.name for path in Path(stand_ins.FOLDER / "extension").glob("*.sql")}
    assert scripts == {f"{name}--{stand_ins.VERSION}.sql" for name in NAMES}
