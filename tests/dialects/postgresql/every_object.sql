-- A database with every kind of object that is read.
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'what is sold';
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE TYPE shop.size AS (width integer, label varchar(10) COLLATE "C");
COMMENT ON TYPE shop.size IS 'of a box';
CREATE DOMAIN shop.email AS varchar(80) COLLATE "C" DEFAULT 'nobody@example.org' NOT NULL
    CONSTRAINT has_at CHECK (VALUE ~ '@') CONSTRAINT not_short CHECK (length(VALUE) > 3);
COMMENT ON DOMAIN shop.email IS 'an address';
CREATE TABLE users (
    id serial PRIMARY KEY, name varchar(20) NOT NULL, kind varchar(10), born date, tenant integer DEFAULT 1,
    boss integer REFERENCES users
);
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer REFERENCES users, at date)
    PARTITION BY RANGE (id);
CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM (0) TO (100);
CREATE VIEW adults WITH (security_barrier) AS
    SELECT id, name FROM users WHERE kind IN ('a', 'b') AND born < DATE '2000-01-01' WITH LOCAL CHECK OPTION;
COMMENT ON VIEW adults IS 'grown up';
CREATE VIEW shop.busy AS SELECT a.name, count(o.*) AS orders FROM adults a JOIN shop.orders o ON o.user_id = a.id GROUP BY a.name;
CREATE RECURSIVE VIEW bosses (id, top) AS
    SELECT id, id FROM users WHERE boss IS NULL UNION ALL SELECT u.id, b.top FROM users u JOIN bosses b ON b.id = u.boss;
CREATE MATERIALIZED VIEW shop.totals WITH (fillfactor = 70) AS SELECT user_id, count(*) AS n FROM shop.orders GROUP BY user_id;
CREATE UNIQUE INDEX totals_user ON shop.totals (user_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
COMMENT ON FUNCTION touch() IS 'shouts';
CREATE FUNCTION shop.add(a integer, b integer DEFAULT 1, VARIADIC more integer[] DEFAULT '{}') RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF SECURITY DEFINER SET search_path TO '' AS 'SELECT a + b';
CREATE FUNCTION shop.add(a text) RETURNS TABLE (x text, y integer) LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT name, id FROM public.users WHERE name = a; END;
CREATE PROCEDURE shop.forget(IN who integer) LANGUAGE sql AS 'DELETE FROM shop.orders WHERE user_id = who';
CREATE AGGREGATE shop.sum_all (integer) (sfunc = int4pl, stype = integer, initcond = '0');
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW
    WHEN (NEW.name IS NOT NULL AND (NEW.kind)::text <> ') EXECUTE FUNCTION ') EXECUTE FUNCTION touch('a b', 'c''d');
COMMENT ON TRIGGER touch ON users IS 'before';
CREATE TRIGGER counted AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION touch();
ALTER TABLE users DISABLE TRIGGER counted;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.orders_1 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER of_parent AFTER INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER in_place INSTEAD OF INSERT ON shop.busy FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON users AS RESTRICTIVE FOR UPDATE USING (tenant = 1) WITH CHECK (name <> '');
CREATE POLICY seen ON users FOR SELECT USING (kind IN ('a', 'b'));
COMMENT ON POLICY seen ON users IS 'by kind';
CREATE RULE keep AS ON DELETE TO users WHERE id = 0 DO INSTEAD NOTHING;
CREATE STATISTICS users_stats (ndistinct, mcv) ON name, kind FROM users;
CREATE STATISTICS shop.names ON (lower(name)) FROM users;
CREATE PUBLICATION news FOR TABLE users (id, name) WHERE (id > 0) WITH (publish = 'insert, update');
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION shop FOR TABLES IN SCHEMA shop;
CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER noted ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION noted();
