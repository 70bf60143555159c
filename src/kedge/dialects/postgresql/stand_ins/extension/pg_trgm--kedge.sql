-- https://www.postgresql.org/docs/current/pgtrgm.html
CREATE FUNCTION set_limit(real) RETURNS real LANGUAGE sql VOLATILE STRICT AS 'SELECT $1';
CREATE FUNCTION show_limit() RETURNS real LANGUAGE sql STABLE STRICT AS 'SELECT 0.3::real';
CREATE FUNCTION show_trgm(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ARRAY[$1]';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT unnest(ARRAY['similarity', 'word_similarity', 'strict_word_similarity', 'similarity_dist',
        'word_similarity_dist_op', 'word_similarity_dist_commutator_op', 'strict_word_similarity_dist_op',
        'strict_word_similarity_dist_commutator_op']) AS name
    LOOP
        EXECUTE format('CREATE FUNCTION %I(text, text) RETURNS real LANGUAGE sql IMMUTABLE STRICT AS '
                       '''SELECT ($1 = $2)::integer::real''', one.name);
    END LOOP;
    FOR one IN SELECT unnest(ARRAY['similarity_op', 'word_similarity_op', 'word_similarity_commutator_op',
        'strict_word_similarity_op', 'strict_word_similarity_commutator_op']) AS name
    LOOP
        EXECUTE format('CREATE FUNCTION %I(text, text) RETURNS boolean LANGUAGE sql STABLE STRICT AS ''SELECT $1 = $2''', one.name);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES ('%', 'similarity_op'), ('<%', 'word_similarity_op'),
        ('%>', 'word_similarity_commutator_op'), ('<<%', 'strict_word_similarity_op'),
        ('%>>', 'strict_word_similarity_commutator_op'), ('<->', 'similarity_dist'), ('<<->', 'word_similarity_dist_op'),
        ('<->>', 'word_similarity_dist_commutator_op'), ('<<<->', 'strict_word_similarity_dist_op'),
        ('<->>>', 'strict_word_similarity_dist_commutator_op')) v (sign, name)
    LOOP
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = text, RIGHTARG = text, FUNCTION = %I)', one.sign, one.name);
    END LOOP;
END $$;
-- Called for a row, it fails; tables of a scratch have none.
CREATE FUNCTION pg_trgm_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
CREATE OPERATOR CLASS gin_trgm_ops FOR TYPE text USING gin AS
    OPERATOR 1 %(text, text), OPERATOR 3 pg_catalog.~~(text, text), OPERATOR 4 pg_catalog.~~*(text, text),
    OPERATOR 5 pg_catalog.~(text, text), OPERATOR 6 pg_catalog.~*(text, text), OPERATOR 7 %>(text, text),
    OPERATOR 9 %>>(text, text), OPERATOR 11 pg_catalog.=(text, text), FUNCTION 2 pg_trgm_support(internal),
    FUNCTION 3 pg_trgm_support(internal), FUNCTION 4 pg_trgm_support(internal), STORAGE integer;
CREATE OPERATOR CLASS gist_trgm_ops FOR TYPE text USING gist AS
    OPERATOR 1 %(text, text), OPERATOR 3 pg_catalog.~~(text, text), OPERATOR 4 pg_catalog.~~*(text, text),
    OPERATOR 5 pg_catalog.~(text, text), OPERATOR 6 pg_catalog.~*(text, text), OPERATOR 7 %>(text, text),
    OPERATOR 9 %>>(text, text), OPERATOR 11 pg_catalog.=(text, text), FUNCTION 1 pg_trgm_support(internal),
    FUNCTION 2 pg_trgm_support(internal), FUNCTION 5 pg_trgm_support(internal), FUNCTION 6 pg_trgm_support(internal),
    FUNCTION 7 pg_trgm_support(internal);
