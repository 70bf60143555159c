"""Runs an env.py, online and under the guard, and keeps what it passed to `context.configure`."""

# mypy: ignore-errors

from __future__ import annotations

import argparse
import asyncio
import logging.config
import os
import sys

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from . import dialect as dialects
from . import files, flask_app, mysql, stand_in
from .addresses import Address, database_of


class Environment:
    """One `alembic.ini` section: its config, its scripts, and every `configure` call of its env.py."""

    def __init__(self, path, section, root, name):
        self.path = os.path.abspath(path)
        self.folder = os.path.dirname(self.path)
        self.name = name
        self.root = root
        self.calls = []
        self.places = {}
        self.config = _config(self.path, section)
        self.config.cmd_opts = _options(section)
        self._find_scripts()
        self.script = ScriptDirectory.from_config(self.config)
        self.env_file = os.path.abspath(os.path.join(self.script.dir, "env.py"))

    def _find_scripts(self):
        """Relative locations are relative to where `alembic` is run: beside the file, else at the root."""
        location = _option(self.config, "script_location")
        if not location:
            self.config.set_main_option("script_location", self.folder.replace("%", "%%"))
            os.chdir(self.root or self.folder)
            return
        for folder in (self.folder, self.root, os.path.dirname(self.folder)):
            if folder and os.path.isdir(os.path.join(folder, location)):
                os.chdir(folder)
                return
        os.chdir(self.folder)

    def run(self, attempt, guard, plan=None):
        """Runs env.py as this attempt says; what it raises after a `configure` call is given back.

        With a `plan` (revisions, context -> steps) its migrations are run, and whatever it raises is raised.
        """
        self._overwrite_urls(guard, asynchronous=attempt.get("asynchronous"))
        _silence_logging_set_up()
        if attempt.get("stand_in") or not guard.scratch_url:
            stand_in.install()
        if attempt.get("permissive"):
            self.config.attributes = stand_in.Permissive(self.config.attributes)
        if attempt.get("flask"):
            app = flask_app.push_discovered(self.root or self.folder)
            _flask_migrate_callbacks(app, self.config)
        if attempt.get("connection"):
            self.config.attributes["connection"] = self._connection(guard)
        options = _as_upgrade(bool(attempt.get("offline")), plan)
        context = EnvironmentContext(self.config, self.script, **options)
        with recorded(self.calls, inert=plan is None), context:
            try:
                _in_loop(self.script.run_env) if attempt.get("thread") else self.script.run_env()
            except BaseException as error:
                if plan is not None or not any(metadatas_of(call) for call in self.calls):
                    raise
                return error
        return None

    def _overwrite_urls(self, guard, asynchronous=False):
        """The scratch in the project's own driver, in every section that names a database."""
        asynchronous = bool(asynchronous) or self._is_asynchronous()
        for section in [self.config.config_ini_section] + self.config.file_config.sections():
            own = _section_option(self.config, section, "sqlalchemy.url")
            if section != self.config.config_ini_section and not own:
                continue
            if own:
                self.places[section] = database_of(own)
            url = _scratch_url(own, guard, asynchronous).replace("%", "%%")
            if section == self.config.config_ini_section:
                self.config.set_main_option("sqlalchemy.url", url)
            else:
                self.config.set_section_option(section, "sqlalchemy.url", url)

    def _is_asynchronous(self):
        try:
            with open(self.env_file, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            return False
        return "async_engine_from_config" in text or "create_async_engine" in text

    def _connection(self, guard):
        from sqlalchemy import create_engine

        url = _scratch_url(None, guard, False)
        return create_engine(url).connect()

    def facts(self):
        """What is known of the environment beside its metadata, as `DeclaredEnvironment`."""
        answer = {"name": self.name, "script_location": os.path.abspath(self.script.dir)}
        for call in self.calls:
            answer["version_table"] = call.get("version_table") or "alembic_version"
            answer["version_table_schema"] = call.get("version_table_schema")
            answer["include_schemas"] = bool(call.get("include_schemas"))
            if call.get("include_name") or call.get("include_object"):
                answer["filters"] = True
        engines = [c["engine_name"] for c in self.calls if "engine_name" in c]
        answer["engines"] = [{"name": name, "place": self.places.get(name)} for name in engines]
        answer["naming"] = sorted({str(n) for c in self.calls for m in metadatas_of(c) for n in _naming(m)})
        return answer


def revision_facts(script):
    """Heads and revisions; walking them imports the revision files."""
    revisions = list(script.walk_revisions())
    return {
        "revisions": len(revisions),
        "heads": [str(h) for h in script.get_heads()],
        "revision_ids": [str(r.revision) for r in revisions],
        "chain": [_revision_facts(r) for r in reversed(revisions)],
    }


def _naming(metadata):
    """What of a MetaData shapes the operations of a revision."""
    convention = getattr(metadata, "naming_convention", None) or {}
    return ["%s: %s" % item for item in convention.items() if isinstance(item[1], str)]


def _revision_facts(script):
    return {
        "revision": str(script.revision),
        "down": _several(script.down_revision),
        "depends_on": _several(getattr(script, "_resolved_dependencies", script.dependencies)),
        "labels": sorted(_several(getattr(script, "_orig_branch_labels", script.branch_labels))),
        "message": str(script.doc or ""),
        "path": os.path.abspath(script.path),
    }


def _several(value):
    """One, several or none, as Alembic writes them, as a list."""
    if value is None:
        return []
    return [str(v) for v in ([value] if isinstance(value, str) else value)]


def metadatas_of(call):
    """The target_metadata of one call as a flat list, whatever it was."""
    return list(_flat(call.get("target_metadata")))


def _flat(value):
    from sqlalchemy import MetaData

    if value is None:
        return
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, MetaData):
        yield value
    elif isinstance(getattr(value, "metadata", None), MetaData):
        yield value.metadata


def strangers_of(call):
    """What stands in target_metadata and is no MetaData."""
    value = call.get("target_metadata")
    items = list(value.values()) if isinstance(value, dict) else value
    items = items if isinstance(items, (list, tuple, set, frozenset)) else [items]
    return [i for i in items if i is not None and not list(_flat(i))]


class recorded:
    """`configure` keeps its arguments and does its work; `run_migrations` runs nothing where it is inert."""

    def __init__(self, calls, inert=True):
        self.calls = calls
        self.inert = inert

    def __enter__(self):
        self.kept = EnvironmentContext.configure, EnvironmentContext.run_migrations
        configure, run = self.kept
        calls, inert = self.calls, self.inert

        def kept(self, connection=None, url=None, dialect_name=None, *args, **kwargs):
            calls.append(dict(kwargs, connection=connection, script=self.script))
            return configure(self, connection, url, dialect_name, *args, **kwargs)

        def ran(self, **kwargs):
            if (
                calls and "engine_name" in kwargs
            ):  # as Alembic's and Flask-Migrate's multidb templates call it
                calls[-1]["engine_name"] = str(kwargs["engine_name"])
            return None if inert else run(self, **kwargs)

        EnvironmentContext.configure = kept
        EnvironmentContext.run_migrations = ran

    def __exit__(self, *error):
        EnvironmentContext.configure, EnvironmentContext.run_migrations = self.kept
        return False


def _config(path, section):
    if path.endswith(".toml"):
        return Config(toml_file=path)
    beside = os.path.join(os.path.dirname(path), "pyproject.toml")
    if os.path.isfile(beside):
        try:
            return Config(path, toml_file=beside, ini_section=section or "alembic")
        except TypeError:  # Alembic before 1.16
            pass
    return Config(path, ini_section=section or "alembic")


def _option(config, name):
    if hasattr(config, "get_alembic_option"):
        return config.get_alembic_option(name)
    return config.get_main_option(name)


def _section_option(config, section, name):
    try:
        return config.get_section_option(section, name)
    except Exception:  # interpolation of a variable that is given elsewhere
        return None


def _options(section):
    """What env.py files read of the command line, as `alembic upgrade head` gives it."""
    return argparse.Namespace(
        cmd=(None, [], []),
        x=None,
        name=section or "alembic",
        config=None,
        raiseerr=False,
        autogenerate=False,
        sql=False,
        tag=None,
        revision="head",
        message=None,
        rev_id=None,
        quiet=True,
    )


def _as_upgrade(offline, plan=None):
    return {
        "fn": plan or (lambda revision, context: []),
        "as_sql": offline,
        "starting_rev": None,
        "destination_rev": "head",
        "tag": None,
    }


def _scratch_url(own, guard, asynchronous):
    """The scratch, or a place that does not exist, in the scheme of the project's own URL where that fits."""
    if guard.dialect == "sqlite" and guard.scratch_url:
        scheme = _scheme((own or "").split("://")[0], guard.dialect, asynchronous)
        return files.respelled(guard.scratch_url, scheme)
    if guard.dialect in mysql.FAMILY:
        scheme = _scheme((own or "").split("://")[0], guard.dialect, asynchronous)
        return (guard.scratch or mysql.NOWHERE).url(scheme)
    if guard.dialect != "postgresql":
        return guard.scratch_url or guard.dialect + "://"
    scheme = _scheme((own or "").split("://")[0], guard.dialect, asynchronous)
    return (guard.scratch or Address("/nonexistent/kedge", 1, "kedge", "kedge")).url(scheme)


def _scheme(own, dialect, asynchronous):
    name, _, driver = own.partition("+")
    same = mysql.same_family(name, dialect) or (name, dialect) == ("postgres", "postgresql")
    if name in mysql.FAMILY and same:
        dialect = name  # one family to the guard, two dialects to SQLAlchemy
    wanted = (driver or "psycopg2") if same and not (asynchronous and not driver) else None
    if wanted and not dialects.usable(dialect, wanted):
        wanted = None
    found = wanted or dialects.first_driver(dialect, asynchronous=asynchronous)
    if same and not driver and found == "psycopg2":
        return dialect
    return "%s+%s" % (dialect, found) if found else dialect


def _silence_logging_set_up():
    logging.config.fileConfig = lambda *args, **kwargs: None


def _flask_migrate_callbacks(app, config):
    """What `flask db` does to the config: the project's `@migrate.configure` callbacks."""
    migrate = getattr(app.extensions.get("migrate"), "migrate", None)
    if migrate is not None:
        migrate.call_configure_callbacks(config)


def _in_loop(run):
    """Runs in a worker thread of a running loop, AnyIO's where that is installed."""

    async def main():
        try:
            import anyio.to_thread
        except ImportError:
            return await asyncio.get_running_loop().run_in_executor(None, run)
        return await anyio.to_thread.run_sync(run)

    asyncio.run(main())


def importable_from(environment_folder, root, top):
    """The folders of the project that hold a module of this name."""
    from .targets import holds

    candidates = [os.getcwd(), root, root and os.path.join(root, "src"), environment_folder]
    return [c for c in candidates if c and c not in sys.path and holds(c, top)]
