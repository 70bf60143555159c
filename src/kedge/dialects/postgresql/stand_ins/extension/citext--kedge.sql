-- https://www.postgresql.org/docs/current/citext.html : text in all but how it compares.
CREATE TYPE citext;
CREATE FUNCTION citextin(cstring) RETURNS citext LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION citextout(citext) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION citextrecv(internal) RETURNS citext LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION citextsend(citext) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE citext (
    INPUT = citextin, OUTPUT = citextout, RECEIVE = citextrecv, SEND = citextsend, INTERNALLENGTH = VARIABLE,
    STORAGE = extended, CATEGORY = 'S', PREFERRED = false, COLLATABLE = true
);
CREATE FUNCTION citext(character) RETURNS citext LANGUAGE internal IMMUTABLE STRICT AS 'rtrim1';
CREATE FUNCTION citext(boolean) RETURNS citext LANGUAGE internal IMMUTABLE STRICT AS 'booltext';
CREATE FUNCTION citext(inet) RETURNS citext LANGUAGE internal IMMUTABLE STRICT AS 'network_show';
CREATE CAST (citext AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (citext AS varchar) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (citext AS character) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (character AS citext) WITH FUNCTION citext(character) AS ASSIGNMENT;
CREATE CAST (boolean AS citext) WITH FUNCTION citext(boolean) AS ASSIGNMENT;
CREATE CAST (inet AS citext) WITH FUNCTION citext(inet) AS ASSIGNMENT;

CREATE FUNCTION citext_cmp(citext, citext) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.bttextcmp(pg_catalog.lower($1::text), pg_catalog.lower($2::text))';
CREATE FUNCTION citext_hash(citext) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.hashtext(pg_catalog.lower($1::text))';
CREATE FUNCTION citext_pattern_cmp(citext, citext) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.bttext_pattern_cmp(pg_catalog.lower($1::text), pg_catalog.lower($2::text))';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('citext_eq', '=', '=', 'HASHES, MERGES, COMMUTATOR = OPERATOR(@.=), NEGATOR = OPERATOR(@.<>)'),
        ('citext_ne', '<>', '<>', 'COMMUTATOR = OPERATOR(@.<>), NEGATOR = OPERATOR(@.=)'),
        ('citext_lt', '<', '<', 'COMMUTATOR = OPERATOR(@.>), NEGATOR = OPERATOR(@.>=)'),
        ('citext_le', '<=', '<=', 'COMMUTATOR = OPERATOR(@.>=), NEGATOR = OPERATOR(@.>)'),
        ('citext_gt', '>', '>', 'COMMUTATOR = OPERATOR(@.<), NEGATOR = OPERATOR(@.<=)'),
        ('citext_ge', '>=', '>=', 'COMMUTATOR = OPERATOR(@.<=), NEGATOR = OPERATOR(@.<)'),
        ('citext_pattern_lt', '~<~', '~<~', ''), ('citext_pattern_le', '~<=~', '~<=~', ''),
        ('citext_pattern_gt', '~>~', '~>~', ''), ('citext_pattern_ge', '~>=~', '~>=~', '')
    ) v (name, sign, meant, clauses)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(citext, citext) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
                       '''SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.%s) pg_catalog.lower($2::text)''',
                       one.name, one.meant);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = citext, RIGHTARG = citext, FUNCTION = %I%s)', one.sign, one.name,
                       CASE WHEN one.clauses <> '' THEN ', ' || replace(one.clauses, '@', current_schema()) END);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('texticregexeq', '~', '~*'), ('texticregexeq', '~*', '~*'), ('texticregexne', '!~', '!~*'),
        ('texticregexne', '!~*', '!~*'), ('texticlike', '~~', '~~*'), ('texticlike', '~~*', '~~*'),
        ('texticnlike', '!~~', '!~~*'), ('texticnlike', '!~~*', '!~~*')
    ) v (name, sign, meant)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION %I(citext, citext) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
                       '''SELECT $1::text OPERATOR(pg_catalog.%s) $2::text''', one.name, one.meant);
        EXECUTE format('CREATE OR REPLACE FUNCTION %I(citext, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
                       '''SELECT $1::text OPERATOR(pg_catalog.%s) $2''', one.name, one.meant);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = citext, RIGHTARG = citext, FUNCTION = %I)', one.sign, one.name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = citext, RIGHTARG = text, FUNCTION = %I)', one.sign, one.name);
    END LOOP;
END $$;
CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING btree AS
    OPERATOR 1 <(citext, citext), OPERATOR 2 <=(citext, citext), OPERATOR 3 =(citext, citext),
    OPERATOR 4 >=(citext, citext), OPERATOR 5 >(citext, citext), FUNCTION 1 citext_cmp(citext, citext);
CREATE OPERATOR CLASS citext_pattern_ops FOR TYPE citext USING btree AS
    OPERATOR 1 ~<~(citext, citext), OPERATOR 2 ~<=~(citext, citext), OPERATOR 3 =(citext, citext),
    OPERATOR 4 ~>=~(citext, citext), OPERATOR 5 ~>~(citext, citext), FUNCTION 1 citext_pattern_cmp(citext, citext);
CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING hash AS
    OPERATOR 1 =(citext, citext), FUNCTION 1 citext_hash(citext);
CREATE FUNCTION citext_smaller(citext, citext) RETURNS citext LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT CASE WHEN pg_catalog.lower($1::text) < pg_catalog.lower($2::text) THEN $1 ELSE $2 END';
CREATE FUNCTION citext_larger(citext, citext) RETURNS citext LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT CASE WHEN pg_catalog.lower($1::text) > pg_catalog.lower($2::text) THEN $1 ELSE $2 END';
CREATE AGGREGATE min(citext) (SFUNC = citext_smaller, STYPE = citext, SORTOP = <);
CREATE AGGREGATE max(citext) (SFUNC = citext_larger, STYPE = citext, SORTOP = >);
CREATE FUNCTION replace(citext, citext, citext) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.replace($1::text, $2::text, $3::text)';
CREATE FUNCTION strpos(citext, citext) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.strpos(pg_catalog.lower($1::text), pg_catalog.lower($2::text))';
CREATE FUNCTION split_part(citext, citext, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.split_part($1::text, $2::text, $3)';
CREATE FUNCTION translate(citext, citext, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.translate($1::text, $2::text, $3)';
CREATE FUNCTION regexp_replace(citext, citext, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_replace($1::text, $2::text, $3, 'i')$$;
CREATE FUNCTION regexp_replace(citext, citext, text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_replace($1::text, $2::text, $3, 'i' || $4)$$;
CREATE FUNCTION regexp_match(citext, citext) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_match($1::text, $2::text, 'i')$$;
CREATE FUNCTION regexp_match(citext, citext, text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_match($1::text, $2::text, 'i' || $3)$$;
CREATE FUNCTION regexp_matches(citext, citext) RETURNS SETOF text[] LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_matches($1::text, $2::text, 'i')$$;
CREATE FUNCTION regexp_split_to_array(citext, citext) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.regexp_split_to_array($1::text, $2::text, 'i')$$;
