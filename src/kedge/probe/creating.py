"""Creates everything that is declared in an empty database, with the events firing in SQLAlchemy's own order.

A statement the server refuses is kept and the rest goes on: each runs under a savepoint, where the database has
savepoints around DDL. What the models' listeners ran is told, with the line that registered the listener.
"""

# mypy: ignore-errors

from __future__ import annotations

import re
from contextlib import contextmanager

from . import beyond, mysql
from .reasons import failure
from .speller import kept

_ALONE = re.compile(
    r"\s*(SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|START|END|SET\s+TRANSACTION)\b", re.IGNORECASE
)
# These would outlive the database they are run in.
_CLUSTER = re.compile(
    r"\s*((CREATE|ALTER|DROP)\s+(DATABASE|TABLESPACE|SUBSCRIPTION|SERVER)|ALTER\s+SYSTEM"
    r"|DROP\s+(ROLE|USER|GROUP|OWNED)|REASSIGN|COPY\b.*\b(PROGRAM|TO|FROM)\b)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS = re.compile(r"\s*(SELECT|WITH|SHOW|DESC|DESCRIBE|EXPLAIN|PRAGMA|VALUES)\b", re.IGNORECASE)
# These would, too, on a server where roles and databases are somebody's; what is granted on no object is a role.
_ROLES = re.compile(
    r"\s*((CREATE|ALTER)\s+(ROLE|USER|GROUP)\b|COMMENT\s+ON\s+(ROLE|DATABASE|TABLESPACE)\b"
    r"|(GRANT|REVOKE)\b(?!.*\bON\b)|(GRANT|REVOKE)\b.*\bON\s+(DATABASE|TABLESPACE|PARAMETER)\b"
    r"|DO\b.*\b(CREATE|ALTER|DROP)\s+(ROLE|USER|GROUP|DATABASE)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SERVER = re.compile(
    r"\s*((CREATE|ALTER|DROP)\s+(DATABASE|TABLESPACE)|ALTER\s+SYSTEM|DROP\s+(ROLE|USER|GROUP|OWNED)|REASSIGN\s+OWNED)\b",
    re.IGNORECASE,
)
# There every right is kept by the server, whatever it is on. https://mariadb.com/kb/en/mysql-database-tables/
_OF_MYSQL = re.compile(
    r"\s*(GRANT|REVOKE|RENAME\s+USER|FLUSH|RESET|PURGE|CHANGE|(UN)?INSTALL|SET\s+(GLOBAL|PERSIST|PASSWORD|DEFAULT\s+ROLE)"
    r"|SET\s+@@(GLOBAL|PERSIST))\b",
    re.IGNORECASE,
)


def outlives(statement, dialect):
    """Whether it would be felt on the server when the scratch is gone: roles, rights, settings, other databases."""
    if _ROLES.match(statement) or _SERVER.match(statement):
        return True
    return dialect in mysql.FAMILY and bool(_OF_MYSQL.match(statement))


def created(connection, metadatas, given, schema):
    """Create all of it; what failed, what the listeners ran, and what could not be done at all.

    `schema` is the audited database's own, which is no name of the scratch where a schema is a database.
    """
    if connection.dialect.name in mysql.FAMILY:
        connection = connection.execution_options(schema_translate_map={schema: None})
    creation = Creation(connection, given)
    with creation.listening(metadatas):
        for metadata in metadatas:
            creation.create(metadata)
        for entity in beyond.entities():
            creation.create_entity(entity)
    return {
        "failed": creation.failed,
        "ran": creation.ran,
        "notes": creation.notes,
        "pieces": creation.pieces,
    }


class Creation:
    """One connection on which everything is created once."""

    def __init__(self, connection, given):
        self.connection = connection
        self.dialect = connection.dialect
        self.forbidden = (_CLUSTER, _ROLES) if given else (_CLUSTER,)
        if given and self.dialect.name in mysql.FAMILY:
            self.forbidden = (*self.forbidden, _OF_MYSQL)
        self.savepoints = self.dialect.name == "postgresql"
        self.others = ()
        if self.dialect.name in mysql.FAMILY:
            self.others = mysql.other_databases(connection.connection)
        self.current = []
        self.failed, self.ran, self.notes, self.pieces = [], [], [], []
        self._inside = False

    # -- what is created

    def create(self, metadata):
        try:
            metadata.create_all(self.connection)
        except Exception as error:
            why = failure(error)["reason"]
            said = "create_all of the models fails in an empty database, so each table was created alone: %s"
            self._note(said % why, None)
            self._one_by_one(metadata)
        self._declared(metadata)

    def _one_by_one(self, metadata):
        """Where not even the order can be found: the events by hand, each table for itself."""
        tables = list(metadata.tables.values())
        told = {"tables": tables, "checkfirst": True, "_ddl_runner": None, "_is_metadata_operation": True}
        self._dispatched(metadata, "before_create", told)
        for table in tables:
            try:
                table.create(self.connection, checkfirst=True)
            except Exception as error:
                self._in_pieces(table, str(error))
                self._dispatched(table, "after_create", dict(told, _is_metadata_operation=False))
        self._dispatched(metadata, "after_create", told)

    def _dispatched(self, target, moment, told):
        try:
            getattr(target.dispatch, moment)(target, self.connection, **told)
        except Exception as error:
            why = failure(error)["reason"]
            self._note("what the models declare at %s fails in an empty database: %s" % (moment, why), None)

    def _declared(self, metadata):
        """What declare_database was told and no event makes, in the library's own order."""
        told = beyond.extensions_of(metadata)
        if not told:
            return
        from sqlalchemy_declarative_extensions import api

        before = {id(f) for _, _, c in beyond.collections_of(metadata) for f in c}
        api.register_create_events(metadata, **dict.fromkeys(told, True))
        for moment in beyond.MOMENTS:
            collection = getattr(metadata.dispatch, moment)
            for listener in [f for f in collection if id(f) not in before]:
                try:
                    self._guarded(listener, "declare_database", None)(metadata, self.connection)
                finally:
                    collection.listeners.remove(listener)

    def create_entity(self, entity):
        place = getattr(entity, "kedge_place", None)
        with self._by(entity.identity, place):
            try:
                statements = entity.to_sql_statement_create()
                for statement in statements if isinstance(statements, (list, tuple)) else [statements]:
                    self.connection.execute(statement)
            except Exception as error:
                self._note("%s: %s" % (entity.identity, failure(error)["reason"]), place)

    # -- listeners

    @contextmanager
    def listening(self, metadatas):
        """Listeners that raise end nothing but themselves; every statement is run as `_execute` says."""
        kept = []
        dialect = self.dialect
        originals = {
            name: getattr(dialect, name) for name in ("do_execute", "do_execute_no_params", "do_executemany")
        }
        try:
            for metadata in metadatas:
                for _, _, collection in beyond.collections_of(metadata):
                    self._guard_collection(collection, kept)
            dialect.do_execute = self._executing(originals["do_execute"])
            dialect.do_executemany = self._executing(originals["do_executemany"])
            dialect.do_execute_no_params = self._executing(originals["do_execute_no_params"])
            yield
        finally:
            for name in originals:
                dialect.__dict__.pop(name, None)
            for listeners, before in kept:
                listeners.clear()
                listeners.extend(before)

    def _guard_collection(self, collection, kept):
        for name in ("listeners", "parent_listeners"):
            listeners = getattr(collection, name, None)
            if not listeners or not hasattr(listeners, "clear") or any(listeners is k for k, _ in kept):
                continue
            before = list(listeners)
            kept.append((listeners, before))
            listeners.clear()
            listeners.extend(
                f if beyond.is_own(f) else self._guarded(f, beyond.called(f), beyond.place_of(f))
                for f in before
            )

    def _guarded(self, listener, name, place):
        def guarded(target, connection, **told):
            with self._by(name, place):
                self._quietly("SAVEPOINT kedge_listener")
                try:
                    return listener(target, connection, **told)
                except Exception as error:
                    self._note("%s raised %s" % (name, failure(error)["reason"]), place)
                    if not self._quietly("SAVEPOINT kedge_alive"):
                        self._quietly("ROLLBACK TO SAVEPOINT kedge_listener")

        return guarded

    @contextmanager
    def _by(self, name, place):
        self.current.append((name, place))
        try:
            yield
        finally:
            self.current.pop()

    # -- statements

    def _executing(self, original):
        def execute(cursor, statement, *rest, **more):
            if self._inside or _ALONE.match(statement):
                return original(cursor, statement, *rest, **more)
            self._inside = True
            try:
                return self._execute(
                    lambda: original(cursor, statement, *rest, **more), cursor, statement, rest
                )
            finally:
                self._inside = False

        return execute

    def _execute(self, run, cursor, statement, rest):
        if any(words.match(statement) for words in self.forbidden) or (
            self.others and mysql.reaches(statement, self.others)
        ):
            self._note("it is not run, because it reaches beyond one database: %s" % _short(statement))
            return None
        if self.savepoints:
            cursor.execute("SAVEPOINT kedge_statement")
        try:
            answer = run()
        except Exception as error:
            if self.savepoints:
                cursor.execute("ROLLBACK TO SAVEPOINT kedge_statement")
            if _ASKS.match(statement):
                raise  # whoever asked expects an answer: SQLAlchemy learns so that a table is not there
            self._refused(statement, rest, error)
            return None
        if self.current:
            self.ran.append(self._told(statement, rest))
        return answer

    def _refused(self, statement, rest, error):
        context = rest[-1] if rest else None
        made = getattr(getattr(context, "compiled", None), "statement", None)
        table = getattr(made, "element", None)
        if self.savepoints and type(made).__name__ == "CreateTable" and not self.current:
            self._in_pieces(table, str(error))
            return
        told = self._told(statement, rest)
        told["words"] = _words(error)
        told["code"] = _code(error)
        self.failed.append(told)

    def _told(self, statement, rest):
        parameters = rest[0] if rest and rest[0] else None
        name, place = self.current[-1] if self.current else (None, None)
        plain = not parameters or hasattr(parameters, "dialect")
        sql = statement.replace("%%", "%") if plain and self._halves() else statement
        return {"sql": sql, "whole": plain, "by": name, "place": place}

    def _halves(self):
        return getattr(self.dialect.identifier_preparer, "_double_percents", False)

    def _in_pieces(self, table, words):
        """A table of which the server takes not all: each column and constraint for itself, unknown types as text."""
        compiler = self.dialect.ddl_compiler(self.dialect, None)
        quote = self.dialect.identifier_preparer.quote
        name = self.dialect.identifier_preparer.format_table(table)
        self.pieces.append([table.schema, kept(table.name, self.dialect)])
        if not self._attempt("CREATE TABLE %s ()".__mod__, name):
            return
        add = "ALTER TABLE %s ADD " % name
        for column in table.columns:
            if not self._attempt(compiler.get_column_specification, column, before=add + "COLUMN "):
                self._attempt(quote, column.name, before=add + "COLUMN ", after=" text")
        for constraint in sorted(
            table.constraints, key=lambda c: c.__visit_name__ == "foreign_key_constraint"
        ):
            self._attempt(compiler.process, constraint, before=add)

    def _attempt(self, spell, item, before="", after=""):
        try:
            statement = before + spell(item) + after
        except Exception:
            return False
        return self._quietly("SAVEPOINT kedge_piece", statement, undo="ROLLBACK TO SAVEPOINT kedge_piece")

    def _quietly(self, *statements, undo=None):
        """Run bare statements; whether all were taken."""
        if not self.savepoints:
            return True
        inside, self._inside = self._inside, True
        cursor = self.connection.connection.cursor()
        try:
            for statement in statements:
                cursor.execute(statement)
            return True
        except Exception:
            if undo:
                cursor.execute(undo)
            return False
        finally:
            cursor.close()
            self._inside = inside

    def _note(self, reason, place=None):
        place = place or (self.current[-1][1] if self.current else None)
        self.notes.append({"kind": "not-run", "reason": reason, "place": place})


def _short(statement):
    statement = " ".join(statement.split())
    return statement if len(statement) < 120 else statement[:117] + "…"


def _words(error):
    """The server's own sentence, whatever the driver wraps around it."""
    original = getattr(error, "orig", None) or error
    diagnostic = getattr(getattr(original, "diag", None), "message_primary", None)
    said = diagnostic or str(original).strip() or type(original).__name__
    return said.splitlines()[0][:300]


def _code(error):
    original = getattr(error, "orig", None) or error
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


# In a process of its own ------------------------------------------------------------------------------


def run(metadatas, guard, driver, given, schema):
    """Create all in the scratch, to which the guard leads any engine, with the project's own driver."""
    from sqlalchemy.engine.url import make_url

    scheme = "%s+%s://" % (guard.spoken, driver) if driver else "%s://" % guard.spoken
    if not getattr(make_url(scheme).get_dialect(), "is_async", False):
        from sqlalchemy import create_engine

        return in_engine(_named(create_engine(scheme), guard), metadatas, given, schema)
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.util.concurrency import greenlet_spawn

    engine = _named(create_async_engine(scheme).sync_engine, guard)
    return asyncio.run(greenlet_spawn(in_engine, engine, metadatas, given, schema))


def _named(engine, guard):
    """With a URL that says who and where it is: libraries look there for whoever grants."""
    user, database = (getattr(guard.scratch, name, None) for name in ("user", "database"))
    engine.url = engine.url.set(username=user, database=database)
    return engine


def in_engine(engine, metadatas, given, schema):
    # Engine.connect may be what an attempt made of it
    connection = engine._connection_cls(engine)
    try:
        transaction = connection.begin()
        answer = created(connection, metadatas, given, schema)
        if transaction.is_active:
            transaction.commit()
        elif hasattr(connection, "commit"):
            connection.commit()
    finally:
        connection.close()
    engine.dispose()
    return answer
