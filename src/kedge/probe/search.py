"""Finds the MetaData objects that are alive in the process, and the name under which each is known."""

# mypy: ignore-errors

from __future__ import annotations

import gc
import sys

from sqlalchemy import MetaData

from . import lines, places
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
            base = "metadata" in value.__dict__
            yield ".metadata", metadata, 5 if mapped else (0 if base else 1)
    elif hasattr(kind, "init_app") and _is_flask_sqlalchemy(kind):
        yield from _of_extension(value)
    elif kind.__name__ in ("registry", "_RegistryType") and isinstance(
        value.__dict__.get("metadata"), MetaData
    ):
        yield ".metadata", value.metadata, 3


def _is_flask_sqlalchemy(kind):
    """The extension itself or a project's subclass of it; its tables have a `metadata` as well."""
    return any(
        str(base.__module__).split(".")[0] in ("flask_sqlalchemy", "flask_sqlalchemy_lite")
        for base in kind.__mro__
    )


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
    found = {}
    for metadata, rank, target in holders():
        found.setdefault(id(metadata), []).append((rank, target))
    return {key: _best(several) for key, several in found.items()}


def _best(several):
    """Of those that name it equally well, the one in the module that makes it, not in one that imports it."""
    several = sorted(several)
    for rank, target in several:
        if rank[:2] != several[0][0][:2]:
            break
        module, _, attribute = target.partition(":")
        path = file_of(module)
        if path and lines.binds(path, attribute.partition(".")[0]):
            return target
    return several[0][1]


def others(tracked, revisions_folder=None):
    """(metadata, target) of every other MetaData with tables that the project itself declares.

    What lies beside env.py are frozen models, which revisions use; unless the models themselves lie there.
    """
    known = {id(m) for m in tracked}
    if revisions_folder and any(_declared_in(m, revisions_folder) for m in tracked):
        revisions_folder = None
    found, best = {}, names()
    for metadata, rank, _ in holders():
        if not rank[0] and not (revisions_folder and _declared_in(metadata, revisions_folder, alone=True)):
            found[id(metadata)] = metadata
    for candidate in [o for o in gc.get_objects() if type(o) is MetaData]:
        if _declared_here(candidate, revisions_folder):
            found[id(candidate)] = candidate
    return [
        (m, best.get(i) or _by_place(m))
        for i, m in found.items()
        if m.tables and i not in known and not _of_versions(m) and not _handed_over(m, tracked)
    ]


def _handed_over(metadata, tracked):
    """Whether env.py put all its tables into the metadata it passes on."""
    return all(any(m.tables.get(table.key) is table for m in tracked) for table in metadata.tables.values())


def _paths(metadata):
    seen = [places.seen_place(t) for t in metadata.tables.values()]
    return [p["path"] for p in seen if p]


def _declared_in(metadata, folder, alone=False):
    paths = _paths(metadata)
    return bool(paths) and (all if alone else any)(p.startswith(folder) for p in paths)


def _declared_here(metadata, without_folder):
    return any(not (without_folder and p.startswith(without_folder)) for p in _paths(metadata))


def _of_versions(metadata):
    """Whether it has nothing but the table that Alembic keeps its versions in."""
    return all([c.name for c in t.columns] == ["version_num"] for t in metadata.tables.values())


def _by_place(metadata):
    for table in metadata.tables.values():
        place = places.seen_place(table)
        if place:
            return "MetaData declared at %s:%s" % (place["path"], place["line"])
    return "a MetaData without a name"
