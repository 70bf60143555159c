-- https://www.postgresql.org/docs/current/earthdistance.html
CREATE FUNCTION earth() RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 6378168::float8';
CREATE DOMAIN earth AS cube;
CREATE FUNCTION sec_to_gc(float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION gc_to_sec(float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION ll_to_earth(float8, float8) RETURNS earth LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION latitude(earth) RETURNS float8 LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION longitude(earth) RETURNS float8 LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION earth_distance(earth, earth) RETURNS float8 LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION earth_box(earth, float8) RETURNS cube LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION geo_distance(point, point) RETURNS float8 LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE OPERATOR <@> (LEFTARG = point, RIGHTARG = point, FUNCTION = geo_distance);
