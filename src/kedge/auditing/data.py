"""Counts what rows say about findings: how many, how many NULL, how long; never a value of anybody's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from kedge.catalog import ObjectPath
from kedge.causes.data import Data
from kedge.compare import Difference
from kedge.dialects import Dialect

# for one statement, and for all of them
EACH, ALL = 10.0, 120.0
_RANGES = {
    "smallint": 15, "integer": 31, "int": 31, "bigint": 63, "smallint(6)": 15, "int(11)": 31, "bigint(20)": 63,
    "tinyint": 7, "tinyint(4)": 7, "mediumint": 23,
}  # fmt: skip
_TEXT = re.compile(r"char|text|clob", re.IGNORECASE)


def probed(
    dialect: Dialect, connection: Any, differences: Iterable[Difference], *, timeout: float
) -> dict[tuple[ObjectPath, str], Data]:
    """The counts of each finding that rows have something to say about; what is not answered in time is left out."""
    until = time.monotonic() + min(ALL, timeout)
    rows: dict[tuple[str | None, str | None], int | None] = {}
    found = {}

    def ask(query: str) -> int | None:
        left = until - time.monotonic()
        return dialect.number(connection, query, timeout=min(EACH, left)) if left > 0 else None

    for d in differences:
        wanted = dict(_wanted(d, dialect))
        if not wanted:
            continue
        owner = d.path.schema, d.path.table
        if owner not in rows:
            rows[owner] = ask(f"SELECT count(*) FROM {_table(d.path, dialect)}")
        counted = {name: ask(query) for name, query in wanted.items() if query}
        found[d.key] = msgspec.structs.replace(Data(rows=rows[owner]), **counted)
    return found


def _wanted(d: Difference, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """(count, query) of what matters for a difference; an empty query where only the rows do."""
    table, name = _table(d.path, dialect), dialect.quoted
    if d.path.kind == "table" and d.attribute == "presence" and d.models.state == "missing":
        yield "rows", ""
    elif d.path.kind == "column" and d.database.state != "missing":
        column = name(d.path.name or "")
        if d.attribute in ("nullable", "type") or (d.attribute == "presence" and d.models.state == "missing"):
            yield "nulls", f"SELECT count(*) FROM {table} WHERE {column} IS NULL"
        if d.attribute == "type":
            models, database = str(d.models.value), str(d.database.value)
            if _TEXT.search(models) and _TEXT.search(database):
                yield "longest", f"SELECT coalesce(max({dialect.length_of}({column})), 0) FROM {table}"
            if models in _RANGES and database in _RANGES:
                most = 2 ** _RANGES[models]
                yield (
                    "outside",
                    f"SELECT count(*) FROM {table} WHERE {column} NOT BETWEEN {-most} AND {most - 1}",
                )
    elif d.database.state == "missing" and d.attribute == "presence":
        yield from _of_part(d, dialect)


def _of_part(d: Difference, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Rows that stand against a constraint which only the models have."""
    table, name = _table(d.path, dialect), dialect.quoted
    own = [r.name or "" for r in d.refs if r.kind == "column" and r.table == d.path.table]
    if d.path.kind == "foreign-key":
        others = [r for r in d.refs if r.kind == "column" and r.table != d.path.table]
        if len(own) == len(others) == 1:
            here, there = name(own[0]), name(others[0].name or "")
            yield (
                "orphans",
                f"SELECT count(*) FROM {table} a WHERE a.{here} IS NOT NULL AND NOT EXISTS"
                f" (SELECT 1 FROM {_table(others[0], dialect)} b WHERE b.{there} = a.{here})",
            )
    elif d.path.kind in ("unique", "primary-key") and own:
        columns = ", ".join(map(name, own))
        there = " AND ".join(f"{name(c)} IS NOT NULL" for c in own)
        yield (
            "duplicates",
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {table} WHERE {there}"
            f" GROUP BY {columns} HAVING count(*) > 1) AS k",
        )


def _table(path: ObjectPath, dialect: Dialect) -> str:
    quoted: Callable[[str], str] = dialect.quoted
    return ".".join(quoted(word) for word in (path.schema, path.table) if word)
