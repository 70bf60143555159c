"""Turns what was raised into one sentence with the file, the line and the variable to look at."""

# mypy: ignore-errors

from __future__ import annotations

import os
import re
import sys
import sysconfig
import traceback

_LIBRARIES = tuple(
    os.path.realpath(p) + os.sep
    for p in {sysconfig.get_paths().get(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")}
    if p
)
_FOREIGN = ("%ssite-packages%s" % (os.sep, os.sep), "%sdist-packages%s" % (os.sep, os.sep))
_KNOWN = {}
_CLAIMED = set()


def claim(folder):
    """From now on an installed package counts as the project: it is what is being audited."""
    _CLAIMED.add(os.path.realpath(folder) + os.sep)
    _KNOWN.clear()


def claimed():
    return sorted(folder.rstrip(os.sep) for folder in _CLAIMED)


def is_project_file(filename):
    """Whether a file belongs to the project rather than to Python, a library or this probe."""
    answer = _KNOWN.get(filename)
    if answer is None:
        answer = _KNOWN[filename] = _is_project_file(filename)
    return answer


def _is_project_file(filename):
    if not filename or filename.startswith("<") or filename == __file__:
        return False
    if os.path.dirname(os.path.abspath(filename)) == os.path.dirname(os.path.abspath(__file__)):
        return False
    path = os.path.realpath(filename)
    if path.startswith(tuple(_CLAIMED)):
        return True
    return not (path.startswith(_LIBRARIES) or any(f in path for f in _FOREIGN))


def calling_place(frame=None, through_imports=True):
    """File and line of the innermost frame that is the project's own, or None.

    Without `through_imports` what a library does while it is imported is not the importing line's doing.
    """
    frame = frame or sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if not through_imports and filename.startswith("<frozen importlib"):
            return None
        if is_project_file(filename):
            return {"path": os.path.abspath(filename), "line": frame.f_lineno}
        frame = frame.f_back
    return None


def spelled_place(place):
    return "%s:%s" % (place["path"], place["line"]) if place else "unknown file"


def raised_place(error):
    """Where in the project the error was raised: the deepest frame that is the project's own."""
    if isinstance(error, SyntaxError) and error.filename and os.path.exists(error.filename):
        return {"path": os.path.abspath(error.filename), "line": error.lineno}
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        filename = frame.f_code.co_filename
        if is_project_file(filename):
            found = {"path": os.path.abspath(filename), "line": line}
    return found


def reason_of(error):
    """One sentence: what was raised, with words for what people meet most."""
    if isinstance(error, SystemExit):
        return "the project ended the program: sys.exit(%r)" % (error.code,)
    variables = missing_variables(error)
    if variables and _is_settings(error):
        return "the settings need %s, which %s not given" % (_names(variables), _are(variables))
    if variables:
        return "the environment variable %s is not set" % _names(variables)
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return "the project waits for input, and nobody is there to give it"
    if isinstance(error, SyntaxError):
        return "Python %d.%d cannot parse it: %s" % (sys.version_info[:2] + (error.msg,))
    text = " ".join(str(error).split()).partition(" (Background on this error at: ")[0]
    if isinstance(error, ImportError) and "circular import" in text:
        return "circular import: %s" % text
    return "%s: %s" % (type(error).__name__, text[:600]) if text else type(error).__name__


def _before(error):
    """What was raised first, where a project answers one error with another that says less."""
    first = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if first is None or missing_variables(error) or isinstance(error, (SyntaxError, ImportError)):
        return ""
    text = " ".join(str(first).split())
    told = not text or text[:100] in " ".join(str(error).split())
    return "" if told else " (after %s)" % reason_of(first)


def failure(error):
    """The error as the answer's `error`."""
    reason = reason_of(error)
    place = raised_place(error)
    variables = missing_variables(error)
    return {
        "kind": kind_of(error, variables),
        "reason": (("%s at %s" % (reason, spelled_place(place))) if place else reason) + _before(error),
        "place": place,
        "variables": variables,
    }


def kind_of(error, variables):
    if variables:
        return "environment-variable"
    if isinstance(error, SystemExit):
        return "exit"
    if isinstance(error, SyntaxError):
        return "syntax"
    if isinstance(error, ImportError):
        return "name" if error.path and is_project_file(error.path) else "import"
    return "error"


def missing_variables(error):
    """The environment variables an error is about: a KeyError of os.environ, or a settings class's fields."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found = _key_of_environ(error) or _settings_fields(error) or _named_in_text(error)
        if found:
            return found
        error = error.__cause__ or error.__context__
    return []


def _key_of_environ(error):
    if not isinstance(error, KeyError) or len(error.args) != 1 or not isinstance(error.args[0], str):
        return []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == os.__file__ or frame.f_code.co_filename.startswith("<frozen os"):
            return [error.args[0]]
    return []


def _is_settings(error):
    return callable(getattr(error, "errors", None))


def _settings_fields(error):
    """Missing fields of a pydantic settings class, spelled as environment variables."""
    if not _is_settings(error) or "ValidationError" not in type(error).__name__:
        return []
    try:
        rows = error.errors()
    except Exception:
        return []
    fields = [".".join(str(p) for p in r.get("loc", ())) for r in rows if "missing" in str(r.get("type"))]
    prefix = _settings_prefix(
        getattr(error, "title", "") or getattr(getattr(error, "model", None), "__name__", "")
    )
    return [prefix + f.upper() for f in fields if f] if _is_settings_class(error) else []


def _is_settings_class(error):
    name = getattr(error, "title", None) or getattr(getattr(error, "model", None), "__name__", "")
    return any(cls.__name__ == name for cls in _settings_classes())


def _settings_classes():
    found = []
    for module, attribute in (("pydantic_settings", "BaseSettings"), ("pydantic", "BaseSettings")):
        loaded = sys.modules.get(module)
        base = loaded.__dict__.get(attribute) if loaded else None
        if base is not None:
            found.extend(_subclasses(base))
    return found


def _subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _settings_prefix(name):
    for cls in _settings_classes():
        if cls.__name__ == name:
            config = getattr(cls, "model_config", None)
            if isinstance(config, dict):
                return (config.get("env_prefix") or "").upper()
            return (getattr(getattr(cls, "Config", None), "env_prefix", "") or "").upper()
    return ""


_SPOKEN = re.compile(
    r"(?:(?:environment|env\.?)\s+(?:variable|var)s?|setting|variable)\W+(?:named\s+)?['\"`]?([A-Z][A-Z0-9_]{2,})"
    r"|([A-Z][A-Z0-9_]{2,})['\"`]?\s+(?:environment variable|env var|not found\. Declare it as envvar|"
    r"(?:is|was|must be|has to be|needs to be)\s+(?:not\s+)?(?:set|defined|required|given|provided))"
)


def _named_in_text(error):
    if isinstance(error, (SyntaxError, ImportError)):
        return []
    found = _SPOKEN.search(str(error))
    return [found.group(1) or found.group(2)] if found else []


def _names(variables):
    return ", ".join(variables)


def _are(variables):
    return "is" if len(variables) == 1 else "are"
