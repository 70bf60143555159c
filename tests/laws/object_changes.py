"""Every change of an object beyond tables, as SQL on the live database, with the one rule that must answer."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """SQL on the live database, the one rule that must answer, and what object the finding is about.

    `at` is its table and its name, each a word of the world or a name of its own; "-" as a table: in no schema.
    """

    name: str
    rule: str
    sql: tuple[str, ...]
    at: tuple[str | None, str | None]


_TRG = (
    "CREATE TRIGGER {trg} BEFORE INSERT OR UPDATE OF {n} ON {T} FOR EACH ROW"
    " WHEN (NEW.{k} IN ('x', ') EXECUTE FUNCTION ')) EXECUTE FUNCTION {Touch}('a b', 'c''d')"
)
_STM = (
    "CREATE TRIGGER {stm} AFTER DELETE ON {T} REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION {Touch}()"
)
_MAT_TAIL = (
    "CREATE UNIQUE INDEX {mat_index} ON {Mat} ({n}) WHERE {n} <> ''",
    "COMMENT ON MATERIALIZED VIEW {Mat} IS 'sums'",
)
_ADD = (
    "CREATE OR REPLACE FUNCTION {Add}(a integer, b integer DEFAULT 1 + 1, VARIADIC more integer[] DEFAULT '{{}}')"
    " RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF SECURITY DEFINER"
    " SET search_path TO '' AS 'SELECT a + b'"
)
_ADD_DROP = "DROP FUNCTION {Add}(integer, integer, integer[])"
_ADD_SIGNATURE = "(integer, integer, integer[])"
_OWN = (
    "CREATE POLICY {own} ON {T} AS RESTRICTIVE FOR UPDATE TO pg_monitor"
    " USING ({num} = 1) WITH CHECK ({n} <> '')"
)
_VIEW = "CREATE OR REPLACE VIEW {View} WITH (security_barrier) AS SELECT {id}, {n}, {num}"
_LOCAL = " WITH LOCAL CHECK OPTION"
_EVT = (
    "CREATE EVENT TRIGGER {evt} ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE')"
    " EXECUTE FUNCTION {s}.{noted}()"
)
_EVT_COMMENT = "COMMENT ON EVENT TRIGGER {evt} IS 'notes'"
MUTATIONS: dict[str, Mutation] = {}


def _made(rule: str, table: str | None, name: str | None, **changes: str | tuple[str, ...]) -> None:
    """Mutations that `rule` answers at one object; each is given as its name and its SQL."""
    for title, sql in changes.items():
        full = f"{rule}: {title.strip('_').replace('_', ' ')}"
        assert full not in MUTATIONS
        MUTATIONS[full] = Mutation(full, rule, (sql,) if isinstance(sql, str) else sql, (table, name))


_made(
    "view-definition", None, "View",
    other_rows=_VIEW + " FROM {T} WHERE {k} IN ('a', 'c') AND {num} + 1 > 2" + _LOCAL,
    one_column_more=_VIEW + ", {k} FROM {T} WHERE {k} IN ('a', 'b') AND {num} + 1 > 2" + _LOCAL,
    column_renamed='ALTER VIEW {View} RENAME COLUMN {num} TO "other name"',
)  # fmt: skip
_made(
    "view-options", None, "View",
    leaky="ALTER VIEW {View} RESET (security_barrier)",
    invoker="ALTER VIEW {View} SET (security_invoker = true)",
    cascaded="ALTER VIEW {View} SET (check_option = cascaded)",
)  # fmt: skip
_made(
    "view-comment", None, "View", other="COMMENT ON VIEW {View} IS 'x'", gone="COMMENT ON VIEW {View} IS NULL"
)
_made("view-presence", None, "Chain", dropped="DROP VIEW {Chain}")
_made("view-presence", None, "NewView", extra="CREATE VIEW {NewView} AS SELECT {n} FROM {T}")
_made(
    "materialized-view-definition", None, "Mat",
    other_rows=(
        "DROP MATERIALIZED VIEW {Mat}",
        "CREATE MATERIALIZED VIEW {Mat} WITH (fillfactor = 70) AS SELECT {n}, min({num}) AS m FROM {T} GROUP BY {n}",
        *_MAT_TAIL,
    ),
)  # fmt: skip
_made(
    "materialized-view-indexes", None, "Mat",
    dropped="DROP INDEX {s}.{mat_index}",
    other_rows=("DROP INDEX {s}.{mat_index}", "CREATE UNIQUE INDEX {mat_index} ON {Mat} ({n}) WHERE {n} <> 'x'"),
    one_more="CREATE INDEX \"one more\" ON {Mat} (m)",
)  # fmt: skip
_made(
    "materialized-view-options", None, "Mat", fillfactor="ALTER MATERIALIZED VIEW {Mat} SET (fillfactor = 80)"
)
_made("materialized-view-comment", None, "Mat", other="COMMENT ON MATERIALIZED VIEW {Mat} IS 'x'")
_made("materialized-view-presence", None, "Mat", dropped="DROP MATERIALIZED VIEW {Mat}")
_made(
    "materialized-view-presence", None, "NewMat", extra="CREATE MATERIALIZED VIEW {NewMat} AS SELECT 1 AS a"
)
_made(
    "view-kind", None, "Mat",
    no_longer_materialized=(
        "DROP MATERIALIZED VIEW {Mat}",
        "CREATE VIEW {Mat} AS SELECT {n}, max({num}) AS m FROM {T} GROUP BY {n}",
        "COMMENT ON VIEW {Mat} IS 'sums'",
    ),
)  # fmt: skip
_made(
    "materialized-view-kind", None, "Chain",
    materialized=(
        "DROP VIEW {Chain}",
        "CREATE MATERIALIZED VIEW {Chain} AS"
        " SELECT v.{n}, count(o.*) AS c FROM {View} v JOIN {U} o ON o.{id} = v.{id} GROUP BY v.{n}",
    ),
)  # fmt: skip
_made(
    "routine-definition", None, "Touch()",
    body="CREATE OR REPLACE FUNCTION {Touch}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
)  # fmt: skip
_made(
    "routine-definition", None, f"Add{_ADD_SIGNATURE}",
    sql_body=_ADD.replace("a + b", "a - b"),
    default=_ADD.replace("1 + 1", "2 + 1"),
    argument_named=(_ADD_DROP, _ADD.replace("b integer", "bb integer").replace("a + b", "a + bb")),
    returns=(_ADD_DROP, _ADD.replace("RETURNS integer", "RETURNS bigint")),
    language=_ADD.replace("LANGUAGE sql", "LANGUAGE plpgsql").replace("SELECT a + b", "BEGIN RETURN a + b; END"),
)  # fmt: skip
_made(
    "routine-definition", None, "Add(integer, integer)",
    other_types=(_ADD_DROP, _ADD.replace(", VARIADIC more integer[] DEFAULT '{{}}'", "")),
)  # fmt: skip
_made(
    "routine-definition", None, "Atomic(text)",
    parsed_body="CREATE OR REPLACE FUNCTION {Atomic}(a text) RETURNS TABLE (x text, y integer) LANGUAGE sql STABLE"
    " BEGIN ATOMIC SELECT {n}, {num} FROM {T} WHERE {k} IN (a, 'd'); END",
)  # fmt: skip
_made(
    "routine-definition", None, "Proc(integer)",
    procedure="CREATE OR REPLACE PROCEDURE {Proc}(IN who integer) LANGUAGE sql AS 'SELECT who + 1'",
)  # fmt: skip
_made(
    "routine-definition", None, "Agg(integer)",
    aggregate="CREATE OR REPLACE AGGREGATE {Agg} (integer) (sfunc = int4pl, stype = integer, initcond = '1')",
)  # fmt: skip
_made("routine-volatility", None, "Touch()", stable="ALTER FUNCTION {Touch}() STABLE")
_made("routine-security-definer", None, "Touch()", definer="ALTER FUNCTION {Touch}() SECURITY DEFINER")
_made("routine-security-definer", None, "Proc(integer)", procedure="ALTER PROCEDURE {Proc} SECURITY DEFINER")
_made(
    "routine-options", None, "Touch()",
    strict="ALTER FUNCTION {Touch}() STRICT",
    leakproof="ALTER FUNCTION {Touch}() LEAKPROOF",
    parallel="ALTER FUNCTION {Touch}() PARALLEL RESTRICTED",
)  # fmt: skip
_made("routine-settings", None, "Touch()", one_more="ALTER FUNCTION {Touch}() SET search_path TO pg_catalog")
_made("routine-settings", None, f"Add{_ADD_SIGNATURE}", gone="ALTER FUNCTION {Add} RESET ALL")
_made("routine-comment", None, "Touch()", other="COMMENT ON FUNCTION {Touch}() IS 'x'")
_made("routine-presence", None, "Atomic(text)", dropped="DROP FUNCTION {Atomic}")
_made("routine-presence", None, "Proc(integer)", procedure_dropped="DROP PROCEDURE {Proc}")
_made(
    "routine-presence", None, "Agg(integer)", renamed='ALTER AGGREGATE {Agg}(integer) RENAME TO "another one"'
)
_made(
    "routine-presence",
    None,
    "NewFn(text)",
    extra="CREATE FUNCTION {NewFn}(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
)
_made(
    "routine-presence",
    None,
    "Add(text)",
    overloaded="CREATE FUNCTION {Add}(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
)

_TRG_TAIL = "COMMENT ON TRIGGER {trg} ON {T} IS 'before'"
_NO_TRG = "DROP TRIGGER {trg} ON {T}"


def _trigger(old: str, new: str) -> tuple[str, ...]:
    assert old in _TRG
    return _NO_TRG, _TRG.replace(old, new), _TRG_TAIL


_made(
    "trigger-definition", "T", "trg",
    events=_trigger("INSERT OR UPDATE", "UPDATE"),
    timing=_trigger("BEFORE", "AFTER"),
    columns=_trigger("OF {n}", "OF {n}, {k}"),
    any_column=_trigger(" OF {n}", ""),
    when=_trigger("'x'", "'y'"),
    always=_trigger(" WHEN (NEW.{k} IN ('x', ') EXECUTE FUNCTION '))", ""),
)  # fmt: skip
_made(
    "trigger-definition", "T", "stm",
    level=(
        "DROP TRIGGER {stm} ON {T}", _STM.replace("FOR EACH STATEMENT", "FOR EACH ROW"),
        "ALTER TABLE {T} DISABLE TRIGGER {stm}",
    ),
    transition=(
        "DROP TRIGGER {stm} ON {T}", _STM.replace("gone", "lost"), "ALTER TABLE {T} DISABLE TRIGGER {stm}",
    ),
)  # fmt: skip
_made(
    "trigger-definition", "U", "late",
    deferred=(
        "DROP TRIGGER {late} ON {U}",
        "CREATE CONSTRAINT TRIGGER {late} AFTER INSERT ON {U} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION {Touch}()",
    ),
    no_constraint=(
        "DROP TRIGGER {late} ON {U}",
        "CREATE TRIGGER {late} AFTER INSERT ON {U} FOR EACH ROW EXECUTE FUNCTION {Touch}()",
    ),
)  # fmt: skip
_made(
    "trigger-function", "T", "trg",
    function=_trigger("{Touch}", "{Shout}"),
    arguments=_trigger("'a b'", "'a c'"),
)  # fmt: skip
_made("trigger-function", "Chain", "ins", of_a_view=(
    "DROP TRIGGER {ins} ON {Chain}",
    "CREATE TRIGGER {ins} INSTEAD OF INSERT ON {Chain} FOR EACH ROW EXECUTE FUNCTION {Shout}()",
))  # fmt: skip
_made(
    "trigger-enabled", "T", "trg",
    off="ALTER TABLE {T} DISABLE TRIGGER {trg}",
    replica="ALTER TABLE {T} ENABLE REPLICA TRIGGER {trg}",
    always="ALTER TABLE {T} ENABLE ALWAYS TRIGGER {trg}",
)  # fmt: skip
_made("trigger-enabled", "T", "stm", on="ALTER TABLE {T} ENABLE TRIGGER {stm}")
_made("trigger-comment", "T", "trg", gone="COMMENT ON TRIGGER {trg} ON {T} IS NULL")
_made(
    "trigger-presence",
    "T",
    "trg",
    dropped=_NO_TRG,
    renamed='ALTER TRIGGER {trg} ON {T} RENAME TO "another one"',
)
_made("trigger-presence", "U", "a new one", extra=
    'CREATE TRIGGER "a new one" AFTER INSERT ON {U} FOR EACH ROW EXECUTE FUNCTION {Touch}()')  # fmt: skip
_made(
    "policy-expression", "T", "own",
    using="ALTER POLICY {own} ON {T} USING ({num} = 2)",
    check="ALTER POLICY {own} ON {T} WITH CHECK ({n} <> 'x')",
    no_check=("DROP POLICY {own} ON {T}", _OWN.replace(" WITH CHECK ({n} <> '')", "")),
)  # fmt: skip
_made("policy-expression", "T", "pol", in_list="ALTER POLICY {pol} ON {T} USING ({k} IN ('a', 'c'))")
_made(
    "policy-command", "T", "own",
    command=("DROP POLICY {own} ON {T}", _OWN.replace("UPDATE", "ALL")),
    permissive=("DROP POLICY {own} ON {T}", _OWN.replace("RESTRICTIVE", "PERMISSIVE")),
)  # fmt: skip
_made("policy-roles", "T", "own", everyone="ALTER POLICY {own} ON {T} TO PUBLIC")
_made("policy-roles", "T", "pol", nearly_nobody="ALTER POLICY {pol} ON {T} TO pg_monitor")
_made("policy-comment", "T", "pol", other="COMMENT ON POLICY {pol} ON {T} IS 'x'")
_made("policy-presence", "T", "pol", dropped="DROP POLICY {pol} ON {T}")
_made("policy-presence", "U", "a new one", extra='CREATE POLICY "a new one" ON {U}')
_made(
    "table-row-security", "T", None,
    off=("ALTER TABLE {T} NO FORCE ROW LEVEL SECURITY", "ALTER TABLE {T} DISABLE ROW LEVEL SECURITY"),
    off_yet_forced="ALTER TABLE {T} DISABLE ROW LEVEL SECURITY",
    not_forced="ALTER TABLE {T} NO FORCE ROW LEVEL SECURITY",
)  # fmt: skip
_made("table-row-security", "U", None, on="ALTER TABLE {U} ENABLE ROW LEVEL SECURITY")
_made(
    "table-rules", "U", None,
    dropped="DROP RULE {rule} ON {U}",
    changed="CREATE OR REPLACE RULE {rule} AS ON DELETE TO {U} WHERE OLD.{num} IN (0, 2) DO INSTEAD NOTHING",
    one_more='CREATE RULE "one more" AS ON UPDATE TO {U} DO INSTEAD NOTHING',
)  # fmt: skip
_made("table-rules", "T", None, extra='CREATE RULE "one more" AS ON UPDATE TO {T} DO INSTEAD NOTHING')

_DOM = (
    "CREATE DOMAIN {Dom} AS varchar(80) COLLATE \"C\" DEFAULT 'nobody' NOT NULL"
    " CONSTRAINT {has_at} CHECK (VALUE ~ '@') CONSTRAINT {short} CHECK (VALUE NOT IN ('a', 'b'))"
)


def _domain(old: str, new: str) -> tuple[str, ...]:
    assert old in _DOM
    return "DROP DOMAIN {Dom}", _DOM.replace(old, new), "COMMENT ON DOMAIN {Dom} IS 'an address'"


_made("domain-type", None, "Dom", length=_domain("80", "81"), collation=_domain('"C"', '"POSIX"'))
_made(
    "domain-default", None, "Dom",
    other="ALTER DOMAIN {Dom} SET DEFAULT 'x'", gone="ALTER DOMAIN {Dom} DROP DEFAULT",
)  # fmt: skip
_made("domain-nullable", None, "Dom", nullable="ALTER DOMAIN {Dom} DROP NOT NULL")
_made(
    "domain-checks", None, "Dom",
    dropped="ALTER DOMAIN {Dom} DROP CONSTRAINT {has_at}",
    changed=_domain("'@'", "'x'"),
    renamed='ALTER DOMAIN {Dom} RENAME CONSTRAINT {has_at} TO "another name"',
    added="ALTER DOMAIN {Dom} ADD CONSTRAINT more CHECK (VALUE <> '')",
    not_valid=(
        "ALTER DOMAIN {Dom} DROP CONSTRAINT {has_at}",
        "ALTER DOMAIN {Dom} ADD CONSTRAINT {has_at} CHECK (VALUE ~ '@') NOT VALID",
    ),
)  # fmt: skip
_made("domain-checks", None, "Later", validated="ALTER DOMAIN {Later} VALIDATE CONSTRAINT {unchecked}")
_made("domain-comment", None, "Dom", other="COMMENT ON DOMAIN {Dom} IS 'x'")
_made("domain-presence", None, "Dom", dropped="DROP DOMAIN {Dom}")
_made("domain-presence", None, "NewDom", extra="CREATE DOMAIN {NewDom} AS text")
_made(
    "composite-type-attributes", None, "Comp",
    added="ALTER TYPE {Comp} ADD ATTRIBUTE more text",
    type="ALTER TYPE {Comp} ALTER ATTRIBUTE {w} TYPE bigint",
    collation='ALTER TYPE {Comp} ALTER ATTRIBUTE {h} TYPE varchar(10) COLLATE "POSIX"',
    renamed='ALTER TYPE {Comp} RENAME ATTRIBUTE {w} TO "another name"',
    dropped="ALTER TYPE {Comp} DROP ATTRIBUTE {w}",
)  # fmt: skip
_made("composite-type-comment", None, "Comp", other="COMMENT ON TYPE {Comp} IS 'x'")
_made("composite-type-presence", None, "Comp", dropped="DROP TYPE {Comp}")
_made("composite-type-presence", None, "NewComp", extra="CREATE TYPE {NewComp} AS (a text)")
_made(
    "statistics-definition", None, "Stat",
    kinds=(
        "DROP STATISTICS {Stat}", "CREATE STATISTICS {Stat} (ndistinct) ON {n}, {k} FROM {T}",
        "COMMENT ON STATISTICS {Stat} IS 'for plans'",
    ),
    columns=(
        "DROP STATISTICS {Stat}", "CREATE STATISTICS {Stat} (ndistinct, mcv) ON {n}, {num} FROM {T}",
        "COMMENT ON STATISTICS {Stat} IS 'for plans'",
    ),
)  # fmt: skip
_made("statistics-definition", None, "Expr", expression=(
    "DROP STATISTICS {Expr}", "CREATE STATISTICS {Expr} ON (upper({n}) || {k}) FROM {T}",
))  # fmt: skip
_made("statistics-comment", None, "Stat", other="COMMENT ON STATISTICS {Stat} IS 'x'")
_made("statistics-presence", None, "Stat", dropped="DROP STATISTICS {Stat}")
_made("statistics-presence", None, "NewStat", extra="CREATE STATISTICS {NewStat} ON {id}, {k} FROM {T}")
_made(
    "publication-definition", "-", "pub",
    operations="ALTER PUBLICATION {pub} SET (publish = 'insert')",
    via_root="ALTER PUBLICATION {pub} SET (publish_via_partition_root = true)",
    table_less="ALTER PUBLICATION {pub} DROP TABLE {U}",
    rows="ALTER PUBLICATION {pub} SET TABLE {T} ({id}, {n}) WHERE ({id} > 1), {U}",
    columns="ALTER PUBLICATION {pub} SET TABLE {T} ({id}, {k}) WHERE ({id} > 0), {U}",
)  # fmt: skip
_made(
    "publication-definition", "-", "whole", schema_less="ALTER PUBLICATION {whole} DROP TABLES IN SCHEMA {s}"
)
_made("publication-definition", "-", "everything", some_only=(
    "DROP PUBLICATION {everything}", "CREATE PUBLICATION {everything} FOR TABLE {U}",
))  # fmt: skip
_made("publication-comment", "-", "pub", other="COMMENT ON PUBLICATION {pub} IS 'x'")
_made("publication-presence", "-", "pub", dropped="DROP PUBLICATION {pub}")
_made("publication-presence", "-", "a new one", extra='CREATE PUBLICATION "a new one"')
_made(
    "event-definition", "-", "evt",
    event=("DROP EVENT TRIGGER {evt}", _EVT.replace("_end", "_start"), _EVT_COMMENT),
    tags=("DROP EVENT TRIGGER {evt}", _EVT.replace("DROP TABLE", "DROP VIEW"), _EVT_COMMENT),
    function=("DROP EVENT TRIGGER {evt}", _EVT.replace("{noted}", "{other_noted}"), _EVT_COMMENT),
)  # fmt: skip
_made("event-enabled", "-", "evt", off="ALTER EVENT TRIGGER {evt} DISABLE")
_made("event-comment", "-", "evt", other="COMMENT ON EVENT TRIGGER {evt} IS 'x'")
_made("event-presence", "-", "evt", dropped="DROP EVENT TRIGGER {evt}")
_made("event-presence", "-", "a new one", extra=
    'CREATE EVENT TRIGGER "a new one" ON sql_drop EXECUTE FUNCTION {s}.{noted}()')  # fmt: skip
_made("schema-comment", None, "s", other="COMMENT ON SCHEMA {s} IS 'x'")
_made("extension-presence", "-", "ext", dropped="DROP EXTENSION {ext}")
_made("extension-schema", "-", "ext", moved="ALTER EXTENSION {ext} SET SCHEMA public")
_made(
    "grant-privileges", "T", "public",
    less="REVOKE INSERT ON {T} FROM PUBLIC",
    more="GRANT UPDATE ON {T} TO PUBLIC",
)  # fmt: skip
_made(
    "grant-privileges",
    "View",
    "pg_monitor",
    no_option="REVOKE GRANT OPTION FOR SELECT ON {View} FROM pg_monitor",
)
_made("grant-presence", "View", "pg_monitor", revoked="REVOKE ALL ON {View} FROM pg_monitor")
_made(
    "grant-presence",
    None,
    "pg_monitor on sequence {Seq}",
    of_a_sequence="REVOKE ALL ON SEQUENCE {Seq} FROM pg_monitor",
)
_made("grant-presence", "U", "pg_monitor", extra="GRANT DELETE ON {U} TO pg_monitor")
_made(
    "grant-columns", "T", "{role}",
    more="GRANT SELECT ({num}) ON {T} TO {role}",
    less="REVOKE UPDATE ({n}) ON {T} FROM {role}",
)  # fmt: skip
_made(
    "grant-columns", "View", "{role}", no_option="REVOKE GRANT OPTION FOR SELECT ({id}) ON {View} FROM {role}"
)
_made("grant-privileges", "T", "{role}", beside_columns="GRANT DELETE ON {T} TO {role}")
_made("grant-presence", "T", "{role}", of_columns="REVOKE ALL ({n}, {k}) ON {T} FROM {role}")
_made(
    "grant-presence",
    None,
    "{role} on routine {Atomic}(text)",
    of_a_routine="REVOKE ALL ON FUNCTION {Atomic} FROM {role}",
)
_made("grant-presence", None, "{role} on enum {Mood}", of_an_enum="REVOKE ALL ON TYPE {Mood} FROM {role}")
_made("grant-presence", None, "{role} on schema {s}", of_a_schema="REVOKE ALL ON SCHEMA {s} FROM {role}")
_made(
    "grant-presence",
    None,
    "pg_monitor on routine {Touch}()",
    extra_on_a_routine="GRANT EXECUTE ON FUNCTION {Touch}() TO pg_monitor",
)
_made("grant-presence", None, "{role} on domain {Dom}", extra_on_a_type="GRANT USAGE ON TYPE {Dom} TO {role}")
_made("grant-privileges", None, "{role} on schema {s}", of_a_schema="REVOKE CREATE ON SCHEMA {s} FROM {role}")
_made(
    "revocation-presence",
    None,
    "execute on routine {Proc}(integer)",
    undone="GRANT EXECUTE ON PROCEDURE {Proc} TO PUBLIC",
)
_made(
    "revocation-presence",
    None,
    "usage on domain {Later}",
    of_a_type="GRANT USAGE ON DOMAIN {Later} TO PUBLIC",
)
_made(
    "revocation-presence",
    None,
    "execute on routine {Atomic}(text)",
    extra="REVOKE ALL ON FUNCTION {Atomic} FROM PUBLIC",
)
_made(
    "default-privilege-presence", None, "sequences to {role}",
    gone="ALTER DEFAULT PRIVILEGES IN SCHEMA {s} REVOKE ALL ON SEQUENCES FROM {role}",
)  # fmt: skip
_made(
    "default-privilege-presence", "-", "routines of {role} to public",
    everybody_again="ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
)  # fmt: skip
_made(
    "default-privilege-presence", "-", "types of pg_monitor to {role}",
    extra="ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor GRANT USAGE ON TYPES TO {role}",
)  # fmt: skip
_made(
    "default-privilege-privileges", None, "tables of pg_monitor to {role}",
    no_option="ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor IN SCHEMA {s}"
    " REVOKE GRANT OPTION FOR SELECT ON TABLES FROM {role}",
    more="ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor IN SCHEMA {s} GRANT DELETE ON TABLES TO {role}",
)  # fmt: skip
_made(
    "default-privilege-privileges", None, "sequences of postgres to {role}",
    of_whoever_runs_it="ALTER DEFAULT PRIVILEGES IN SCHEMA {s} REVOKE SELECT ON SEQUENCES FROM {role}",
)  # fmt: skip
_made("owner-role", "U", None, of_a_table="ALTER TABLE {U} OWNER TO pg_monitor")
_made("owner-role", "Chain", None, view="ALTER VIEW {Chain} OWNER TO {role}")
_made("owner-role", None, "sequence {Seq}", sequence="ALTER SEQUENCE {Seq} OWNER TO postgres")
_made("owner-role", None, "routine {Touch}()", routine="ALTER FUNCTION {Touch}() OWNER TO postgres")
_made("owner-role", None, "domain {Later}", domain="ALTER DOMAIN {Later} OWNER TO pg_monitor")
_made("owner-role", None, "enum {Mood}", enum="ALTER TYPE {Mood} OWNER TO {role}")
_made("owner-role", None, "schema {s}", schema="ALTER SCHEMA {s} OWNER TO postgres")
_made("owner-role", "-", "publication {pub}", publication="ALTER PUBLICATION {pub} OWNER TO postgres")

# -- what stands on partitioned tables, and on their partitions

_made("trigger-presence", "Parted", "ptrg", of_a_partitioned_table="DROP TRIGGER {ptrg} ON {Parted}")
_made("trigger-presence", "Part", "leaf", of_a_partition="DROP TRIGGER {leaf} ON {Part}")
_made("trigger-presence", "Parted", "a new one", extra_on_a_partitioned_table=
    'CREATE TRIGGER "a new one" AFTER DELETE ON {Parted} FOR EACH ROW EXECUTE FUNCTION {Touch}()')  # fmt: skip
_made(
    "trigger-enabled", "Parted", "ptrg", of_a_partitioned_table="ALTER TABLE {Parted} DISABLE TRIGGER {ptrg}"
)
_made("policy-presence", "Parted", "ppol", of_a_partitioned_table="DROP POLICY {ppol} ON {Parted}")
_made("table-row-security", "Part", None, of_a_partition="ALTER TABLE {Part} ENABLE ROW LEVEL SECURITY")
_made("table-partition-of", "Part", None, detached="ALTER TABLE {Parted} DETACH PARTITION {Part}")
_made("table-partition-bound", "Part", None, other_values=(
    "ALTER TABLE {Parted} DETACH PARTITION {Part}",
    "ALTER TABLE {Parted} ATTACH PARTITION {Part} FOR VALUES IN ('a', 'b')",
))  # fmt: skip
_made("table-replica-identity", "T", None, lost="ALTER TABLE {T} REPLICA IDENTITY DEFAULT")
_made("table-presence", "Parted", None, with_partitions="DROP TABLE {Parted} CASCADE")
_made("index-presence", "Parted", "pix", of_a_partitioned_table="DROP INDEX {s}.{pix}")
