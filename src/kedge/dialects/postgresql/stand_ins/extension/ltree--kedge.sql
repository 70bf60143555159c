-- https://www.postgresql.org/docs/current/ltree.html : keeps what it is given as text.
DO $$
DECLARE one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['ltree', 'lquery', 'ltxtquery'] LOOP
        EXECUTE format('CREATE TYPE %I', one);
        EXECUTE format('CREATE FUNCTION %I(cstring) RETURNS %I LANGUAGE internal IMMUTABLE STRICT AS ''textin''', one || '_in', one);
        EXECUTE format('CREATE FUNCTION %I(%I) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS ''textout''', one || '_out', one);
        EXECUTE format('CREATE TYPE %I (INPUT = %I, OUTPUT = %I, INTERNALLENGTH = VARIABLE, STORAGE = extended)',
                       one, one || '_in', one || '_out');
    END LOOP;
END $$;
CREATE FUNCTION ltree_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('ltree_cmp(ltree, ltree)', 'integer'), ('hash_ltree(ltree)', 'integer'), ('subltree(ltree, integer, integer)', 'ltree'),
        ('subpath(ltree, integer, integer)', 'ltree'), ('subpath(ltree, integer)', 'ltree'),
        ('index(ltree, ltree)', 'integer'), ('index(ltree, ltree, integer)', 'integer'), ('nlevel(ltree)', 'integer'),
        ('ltree2text(ltree)', 'text'), ('text2ltree(text)', 'ltree'), ('lca(ltree[])', 'ltree'), ('lca(ltree, ltree)', 'ltree'),
        ('lca(ltree, ltree, ltree)', 'ltree'), ('ltree_textadd(text, ltree)', 'ltree'),
        ('ltree_addtext(ltree, text)', 'ltree'), ('ltree_addltree(ltree, ltree)', 'ltree')) v (name, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''', one.name, one.result);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('<', 'ltree', 'ltree', 'ltree_lt'), ('<=', 'ltree', 'ltree', 'ltree_le'), ('=', 'ltree', 'ltree', 'ltree_eq'),
        ('>=', 'ltree', 'ltree', 'ltree_ge'), ('>', 'ltree', 'ltree', 'ltree_gt'), ('<>', 'ltree', 'ltree', 'ltree_ne'),
        ('@>', 'ltree', 'ltree', 'ltree_isparent'), ('<@', 'ltree', 'ltree', 'ltree_risparent'),
        ('~', 'ltree', 'lquery', 'ltq_regex'), ('~', 'lquery', 'ltree', 'ltq_rregex'), ('?', 'ltree', 'lquery[]', 'lt_q_regex'),
        ('?', 'lquery[]', 'ltree', 'lt_q_rregex'), ('@', 'ltree', 'ltxtquery', 'ltxtq_exec'),
        ('@', 'ltxtquery', 'ltree', 'ltxtq_rexec'), ('@>', 'ltree[]', 'ltree', '_ltree_isparent'),
        ('<@', 'ltree', 'ltree[]', '_ltree_r_isparent'), ('<@', 'ltree[]', 'ltree', '_ltree_risparent'),
        ('@>', 'ltree', 'ltree[]', '_ltree_r_risparent'), ('~', 'ltree[]', 'lquery', '_ltq_regex'),
        ('@', 'ltree[]', 'ltxtquery', '_ltxtq_exec')) v (sign, left_type, right_type, name)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(%s, %s) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''',
                       one.name, one.left_type, one.right_type);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %I)', one.sign, one.left_type,
                       one.right_type, one.name);
    END LOOP;
END $$;
CREATE OPERATOR || (LEFTARG = ltree, RIGHTARG = ltree, FUNCTION = ltree_addltree);
CREATE OPERATOR || (LEFTARG = ltree, RIGHTARG = text, FUNCTION = ltree_addtext);
CREATE OPERATOR || (LEFTARG = text, RIGHTARG = ltree, FUNCTION = ltree_textadd);
CREATE OPERATOR CLASS ltree_ops DEFAULT FOR TYPE ltree USING btree AS
    OPERATOR 1 <(ltree, ltree), OPERATOR 2 <=(ltree, ltree), OPERATOR 3 =(ltree, ltree), OPERATOR 4 >=(ltree, ltree),
    OPERATOR 5 >(ltree, ltree), FUNCTION 1 ltree_cmp(ltree, ltree);
CREATE OPERATOR CLASS hash_ltree_ops DEFAULT FOR TYPE ltree USING hash AS
    OPERATOR 1 =(ltree, ltree), FUNCTION 1 hash_ltree(ltree);
CREATE OPERATOR CLASS gist_ltree_ops DEFAULT FOR TYPE ltree USING gist AS
    OPERATOR 1 <(ltree, ltree), OPERATOR 2 <=(ltree, ltree), OPERATOR 3 =(ltree, ltree), OPERATOR 4 >=(ltree, ltree),
    OPERATOR 5 >(ltree, ltree), OPERATOR 10 @>(ltree, ltree), OPERATOR 11 <@(ltree, ltree), OPERATOR 12 ~(ltree, lquery),
    OPERATOR 14 @(ltree, ltxtquery), OPERATOR 16 ?(ltree, lquery[]), FUNCTION 1 ltree_support(internal),
    FUNCTION 2 ltree_support(internal), FUNCTION 5 ltree_support(internal), FUNCTION 6 ltree_support(internal),
    FUNCTION 7 ltree_support(internal);
CREATE OPERATOR CLASS gist__ltree_ops DEFAULT FOR TYPE ltree[] USING gist AS
    OPERATOR 10 <@(ltree[], ltree), OPERATOR 12 ~(ltree[], lquery), OPERATOR 14 @(ltree[], ltxtquery),
    FUNCTION 1 ltree_support(internal), FUNCTION 2 ltree_support(internal), FUNCTION 5 ltree_support(internal),
    FUNCTION 6 ltree_support(internal), FUNCTION 7 ltree_support(internal);
