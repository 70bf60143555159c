"""Runs the revisions from nothing, and waits after each until it has been read.

env.py runs as `alembic upgrade` runs it, with its own options and its own connection, which the guard leads to the
scratch. Whatever runs migrations in this process is stepped: env.py, or the project's own command.
"""

# mypy: ignore-errors

from __future__ import annotations

import sys
from contextlib import contextmanager

from alembic.runtime.migration import MigrationContext, MigrationStep
from sqlalchemy import event
from sqlalchemy.engine import Engine

from . import commands, creating, mysql, start
from .reasons import failure
from .session import Session


class ReplaySession(Session):
    """Answers how far the chain came; each revision is said when it is done, in the order of the replay."""

    def __init__(self, request, answer, guard, channel, watch):
        super().__init__(request, answer, guard, channel.progress)
        self.channel = channel
        self.watch = watch
        self.order = request["replay"]
        self.known = list(self.order.get("known") or [])
        self.stepped = []
        self.at = None
        self.script = None
        self.options = {}
        self.back_failed = answer["back_failed"] = {}
        answer["applied"] = 0

    def read(self):
        for folder in self.request.get("attempt", {}).get("append", []):
            sys.path.append(folder)
        if self.request.get("config"):
            self.environment = self._open_environment()
        elif not self.order.get("command"):
            raise RuntimeError("no Alembic configuration was found")
        with stepping(self), within_one_database(self.order.get("given")):
            try:
                self._run()
            except BaseException as error:
                if self.at is None and len(self.stepped) < 2:  # before the first revision
                    raise
                if self.at is not None:
                    self.answer["failed"] = dict(failure(error), revision=self.at)
        if not self.stepped:
            raise RuntimeError("no revision was run: %s never called context.run_migrations" % self._who())
        self._say_chain()

    def _say_chain(self):
        """The revisions as they were known where they were run: env.py may have changed where they are looked for."""
        from .environment import revision_facts

        facts = {"name": self.request["name"], "script_location": str(self.script.dir)}
        facts["version_table"] = self.options.get("version_table") or "alembic_version"
        facts["version_table_schema"] = self.options.get("version_table_schema")
        facts.update(revision_facts(self.script))
        self.answer["environments"].append(facts)

    def _who(self):
        return self.order.get("command") or self.environment.env_file

    def _run(self):
        attempt = self.request.get("attempt") or {}
        if self.order.get("command"):
            self.progress("running %s" % self.order["command"])
            commands.run(self.order["command"], self.environment, attempt, self.guard, self.root)
        else:
            self.progress("running %s" % self.environment.env_file)
            self.environment.run(attempt, self.guard, self._planned)

    # What is run ------------------------------------------------------------------------------------

    def _planned(self, heads, context):
        """To the database's own revisions first, then on to the heads, its own branch before the others."""
        script = self.environment.script
        for destination in self._destinations(script):
            for step in script._upgrade_revs(destination, context.get_current_heads()):
                yield step
                if self.order.get("downgrades") and _name_of(step) not in self.order.get("skip", ()):
                    yield from self._there_and_back(script, step, context)

    def _there_and_back(self, script, step, context):
        """Down and up again; a downgrade that fails is taken back, where the database can do that."""
        name = _name_of(step)
        down = MigrationStep.downgrade_from_script(script.revision_map, step.revision)
        run = down.migration_fn

        def attempted(**kw):
            try:
                return run(**kw)
            except Exception as error:
                context.connection.connection.rollback()
                refused = isinstance(error, NotImplementedError)
                self.back_failed[name] = None if refused else failure(error)["reason"]
                if self.guard.dialect != "postgresql" and not refused:
                    self.order["downgrades"] = False

        down.migration_fn = attempted
        yield down
        again = MigrationStep.upgrade_from_script(script.revision_map, step.revision)
        if name in self.back_failed:
            again.migration_fn = lambda **kw: None
        yield again

    def _destinations(self, script):
        own = [r for r in self.order.get("database") or [] if _has(script, r)]
        heads = list(script.get_heads())
        behind = {h: {r.revision for r in script.iterate_revisions(h, "base")} for h in heads}
        return own + sorted(heads, key=lambda head: not behind[head].issuperset(own))

    def is_elsewhere(self, told):
        """Whether env.py runs through several databases, and this is another than the audited one."""
        engine = self.order.get("engine")
        return engine is not None and str(told.get("engine_name", engine)) != engine

    # Where it waits ---------------------------------------------------------------------------------

    def begin(self, context):
        """Before the first revision: what start-up made, and what the user says the chain begins from."""
        if not self.stepped:
            self._expect(context.dialect.name)
            self.options = context.opts
            self.script = context.environment_context.script
            self.script.get_heads()  # reads all revision files, so that none of them seems to read the others
            start.begin(self.order.get("start"), self.script, context, self.root)
            self._pause(context, None)

    def _expect(self, dialect):
        """The audited kind of database: settings that say nothing may fall back on another one."""
        if not mysql.same_family(dialect, self.guard.dialect):
            raise RuntimeError(
                "the revisions were about to run on %s, and the audited database is %s: the project's settings"
                " name another database" % (dialect, self.guard.dialect)
            )

    def pauses(self, steps, context):
        """The same steps; between two of them, what the first has done is committed and read."""
        for step in steps:
            if getattr(step, "is_stamp", False):
                yield step
                continue
            self.at = _name_of(step)
            yield step
            self._pause(context, self.at, bool(getattr(step, "is_upgrade", True)))
            self.at = None

    def _pause(self, context, revision, up=True):
        connection = getattr(context, "connection", None)
        if connection is not None:
            connection.connection.commit()
        number = len(self.stepped)
        self.stepped.append(revision)
        self.answer["applied"] = number
        if number < len(self.known) and self.known[: number + 1] == self.stepped:
            return
        said = {"number": number, "revision": revision, "up": up, "heads": list(context.get_current_heads())}
        said.update(self.watch.news())
        if connection is not None:  # asking for the heads began a transaction
            connection.connection.commit()
        if not self.channel.step(said):
            raise SystemExit("nobody reads the revisions any more")


class stepping:
    """While it is entered, every `MigrationContext.run_migrations` of the process goes step by step."""

    def __init__(self, session):
        self.session = session

    def __enter__(self):
        original = self.original = MigrationContext.run_migrations
        session = self.session

        def run_migrations(context, **kw):
            plan = context._migrations_fn
            if session.is_elsewhere(kw):
                return None
            if plan is not None and not context.as_sql and not hasattr(plan, "stepped"):

                def stepped(heads, inner):
                    return session.pauses(plan(heads, inner), inner)

                stepped.stepped = True
                session.begin(context)
                context._migrations_fn = stepped
            return original(context, **kw)

        MigrationContext.run_migrations = run_migrations

    def __exit__(self, *error):
        MigrationContext.run_migrations = self.original
        return False


@contextmanager
def within_one_database(given):
    """On somebody's server, what a revision does to roles, settings and other databases is passed over."""
    if not given:
        yield
        return

    def passed(connection, cursor, statement, parameters, context, executemany):
        dialect = connection.dialect.name
        beyond = dialect != "sqlite" and not parameters and creating.outlives(statement, dialect)
        return ("SELECT 1" if beyond else statement), parameters

    event.listen(Engine, "before_cursor_execute", passed, retval=True)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", passed)


def _has(script, revision):
    try:
        return script.get_revision(revision) is not None
    except Exception:
        return False


def _name_of(step):
    revision = getattr(step, "revision", None)
    return str(getattr(revision, "revision", None) or step)
