-- https://www.postgresql.org/docs/current/btree-gist.html : an operator class for each type.
CREATE FUNCTION btree_gist_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('gist_oid_ops', 'oid'), ('gist_int2_ops', 'int2'), ('gist_int4_ops', 'int4'), ('gist_int8_ops', 'int8'),
        ('gist_float4_ops', 'float4'), ('gist_float8_ops', 'float8'), ('gist_timestamp_ops', 'timestamp'),
        ('gist_timestamptz_ops', 'timestamptz'), ('gist_time_ops', 'time'), ('gist_timetz_ops', 'timetz'),
        ('gist_date_ops', 'date'), ('gist_interval_ops', 'interval'), ('gist_cash_ops', 'money'),
        ('gist_macaddr_ops', 'macaddr'), ('gist_macaddr8_ops', 'macaddr8'), ('gist_text_ops', 'text'),
        ('gist_bpchar_ops', 'bpchar'), ('gist_bytea_ops', 'bytea'), ('gist_numeric_ops', 'numeric'), ('gist_bit_ops', 'bit'),
        ('gist_vbit_ops', 'varbit'), ('gist_inet_ops', 'inet'), ('gist_cidr_ops', 'cidr'), ('gist_uuid_ops', 'uuid'),
        ('gist_enum_ops', 'anyenum'), ('gist_bool_ops', 'bool')) v (name, type)
    LOOP
        EXECUTE format('CREATE OPERATOR CLASS %I DEFAULT FOR TYPE %s USING gist AS '
            'OPERATOR 1 <(%3$s, %3$s), OPERATOR 2 <=(%3$s, %3$s), OPERATOR 3 =(%3$s, %3$s), OPERATOR 4 >=(%3$s, %3$s), '
            'OPERATOR 5 >(%3$s, %3$s), OPERATOR 6 <>(%3$s, %3$s), FUNCTION 1 btree_gist_support(internal), '
            'FUNCTION 2 btree_gist_support(internal), FUNCTION 5 btree_gist_support(internal), '
            'FUNCTION 6 btree_gist_support(internal), FUNCTION 7 btree_gist_support(internal)',
            one.name, one.type, CASE one.type WHEN 'cidr' THEN 'inet' ELSE one.type END);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('cash', 'money', 'money'), ('date', 'date', 'integer'), ('float4', 'float4', 'float4'),
        ('float8', 'float8', 'float8'), ('int2', 'int2', 'int2'), ('int4', 'int4', 'int4'), ('int8', 'int8', 'int8'),
        ('interval', 'interval', 'interval'), ('oid', 'oid', 'oid'), ('time', 'time', 'interval'),
        ('ts', 'timestamp', 'interval'), ('tstz', 'timestamptz', 'interval')) v (name, type, result)
    LOOP
        EXECUTE format('CREATE FUNCTION %I(%s, %2$s) RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS ''shell_in''',
                       one.name || '_dist', one.type, one.result);
        EXECUTE format('CREATE OPERATOR <-> (LEFTARG = %s, RIGHTARG = %1$s, FUNCTION = %I)', one.type, one.name || '_dist');
    END LOOP;
END $$;
