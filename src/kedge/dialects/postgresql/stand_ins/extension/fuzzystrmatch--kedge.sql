-- https://www.postgresql.org/docs/current/fuzzystrmatch.html
CREATE FUNCTION levenshtein(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ($1 <> $2)::integer';
CREATE FUNCTION levenshtein(text, text, integer, integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT ($1 <> $2)::integer';
CREATE FUNCTION levenshtein_less_equal(text, text, integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT ($1 <> $2)::integer';
CREATE FUNCTION levenshtein_less_equal(text, text, integer, integer, integer, integer) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ($1 <> $2)::integer';
CREATE FUNCTION metaphone(text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION soundex(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION text_soundex(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION difference(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ($1 <> $2)::integer';
CREATE FUNCTION dmetaphone(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION dmetaphone_alt(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION daitch_mokotoff(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ARRAY[$1]';
