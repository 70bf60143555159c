"""Reads back what the project's own DDL made in a scratch, after running once more what was refused there."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pymysql

from kedge.catalog import Catalog, Object, ObjectPath
from kedge.dialects.mysql import bench
from kedge.dialects.mysql.reader import Connection, query, read_catalog, read_profile
from kedge.objects import Routine


def made(
    connection: Connection, live: Catalog, refused: Iterable[str], spoken: str
) -> tuple[Catalog, dict[str, str]]:
    """The catalog without what was only lent, and what is refused in the end."""
    ((scratch,),) = query(connection, "SELECT DATABASE()")
    profile = read_profile(connection, spoken)
    names = {scratch: live.profile.default_schema}
    connection.names = {live.profile.default_schema: scratch}

    def read() -> Catalog:
        return read_catalog(connection, profile, schemas=[scratch], names=names, twice=False)[0]

    waiting = retried(connection, list(refused))
    before = read()
    if not waiting:
        return before, {}
    bench.lend(connection, [msgspec.structs.replace(live, tables={}, objects=_functions(live))])
    waiting = retried(connection, list(waiting))
    after = read()
    lent = {p for p in _functions(live) if p not in before.objects}
    waiting = {s: words.replace(scratch, live.profile.default_schema) for s, words in waiting.items()}
    return msgspec.structs.replace(
        after, objects={p: o for p, o in after.objects.items() if p not in lent}
    ), waiting


def _functions(live: Catalog) -> dict[ObjectPath, Object]:
    return {p: o for p, o in live.objects.items() if isinstance(o, Routine)}


def retried(connection: Connection, statements: list[str]) -> dict[str, str]:
    """What is refused however often it is tried, with the server's words."""
    while True:
        waiting = {s: words for s in statements if (words := run(connection, s)) is not None}
        if len(waiting) in (0, len(statements)):
            return waiting
        statements = list(waiting)


def run(connection: Connection, statement: str) -> str | None:
    """The server's words where it refuses a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except pymysql.MySQLError as error:
        return str(error.args[-1])
    return None
