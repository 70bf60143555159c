"""Finds what models declare beyond tables: DDL events, and the registries of libraries that are already imported."""

# mypy: ignore-errors

from __future__ import annotations

import os
import sys
import types

from sqlalchemy.schema import CreateTable, DDLElement

from .classes import file_of
from .reasons import calling_place, is_project_file

MOMENTS = ("before_create", "after_create")
_PLACES = {}


def watch_listeners():
    """From now on remembers the project's line that registered each DDL listener."""
    from sqlalchemy.event import api

    original = api._event_key

    def _event_key(target, identifier, fn):
        if identifier in MOMENTS and id(fn) not in _PLACES:
            _PLACES[id(fn)] = fn, calling_place()
        return original(target, identifier, fn)

    api._event_key = _event_key


def targets_of(metadata):
    """Everything SQLAlchemy fires events for while it creates a MetaData."""
    yield metadata
    yield from list(getattr(metadata, "_sequences", {}).values())
    for table in list(metadata.tables.values()):
        yield table
        yield from table.indexes
        yield from table.constraints


def collections_of(metadata):
    """(target, moment, collection of listeners); what SQLAlchemy's own types listen with is among them."""
    for target in targets_of(metadata):
        dispatch = getattr(target, "dispatch", None)
        for moment in MOMENTS:
            collection = getattr(dispatch, moment, None)
            if collection:
                yield target, moment, collection


def is_own(listener):
    """Whether SQLAlchemy's own types listen with it."""
    if isinstance(listener, DDLElement):
        return False
    listener = getattr(listener, "func", listener)  # of a functools.partial
    bound = getattr(listener, "__self__", None) if isinstance(listener, types.MethodType) else None
    bound = bound or getattr(listener, "target", None)  # a portable_instancemethod
    return bound is not None and not isinstance(bound, DDLElement) and _is_alchemy(type(bound).__module__)


def _is_alchemy(module):
    return (module + ".").startswith("sqlalchemy.")


def place_of(listener):
    """The line that registered it, where that is the project's; else where the function stands."""
    seen = _PLACES.get(id(listener))
    plain = _plain(listener)
    code = getattr(plain, "__code__", None)
    if code is not None and is_project_file(code.co_filename):
        return {"path": os.path.abspath(code.co_filename), "line": code.co_firstlineno}
    if seen is None:
        seen = _PLACES.get(id(plain))
    return seen[1] if seen else None


def _plain(listener):
    """The project's own function inside what SQLAlchemy wrapped around it (`named=True`, `once=True`)."""
    module = getattr(listener, "__module__", None) or ""
    if isinstance(listener, types.FunctionType) and _is_alchemy(module):
        for cell in listener.__closure__ or ():
            inner = cell.cell_contents
            if callable(inner) and not _is_alchemy(getattr(inner, "__module__", None) or ""):
                return inner
    return getattr(listener, "__func__", listener)


def called(listener):
    """How a listener is called in a message."""
    if isinstance(listener, DDLElement):
        return "DDL"
    name = getattr(_plain(listener), "__qualname__", None) or type(listener).__name__
    return name.replace(".<locals>", "")


def described(metadata):
    """What creating this MetaData would run beside CREATE TABLE and CREATE INDEX: each once, with its place."""
    found, known = [], set()
    for _, _, collection in collections_of(metadata):
        for listener in collection:
            if id(listener) in known or is_own(listener):
                continue
            known.add(id(listener))
            found.append({"kind": "event", "name": called(listener), "place": place_of(listener)})
    for table in metadata.tables.values():
        if getattr(table, "_creator_ddl", None) is not None:
            found.append({"kind": "select", "name": str(table.name), "place": None})
    if metadata.tables and "_compiler_dispatcher" in CreateTable.__dict__:
        found.append({"kind": "compiler", "name": "@compiles(CreateTable)", "place": None})
    if extensions_of(metadata):
        found.append({"kind": "declarative-extensions", "name": "declare_database", "place": None})
    return found


EXTENSIONS = ("schemas", "roles", "functions", "procedures", "views", "triggers", "grants")


def extensions_of(metadata):
    """What sqlalchemy-declarative-extensions was told and no listener of its own would make."""
    if "sqlalchemy_declarative_extensions" not in sys.modules:
        return {}
    listening = {
        module
        for _, _, collection in collections_of(metadata)
        for listener in collection
        for module in [getattr(listener, "__module__", None) or ""]
        if module.startswith("sqlalchemy_declarative_extensions.")
    }
    told = {}
    for name in EXTENSIONS:
        singular = name[:-1]
        if metadata.info.get(name) and not any(".%s." % singular in m for m in listening):
            told[name] = metadata.info[name]
    return told


def entities():
    """Every entity of alembic_utils: the registered ones, else those that lie in the project's modules."""
    library = sys.modules.get("alembic_utils.replaceable_entity")
    if library is None:
        return []
    registered = list(library.registry.entities())
    if registered:
        return registered
    found = {}
    for name, module in list(sys.modules.items()):
        path = file_of(name) or ""
        if not is_project_file(path) or "revision" in getattr(module, "__dict__", {}):
            continue
        for value in list(module.__dict__.values()):
            if isinstance(value, library.ReplaceableEntity):
                found.setdefault(value.identity, value)
    return list(found.values())


def described_entities():
    return [
        {"kind": "alembic-utils", "name": e.identity, "place": getattr(e, "kedge_place", None)}
        for e in entities()
    ]
