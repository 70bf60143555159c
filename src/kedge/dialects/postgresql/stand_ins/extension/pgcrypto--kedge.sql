-- https://www.postgresql.org/docs/current/pgcrypto.html : of all this only the names are real.
CREATE FUNCTION digest(text, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8'))$$;
CREATE FUNCTION digest(bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.sha256($1)';
CREATE FUNCTION hmac(text, text, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.sha256(pg_catalog.convert_to($2 || $1, 'UTF8'))$$;
CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.sha256($2 || $1)';
CREATE FUNCTION crypt(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.md5($2 || $1)';
CREATE FUNCTION gen_salt(text) RETURNS text LANGUAGE sql VOLATILE STRICT AS 'SELECT pg_catalog.md5(random()::text)';
CREATE FUNCTION gen_salt(text, integer) RETURNS text LANGUAGE sql VOLATILE STRICT
    AS 'SELECT pg_catalog.md5(random()::text)';
CREATE FUNCTION gen_random_bytes(integer) RETURNS bytea LANGUAGE sql VOLATILE STRICT
    AS $$SELECT pg_catalog.substring(pg_catalog.decode(pg_catalog.repeat(pg_catalog.md5(random()::text), 64), 'hex'), 1, $1)$$;
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE internal VOLATILE AS 'gen_random_uuid';
CREATE FUNCTION armor(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_catalog.encode($1, 'base64')$$;
CREATE FUNCTION dearmor(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_catalog.decode($1, 'base64')$$;
DO $$
DECLARE one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['encrypt', 'decrypt'] LOOP
        EXECUTE format('CREATE FUNCTION %I(bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS ''SELECT $1''', one);
        EXECUTE format('CREATE FUNCTION %I(bytea, bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS ''SELECT $1''',
                       one || '_iv');
    END LOOP;
    FOREACH one IN ARRAY ARRAY['text, text', 'text, text, text'] LOOP
        EXECUTE format('CREATE FUNCTION pgp_sym_encrypt(%s) RETURNS bytea LANGUAGE sql VOLATILE STRICT AS '
                       '''SELECT pg_catalog.convert_to($1, ''''UTF8'''')''', one);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['bytea, text', 'bytea, text, text'] LOOP
        EXECUTE format('CREATE FUNCTION pgp_sym_decrypt(%s) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS '
                       '''SELECT pg_catalog.convert_from($1, ''''UTF8'''')''', one);
        EXECUTE format('CREATE FUNCTION pgp_sym_encrypt_bytea(%s) RETURNS bytea LANGUAGE sql VOLATILE STRICT AS ''SELECT $1''', one);
        EXECUTE format('CREATE FUNCTION pgp_sym_decrypt_bytea(%s) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS ''SELECT $1''', one);
    END LOOP;
END $$;
CREATE FUNCTION pgp_pub_encrypt(text, bytea) RETURNS bytea LANGUAGE sql VOLATILE STRICT
    AS $$SELECT pg_catalog.convert_to($1, 'UTF8')$$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.convert_from($1, 'UTF8')$$;
CREATE FUNCTION pgp_pub_decrypt(bytea, bytea, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$SELECT pg_catalog.convert_from($1, 'UTF8')$$;
CREATE FUNCTION pgp_key_id(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.md5($1)';
