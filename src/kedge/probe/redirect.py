"""Leads every SQLAlchemy engine to the scratch, however it was made."""

# mypy: ignore-errors

from __future__ import annotations

import functools

from . import files, mysql

_KEPT = ("options", "server_settings", "connection_factory", "cursor_factory", "row_factory")


def dialects(default, guard):
    """`DefaultDialect.connect` is where every engine of every driver passes."""
    original = default.DefaultDialect.connect

    def connect(self, *cargs, **cparams):
        if self.name == "sqlite" and guard.dialect != "sqlite":
            cargs, cparams = _in_memory(self)
            return original(self, *cargs, **cparams)
        if not mysql.same_family(self.name, guard.dialect) or not guard.scratch_url:
            guard.refuse("a %s database through SQLAlchemy (%s)" % (self.name, _asked(cparams)))
        guard.drivers.append(self.driver)
        guard.spoken = self.name
        if guard.dialect == "sqlite":
            cargs, cparams = files.arguments(self, cparams, guard)
            return original(self, *cargs, **cparams)
        cargs, redirected = _arguments(self, guard)
        for key in _KEPT:
            if key in cparams:
                redirected.setdefault(key, cparams[key])
        connection = original(self, *cargs, **redirected)
        if guard.dialect in mysql.FAMILY:
            guard.other_databases |= mysql.other_databases(connection)
            connection.rollback()
        return connection

    default.DefaultDialect.connect = connect
    for name in ("do_execute", "do_execute_no_params", "do_executemany"):
        setattr(default.DefaultDialect, name, _within(getattr(default.DefaultDialect, name), guard))


def _within(original, guard):
    """A server of MariaDB or MySQL lets a statement reach any of its databases: only the scratch is changed."""

    def execute(self, cursor, statement, *rest, **more):
        mysql.keep_within(guard, statement)
        return original(self, cursor, statement, *rest, **more)

    return functools.update_wrapper(execute, original)


def _arguments(dialect, guard):
    if guard.dialect == "postgresql":
        return (), guard.scratch.arguments(dialect.driver)
    from sqlalchemy.engine.url import make_url

    cargs, cparams = dialect.create_connect_args(make_url(guard.scratch_url))
    return tuple(cargs), dict(cparams)


def _in_memory(dialect):
    from sqlalchemy.engine.url import make_url

    cargs, cparams = dialect.create_connect_args(make_url("sqlite://"))
    return tuple(cargs), dict(cparams, check_same_thread=False)


def _asked(cparams):
    return "%s:%s" % (cparams.get("host", "?"), cparams.get("port", "?"))


def pools(pool_base, guard):
    """`creator=` and `do_connect` listeners open their own connection: the pool asks its dialect instead."""

    def creator(self):
        from sqlalchemy.engine.default import DefaultDialect

        dialect = getattr(self, "_dialect", None)
        if isinstance(dialect, DefaultDialect):
            return lambda *_: dialect.connect()
        return self.__dict__.get("_invoke_creator")

    def set_creator(self, value):
        self.__dict__["_invoke_creator"] = value

    def delete_creator(self):
        self.__dict__.pop("_invoke_creator", None)

    pool_base.Pool._invoke_creator = property(creator, set_creator, delete_creator)
