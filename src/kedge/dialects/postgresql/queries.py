"""The catalog queries: one round trip per kind of object, for the whole database at once.

No query filters by namespace: no index of pg_class leads with relnamespace, so that a filter costs a scan
of everything per schema. Names are printed fully qualified because every reader pins `search_path` to ''.
"""

from __future__ import annotations

# https://www.postgresql.org/docs/current/runtime-config-client.html : each of these changes what catalogs print.
PIN = """
SET LOCAL search_path = '';
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
SET LOCAL lc_monetary = 'C';
"""

PROFILE = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_database(),
       coalesce(current_schema(), 'public'), current_schemas(false)::text[],
       pg_encoding_to_char(d.encoding), d.datcollate, s.spcname,
       current_setting('TimeZone'), current_setting('DateStyle')
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace
 WHERE d.datname = current_database()
"""

EXTENSIONS = """
SELECT e.extname, n.nspname, e.extversion
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace ORDER BY 1
"""

NAMESPACES = """
SELECT oid, nspname FROM pg_catalog.pg_namespace
 WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
"""

# deptype 'e': https://www.postgresql.org/docs/current/catalog-pg-depend.html (members of extensions)
RELATIONS = """
SELECT c.oid, c.relnamespace, c.relname, c.relkind, pc.relnamespace, pc.relname, c.relpersistence,
       c.reloptions, x.reloptions,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
       ARRAY(SELECT ARRAY[n.nspname, b.relname]::text[] FROM pg_catalog.pg_inherits h
               JOIN pg_catalog.pg_class b ON b.oid = h.inhparent
               JOIN pg_catalog.pg_namespace n ON n.oid = b.relnamespace
              WHERE h.inhrelid = c.oid AND NOT c.relispartition ORDER BY h.inhseqno),
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
       c.relreplident, s.spcname, m.amname
  FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_class x ON x.oid = c.reltoastrelid
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_catalog.pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
  LEFT JOIN pg_catalog.pg_class pc ON pc.oid = i.inhparent
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
   AND c.relnamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""

COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity, a.attgenerated,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation END,
       CASE WHEN d.oid IS NOT NULL THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
       CASE WHEN c.relkind IN ('r', 'p') AND a.attstorage <> t.typstorage THEN a.attstorage END,
       {attcompression}, CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END, a.attoptions
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND c.relnamespace = ANY(%(namespaces)s::oid[])
 ORDER BY a.attrelid, a.attnum
"""

# A foreign key is kept by triggers, on both tables; DISABLE TRIGGER ALL switches them off.
# conparentid: a foreign key to a partitioned table has a row for each partition; only the first is the user's,
# or the one that a partition has of its parent's.
CONSTRAINTS = """
SELECT c.oid, c.conrelid, c.conname, c.contype, c.condeferrable, c.condeferred, c.convalidated, c.connoinherit,
       c.conkey, c.confrelid, c.confkey, c.confupdtype, c.confdeltype, c.confmatchtype, {confdelsetcols},
       c.conindid, c.conexclop::oid[],
       CASE WHEN c.contype = 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) END,
       {conenforced} AND (c.contype <> 'f' OR NOT EXISTS (
           SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled IN ('D', 'R'))),
       {conperiod}
  FROM pg_catalog.pg_constraint c
  LEFT JOIN pg_catalog.pg_constraint p ON p.oid = c.conparentid
 WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND (c.conparentid = 0 OR p.conrelid <> c.conrelid)
   AND c.connamespace = ANY(%(namespaces)s::oid[])
"""

# Since PostgreSQL 18 a NOT NULL is a constraint.
UNVALIDATED = """
SELECT conrelid, conkey[1] FROM pg_catalog.pg_constraint WHERE contype = 'n' AND NOT convalidated
"""

INDEXES = """
SELECT i.indexrelid, i.indrelid, c.relname, am.amname, i.indisunique, i.indisvalid, i.indnkeyatts,
       i.indkey::int2[], i.indoption::int2[], i.indclass::oid[], i.indcollation::oid[], {indnullsnotdistinct},
       c.reloptions,
       CASE WHEN i.indpred IS NOT NULL THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,
       CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
           SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, false)
             FROM generate_series(1, i.indnkeyatts) k WHERE i.indkey[k - 1] = 0 ORDER BY k) END,
       s.spcname, i.indisreplident, i.indisclustered
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
 WHERE c.relnamespace = ANY(%(namespaces)s::oid[])
"""

# Columns an index mentions only inside an expression or predicate.
INDEX_DEPENDENCIES = """
SELECT d.objid, d.refobjsubid
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_index i ON i.indexrelid = d.objid
 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
   AND d.refobjsubid > 0 AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
"""

# varchar_ops and its like are text_ops under another name: as good as the default of their family and type.
OPERATOR_CLASSES = """
SELECT c.oid, c.opcname, c.opcdefault OR EXISTS (
           SELECT FROM pg_catalog.pg_opclass d
            WHERE d.opcdefault AND d.opcfamily = c.opcfamily AND d.opcintype = c.opcintype)
  FROM pg_catalog.pg_opclass c
"""

OPERATORS = "SELECT oid, oprname FROM pg_catalog.pg_operator WHERE oid = ANY(%(operators)s::oid[])"

COLLATIONS = """
SELECT c.oid, CASE WHEN n.nspname = 'pg_catalog' THEN c.collname::text ELSE n.nspname || '.' || c.collname END
  FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
"""

# deptype 'a': owned by a column (serial, OWNED BY); 'i': the sequence inside an identity column.
SEQUENCES = """
SELECT s.seqrelid, c.relnamespace, c.relname, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
       s.seqmin, s.seqmax, s.seqcycle, s.seqcache, d.refobjid, d.refobjsubid, d.deptype,
       'nextval(' || pg_catalog.quote_literal(s.seqrelid::regclass::text) || '::regclass)', s.seqrelid::regclass::text
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
 WHERE c.relpersistence <> 't' AND c.relnamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = s.seqrelid AND e.deptype = 'e')
"""

ENUMS = """
SELECT t.typnamespace, t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder),
       pg_catalog.obj_description(t.oid, 'pg_type')
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
 WHERE t.typnamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
 GROUP BY t.oid, t.typnamespace, t.typname
"""

EMPTY_ENUMS = """
SELECT t.typnamespace, t.typname FROM pg_catalog.pg_type t
 WHERE t.typtype = 'e' AND t.typnamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
"""

# What tables may lean on, as statements: enums, domains, composite types, functions; extensions bring their own.
PRELUDE = """
SELECT CASE t.typtype
       WHEN 'e' THEN format('CREATE TYPE %%I.%%I AS ENUM (%%s)', n.nspname, t.typname,
            (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
               FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid))
       WHEN 'd' THEN format('CREATE DOMAIN %%I.%%I AS %%s%%s%%s%%s', n.nspname, t.typname,
            pg_catalog.format_type(t.typbasetype, t.typtypmod),
            coalesce(' DEFAULT ' || t.typdefault, ''), CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END,
            (SELECT coalesce(string_agg(format(' CONSTRAINT %%I %%s', c.conname,
                                               pg_catalog.pg_get_constraintdef(c.oid)), ''), '')
               FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
       ELSE format('CREATE TYPE %%I.%%I AS (%%s)', n.nspname, t.typname,
            (SELECT string_agg(format('%%I %%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', '
                               ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)) END
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE (t.typtype IN ('e', 'd') OR (t.typtype = 'c' AND c.relkind = 'c'))
   AND t.typnamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT pg_catalog.pg_get_functiondef(p.oid)
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE {functions} AND l.lanname IN ('sql', 'plpgsql') AND p.prorettype <> 'pg_catalog.trigger'::regtype
   AND p.pronamespace = ANY(%(namespaces)s::oid[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""

COMMENTS = """
SELECT classoid::regclass::text, objoid, objsubid, description FROM pg_catalog.pg_description
 WHERE objoid >= 16384 AND classoid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass)
"""

# What was read is not frozen by the snapshot (pg_get_* read the newest rows): compared before and after.
# What sessions make for themselves comes and goes all the time, and none of it is read.
_ITS_TABLE, _ITS_SCHEMA = "{} NOT IN (SELECT oid FROM passing)", "{} NOT IN (SELECT oid FROM own)"
DIGEST = (
    "WITH passing AS (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't'),"
    " own AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_') "
) + " UNION ALL ".join(
    f"SELECT '{catalog}', count(*), coalesce(sum(hashtext(xmin::text || ctid::text)), 0)"
    f" FROM pg_catalog.{catalog} WHERE {where}"
    for catalog, where in (
        ("pg_class", "oid >= 16384 AND relpersistence <> 't'"),
        ("pg_attrdef", _ITS_TABLE.format("adrelid")),
        ("pg_constraint", "oid >= 16384 AND " + _ITS_SCHEMA.format("connamespace")),
        ("pg_type", "oid >= 16384 AND typtype <> 'c' AND " + _ITS_SCHEMA.format("typnamespace")),
        ("pg_enum", "true"),
        ("pg_rewrite", "oid >= 16384 AND " + _ITS_TABLE.format("ev_class")),
        ("pg_proc", "oid >= 16384 AND " + _ITS_SCHEMA.format("pronamespace")),
        ("pg_trigger", _ITS_TABLE.format("tgrelid")),
        ("pg_policy", _ITS_TABLE.format("polrelid")),
    )
)
