"""The Flask application of a project, found as `flask` itself finds it, and its context."""

# mypy: ignore-errors

from __future__ import annotations

import os
import sys

_CONTEXTS = []


def is_app(value):
    return callable(getattr(value, "app_context", None)) and hasattr(value, "extensions")


def push(app):
    """Enters the application's context for the rest of the process."""
    context = app.app_context()
    context.push()
    _CONTEXTS.append(context)
    return app


def push_discovered(folder):
    """Finds the application (`FLASK_APP`, wsgi.py, a package with a factory) and enters its context."""
    if folder not in sys.path:
        sys.path.append(folder)
    return push(_discovered(folder))


def _discovered(folder):
    from flask.cli import NoAppException, ScriptInfo

    given = os.environ.get("FLASK_APP") or _from_flaskenv(folder)
    candidates = [given] if given else _candidates(folder)
    problem = None
    for candidate in candidates:
        try:
            return ScriptInfo(app_import_path=candidate).load_app()
        except NoAppException as error:
            problem = problem or error
    raise problem or NoAppException("no Flask application found; set FLASK_APP")


def _from_flaskenv(folder):
    for name in (".flaskenv", ".env"):
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        for line in lines:
            key, _, value = line.replace("export ", "", 1).partition("=")
            if key.strip() == "FLASK_APP" and value.strip():
                return value.strip().strip("'\"")
    return None


def _candidates(folder):
    """Files and packages that may hold the application, the usual ones first."""
    usual = ["wsgi.py", "app.py", "application.py", "main.py", "manage.py", "run.py", "server.py"]
    files = [name for name in usual if os.path.isfile(os.path.join(folder, name))]
    packages = [
        name
        for name in sorted(os.listdir(folder))
        if os.path.isfile(os.path.join(folder, name, "__init__.py"))
        and name not in ("tests", "migrations", "docs")
    ]
    others = [
        n for n in sorted(os.listdir(folder)) if n.endswith(".py") and n not in usual and n != "setup.py"
    ]
    return files + packages + [n for n in others if _mentions_flask(os.path.join(folder, n))]


def _mentions_flask(path):
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    return b"Flask(" in text or b"create_app" in text
