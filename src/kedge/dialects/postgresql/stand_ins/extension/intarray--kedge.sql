-- https://www.postgresql.org/docs/current/intarray.html
CREATE TYPE query_int;
CREATE FUNCTION bqarr_in(cstring) RETURNS query_int LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION bqarr_out(query_int) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE query_int (INPUT = bqarr_in, OUTPUT = bqarr_out, INTERNALLENGTH = VARIABLE);
CREATE FUNCTION intarray_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
CREATE FUNCTION icount(integer[]) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.cardinality($1)';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('sort(integer[], text)', 'integer[]'), ('sort(integer[])', 'integer[]'), ('sort_asc(integer[])', 'integer[]'),
        ('sort_desc(integer[])', 'integer[]'), ('uniq(integer[])', 'integer[]'), ('idx(integer[], integer)', 'integer'),
        ('subarray(integer[], integer, integer)', 'integer[]'), ('subarray(integer[], integer)', 'integer[]'),
        ('intset(integer)', 'integer[]'), ('boolop(integer[], query_int)', 'boolean'),
        ('rboolop(query_int, integer[])', 'boolean'), ('_int_overlap(integer[], integer[])', 'boolean'),
        ('_int_contains(integer[], integer[])', 'boolean'), ('_int_contained(integer[], integer[])', 'boolean'),
        ('intarray_push_elem(integer[], integer)', 'integer[]'), ('intarray_push_array(integer[], integer[])', 'integer[]'),
        ('intarray_del_elem(integer[], integer)', 'integer[]'), ('intset_union_elem(integer[], integer)', 'integer[]'),
        ('_int_union(integer[], integer[])', 'integer[]'), ('intset_subtract(integer[], integer[])', 'integer[]'),
        ('_int_inter(integer[], integer[])', 'integer[]')) v (name, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name, one.result);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('&&', 'integer[]', 'integer[]', '_int_overlap'), ('@>', 'integer[]', 'integer[]', '_int_contains'),
        ('<@', 'integer[]', 'integer[]', '_int_contained'), ('@@', 'integer[]', 'query_int', 'boolop'),
        ('~~', 'query_int', 'integer[]', 'rboolop'), ('#', 'integer[]', 'integer', 'idx'),
        ('+', 'integer[]', 'integer', 'intarray_push_elem'), ('+', 'integer[]', 'integer[]', 'intarray_push_array'),
        ('-', 'integer[]', 'integer', 'intarray_del_elem'), ('-', 'integer[]', 'integer[]', 'intset_subtract'),
        ('|', 'integer[]', 'integer', 'intset_union_elem'), ('|', 'integer[]', 'integer[]', '_int_union'),
        ('&', 'integer[]', 'integer[]', '_int_inter')) v (sign, left_type, right_type, name)
    LOOP
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %I)', one.sign, one.left_type,
                       one.right_type, one.name);
    END LOOP;
END $$;
CREATE OPERATOR # (RIGHTARG = integer[], FUNCTION = icount);
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES ('gist__int_ops DEFAULT'), ('gist__intbig_ops')) v (name) LOOP
        EXECUTE format('CREATE OPERATOR CLASS %s FOR TYPE integer[] USING gist AS OPERATOR 3 &&(integer[], integer[]), '
            'OPERATOR 6 =(anyarray, anyarray), OPERATOR 7 @>(integer[], integer[]), OPERATOR 20 @@(integer[], query_int), '
            'FUNCTION 1 intarray_support(internal), FUNCTION 2 intarray_support(internal), FUNCTION 5 intarray_support(internal), '
            'FUNCTION 6 intarray_support(internal), FUNCTION 7 intarray_support(internal)', one.name);
    END LOOP;
END $$;
CREATE OPERATOR CLASS gin__int_ops FOR TYPE integer[] USING gin AS
    OPERATOR 3 &&(integer[], integer[]), OPERATOR 6 =(anyarray, anyarray), OPERATOR 7 @>(integer[], integer[]),
    OPERATOR 8 <@(integer[], integer[]), OPERATOR 20 @@(integer[], query_int), FUNCTION 2 intarray_support(internal),
    FUNCTION 3 intarray_support(internal), FUNCTION 4 intarray_support(internal), STORAGE integer;
