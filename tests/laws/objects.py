"""One drawn schema with an object of every kind beyond tables, under names that hurt: models, and their database."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa
from hypothesis import strategies as st
from tests.laws.spelling import STYLES as ALL_STYLES
from tests.laws.spelling import clipped, quoted

Style: TypeAlias = Callable[[str, int], str]
# Reserved words are too few to name everything here apart.
STYLES = {name: style for name, style in ALL_STYLES.items() if name != "reserved"}
# Each stands in SQL as {word}: with its schema, or without.
WHOLE = (
    "Parted Part Rest T U Seq View Chain Mat Touch Shout Add Atomic Proc Agg Dom Later Comp Stat Expr"
    " NewView NewMat NewFn NewDom NewComp NewStat Mood"
)
SHORT = (
    "ptrg leaf pix ppol s id n k num trg stm late ins pol own rule mat_index has_at short unchecked w h"
    " pub everything whole evt noted other_noted"
)
IN_SCHEMA, BARE = WHOLE.split(), SHORT.split()
OBJECTS = r"""
COMMENT ON SCHEMA {s} IS 'what is sold';
CREATE EXTENSION IF NOT EXISTS {ext} SCHEMA {s};
CREATE SEQUENCE {Seq};
CREATE VIEW {View} WITH (security_barrier) AS
    SELECT {id}, {n}, {num} FROM {T} WHERE {k} IN ('a', 'b') AND {num} + 1 > 2 WITH LOCAL CHECK OPTION;
COMMENT ON VIEW {View} IS 'it''s 100%';
CREATE VIEW {Chain} AS SELECT v.{n}, count(o.*) AS c FROM {View} v JOIN {U} o ON o.{id} = v.{id} GROUP BY v.{n};
CREATE MATERIALIZED VIEW {Mat} WITH (fillfactor = 70) AS SELECT {n}, max({num}) AS m FROM {T} GROUP BY {n};
CREATE UNIQUE INDEX {mat_index} ON {Mat} ({n}) WHERE {n} <> '';
COMMENT ON MATERIALIZED VIEW {Mat} IS 'sums';
CREATE FUNCTION {Touch}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
COMMENT ON FUNCTION {Touch}() IS 'touches';
CREATE FUNCTION {Shout}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', 1; RETURN NEW; END $$;
CREATE FUNCTION {Add}(a integer, b integer DEFAULT 1 + 1, VARIADIC more integer[] DEFAULT '{{}}') RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF SECURITY DEFINER SET search_path TO '' AS 'SELECT a + b';
CREATE FUNCTION {Atomic}(a text) RETURNS TABLE (x text, y integer) LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT {n}, {num} FROM {T} WHERE {k} IN (a, 'c'); END;
CREATE PROCEDURE {Proc}(IN who integer) LANGUAGE sql AS 'SELECT who';
CREATE AGGREGATE {Agg} (integer) (sfunc = int4pl, stype = integer, initcond = '0');
CREATE TRIGGER {trg} BEFORE INSERT OR UPDATE OF {n} ON {T} FOR EACH ROW
    WHEN (NEW.{k} IN ('x', ') EXECUTE FUNCTION ')) EXECUTE FUNCTION {Touch}('a b', 'c''d');
COMMENT ON TRIGGER {trg} ON {T} IS 'before';
CREATE TRIGGER {stm} AFTER DELETE ON {T} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {Touch}();
ALTER TABLE {T} DISABLE TRIGGER {stm};
CREATE CONSTRAINT TRIGGER {late} AFTER INSERT ON {U} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {Touch}();
CREATE TRIGGER {ins} INSTEAD OF INSERT ON {Chain} FOR EACH ROW EXECUTE FUNCTION {Touch}();
ALTER TABLE {T} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY {own} ON {T} AS RESTRICTIVE FOR UPDATE TO pg_monitor USING ({num} = 1) WITH CHECK ({n} <> '');
CREATE POLICY {pol} ON {T} FOR SELECT USING ({k} IN ('a', 'b'));
COMMENT ON POLICY {pol} ON {T} IS 'by kind';
CREATE RULE {rule} AS ON DELETE TO {U} WHERE OLD.{num} IN (0, 1) DO INSTEAD NOTHING;
CREATE DOMAIN {Dom} AS varchar(80) COLLATE "C" DEFAULT 'nobody' NOT NULL
    CONSTRAINT {has_at} CHECK (VALUE ~ '@') CONSTRAINT {short} CHECK (VALUE NOT IN ('a', 'b'));
COMMENT ON DOMAIN {Dom} IS 'an address';
CREATE DOMAIN {Later} AS varchar(9);
ALTER DOMAIN {Later} ADD CONSTRAINT {unchecked} CHECK (VALUE IN ('a', 'b')) NOT VALID;
CREATE TYPE {Comp} AS ({w} integer, {h} varchar(10) COLLATE "C");
COMMENT ON TYPE {Comp} IS 'of a box';
CREATE STATISTICS {Stat} (ndistinct, mcv) ON {n}, {k} FROM {T};
COMMENT ON STATISTICS {Stat} IS 'for plans';
CREATE STATISTICS {Expr} ON (lower({n}) || {k}) FROM {T};
CREATE PUBLICATION {pub} FOR TABLE {T} ({id}, {n}) WHERE ({id} > 0), {U} WITH (publish = 'insert, update');
COMMENT ON PUBLICATION {pub} IS 'news';
CREATE PUBLICATION {everything} FOR ALL TABLES;
CREATE PUBLICATION {whole} FOR TABLES IN SCHEMA {s};
CREATE FUNCTION {s}.{noted}() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION {s}.{other_noted}() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER {evt} ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION {s}.{noted}();
COMMENT ON EVENT TRIGGER {evt} IS 'notes';
CREATE TABLE {Part} PARTITION OF {Parted} FOR VALUES IN ('a', NULL);
CREATE TABLE {Rest} PARTITION OF {Parted} DEFAULT PARTITION BY RANGE ({num});
CREATE TRIGGER {ptrg} AFTER INSERT ON {Parted} FOR EACH ROW EXECUTE FUNCTION {Touch}();
CREATE TRIGGER {leaf} BEFORE UPDATE ON {Part} FOR EACH ROW EXECUTE FUNCTION {Touch}();
CREATE INDEX {pix} ON {Parted} ({num});
ALTER TABLE {Parted} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {ppol} ON {Parted} USING ({num} = 1);
ALTER TABLE {T} REPLICA IDENTITY FULL;
GRANT SELECT, INSERT ON {T} TO PUBLIC;
GRANT SELECT ON {View} TO pg_monitor WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE {Seq} TO pg_monitor;
CREATE TYPE {Mood} AS ENUM ('good', 'bad');
GRANT SELECT ({n}, {k}), UPDATE ({n}) ON {T} TO {role};
GRANT SELECT ({id}) ON {View} TO {role} WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION {Atomic} TO {role};
GRANT USAGE, CREATE ON SCHEMA {s} TO {role};
GRANT USAGE ON TYPE {Mood} TO {role};
GRANT USAGE ON TYPE {Comp} TO {role};
REVOKE ALL ON PROCEDURE {Proc} FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION {Shout}() FROM PUBLIC;
REVOKE USAGE ON DOMAIN {Later} FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA {s} GRANT USAGE, SELECT ON SEQUENCES TO {role};
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor IN SCHEMA {s} GRANT SELECT ON TABLES TO {role} WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER TABLE {U} OWNER TO {role};
ALTER VIEW {Chain} OWNER TO pg_monitor;
ALTER SEQUENCE {Seq} OWNER TO {role};
ALTER FUNCTION {Touch}() OWNER TO {role};
ALTER DOMAIN {Later} OWNER TO {role};
ALTER TYPE {Comp} OWNER TO pg_monitor;
ALTER TYPE {Mood} OWNER TO pg_monitor;
ALTER SCHEMA {s} OWNER TO pg_monitor;
ALTER PUBLICATION {pub} OWNER TO pg_monitor
"""
# A role is the server's, and not the schema's: it is there before and after.
ROLE = 'the "Re ader'


class World(NamedTuple):
    """The raw name of each word, and the metadata that declares it all."""

    names: dict[str, str]
    metadata: sa.MetaData

    def sql(self, text: str) -> str:
        bare = {word: quoted(self.names[word]) for word in BARE}
        whole = {word: quoted(self.names["s"], self.names[word]) for word in IN_SCHEMA}
        return text.format(**bare, **whole, role=quoted(ROLE), ext=self.names["ext"])

    def statements(self) -> list[str]:
        return [self.sql(one).strip() for one in OBJECTS.strip().split(";\n")]

    def place(self, table: str | None, name: str | None) -> tuple[str | None, str | None, str | None]:
        """Schema, table and name of an object said in words; "-" as a table: one that is in no schema."""
        if name:
            word, bracket, types = name.partition("(")
            name = self.names.get(word, word) + bracket + types
            name = name.format(**self.names, role=ROLE) if "{" in name else name
        if table == "-":
            return None, None, name
        return self.names["s"], table and self.names[table], name


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return world_of(lambda word: STYLES[draw(st.sampled_from(list(STYLES)))])


def world_of(styled: Callable[[str], Style], extension: str = "unaccent") -> World:
    """Three tables and every object, in a schema of their own, under names of these styles."""
    names = {
        word: clipped(styled(word)(f"{word}_", number)) for number, word in enumerate([*BARE, *IN_SCHEMA])
    }
    names["ext"] = extension
    metadata = sa.MetaData(schema=names["s"])
    sa.Table(
        names["T"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(names["n"], sa.Text, nullable=False),
        sa.Column(names["k"], sa.String(10)),
        sa.Column(names["num"], sa.Integer),
    )
    sa.Table(
        names["U"],
        metadata,
        sa.Column(names["id"], sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(names["num"], sa.Integer),
    )
    sa.Table(
        names["Parted"],
        metadata,
        sa.Column("key", sa.Text),
        sa.Column(names["num"], sa.Integer),
        postgresql_partition_by="LIST (key)",
    )
    world = World(names, metadata)
    sa.event.listen(metadata, "before_create", sa.DDL(_escaped(f"CREATE SCHEMA {quoted(names['s'])}")))
    for statement in world.statements():
        sa.event.listen(metadata, "after_create", sa.DDL(_escaped(statement)))
    return world


def _escaped(sql: str) -> str:
    return sql.replace("%", "%%")
