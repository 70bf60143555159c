-- https://www.postgresql.org/docs/current/unaccent.html : takes no accent away.
CREATE FUNCTION unaccent(regdictionary, text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $2';
CREATE FUNCTION unaccent(text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1';
CREATE TEXT SEARCH DICTIONARY unaccent (TEMPLATE = pg_catalog.simple);
