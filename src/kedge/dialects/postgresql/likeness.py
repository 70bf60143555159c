"""Makes a scratch database understand and take what the audited one does: time zone, tablespaces, access methods."""

from __future__ import annotations

import psycopg

from kedge.catalog import Catalog, ServerProfile
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reading import Connection

# What of a session's settings decides how a literal is read: '2024-01-01' as a moment, '01/02/2024' as a day.
READING = ("TimeZone", "DateStyle")
OWN_SERVER = "kedge"
"""The name of a server of our own making: `kedge.scratch.server.OWN`."""


def read_alike(connection: Connection, profile: ServerProfile) -> None:
    """Literals are read in this session as the audited database reads them."""
    for name, value in profile.settings:
        if name in READING:
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])


def resemble(connection: Connection, live: Catalog) -> None:
    """In this and every later session; what the server refuses is done without."""
    read_alike(connection, live.profile)
    database = quoted(connection.info.dbname)
    for name in READING:
        _tried(connection, f"ALTER DATABASE {database} SET {name} FROM CURRENT")
    for method in sorted(_access_methods(live)):
        _tried(connection, f"CREATE ACCESS METHOD {quoted(method)} TYPE TABLE HANDLER heap_tableam_handler")
    spaces = sorted(_tablespaces(live))
    if spaces and connection.info.parameter_status("is_superuser") == "on" and _own(connection):
        # https://www.postgresql.org/docs/current/runtime-config-developer.html#GUC-ALLOW-IN-PLACE-TABLESPACES
        _tried(connection, "SET allow_in_place_tablespaces = on")
        for space in spaces:
            _tried(connection, f"CREATE TABLESPACE {quoted(space)} LOCATION ''")


def _own(connection: Connection) -> bool:
    """Tablespaces belong to a whole server: they are made on no other than our own."""
    row = connection.execute("SHOW cluster_name").fetchone()
    return row is not None and row[0] == OWN_SERVER


def _access_methods(live: Catalog) -> set[str]:
    return {t.access_method for t in live.tables.values() if t.access_method}


def _tablespaces(live: Catalog) -> set[str]:
    named = {t.tablespace for t in live.tables.values()}
    named |= {i.tablespace for t in live.tables.values() for i in t.indexes}
    return {name for name in named if name}


def _tried(connection: Connection, statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return
