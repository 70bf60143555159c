-- https://postgis.net/docs/manual-3.3/RT_reference.html : keeps what it is given as text.
CREATE TYPE raster;
CREATE FUNCTION raster_in(cstring) RETURNS raster LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION raster_out(raster) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE raster (INPUT = raster_in, OUTPUT = raster_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);
CREATE FUNCTION st_convexhull(raster) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION st_envelope(raster) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION st_srid(raster) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION st_width(raster) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
CREATE FUNCTION st_height(raster) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'shell_in';
