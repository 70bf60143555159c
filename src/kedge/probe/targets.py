"""Resolves `--models module:attr`: a MetaData, a Base, a registry, a `db`, an app factory, a module."""

# mypy: ignore-errors

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from . import flask_app, search
from .reasons import claim


class NotModels(Exception):
    """The target holds nothing that describes tables."""


def make_importable(module, folders):
    """Puts the folder that holds this module on the path: last, unless something else shadows it."""
    top = module.split(".")[0]
    for folder in folders:
        if holds(folder, top):
            if folder not in sys.path:
                sys.path.append(folder)
            found = _origin(top)
            if found and not os.path.realpath(found).startswith(os.path.realpath(folder) + os.sep):
                sys.path.insert(0, folder)
            importlib.invalidate_caches()
            return
    found = _origin(top)
    if found and os.path.basename(found) == "__init__.py":
        claim(os.path.dirname(found))


def holds(folder, top):
    """Whether a module or package of this name lies in the folder."""
    path = os.path.join(folder, top)
    return (
        os.path.isfile(path + ".py")
        or os.path.isfile(os.path.join(path, "__init__.py"))
        or (os.path.isdir(path) and any(n.endswith(".py") for n in os.listdir(path)))
    )


def _origin(top):
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    return getattr(spec, "origin", None)


def resolved(target):
    """(name, metadata) for each MetaData of one target."""
    module_name, _, path = target.partition(":")
    module = importlib.import_module(module_name)
    if not path:
        return _of_module(module_name, module)
    value = module
    for attribute in path.replace("()", "").split("."):
        if not hasattr(value, attribute):
            raise NotModels("%s has no attribute %s" % (target.split(":")[0], path))
        value = getattr(value, attribute)
    found = _of_value(target.replace("()", ""), value)
    if not found:
        raise NotModels("%s is %s: no MetaData, Base, registry, db or app factory" % (target, _called(value)))
    return found


def _of_module(name, module):
    found = {}
    for attribute, value in list(module.__dict__.items()):
        for suffix, metadata, rank in search.held(value, name):
            if id(metadata) not in found or rank < found[id(metadata)][0]:
                found[id(metadata)] = (rank, "%s:%s%s" % (name, attribute, suffix), metadata)
    full = [(t, m) for _, t, m in found.values() if m.tables] or [(t, m) for _, t, m in found.values()]
    if not full:
        raise NotModels("the module %s holds no MetaData and no declarative class" % name)
    return full


def _of_value(target, value, called=False):
    direct = [(target + suffix, metadata) for suffix, metadata, _ in search.held(value)]
    if direct:
        return direct
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple, set)):
        return [pair for item in value for pair in _of_value(target, item, called)]
    metadata = getattr(value, "metadata", None)
    if metadata is not None:
        found = [(target + ".metadata" + s, m) for s, m, _ in search.held(metadata)]
        if found:
            return found
    if flask_app.is_app(value):
        return _of_app(target, value)
    if callable(value) and not isinstance(value, type) and not called:
        return _of_value(target, value(), called=True)
    return []


def _of_app(target, app):
    flask_app.push(app)
    extension = getattr(app, "extensions", {}).get("sqlalchemy")
    db = getattr(extension, "db", extension)
    if db is None:
        raise NotModels("the application of %s has no SQLAlchemy extension" % target)
    names = search.names()
    return [(names.get(id(m)) or target + suffix, m) for suffix, m, _ in search.held(db)]


def _called(value):
    return "a %s" % type(value).__name__
