"""The project's own dialect class, told what the audited server is, without a connection to it."""

# mypy: ignore-errors

from __future__ import annotations

from sqlalchemy.engine.url import make_url

DRIVERS = {
    "postgresql": ("psycopg", "psycopg2", "asyncpg", "pg8000", "psycopg2cffi"),
    "sqlite": ("pysqlite", "aiosqlite"),
    "mysql": ("pymysql", "mysqldb", "mysqlconnector", "aiomysql", "asyncmy"),
    "mariadb": ("pymysql", "mysqldb", "mariadbconnector", "aiomysql", "asyncmy"),
}

MODULES = {
    "pysqlite": "sqlite3",
    "mysqldb": "MySQLdb",
    "mysqlconnector": "mysql.connector",
    "mariadbconnector": "mariadb",
}


def installed(driver):
    """Whether the driver's module can be imported here."""
    import importlib.util

    try:
        return importlib.util.find_spec(MODULES.get(driver, driver)) is not None
    except (ImportError, ValueError):
        return False


def first_driver(name, wanted=None, asynchronous=False):
    """The driver to speak to a scratch with: the wanted one, else the first that is installed."""
    if wanted and usable(name, wanted):
        return wanted
    drivers = DRIVERS.get(name, ())
    if asynchronous:
        drivers = [d for d in ("asyncpg", "psycopg", "aiosqlite", "aiomysql", "asyncmy") if d in drivers]
    for driver in drivers:
        if usable(name, driver):
            return driver
    return None


def usable(name, driver):
    """Installed, and known to this SQLAlchemy."""
    return installed(driver) and _known(name, driver)


def _known(name, driver):
    try:
        make_url("%s+%s://" % (name, driver)).get_dialect()
    except Exception:
        return False
    return True


def prepared_dialect(profile, driver=None):
    """A dialect instance that compiles DDL as it would for the server of this profile."""
    name = profile.get("dialect") or "postgresql"
    spelled = "%s+%s" % (name, driver) if driver and _known(name, driver) else name
    dialect = make_url(spelled + "://").get_dialect()()
    version = tuple(profile.get("version_info") or ()) or (15,)
    dialect.server_version_info = version
    dialect.default_schema_name = profile.get("default_schema")
    if name == "postgresql":
        _as_postgresql(dialect, version)
    elif name in ("mysql", "mariadb"):
        _as_mysql(dialect, version, profile.get("flavour") == "mariadb")
    # psycopg doubles "%" because its cursor halves it again; this text is executed as it stands.
    dialect.identifier_preparer._double_percents = False
    return dialect


def _as_postgresql(dialect, version):
    """What `PGDialect.initialize` would have learned."""
    dialect._backslash_escapes = False
    dialect.supports_smallserial = True
    dialect.supports_identity_columns = version >= (10,)
    dialect.supports_virtual_generated_columns = version >= (18,)
    dialect.supports_native_enum = True
    dialect._supports_create_index_concurrently = True
    dialect._supports_drop_index_concurrently = True
    dialect._supports_jsonb_subscripting = version >= (14,)


def _as_mysql(dialect, version, is_mariadb):
    """What `MySQLDialect.initialize` would have learned, in 1.4, 2.0 and 2.1; a session begins with UTF-8."""
    if hasattr(dialect, "_set_mariadb"):
        dialect._set_mariadb(is_mariadb, version)
    dialect._connection_charset = "utf8mb4"
    dialect._backslash_escapes = True
    dialect.supports_sequences = is_mariadb and version >= (10, 3)
    dialect._support_default_function = version >= ((10, 2, 1) if is_mariadb else (8, 0, 13))
    dialect._support_float_cast = version >= ((10, 4, 5) if is_mariadb else (8, 0, 17))
    if is_mariadb and hasattr(dialect, "_initialize_mariadb"):
        dialect.supports_native_uuid = version >= (10, 7)
        dialect._allows_uuid_binds = True
