-- https://www.postgresql.org/docs/current/btree-gin.html : an operator class for each type.
CREATE FUNCTION btree_gin_support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'shell_in';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('oid_ops', 'oid'), ('int2_ops', 'int2'), ('int4_ops', 'int4'), ('int8_ops', 'int8'), ('float4_ops', 'float4'),
        ('float8_ops', 'float8'), ('timestamp_ops', 'timestamp'), ('timestamptz_ops', 'timestamptz'), ('time_ops', 'time'),
        ('timetz_ops', 'timetz'), ('date_ops', 'date'), ('interval_ops', 'interval'), ('money_ops', 'money'),
        ('macaddr_ops', 'macaddr'), ('macaddr8_ops', 'macaddr8'), ('text_ops', 'text'), ('varchar_ops', 'varchar'),
        ('bpchar_ops', 'bpchar'), ('char_ops', '"char"'), ('bytea_ops', 'bytea'), ('numeric_ops', 'numeric'),
        ('bit_ops', 'bit'), ('varbit_ops', 'varbit'), ('inet_ops', 'inet'), ('cidr_ops', 'cidr'), ('uuid_ops', 'uuid'),
        ('enum_ops', 'anyenum'), ('name_ops', 'name'), ('bool_ops', 'bool')) v (name, type)
    LOOP
        EXECUTE format('CREATE OPERATOR CLASS %I DEFAULT FOR TYPE %s USING gin AS '
            'OPERATOR 1 <(%3$s, %3$s), OPERATOR 2 <=(%3$s, %3$s), OPERATOR 3 =(%3$s, %3$s), OPERATOR 4 >=(%3$s, %3$s), '
            'OPERATOR 5 >(%3$s, %3$s), FUNCTION 2 btree_gin_support(internal), FUNCTION 3 btree_gin_support(internal), '
            'FUNCTION 4 btree_gin_support(internal)', one.name, one.type,
            CASE one.type WHEN 'cidr' THEN 'inet' WHEN 'varchar' THEN 'text' ELSE one.type END);
    END LOOP;
END $$;
