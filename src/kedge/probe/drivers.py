"""Wraps what opens connections the moment it is imported: SQLAlchemy, and the drivers' own `connect`."""

# mypy: ignore-errors

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import sys

from . import entities, files, mysql, redirect
from .addresses import Address


def install(guard):
    for name in list(WRAPPERS):
        if name in sys.modules:
            WRAPPERS[name](sys.modules[name], guard)
    sys.meta_path.insert(0, _Finder(guard))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds a driver as Python would and wraps it after it ran."""

    def __init__(self, guard):
        self.guard = guard
        self._busy = set()

    def find_spec(self, name, path=None, target=None):
        wrap = WRAPPERS.get(name)
        if wrap is None or name in self._busy:
            return None
        self._busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy.discard(name)
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, wrap, self.guard)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader, wrap, guard):
        self.loader, self.wrap, self.guard = loader, wrap, guard

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        # What asks the module how it was loaded (resources, inspect) meets the real loader.
        module.__loader__ = module.__spec__.loader = self.loader
        self.wrap(module, self.guard)

    def __getattr__(self, name):
        return getattr(self.loader, name)


def _psycopg2(module, guard):
    original = module._connect

    @functools.wraps(original)
    def _connect(dsn=None, *args, **kwargs):
        from psycopg2.extensions import parse_dsn

        guard.permit(_of_dict(parse_dsn(dsn or "")))
        return original(dsn, *args, **kwargs)

    module._connect = module._psycopg._connect = _connect


def _psycopg2_extensions(module, guard):
    original = module.connection

    class Kind(type(original)):
        """Connections that libpq made without a factory are instances too."""

        def __instancecheck__(cls, instance):
            return isinstance(instance, original)

    class connection(original, metaclass=Kind):
        def __init__(self, dsn="", *args, **kwargs):
            guard.permit(_of_dict(module.parse_dsn(dsn or "")))
            super().__init__(dsn, *args, **kwargs)

    module.connection = connection


def _psycopg_generators(module, guard):
    original = module.connect

    def connect(conninfo, *args, **kwargs):
        from psycopg.conninfo import conninfo_to_dict

        guard.permit(_of_dict(conninfo_to_dict(conninfo)))
        return original(conninfo, *args, **kwargs)

    module.connect = connect


def _asyncpg(module, guard):
    original = module._connect_addr

    @functools.wraps(original)
    async def _connect_addr(**kwargs):
        address, params = kwargs.get("addr"), kwargs.get("params")
        host, port = (address[0], address[1]) if isinstance(address, tuple) else (address, None)
        database = getattr(params, "database", None)
        if isinstance(address, str) and guard.scratch is not None and address == guard.scratch.socket:
            host, port = guard.scratch.host, guard.scratch.port
        guard.permit(Address(host, port, database))
        return await original(**kwargs)

    module._connect_addr = _connect_addr


def _pg8000(module, guard):
    for name in ("CoreConnection", "Connection"):
        cls = getattr(module, name, None)
        if cls is not None:
            _wrap_pg8000(cls, guard)


def _wrap_pg8000(cls, guard):
    original = cls.__init__

    @functools.wraps(original)
    def __init__(self, user, host="localhost", database=None, port=5432, *args, **kwargs):
        socket = kwargs.get("unix_sock")
        if socket and guard.scratch is not None and socket == guard.scratch.socket:
            guard.permit(Address(guard.scratch.host, guard.scratch.port, _text(database)))
        else:
            guard.permit(Address(socket or host, port, _text(database or user)))
        original(self, user, host, database, port, *args, **kwargs)

    cls.__init__ = __init__


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def _of_dict(given):
    """The address of libpq's parameters; a service or a numeric address is not the scratch."""
    host = given.get("hostaddr") or given.get("host")
    if given.get("service"):
        host = "service %s" % given["service"]
    return Address(host, given.get("port"), given.get("dbname"), given.get("user"))


def _refused(*names):
    """Drivers of databases that are never the scratch: their `connect` is refused."""

    def wrap(module, guard):
        for name in names:
            if getattr(module, name, None) is not None:
                setattr(module, name, _refusal(module.__name__, getattr(module, name), guard))

    return wrap


def _refusal(driver, original, guard):
    def connect(*args, **kwargs):
        where = kwargs.get("host") or kwargs.get("dsn") or (args[0] if args else "its default server")
        guard.refuse("%s (%s)" % (where, driver))

    return functools.update_wrapper(connect, original)


WRAPPERS = {
    "sqlite3": files.connections,
    "sqlite3.dbapi2": files.connections,
    "sqlalchemy.engine.default": redirect.dialects,
    "sqlalchemy.pool.base": redirect.pools,
    "alembic_utils.replaceable_entity": entities.watched,
    "psycopg2": _psycopg2,
    "psycopg2.extensions": _psycopg2_extensions,
    "psycopg.generators": _psycopg_generators,
    "asyncpg.connect_utils": _asyncpg,
    "pg8000.core": _pg8000,
    "pymysql.connections": mysql.pymysql,
    "aiomysql.connection": mysql.aiomysql,
    "MySQLdb": mysql.called("connect", "Connect", "Connection"),
    "mysql.connector": mysql.called("connect", "Connect"),
    "mariadb": mysql.called("connect", "ConnectionPool"),
    "pyodbc": _refused("connect"),
    "pymssql": _refused("connect"),
    "oracledb": _refused("connect", "connect_async", "create_pool", "create_pool_async"),
    "cx_Oracle": _refused("connect", "Connection", "SessionPool"),
    "ibm_db": _refused("connect", "pconnect"),
}
