-- https://www.postgresql.org/docs/current/cube.html : keeps what it is given as text.
CREATE TYPE cube;
CREATE FUNCTION cube_in(cstring) RETURNS cube LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION cube_out(cube) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE cube (INPUT = cube_in, OUTPUT = cube_out, INTERNALLENGTH = VARIABLE);
CREATE FUNCTION cube_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('cube(float8[], float8[])', 'cube'), ('cube(float8[])', 'cube'), ('cube(float8)', 'cube'),
        ('cube(float8, float8)', 'cube'), ('cube(cube, float8)', 'cube'), ('cube(cube, float8, float8)', 'cube'),
        ('cube_dim(cube)', 'integer'), ('cube_ll_coord(cube, integer)', 'float8'), ('cube_ur_coord(cube, integer)', 'float8'),
        ('cube_is_point(cube)', 'boolean'), ('cube_distance(cube, cube)', 'float8'), ('cube_subset(cube, integer[])', 'cube'),
        ('cube_union(cube, cube)', 'cube'), ('cube_inter(cube, cube)', 'cube'), ('cube_enlarge(cube, float8, integer)', 'cube'),
        ('cube_coord(cube, integer)', 'float8'), ('cube_coord_llur(cube, integer)', 'float8'),
        ('distance_taxicab(cube, cube)', 'float8'), ('distance_chebyshev(cube, cube)', 'float8'), ('cube_size(cube)', 'float8'), ('cube_cmp(cube, cube)', 'integer')) v (name, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name, one.result);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('<', 'cube_lt'), ('<=', 'cube_le'), ('=', 'cube_eq'), ('>=', 'cube_ge'), ('>', 'cube_gt'), ('<>', 'cube_ne'),
        ('&&', 'cube_overlap'), ('@>', 'cube_contains'), ('<@', 'cube_contained')) v (sign, name)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(cube, cube) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = cube, RIGHTARG = cube, FUNCTION = %I)', one.sign, one.name);
    END LOOP;
END $$;
CREATE OPERATOR <-> (LEFTARG = cube, RIGHTARG = cube, FUNCTION = cube_distance);
CREATE OPERATOR <#> (LEFTARG = cube, RIGHTARG = cube, FUNCTION = distance_taxicab);
CREATE OPERATOR <=> (LEFTARG = cube, RIGHTARG = cube, FUNCTION = distance_chebyshev);
CREATE OPERATOR -> (LEFTARG = cube, RIGHTARG = integer, FUNCTION = cube_coord);
CREATE OPERATOR ~> (LEFTARG = cube, RIGHTARG = integer, FUNCTION = cube_coord_llur);
CREATE OPERATOR CLASS cube_ops DEFAULT FOR TYPE cube USING btree AS
    OPERATOR 1 <(cube, cube), OPERATOR 2 <=(cube, cube), OPERATOR 3 =(cube, cube), OPERATOR 4 >=(cube, cube),
    OPERATOR 5 >(cube, cube), FUNCTION 1 cube_cmp(cube, cube);
CREATE OPERATOR CLASS gist_cube_ops DEFAULT FOR TYPE cube USING gist AS
    OPERATOR 3 &&(cube, cube), OPERATOR 6 =(cube, cube), OPERATOR 7 @>(cube, cube), OPERATOR 8 <@(cube, cube),
    FUNCTION 1 cube_support(internal), FUNCTION 2 cube_support(internal), FUNCTION 5 cube_support(internal),
    FUNCTION 6 cube_support(internal), FUNCTION 7 cube_support(internal);
