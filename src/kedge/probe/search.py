"""Finds the MetaData objects that are alive in the process, and the name under which each is known."""

# mypy: ignore-errors

from __future__ import annotations

import gc
import sys

from sqlalchemy import MetaData

from . import places
from .classes import file_of
from .reasons import is_project_file

_SKIPPED = ("sqlalchemy.", "alembic.", "flask_sqlalchemy.", "_kedge_probe", "kedge.")


def holders():
    """(metadata, rank, target) for every module attribute with a MetaData; a lower rank names it better."""
    for name, module in list(sys.modules.items()):
        if name == "__main__" or (name + ".").startswith(_SKIPPED):
            continue
        ours = is_project_file(file_of(name) or "")
        # Only what already lies in the module: getattr could wake lazy imports.
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            for suffix, metadata, rank in held(value, name):
                yield (
                    metadata,
                    (not ours, rank, len(name), name, attribute),
                    "%s:%s%s" % (name, attribute, suffix),
                )


def held(value, module=None):
    """(suffix, metadata, rank) for each MetaData that a value is or has."""
    kind = type(value)
    if issubclass(kind, MetaData):
        yield "", value, 2
    elif issubclass(kind, type):
        metadata = _class_attribute(value, "metadata")
        if isinstance(metadata, MetaData):
            mapped = _class_attribute(value, "__table__") is not None
            yield ".metadata", metadata, 5 if mapped else (0 if value.__module__ == module else 1)
    elif str(kind.__module__).split(".")[0] in ("flask_sqlalchemy", "flask_sqlalchemy_lite"):
        yield from _of_extension(value)
    elif kind.__name__ in ("registry", "_RegistryType") and isinstance(
        value.__dict__.get("metadata"), MetaData
    ):
        yield ".metadata", value.metadata, 3


def _class_attribute(cls, name):
    for base in type.mro(cls) if cls is not type else ():
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _of_extension(db):
    several = getattr(db, "metadatas", None)
    if isinstance(several, dict) and several:
        for key, metadata in several.items():
            yield (".metadata" if key is None else ".metadatas[%r]" % key), metadata, 1
    elif isinstance(getattr(db, "metadata", None), MetaData):
        yield ".metadata", db.metadata, 1


def names():
    """id of a MetaData to its best target, `module:attribute`."""
    best = {}
    for metadata, rank, target in holders():
        if id(metadata) not in best or rank < best[id(metadata)][0]:
            best[id(metadata)] = (rank, target)
    return {key: target for key, (_, target) in best.items()}


def others(tracked, without_folder=None):
    """(metadata, target) of every other MetaData with tables that the project itself declares."""
    known = {id(m) for m in tracked}
    found, best = {}, names()
    for metadata, rank, _ in holders():
        if metadata.tables and id(metadata) not in known and not rank[0]:
            found[id(metadata)] = metadata
    for candidate in [o for o in gc.get_objects() if type(o) is MetaData]:
        if candidate.tables and id(candidate) not in known and _declared_here(candidate, without_folder):
            found[id(candidate)] = candidate
    return [(m, best.get(i) or _by_place(m)) for i, m in found.items()]


def _declared_here(metadata, without_folder):
    seen = [places.seen_place(t) for t in metadata.tables.values()]
    seen = [p for p in seen if p]
    if without_folder:
        seen = [p for p in seen if not p["path"].startswith(without_folder)]
    return bool(seen)


def _by_place(metadata):
    for table in metadata.tables.values():
        place = places.seen_place(table)
        if place:
            return "MetaData declared at %s:%s" % (place["path"], place["line"])
    return "a MetaData without a name"
