"""The catalog queries for what a database has beyond tables: each answers for all objects of one kind at once.

Members of extensions are left out everywhere, and so is what the server made by itself.
Placeholders in braces are what older servers do not have; `object_reader` fills them.
"""

from __future__ import annotations


def own(catalog: str, oid: str, types: str = "'e'") -> str:
    """Nobody's member: https://www.postgresql.org/docs/current/catalog-pg-depend.html"""
    return (
        f"NOT EXISTS (SELECT FROM pg_catalog.pg_depend dep WHERE dep.classid = 'pg_catalog.{catalog}'::regclass"
        f" AND dep.objid = {oid} AND dep.deptype IN ({types}))"
    )


VIEWS = f"""
SELECT c.relnamespace, c.relname, c.relkind, pg_catalog.pg_get_viewdef(c.oid), c.reloptions,
       ARRAY(SELECT ARRAY[a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)]
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       CASE WHEN c.relkind = 'm' THEN
           ARRAY(SELECT ARRAY[x.relname::text, pg_catalog.pg_get_indexdef(i.indexrelid)]
                   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                  WHERE i.indrelid = c.oid ORDER BY x.relname) END,
       pg_catalog.obj_description(c.oid, 'pg_class')
  FROM pg_catalog.pg_class c
 WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND c.relnamespace = ANY(%(namespaces)s::oid[])
   AND {own("pg_class", "c.oid")}
"""

# 'i': the constructors of a range type belong to the type.
ROUTINES = f"""
SELECT p.pronamespace, p.proname,
       coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.place)
                   FROM unnest(p.proargtypes) WITH ORDINALITY t (type, place)), ''),
       {{prokind}}, pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), l.lanname,
       {{sqlbody}}, p.prosrc, p.probin, p.provolatile, p.prosecdef, p.proisstrict, p.proleakproof, p.proparallel,
       p.proconfig, pg_catalog.obj_description(p.oid, 'pg_proc'),
       CASE WHEN a.aggfnoid IS NOT NULL THEN pg_catalog.concat_ws(', ',
           'sfunc = ' || a.aggtransfn::text, 'stype = ' || pg_catalog.format_type(a.aggtranstype, NULL),
           'finalfunc = ' || nullif(a.aggfinalfn::text, '-'), 'combinefunc = ' || nullif(a.aggcombinefn::text, '-'),
           'msfunc = ' || nullif(a.aggmtransfn::text, '-'), 'sortop = ' || nullif(a.aggsortop, 0)::regoperator::text,
           'initcond = ' || pg_catalog.quote_literal(a.agginitval)) END
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
 WHERE p.pronamespace = ANY(%(namespaces)s::oid[]) AND {own("pg_proc", "p.oid", "'e', 'i'")}
"""

# Triggers that a partition has from its parent are the parent's.
TRIGGERS = f"""
SELECT c.relnamespace, c.relname, t.tgname, t.tgtype, t.tgenabled, t.tgfoid::regproc::text,
       pg_catalog.pg_get_triggerdef(t.oid), t.tgconstraint <> 0, t.tgdeferrable, t.tginitdeferred,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.tgrelid AND a.attnum = ANY(t.tgattr::int2[]) ORDER BY a.attname),
       t.tgargs, t.tgoldtable, t.tgnewtable, pg_catalog.obj_description(t.oid, 'pg_trigger')
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
 WHERE NOT t.tgisinternal AND {{tgparentid}} AND c.relnamespace = ANY(%(namespaces)s::oid[])
   AND {own("pg_trigger", "t.oid")}
"""
INHERITED_TRIGGER = """NOT EXISTS (
    SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_trigger pt ON pt.tgrelid = i.inhparent
     WHERE c.relispartition AND i.inhrelid = t.tgrelid AND pt.tgname = t.tgname)"""

POLICIES = """
SELECT c.relnamespace, c.relname, p.polname, p.polcmd, p.polpermissive,
       ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END
               FROM unnest(p.polroles) r ORDER BY 1),
       pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
       pg_catalog.obj_description(p.oid, 'pg_policy')
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
 WHERE c.relnamespace = ANY(%(namespaces)s::oid[])
"""

# A view is a relation with a rule of the name "_RETURN".
EXTRAS = f"""
SELECT c.relnamespace, c.relname, c.relrowsecurity, c.relforcerowsecurity,
       CASE WHEN c.relhasrules THEN
           ARRAY(SELECT ARRAY[r.rulename::text, pg_catalog.pg_get_ruledef(r.oid)]
                   FROM pg_catalog.pg_rewrite r
                  WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN' ORDER BY r.rulename) END
  FROM pg_catalog.pg_class c
 WHERE c.relkind IN ('r', 'p', 'v') AND (c.relrowsecurity OR c.relforcerowsecurity OR c.relhasrules)
   AND c.relpersistence <> 't' AND c.relnamespace = ANY(%(namespaces)s::oid[]) AND {own("pg_class", "c.oid")}
"""

DOMAINS = f"""
SELECT t.typnamespace, t.typname, pg_catalog.format_type(t.typbasetype, t.typtypmod),
       coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), pg_catalog.quote_literal(t.typdefault)), t.typnotnull,
       CASE WHEN t.typcollation <> b.typcollation THEN
           CASE WHEN ln.nspname = 'pg_catalog' THEN l.collname::text ELSE ln.nspname || '.' || l.collname END END,
       ARRAY(SELECT ARRAY[k.conname::text, pg_catalog.pg_get_expr(k.conbin, 0)
                          || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END]
               FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname),
       pg_catalog.obj_description(t.oid, 'pg_type')
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = t.typcollation
  LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
 WHERE t.typtype = 'd' AND t.typnamespace = ANY(%(namespaces)s::oid[]) AND {own("pg_type", "t.oid")}
"""

COMPOSITE_TYPES = f"""
SELECT t.typnamespace, t.typname,
       ARRAY(SELECT ARRAY[a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
                          || CASE WHEN a.attcollation <> b.typcollation
                                  THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END]
               FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       pg_catalog.obj_description(t.oid, 'pg_type')
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE t.typtype = 'c' AND c.relkind = 'c' AND t.typnamespace = ANY(%(namespaces)s::oid[])
   AND {own("pg_type", "t.oid")}
"""

STATISTICS = f"""
SELECT s.stxnamespace, s.stxname, s.stxrelid::regclass::text, s.stxkind::text[],
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = s.stxrelid AND a.attnum = ANY(s.stxkeys::int2[]) ORDER BY a.attnum),
       {{expressions}}, pg_catalog.obj_description(s.oid, 'pg_statistic_ext')
  FROM pg_catalog.pg_statistic_ext s
 WHERE s.stxnamespace = ANY(%(namespaces)s::oid[]) AND {own("pg_statistic_ext", "s.oid")}
"""

PUBLICATIONS = """
SELECT p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, {pubtruncate}, {pubviaroot},
       ARRAY(SELECT ARRAY[r.prrelid::regclass::text, {chosen}]
               FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid ORDER BY 1),
       {schemas}, pg_catalog.obj_description(p.oid, 'pg_publication')
  FROM pg_catalog.pg_publication p
"""
CHOSEN = """pg_catalog.concat(
    ' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = r.prrelid AND a.attnum = ANY(r.prattrs::int2[])) || ')',
    ' WHERE ' || pg_catalog.pg_get_expr(r.prqual, r.prrelid))"""
PUBLISHED_SCHEMAS = """
    ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_publication_namespace pn
            JOIN pg_catalog.pg_namespace n ON n.oid = pn.pnnspid WHERE pn.pnpubid = p.oid ORDER BY 1)"""

EVENT_TRIGGERS = f"""
SELECT e.evtname, e.evtevent, e.evttags, e.evtfoid::regproc::text, e.evtenabled,
       pg_catalog.obj_description(e.oid, 'pg_event_trigger')
  FROM pg_catalog.pg_event_trigger e WHERE {own("pg_event_trigger", "e.oid")}
"""

# What every database has from the beginning is nobody's declaration.
EXTENSIONS = """
SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql'
"""

SCHEMAS = f"""
SELECT n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace') FROM pg_catalog.pg_namespace n
 WHERE n.oid = ANY(%(namespaces)s::oid[]) AND n.nspname <> 'public' AND {own("pg_namespace", "n.oid")}
"""
