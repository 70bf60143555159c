CREATE TABLE "user" (id serial PRIMARY KEY, name varchar(80) NOT NULL);
CREATE TABLE customers (id serial PRIMARY KEY, first_name text NOT NULL, postal_code text NOT NULL, email_encrypted text NOT NULL);
CREATE TABLE expert_profiles (id serial PRIMARY KEY, user_id integer NOT NULL);
CREATE TABLE password_reset_tokens (id serial PRIMARY KEY, token varchar NOT NULL);
CREATE TABLE follows (user_id integer NOT NULL, follower_id integer NOT NULL);
CREATE TABLE likes (user_id integer NOT NULL, post_id integer NOT NULL);
