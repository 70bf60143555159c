"""The scratch database in which revisions run."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
import psycopg

from kedge.catalog import Catalog
from kedge.dialects.postgresql.bare import bare_table
from kedge.dialects.postgresql.ground import Ground
from kedge.dialects.postgresql.likeness import resemble
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reader import Connection, pinned, read_now, read_profile
from kedge.dialects.postgresql.rights import as_declared, lend_roles, take_roles_back
from kedge.errors import UsageError

USUAL = "public"


def lay_ground(connection: Connection, live: Catalog, *, whole: bool, roles: Mapping[str, bool]) -> None:
    """The search path that the role or the database has; whole: also what stands there beside the tables."""
    if roles:
        take_roles_back(connection, (role for role, there in roles.items() if not there))
        lend_roles(connection, (role for role, there in roles.items() if there))
    profile = live.profile
    resemble(connection, live)
    path = tuple(s for s in profile.search_path if not s.startswith("pg_"))
    if profile.default_schema != USUAL or path not in ((USUAL,), ()):
        for schema in path:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}".encode())
        spelled = ", ".join(map(quoted, path or (profile.default_schema,)))
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {quoted(name)} SET search_path TO {spelled}".encode())
    if whole:
        ground = Ground(connection, live)
        ground.lay(live.schemas)
        ground.borrow()
        for table in live.tables.values():
            ground.attempt(bare_table(table, keys=True))


def run_script(connection: Connection, sql: str) -> None:
    """As psql would: its own commands are left out, and what is told to the session ends with it."""
    statements = "\n".join(line for line in sql.splitlines() if not line.startswith("\\"))
    try:
        connection.execute(_LEFT_OUT.sub("", statements).encode())
    except psycopg.Error as error:
        raise UsageError(str(error).splitlines()[0]) from None
    finally:
        connection.execute("RESET ALL")


# Whose an object is, and who may use it: the roles of another server.
_LEFT_OUT = re.compile(r"^(?:ALTER \S.* OWNER TO|GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .*;$", re.MULTILINE)


def read_replayed(connection: Connection, live: Catalog, *, timeout: float) -> Catalog:
    profile = read_profile(connection)
    with pinned(connection, timeout=timeout):
        catalog = read_now(connection, profile)
    return msgspec.structs.replace(as_declared(connection, catalog, live), profile=live.profile)
