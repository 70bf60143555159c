"""The scratch database in which revisions run, and how it is read under the audited one's name."""

from __future__ import annotations

import msgspec
import pymysql

from kedge.catalog import Catalog
from kedge.dialects.mysql import bench
from kedge.dialects.mysql.reader import Connection, query, read_catalog, read_profile
from kedge.dialects.mysql.words import quoted
from kedge.errors import UsageError


def lay_ground(connection: Connection, live: Catalog, *, whole: bool) -> None:
    """The database's character set and collation, which tables take where they say nothing; whole: with its tables."""
    if live.profile.collation:
        ((name,),) = query(connection, "SELECT DATABASE()")
        try:
            query(connection, f"ALTER DATABASE {quoted(name)} COLLATE {live.profile.collation}")
        except pymysql.MySQLError:  # a collation this server does not know: its own has to do
            pass
    if whole:
        bench.lay(connection, (t for t in live.tables.values() if t.schema == live.profile.default_schema))


def run_script(connection: Connection, sql: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            while cursor.nextset():
                pass
    except pymysql.MySQLError as error:
        raise UsageError(str(error.args[-1] if error.args else error)) from None


def read_replayed(connection: Connection, live: Catalog, *, timeout: float) -> Catalog:
    own = read_profile(connection, live.profile.dialect)
    names = {own.default_schema: live.profile.default_schema}
    catalog, _ = read_catalog(connection, own, names=names, timeout=timeout, twice=False)
    return msgspec.structs.replace(catalog, profile=live.profile)
