"""Finds sequences that stand behind the column they number: the one look at rows, and only through an index.

Of each numbered column with a unique index of its own two numbers are read: its greatest value (one descent of the
index), and what its sequence gives next. Both are read in one snapshot that is older than the sequence's answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import psycopg
from psycopg import sql

from kedge.catalog import ObjectPath, TableKey
from kedge.dialects.base import Behind
from kedge.dialects.postgresql.reader import Connection, pinned

AT_ONCE = 100
# Locked, too slow, dropped meanwhile.
PASSED_OVER = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InsufficientPrivilege,
)
# https://www.postgresql.org/docs/current/catalog-pg-sequence.html ; descending and cycling ones are left alone
NUMBERED = """
SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname,
       coalesce(pg_catalog.pg_sequence_last_value(s.oid) + q.seqincrement, q.seqstart)
  FROM pg_catalog.pg_sequence q
  JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid
  JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.oid
   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE q.seqincrement > 0 AND NOT q.seqcycle
   AND EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                 JOIN pg_catalog.pg_am am ON am.oid = x.relam
                WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
                  AND i.indkey[0] = a.attnum AND am.amname = 'btree')
   AND pg_catalog.has_schema_privilege(sn.oid, 'USAGE')
   AND CASE WHEN s.relkind = 'S' THEN pg_catalog.has_sequence_privilege(s.oid, 'SELECT') END
   AND pg_catalog.has_schema_privilege(tn.oid, 'USAGE') AND pg_catalog.has_table_privilege(t.oid, 'SELECT')
"""


def behind(connection: Connection, tables: Collection[TableKey]) -> tuple[tuple[Behind, ...], int]:
    """The sequences whose next number is not past their column, and of how many nothing is known: tables are locked."""
    with pinned(connection, timeout=10):
        rows = [r for r in connection.execute(NUMBERED.encode()) if (r[2], r[3]) in tables]
    found: list[Behind] = []
    passed = 0
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        try:
            found += _compared(connection, some)
        except PASSED_OVER:
            passed += len(some)
    return tuple(found), passed


def _compared(connection: Connection, rows: Iterable[Any]) -> list[Behind]:
    rows = list(rows)
    asked = sql.SQL(" UNION ALL ").join(_question(number, row) for number, row in enumerate(rows))
    with pinned(connection, timeout=10):
        connection.execute("SET LOCAL lock_timeout = '1s'")
        answers = connection.execute(asked).fetchall()
    return [
        Behind(
            path=ObjectPath("sequence", rows[number][0], None, rows[number][1]),
            column=ObjectPath("column", rows[number][2], rows[number][3], rows[number][4]),
            next=following,
            greatest=greatest,
            taken=taken,
        )
        for number, following, greatest, taken in answers
        if greatest is not None and greatest >= following
    ]


def _question(number: int, row: Any) -> sql.Composed:
    """The greatest value of a column, and whether its sequence's next number is there already."""
    _, _, schema, table, column, following = row
    return sql.SQL(
        "SELECT {}, {}::bigint, (SELECT max({column})::bigint FROM ONLY {table}),"
        " EXISTS (SELECT FROM ONLY {table} WHERE {column} = {})"
    ).format(
        sql.Literal(number),
        sql.Literal(following),
        sql.Literal(following),
        column=sql.Identifier(column),
        table=sql.Identifier(schema, table),
    )
