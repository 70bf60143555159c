"""Expressions that are drawn, with another spelling of the same thing where there is one.

`{c}` is the column, quoted. A spelling is another's equal only where PostgreSQL's manual or its printed form says so.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    text: str
    respelled: str | None = None

    def on(self, column: str) -> Text:
        return Text(
            self.text.replace("{c}", column), self.respelled and self.respelled.replace("{c}", column)
        )


def _texts(table: dict[str, list[str | tuple[str, str]]]) -> dict[str, list[Text]]:
    return {
        family: [Text(t) if isinstance(t, str) else Text(*t) for t in texts]
        for family, texts in table.items()
    }


DEFAULTS = _texts(
    {
        "integer": [("0", "'0'"), ("-1", "'-1'::integer"), ("(1 + 2)", "1+2"), "42", "nullif(1, 2)"],
        "numeric": [("0.5", "'0.5'::numeric"), "-1.25", "0", ("1e2", "100")],
        "float": [("0.5", "'0.5'"), "-1.5", "random()", ("0", "'0'::double precision")],
        "text": [
            ("'x'", "'x'::text"),
            ("''", "''::character varying"),
            "'it''s'",
            "'A'",
            "'a b '",
            "'50%'",
            "'a'::text || 'b'::text",
            "CURRENT_USER",
            "upper('x'::text)",
        ],
        "char": ["'abc'", ("'a'", "'a'::bpchar")],
        "boolean": [("true", "'t'"), ("false", "'false'::boolean"), "(1 = 1)", ("true", "'1'")],
        "timestamp": [
            ("now()", "CURRENT_TIMESTAMP"),
            ("CURRENT_TIMESTAMP", "now()"),
            ("timezone('utc', now())", "(now() AT TIME ZONE 'utc')"),
            ("'2020-01-02 03:04:05'", "'2020-01-02 03:04:05'::timestamp without time zone"),
            "clock_timestamp()",
            "LOCALTIMESTAMP",
            "now() + interval '1 day'",
        ],
        "timestamptz": [
            ("now()", "CURRENT_TIMESTAMP"),
            ("CURRENT_TIMESTAMP", "now()"),
            "statement_timestamp()",
            "'2020-01-02 03:04:05+00'",
            "(now() + '7 days'::interval)",
        ],
        "date": ["CURRENT_DATE", ("'2020-02-03'", "'2020-02-03'::date"), "'infinity'"],
        "time": ["LOCALTIME", ("'12:00'", "'12:00:00'::time"), "'23:59:59'"],
        "timetz": ["CURRENT_TIME", "'12:00+01'"],
        "interval": [("'1 day'", "'1 day'::interval"), ("'01:00:00'", "interval '1 hour'"), "'-3 mons'"],
        "uuid": [
            "gen_random_uuid()",
            ("'00000000-0000-0000-0000-00000000000a'", "'00000000-0000-0000-0000-00000000000A'"),
        ],
        "json": [("'{}'", "'{}'::json"), "'[]'", "'{\"a\": \"it''s\"}'", "json_build_object()"],
        "jsonb": [
            ("'{}'", "'{}'::jsonb"),
            "'[]'",
            ("'{\"a\": 1}'", "'{\"a\":1}'"),
            "jsonb_build_array(1, 2)",
        ],
        "integers": [("'{}'", "ARRAY[]::integer[]"), ("'{1,2}'", "ARRAY[1,2]")],
        "texts": ["'{}'", "'{a,\"b c\"}'", ("ARRAY['x']::text[]", "ARRAY['x'::text]")],
        "bytea": ["'\\x00ff'", "decode('00', 'hex')"],
        "inet": ["'127.0.0.1'"],
        "macaddr": ["'08:00:2b:01:02:03'"],
        "tsvector": ["''", "to_tsvector('english'::regconfig, 'a b'::text)"],
        "range": [("'[1,5)'", "'[1,5)'"), "'empty'"],
        "time range": ["'empty'", "'[2020-01-01,2020-02-01)'"],
        "multirange": ["'{[1,3), [5,8)}'"],
        "bit": [("'101'", "B'101'")],
        "varbit": ["B'11'"],
        "money": ["'1.50'"],
    }
)

CHECKS = _texts(
    {
        "integer": [
            ("{c} > 0", "({c} > 0)"),
            ("{c} IN (1, 2, 3)", "({c} = ANY (ARRAY[1, 2, 3]))"),
            ("{c} BETWEEN 1 AND 9", "(({c} >= 1) AND ({c} <= 9))"),
            ("{c} != 5", "{c} <> 5"),
            "{c} % 2 = 0",
            "{c} NOT IN (7, 8)",
            ("{c} IS NULL OR {c} >= -1", "(({c} IS NULL) OR ({c} >= '-1'::integer))"),
        ],
        "numeric": [("{c} >= 0", "({c} >= (0)::numeric)"), "abs({c}) < 100.5", "round({c}, 2) = {c}"],
        "float": ["{c} > 0.5", ("{c} BETWEEN 0 AND 1", "({c} >= 0 AND {c} <= 1)")],
        "text": [
            "{c} IN ('A', 'b ', 'it''s')",
            "{c} LIKE 'a%'",
            "{c} ~ '^[a-z]+$'",
            ("char_length({c}) > 2", "(char_length({c}) > 2)"),
            ("{c} IS NULL OR {c} <> ''", "{c} IS NULL OR {c} != ''"),
            "lower({c}) = {c}",
            "{c} ILIKE '%X_'",
            "CASE WHEN {c} = 'a' THEN true ELSE {c} <> 'A' END",
            "coalesce({c}, 'none') <> 'none'",
        ],
        "boolean": ["{c} IS TRUE", "NOT {c}", "{c} IS NOT DISTINCT FROM false"],
        "timestamp": ["{c} > '2000-01-01'", "{c} < now()"],
        "timestamptz": ["{c} < now()", "{c} IS NOT NULL"],
        "date": ["{c} > '2000-01-01'", "{c} >= DATE '1970-01-01'", "EXTRACT(year FROM {c}) > 1999"],
        "interval": ["{c} > '0'"],
        "json": ["json_typeof({c}) = 'object'"],
        "jsonb": ["jsonb_typeof({c}) = 'object'", "{c} ? 'key'", "({c} ->> 'a') IS NOT NULL", "{c} @> '{}'"],
        "integers": ["cardinality({c}) > 0", "1 = ANY({c})", "{c}[1] > 0"],
        "texts": ["cardinality({c}) < 5"],
        "bytea": ["octet_length({c}) < 100"],
        "range": ["NOT isempty({c})"],
    }
)

# An expression a computed column can store, by the family of its source.
COMPUTED = _texts(
    {
        "integer": [("{c} * 2", "({c} * 2)"), "{c} + 1 - 3 * {c}", "CASE WHEN {c} > 1 THEN 1 ELSE 0 END"],
        "text": [
            "char_length({c})",
            "CASE WHEN {c} IN ('a', 'B') THEN 1 ELSE 2 END",
            "coalesce(char_length({c}), 0)",
        ],
        "integers": ["cardinality({c})"],
    }
)

# An index key, by the family of its column.
KEYS = _texts(
    {
        "integer": [("({c} + 1)", "(({c} + 1))"), "abs({c})", "(-{c})"],
        "text": ["lower({c})", "upper(coalesce({c}, 'x'))", "({c} || 'é')", "substr({c}, 1, 3)"],
        "timestamp": ["date_trunc('day', {c})", "({c}::date)"],
        "jsonb": ["({c} ->> 'a')", "({c} #>> '{a,b}')"],
        "boolean": ["(NOT {c})"],
    }
)
