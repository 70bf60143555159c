"""What to try next, chosen by what went wrong; every attempt is a fresh process."""

# mypy: ignore-errors

from __future__ import annotations

import re
import sys
import traceback

from . import dialect as dialects
from . import files, mysql
from .addresses import Address
from .environment import importable_from
from .reasons import missing_variables

_DATABASE_NAMES = re.compile(
    r"(DATABASE|DB|POSTGRES\w*|PG|PSQL|SQL\w*|ALEMBIC|DSN)(_|$)|(_|^)(DB|DSN)|SQLALCHEMY"
)
_PIECES = (
    (re.compile(r"HOST|SERVER|ADDR"), "host"),
    (re.compile(r"PORT"), "port"),
    (re.compile(r"PASS|PWD|PW$"), "password"),
    (re.compile(r"USER"), "user"),
    (re.compile(r"DRIVER|SCHEME|ENGINE|DIALECT"), "scheme"),
)


def next_attempt(error, attempt, environment, guard, root):
    """The options of the next attempt, or None when nothing promising is left."""
    tried = dict(attempt)
    specific = _specific(error, tried, environment, guard, root)
    if specific:
        return dict(tried, **specific)
    if (
        environment is None
        or isinstance(error, (SyntaxError, ImportError, SystemExit))
        or missing_variables(error)
    ):
        return None
    if type(error).__name__ == "NotModels" and not tried.get("flask") and "flask" in sys.modules:
        return dict(tried, fallback=True, flask=True)
    # The online branch on a connection that answers nothing says more than the offline branch.
    for fallback in ("stand_in", "offline"):
        if not tried.get(fallback):
            return dict(tried, fallback=True, **{fallback: True})
    return None


def _specific(error, tried, environment, guard, root):
    text = str(error)
    respelled = _respelled(error, text, tried, guard)
    if respelled:
        return respelled
    if isinstance(error, ModuleNotFoundError) and error.name:
        folder = environment.folder if environment else None
        found = importable_from(folder, root, error.name.split(".")[0])
        appended = tried.get("append", [])
        new = [f for f in found if f not in appended]
        return {"append": appended + new} if new else None
    variables = _database_values(missing_variables(error), guard)
    given = tried.get("environ", {})
    if variables and not set(variables) <= set(given):
        return {"environ": dict(given, **variables)}
    if environment is None:
        return None
    if not tried.get("asynchronous") and _wants_async(text):
        return {"asynchronous": True}
    if not tried.get("flask") and ("application context" in text or "request context" in text):
        return {"flask": True}
    if not tried.get("thread") and _wants_loop(error, text):
        return {"thread": True}
    if not tried.get("connection") and guard.scratch_url and _wants_connection(error, text):
        return {"connection": True}
    if not tried.get("permissive") and _asks_attributes(error):
        return {"permissive": True}
    return None


def _respelled(error, text, tried, guard):
    """An invented database URL in another driver, when the project wants an async one or has no psycopg2."""
    given = tried.get("environ", {})
    urls = {n: v for n, v in given.items() if v.startswith(guard.dialect)}
    if not urls or tried.get("respelled"):
        return None
    asynchronous = _wants_async(text)
    if not asynchronous and getattr(error, "name", None) not in ("psycopg2", "MySQLdb"):
        return None
    driver = dialects.first_driver(guard.dialect, asynchronous=asynchronous)
    if driver is None:
        return None
    spelled = {n: files.respelled(v, "%s+%s" % (guard.dialect, driver)) for n, v in urls.items()}
    return {"environ": dict(given, **spelled), "respelled": True}


def _wants_async(text):
    return "async driver" in text or "is not async" in text


def _wants_loop(error, text):
    return type(error).__name__ == "NoEventLoopError" or any(
        t in text
        for t in ("no running event loop", "no current event loop", "AnyIO worker thread", "async library")
    )


def _wants_connection(error, text):
    if isinstance(error, KeyError):
        return any(w in text.lower() for w in ("connection", "engine", "connectable", "bind"))
    return (
        isinstance(error, (AttributeError, TypeError)) and "NoneType" in text and _asks_attributes(error)
    ) or ("connection" in text.lower() and _asks_attributes(error) and not isinstance(error, OSError))


def _asks_attributes(error):
    """Whether the env.py it was raised in reads `config.attributes`."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        filename = frame.f_code.co_filename
        if filename.endswith("env.py"):
            try:
                with open(filename, encoding="utf-8") as file:
                    return ".attributes" in file.read()
            except (OSError, UnicodeDecodeError):
                return False
    return False


def _database_values(variables, guard):
    """Values for variables that say where the database is: the scratch. Others only people know."""
    values = {}
    for name in variables:
        value = _database_value(name.upper(), guard)
        if value is None:
            return {}
        values[name] = value
    return values


def _database_value(name, guard):
    if _DATABASE_NAMES.search(name) and guard.dialect == "sqlite" and guard.scratch_url:
        if re.search(r"UR[IL]|DSN|CONN", name):
            return files.respelled(guard.scratch_url, guard.url_scheme)
        return files.file_of_url(guard.scratch_url) if re.search(r"PATH|FILE|NAME|DB$", name) else None
    family = guard.dialect in mysql.FAMILY
    if not _DATABASE_NAMES.search(name) or not (family or guard.dialect == "postgresql"):
        return None
    nowhere = mysql.NOWHERE if family else Address("/nonexistent/kedge", 1, "kedge", "kedge")
    scratch = guard.scratch or nowhere
    for pattern, piece in _PIECES:
        if pattern.search(name) and not re.search(r"UR[IL]|DSN", name):
            if piece == "scheme":
                return guard.dialect
            return str(getattr(scratch, piece) or "kedge")
    if re.search(r"UR[IL]|DSN|CONN", name) or name in ("DATABASE", "SQLALCHEMY_DATABASE"):
        return scratch.url(guard.url_scheme)
    if re.search(r"NAME|DATABASE|DB$", name):
        return scratch.database or "kedge"
    return None
