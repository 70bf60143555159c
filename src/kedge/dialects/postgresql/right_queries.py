"""The catalog queries for whose objects are and who may use them: each answers for a whole database at once.

What the owner may do is no grant, nor what everybody may do by itself: `acldefault`, and for the schema that every
database has from the beginning, what `initdb` gave (which is not known of one that was made anew). Members of
extensions are left out.
"""

from __future__ import annotations

from kedge.dialects.postgresql.object_queries import own

ROLE = "CASE WHEN {0} = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid({0})::text END"

_ROUTINE = """p.proname || '(' || coalesce((
           SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.place)
             FROM unnest(p.proargtypes) WITH ORDINALITY t (type, place)), '') || ')'"""
_RELATION = "CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END"
_TYPE = "CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite-type' ELSE 'type' END"
# Every table has a type of its own, which is not asked for.
_TYPES = "pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class r ON r.oid = t.typrelid"
_STANDS_ALONE = "(r.oid IS NULL OR r.relkind = 'c')"
_AUDITED = "= ANY(%(namespaces)s::oid[])"

# The column that a sequence numbers: whatever its name, it comes and goes with that.
_NUMBERED = """CASE WHEN c.relkind = 'S' THEN (
           SELECT ARRAY[n.relname::text, a.attname::text]
             FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class n ON n.oid = d.refobjid
             JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
              AND d.refclassid = 'pg_catalog.pg_class'::regclass LIMIT 1) END"""

# `usual` is what everybody may do with it by itself.
_OBJECTS = f"""
objects (kind, namespace, name, owner, acl, usual, numbered) AS (
    SELECT {_RELATION}, c.relnamespace, c.relname::text, c.relowner, c.relacl, NULL::text[],
           {_NUMBERED}
      FROM pg_catalog.pg_class c
     WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
       AND c.relnamespace {_AUDITED} AND {own("pg_class", "c.oid")}
    UNION ALL
    SELECT 'routine', p.pronamespace, {_ROUTINE}, p.proowner, p.proacl, '{{EXECUTE}}', NULL
      FROM pg_catalog.pg_proc p
     WHERE p.proacl IS NOT NULL AND p.pronamespace {_AUDITED} AND {own("pg_proc", "p.oid", "'e', 'i'")}
    UNION ALL
    SELECT {_TYPE}, t.typnamespace, t.typname::text, t.typowner, t.typacl, '{{USAGE}}', NULL
      FROM {_TYPES}
     WHERE t.typacl IS NOT NULL AND t.typtype IN ('e', 'd', 'c', 'r') AND {_STANDS_ALONE}
       AND t.typnamespace {_AUDITED} AND {own("pg_type", "t.oid")}
    UNION ALL
    SELECT 'schema', n.oid, n.nspname::text, n.nspowner,
           coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)),
           CASE WHEN n.nspname = 'public' THEN coalesce((
               SELECT array_agg(a.privilege_type)
                 FROM pg_catalog.pg_init_privs i, pg_catalog.aclexplode(i.initprivs) a
                WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid AND a.grantee = 0),
               '{{USAGE}}') END, NULL
      FROM pg_catalog.pg_namespace n
     WHERE (n.nspacl IS NOT NULL OR n.nspname = 'public') AND n.oid {_AUDITED} AND {own("pg_namespace", "n.oid")})
"""

# What was taken from everybody has no role.
GRANTS = f"""
WITH {_OBJECTS},
rights (kind, namespace, name, numbered, grantee, privilege, grantable, part) AS (
    SELECT o.kind, o.namespace, o.name, o.numbered, a.grantee, lower(a.privilege_type), a.is_grantable, NULL::text
      FROM objects o, pg_catalog.aclexplode(o.acl) a
     WHERE a.grantee <> o.owner AND NOT (a.grantee = 0 AND a.privilege_type = ANY(coalesce(o.usual, '{{}}')))
    UNION ALL
    SELECT 'table', c.relnamespace, c.relname::text, NULL, a.grantee,
           lower(a.privilege_type) || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
           false, t.attname::text
      FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid,
           pg_catalog.aclexplode(t.attacl) a
     WHERE t.attacl IS NOT NULL AND t.attnum > 0 AND NOT t.attisdropped AND a.grantee <> c.relowner
       AND c.relpersistence <> 't' AND c.relnamespace {_AUDITED} AND {own("pg_class", "c.oid")})
SELECT kind, namespace, name, numbered, {ROLE.format("grantee")},
       array_agg(DISTINCT privilege) FILTER (WHERE part IS NULL),
       array_agg(DISTINCT privilege) FILTER (WHERE grantable),
       array_agg(DISTINCT ARRAY[privilege, part]) FILTER (WHERE part IS NOT NULL)
  FROM rights GROUP BY kind, namespace, name, numbered, grantee
 UNION ALL
SELECT kind, namespace, name, NULL, NULL, ARRAY[lower(gone)], NULL, NULL FROM objects, unnest(usual) gone
 WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(acl) a WHERE a.grantee = 0 AND a.privilege_type = gone)
"""

# What is said for one schema comes on top of what is said for all: only the latter begins from the built-in rights.
_DEFAULTS = """
defaults (role, namespace, objects, acl, usual) AS (
    SELECT d.defaclrole, d.defaclnamespace, d.defaclobjtype, d.defaclacl,
           CASE WHEN d.defaclnamespace = 0 THEN ARRAY(
               SELECT a.privilege_type
                 FROM pg_catalog.aclexplode(pg_catalog.acldefault(
                          CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole)) a
                WHERE a.grantee = 0) END
      FROM pg_catalog.pg_default_acl d
     WHERE d.defaclnamespace = 0 OR d.defaclnamespace = ANY(%(namespaces)s::oid[]))
"""

DEFAULT_PRIVILEGES = f"""
WITH {_DEFAULTS}
SELECT objects, namespace, pg_catalog.pg_get_userbyid(role)::text, {ROLE.format("a.grantee")},
       array_agg(DISTINCT lower(a.privilege_type)),
       array_agg(DISTINCT lower(a.privilege_type)) FILTER (WHERE a.is_grantable), NULL::text[]
  FROM defaults, pg_catalog.aclexplode(acl) a
 WHERE a.grantee <> role AND NOT (a.grantee = 0 AND a.privilege_type = ANY(coalesce(usual, '{{}}')))
 GROUP BY objects, namespace, role, a.grantee
UNION ALL
SELECT objects, namespace, pg_catalog.pg_get_userbyid(role)::text, 'public', NULL, NULL, array_agg(lower(gone))
  FROM defaults, unnest(usual) gone
 WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(acl) a WHERE a.grantee = 0 AND a.privilege_type = gone)
 GROUP BY objects, namespace, role
"""

# The owner of most relations is told once: nearly everything else is the same role's, too.
_OTHERS = "<> (SELECT owner FROM usual)"
OWNERS = f"""
WITH usual (owner) AS (
    SELECT coalesce(
        (SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.relnamespace {_AUDITED}
          GROUP BY c.relowner ORDER BY count(*) DESC, c.relowner LIMIT 1),
        (SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()))),
owned (kind, namespace, name, owner) AS (
    SELECT {_RELATION}, c.relnamespace, c.relname::text, c.relowner FROM pg_catalog.pg_class c
     WHERE c.relowner {_OTHERS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
       AND c.relnamespace {_AUDITED} AND {own("pg_class", "c.oid")}
       AND NOT (c.relkind = 'S' AND {own("pg_class", "c.oid", "'a', 'i'").replace("NOT EXISTS", "EXISTS")})
    UNION ALL
    SELECT 'routine', p.pronamespace, {_ROUTINE}, p.proowner FROM pg_catalog.pg_proc p
     WHERE p.proowner {_OTHERS} AND p.pronamespace {_AUDITED} AND {own("pg_proc", "p.oid", "'e', 'i'")}
    UNION ALL
    SELECT {_TYPE}, t.typnamespace, t.typname::text, t.typowner FROM {_TYPES}
     WHERE t.typowner {_OTHERS} AND t.typtype IN ('e', 'd', 'c') AND {_STANDS_ALONE}
       AND t.typnamespace {_AUDITED} AND {own("pg_type", "t.oid")}
    UNION ALL
    SELECT 'statistics', s.stxnamespace, s.stxname::text, s.stxowner FROM pg_catalog.pg_statistic_ext s
     WHERE s.stxowner {_OTHERS} AND s.stxnamespace {_AUDITED} AND {own("pg_statistic_ext", "s.oid")}
    UNION ALL
    SELECT 'schema', n.oid, n.nspname::text, n.nspowner FROM pg_catalog.pg_namespace n
     WHERE n.nspowner {_OTHERS} AND n.oid {_AUDITED} AND n.nspname <> 'public' AND {own("pg_namespace", "n.oid")}
    UNION ALL
    SELECT 'publication', 0, p.pubname::text, p.pubowner FROM pg_catalog.pg_publication p
     WHERE p.pubowner {_OTHERS}
    UNION ALL
    SELECT 'event', 0, e.evtname::text, e.evtowner FROM pg_catalog.pg_event_trigger e
     WHERE e.evtowner {_OTHERS} AND {own("pg_event_trigger", "e.oid")})
SELECT NULL, NULL::oid, NULL, pg_catalog.pg_get_userbyid(owner)::text FROM usual
 UNION ALL
SELECT kind, namespace, name, pg_catalog.pg_get_userbyid(owner)::text FROM owned
"""
