-- https://postgis.net/docs/manual-3.3/reference.html : keeps what it is given as text.
-- The type modifier holds the kind of geometry and the SRID: kedge.dialects.postgresql.stand_ins spells it as PostGIS does.
CREATE FUNCTION postgis_stand_in_typmod(cstring[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    words text[] := $1::text[];
    known text[] := ARRAY['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon',
        'geometrycollection', 'circularstring', 'compoundcurve', 'curvepolygon', 'multicurve', 'multisurface', 'curve',
        'surface', 'polyhedralsurface', 'triangle', 'tin'];
    kind text := lower(words[1]);
    dimensions integer := 0;
BEGIN
    IF right(kind, 2) = 'zm' THEN dimensions := 3; kind := left(kind, -2);
    ELSIF right(kind, 1) = 'z' THEN dimensions := 1; kind := left(kind, -1);
    ELSIF right(kind, 1) = 'm' THEN dimensions := 2; kind := left(kind, -1);
    END IF;
    IF array_position(known, kind) IS NULL THEN
        RAISE EXCEPTION 'invalid geometry type modifier: %', words[1] USING ERRCODE = '22023';
    END IF;
    RETURN (greatest(coalesce(words[2]::integer, 0), 0) * 32 + array_position(known, kind)) * 4 + dimensions;
END $$;
CREATE TYPE geometry;
CREATE FUNCTION geometry_in(cstring) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE geometry (
    INPUT = geometry_in, OUTPUT = geometry_out, TYPMOD_IN = postgis_stand_in_typmod, INTERNALLENGTH = VARIABLE, STORAGE = main
);
CREATE FUNCTION geometry(geometry, integer, boolean) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE CAST (geometry AS geometry) WITH FUNCTION geometry(geometry, integer, boolean) AS IMPLICIT;
CREATE TYPE geography;
CREATE FUNCTION geography_in(cstring) RETURNS geography LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE geography (
    INPUT = geography_in, OUTPUT = geography_out, TYPMOD_IN = postgis_stand_in_typmod, INTERNALLENGTH = VARIABLE, STORAGE = main
);
CREATE FUNCTION geography(geography, integer, boolean) RETURNS geography LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE CAST (geography AS geography) WITH FUNCTION geography(geography, integer, boolean) AS IMPLICIT;
CREATE FUNCTION geography(geometry) RETURNS geography LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION geometry(geography) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION geometry(text) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION text(geometry) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE CAST (geometry AS geography) WITH FUNCTION geography(geometry) AS IMPLICIT;
CREATE CAST (geography AS geometry) WITH FUNCTION geometry(geography);
CREATE CAST (text AS geometry) WITH FUNCTION geometry(text) AS IMPLICIT;
CREATE CAST (geometry AS text) WITH FUNCTION text(geometry) AS IMPLICIT;
CREATE TYPE box2d;
CREATE FUNCTION box2d_in(cstring) RETURNS box2d LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION box2d_out(box2d) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE box2d (INPUT = box2d_in, OUTPUT = box2d_out, INTERNALLENGTH = VARIABLE);
CREATE TYPE box3d;
CREATE FUNCTION box3d_in(cstring) RETURNS box3d LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION box3d_out(box3d) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE box3d (INPUT = box3d_in, OUTPUT = box3d_out, INTERNALLENGTH = VARIABLE);
CREATE TABLE spatial_ref_sys (
    srid integer PRIMARY KEY, auth_name varchar(256), auth_srid integer, srtext varchar(2048), proj4text varchar(2048)
);
CREATE FUNCTION postgis_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('st_x(geometry)', 'float8'), ('st_y(geometry)', 'float8'), ('st_z(geometry)', 'float8'),
        ('st_m(geometry)', 'float8'), ('st_area(geometry)', 'float8'), ('st_length(geometry)', 'float8'),
        ('st_perimeter(geometry)', 'float8'), ('st_xmin(geometry)', 'float8'), ('st_xmax(geometry)', 'float8'),
        ('st_ymin(geometry)', 'float8'), ('st_ymax(geometry)', 'float8'), ('st_astext(geometry)', 'text'),
        ('st_asewkt(geometry)', 'text'), ('geometrytype(geometry)', 'text'), ('st_geometrytype(geometry)', 'text'),
        ('st_ashexewkb(geometry)', 'text'), ('st_isvalidreason(geometry)', 'text'), ('st_srid(geometry)', 'integer'),
        ('st_ndims(geometry)', 'integer'), ('st_dimension(geometry)', 'integer'),
        ('st_npoints(geometry)', 'integer'), ('st_numgeometries(geometry)', 'integer'),
        ('st_coorddim(geometry)', 'integer'), ('st_nrings(geometry)', 'integer'),
        ('st_numpoints(geometry)', 'integer'), ('st_numinteriorrings(geometry)', 'integer'),
        ('st_isvalid(geometry)', 'boolean'), ('st_isempty(geometry)', 'boolean'),
        ('st_isclosed(geometry)', 'boolean'), ('st_issimple(geometry)', 'boolean'),
        ('st_isring(geometry)', 'boolean'), ('st_centroid(geometry)', 'geometry'),
        ('st_envelope(geometry)', 'geometry'), ('st_boundary(geometry)', 'geometry'),
        ('st_convexhull(geometry)', 'geometry'), ('st_makevalid(geometry)', 'geometry'),
        ('st_pointonsurface(geometry)', 'geometry'), ('st_startpoint(geometry)', 'geometry'),
        ('st_endpoint(geometry)', 'geometry'), ('st_force2d(geometry)', 'geometry'),
        ('st_force3d(geometry)', 'geometry'), ('st_multi(geometry)', 'geometry'),
        ('st_reverse(geometry)', 'geometry'), ('st_exteriorring(geometry)', 'geometry'),
        ('st_flipcoordinates(geometry)', 'geometry'), ('st_makepolygon(geometry)', 'geometry'),
        ('st_intersects(geometry, geometry)', 'boolean'), ('st_contains(geometry, geometry)', 'boolean'),
        ('st_within(geometry, geometry)', 'boolean'), ('st_equals(geometry, geometry)', 'boolean'),
        ('st_touches(geometry, geometry)', 'boolean'), ('st_crosses(geometry, geometry)', 'boolean'),
        ('st_overlaps(geometry, geometry)', 'boolean'), ('st_disjoint(geometry, geometry)', 'boolean'),
        ('st_covers(geometry, geometry)', 'boolean'), ('st_coveredby(geometry, geometry)', 'boolean'),
        ('st_distance(geometry, geometry)', 'float8'), ('st_distancesphere(geometry, geometry)', 'float8'),
        ('st_azimuth(geometry, geometry)', 'float8'), ('st_union(geometry, geometry)', 'geometry'),
        ('st_intersection(geometry, geometry)', 'geometry'), ('st_difference(geometry, geometry)', 'geometry'),
        ('st_symdifference(geometry, geometry)', 'geometry'), ('st_collect(geometry, geometry)', 'geometry'),
        ('st_makeline(geometry, geometry)', 'geometry'), ('st_closestpoint(geometry, geometry)', 'geometry'),
        ('st_dwithin(geometry, geometry, float8)', 'boolean'), ('st_setsrid(geometry, integer)', 'geometry'),
        ('st_transform(geometry, integer)', 'geometry'), ('st_buffer(geometry, float8)', 'geometry'),
        ('st_simplify(geometry, float8)', 'geometry'), ('st_snaptogrid(geometry, float8)', 'geometry'),
        ('st_makepoint(float8, float8)', 'geometry'), ('st_makepoint(float8, float8, float8)', 'geometry'),
        ('st_point(float8, float8)', 'geometry'), ('st_point(float8, float8, integer)', 'geometry'),
        ('st_makeenvelope(float8, float8, float8, float8, integer)', 'geometry'),
        ('st_geomfromtext(text)', 'geometry'), ('st_geomfromtext(text, integer)', 'geometry'),
        ('st_geomfromewkt(text)', 'geometry'), ('st_geomfromgeojson(text)', 'geometry'),
        ('st_geomfromwkb(bytea, integer)', 'geometry'), ('st_geogfromtext(text)', 'geography'),
        ('st_asbinary(geometry)', 'bytea'), ('st_asewkb(geometry)', 'bytea'), ('st_asgeojson(geometry)', 'text'),
        ('st_area(geography)', 'float8'), ('st_length(geography)', 'float8'),
        ('st_distance(geography, geography)', 'float8'), ('st_dwithin(geography, geography, float8)', 'boolean'),
        ('st_astext(geography)', 'text'), ('st_geohash(geometry)', 'text'),
        ('st_geohash(geometry, integer)', 'text'), ('st_pointn(geometry, integer)', 'geometry'),
        ('st_geometryn(geometry, integer)', 'geometry'), ('geometry_cmp(geometry, geometry)', 'integer'),
        ('geometry_hash(geometry)', 'integer'), ('geography_cmp(geography, geography)', 'integer'),
        ('box2d(geometry)', 'box2d'), ('box3d(geometry)', 'box3d')) v (name, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name, one.result);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('=', 'eq'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge'), ('&&', 'overlaps')) v (sign, name)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(geometry, geometry) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''',
                       'geometry_' || one.name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = %I)', one.sign, 'geometry_' || one.name);
        EXECUTE format('CREATE FUNCTION %I(geography, geography) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''',
                       'geography_' || one.name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = geography, RIGHTARG = geography, FUNCTION = %I)', one.sign, 'geography_' || one.name);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('<<', 'left'), ('>>', 'right'), ('&<', 'overleft'), ('&>', 'overright'), ('|>>', 'above'), ('<<|', 'below'),
        ('|&>', 'overabove'), ('&<|', 'overbelow'), ('~', 'contains'), ('@', 'within'), ('~=', 'same'), ('&&&', 'overlaps_nd')
        ) v (sign, name)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(geometry, geometry) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''',
                       'geometry_' || one.name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = %I)', one.sign, 'geometry_' || one.name);
    END LOOP;
END $$;
CREATE OPERATOR <-> (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = st_distance);
CREATE OPERATOR <-> (LEFTARG = geography, RIGHTARG = geography, FUNCTION = st_distance);
CREATE OPERATOR CLASS btree_geometry_ops DEFAULT FOR TYPE geometry USING btree AS
    OPERATOR 1 <(geometry, geometry), OPERATOR 2 <=(geometry, geometry), OPERATOR 3 =(geometry, geometry),
    OPERATOR 4 >=(geometry, geometry), OPERATOR 5 >(geometry, geometry), FUNCTION 1 geometry_cmp(geometry, geometry);
CREATE OPERATOR CLASS btree_geography_ops DEFAULT FOR TYPE geography USING btree AS
    OPERATOR 1 <(geography, geography), OPERATOR 2 <=(geography, geography), OPERATOR 3 =(geography, geography),
    OPERATOR 4 >=(geography, geography), OPERATOR 5 >(geography, geography), FUNCTION 1 geography_cmp(geography, geography);
CREATE OPERATOR CLASS hash_geometry_ops DEFAULT FOR TYPE geometry USING hash AS
    OPERATOR 1 =(geometry, geometry), FUNCTION 1 geometry_hash(geometry);
CREATE OPERATOR CLASS gist_geometry_ops_2d DEFAULT FOR TYPE geometry USING gist AS
    OPERATOR 3 &&(geometry, geometry), FUNCTION 1 postgis_support(internal), FUNCTION 2 postgis_support(internal),
    FUNCTION 5 postgis_support(internal), FUNCTION 6 postgis_support(internal), FUNCTION 7 postgis_support(internal);
CREATE OPERATOR CLASS gist_geometry_ops_nd FOR TYPE geometry USING gist AS
    OPERATOR 3 &&&(geometry, geometry), FUNCTION 1 postgis_support(internal), FUNCTION 2 postgis_support(internal),
    FUNCTION 5 postgis_support(internal), FUNCTION 6 postgis_support(internal), FUNCTION 7 postgis_support(internal);
CREATE OPERATOR CLASS gist_geography_ops DEFAULT FOR TYPE geography USING gist AS
    OPERATOR 3 &&(geography, geography), FUNCTION 1 postgis_support(internal), FUNCTION 2 postgis_support(internal),
    FUNCTION 5 postgis_support(internal), FUNCTION 6 postgis_support(internal), FUNCTION 7 postgis_support(internal);
