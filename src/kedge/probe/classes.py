"""Which mapped classes stand on which table, and where they are written."""

# mypy: ignore-errors

from __future__ import annotations

import inspect
import os
import sys

from . import lines
from .reasons import is_project_file


def mapped_classes(metadata):
    """Table to its mapped classes, the nearest to the root of the inheritance first."""
    found = {}
    for mapper in all_mappers():
        table = mapper.local_table
        if table is not None and metadata.tables.get(getattr(table, "key", None)) is table:
            found.setdefault(table, []).append(mapper.class_)
    for classes in found.values():
        classes.sort(key=lambda c: (len(c.__mro__), c.__module__, c.__qualname__))
    return found


def all_mappers():
    """Every mapper of every registry; `configure_mappers()` is not needed for it."""
    orm = sys.modules.get("sqlalchemy.orm.mapper")
    registries = list(getattr(orm, "_mapper_registries", ())) if orm else []
    return [m for registry in registries for m in mappers_of(registry)]


def mappers_of(registry):
    """A class that is mapped only when its subclasses are (AbstractConcreteBase) has no mapper yet."""
    try:
        return list(registry.mappers)
    except Exception:
        managers = list(getattr(registry, "_managers", ()))
        return [manager.mapper for manager in managers if "mapper" in vars(manager)]


def described_class(cls, table):
    return {
        "module": cls.__module__,
        "name": cls.__qualname__,
        "place": place_of_class(cls),
        "bases": [p for p in map(place_of_class, project_bases(cls)) if p],
        "attributes": attributes_of(cls, table),
        **_names(cls),
    }


_LIBRARIES = ("sqlalchemy", "sqlmodel", "pydantic", "flask_sqlalchemy", "typing", "builtins", "abc")


def _names(cls):
    """Every name that may follow the class, and the keywords its constructor takes (None: any of the names)."""
    try:
        names = set(dir(cls)) | set(dir(type(cls))) | set(cls.__mapper__.attrs.keys())
    except Exception:  # mappers that cannot be configured: what the class itself has is all that is known
        names = set(dir(cls)) | set(dir(type(cls)))
    return {
        "names": sorted(str(n) for n in names if not n.startswith("__")),
        "takes": _keywords(cls),
        "open": any(
            name in owner.__dict__ and not _is_library(owner)
            for owner in list(cls.__mro__) + list(type(cls).__mro__)
            for name in ("__getattr__", "__getattribute__")
            if owner not in (object, type)
        ),
    }


def _keywords(cls):
    function = cls.__init__
    while hasattr(function, "_sa_original_init"):
        function = function._sa_original_init
    if hasattr(function, "__wrapped__"):
        return ["**"]
    if str(getattr(function, "__module__", "")).split(".")[0] in _LIBRARIES:
        return None
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):
        return ["**"]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return ["**"]
    return [p.name for p in parameters]


def _is_library(owner):
    return owner.__module__.split(".")[0] in _LIBRARIES


def attributes_of(cls, table):
    """Attribute name to column name."""
    mapper = cls.__mapper__ if "__mapper__" in cls.__dict__ else None
    if mapper is None:
        return {}
    return {
        str(key): str(column.name)
        for key, column in mapper.columns.items()
        if getattr(column, "table", None) is table
    }


def project_bases(cls):
    return [base for base in cls.__mro__[1:] if is_project_class(base)]


def is_project_class(cls):
    return is_project_file(file_of(cls.__module__) or "")


def file_of(module):
    loaded = sys.modules.get(module)
    filename = getattr(loaded, "__file__", None)
    return os.path.abspath(filename) if isinstance(filename, str) else None


def place_of_class(cls):
    path = file_of(cls.__module__)
    if path is None:
        return None
    node = lines.source(path).class_named(cls.__qualname__)
    line = node.lineno if node else getattr(cls, "__firstlineno__", None)
    if line is None and not is_project_file(path):  # a library made the class: its file says nothing of it
        return None
    return {"path": path, "line": line}
