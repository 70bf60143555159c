-- https://www.postgresql.org/docs/current/hstore.html : keeps what it is given as text.
CREATE TYPE hstore;
CREATE FUNCTION hstore_in(cstring) RETURNS hstore LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION hstore_out(hstore) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE hstore (INPUT = hstore_in, OUTPUT = hstore_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);
CREATE FUNCTION hstore_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('fetchval(hstore, text)', 'text'), ('slice_array(hstore, text[])', 'text[]'), ('slice(hstore, text[])', 'hstore'),
        ('isexists(hstore, text)', 'boolean'), ('exist(hstore, text)', 'boolean'), ('isdefined(hstore, text)', 'boolean'),
        ('exists_any(hstore, text[])', 'boolean'), ('exists_all(hstore, text[])', 'boolean'),
        ('defined(hstore, text)', 'boolean'), ('delete(hstore, text)', 'hstore'), ('delete(hstore, text[])', 'hstore'),
        ('delete(hstore, hstore)', 'hstore'), ('hs_concat(hstore, hstore)', 'hstore'),
        ('hs_contains(hstore, hstore)', 'boolean'), ('hs_contained(hstore, hstore)', 'boolean'),
        ('tconvert(text, text)', 'hstore'), ('hstore(text, text)', 'hstore'), ('hstore(text[], text[])', 'hstore'),
        ('hstore(text[])', 'hstore'), ('hstore_to_json(hstore)', 'json'), ('hstore_to_json_loose(hstore)', 'json'),
        ('hstore_to_jsonb(hstore)', 'jsonb'), ('hstore_to_jsonb_loose(hstore)', 'jsonb'), ('hstore(record)', 'hstore'),
        ('hstore_to_array(hstore)', 'text[]'), ('hstore_to_matrix(hstore)', 'text[]'), ('akeys(hstore)', 'text[]'),
        ('avals(hstore)', 'text[]'), ('skeys(hstore)', 'SETOF text'), ('svals(hstore)', 'SETOF text'),
        ('populate_record(anyelement, hstore)', 'anyelement'), ('hstore_eq(hstore, hstore)', 'boolean'),
        ('hstore_ne(hstore, hstore)', 'boolean'), ('hstore_gt(hstore, hstore)', 'boolean'),
        ('hstore_ge(hstore, hstore)', 'boolean'), ('hstore_lt(hstore, hstore)', 'boolean'),
        ('hstore_le(hstore, hstore)', 'boolean'), ('hstore_cmp(hstore, hstore)', 'integer'),
        ('hstore_hash(hstore)', 'integer')) v (name, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name, one.result);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('->', 'hstore', 'text', 'fetchval'), ('->', 'hstore', 'text[]', 'slice_array'), ('?', 'hstore', 'text', 'exist'),
        ('?|', 'hstore', 'text[]', 'exists_any'), ('?&', 'hstore', 'text[]', 'exists_all'), ('-', 'hstore', 'text', 'delete'),
        ('-', 'hstore', 'text[]', 'delete'), ('-', 'hstore', 'hstore', 'delete'), ('||', 'hstore', 'hstore', 'hs_concat'),
        ('@>', 'hstore', 'hstore', 'hs_contains'), ('<@', 'hstore', 'hstore', 'hs_contained'),
        ('#=', 'anyelement', 'hstore', 'populate_record'), ('=', 'hstore', 'hstore', 'hstore_eq'),
        ('<>', 'hstore', 'hstore', 'hstore_ne'), ('#<#', 'hstore', 'hstore', 'hstore_lt'),
        ('#<=#', 'hstore', 'hstore', 'hstore_le'), ('#>#', 'hstore', 'hstore', 'hstore_gt'),
        ('#>=#', 'hstore', 'hstore', 'hstore_ge')) v (sign, left_type, right_type, name)
    LOOP
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %I)', one.sign, one.left_type,
                       one.right_type, one.name);
    END LOOP;
END $$;
CREATE OPERATOR %% (RIGHTARG = hstore, FUNCTION = hstore_to_array);
CREATE OPERATOR %# (RIGHTARG = hstore, FUNCTION = hstore_to_matrix);
CREATE CAST (text[] AS hstore) WITH FUNCTION hstore(text[]);
CREATE CAST (hstore AS json) WITH FUNCTION hstore_to_json(hstore);
CREATE CAST (hstore AS jsonb) WITH FUNCTION hstore_to_jsonb(hstore);
CREATE OPERATOR CLASS btree_hstore_ops DEFAULT FOR TYPE hstore USING btree AS
    OPERATOR 1 #<#, OPERATOR 2 #<=#, OPERATOR 3 =(hstore, hstore), OPERATOR 4 #>=#, OPERATOR 5 #>#,
    FUNCTION 1 hstore_cmp(hstore, hstore);
CREATE OPERATOR CLASS hash_hstore_ops DEFAULT FOR TYPE hstore USING hash AS
    OPERATOR 1 =(hstore, hstore), FUNCTION 1 hstore_hash(hstore);
CREATE OPERATOR CLASS gist_hstore_ops DEFAULT FOR TYPE hstore USING gist AS
    OPERATOR 7 @>(hstore, hstore), OPERATOR 9 ?(hstore, text), OPERATOR 10 ?|(hstore, text[]),
    OPERATOR 11 ?&(hstore, text[]), FUNCTION 1 hstore_support(internal), FUNCTION 2 hstore_support(internal),
    FUNCTION 5 hstore_support(internal), FUNCTION 6 hstore_support(internal), FUNCTION 7 hstore_support(internal);
CREATE OPERATOR CLASS gin_hstore_ops DEFAULT FOR TYPE hstore USING gin AS
    OPERATOR 7 @>(hstore, hstore), OPERATOR 9 ?(hstore, text), OPERATOR 10 ?|(hstore, text[]),
    OPERATOR 11 ?&(hstore, text[]), FUNCTION 2 hstore_support(internal), FUNCTION 3 hstore_support(internal),
    FUNCTION 4 hstore_support(internal), STORAGE text;
