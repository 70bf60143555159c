"""Uses of models by names that neither the class nor its table has."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from kedge.auditing.code import CodeSide
from kedge.catalog import MISSING, ObjectPath, Origin, TableKey, Value
from kedge.compare import Difference
from kedge.sources.code.uses import INIT
from kedge.sources.code.values import CodeClass, CodeTable, CodeUse

_WORDS = {
    "constructor": "{cls}({name}=…)",
    "class": "{cls}.{name}",
    "filter": "filter_by({name}=…) of {cls}",
    "values": "values({name}=…) of {cls}",
    "instance": "{name} of a {cls}",
}
_READ = ("tests", "fixtures", "models", "docs")


class _Known(msgspec.Struct, frozen=True):
    """What may be said of a class: every name it has, the keywords it takes (None: any name), its table."""

    key: TableKey
    names: frozenset[str]
    takes: frozenset[str] | None
    columns: tuple[str, ...]


def usage_differences(side: CodeSide) -> tuple[list[Difference], dict[ObjectPath, tuple[Origin, ...]]]:
    """One finding for each name a table's model is taken to have, with every place that does."""
    classes = {(c.path, c.name): (t, c) for t in side.code.tables for c in t.classes}
    known: dict[tuple[str, str], _Known | None] = {}
    places: dict[ObjectPath, set[tuple[str, int, str]]] = defaultdict(set)
    likely: dict[ObjectPath, tuple[str, ...]] = {}
    for use in side.code.uses:
        if use.purpose not in _READ or use.known not in classes:
            continue
        if use.known not in known:
            known[use.known] = _known(side, *classes[use.known], classes)
        about = known[use.known]
        if about is None:
            continue
        cls = use.known[1].rpartition(".")[2]
        for name, line in _wrong(side, use, about):
            path = ObjectPath("attribute", *about.key, name)
            places[path].add((use.path, line, _WORDS[use.use.kind].format(cls=cls, name=name)))
            likely[path] = alternatives(name, about.columns)
    found = [_difference(side, path, sorted(at), likely[path]) for path, at in sorted(places.items())]
    origins = {path: tuple(Origin(p, line) for p, line, _ in sorted(at)) for path, at in places.items()}
    return found, origins


def _known(
    side: CodeSide,
    table: CodeTable,
    cls: CodeClass,
    classes: dict[tuple[str, str], tuple[CodeTable, CodeClass]],
) -> _Known | None:
    """None where nothing may be said: the class is not loaded and not all of it can be seen."""
    key = side.key(table)
    if key is None or not cls.name.isidentifier():
        return None
    live = side.live.tables.get(key)
    there = {c.name for c in live.columns} if live else set()
    if found := side.by_class.get((cls.path, cls.name)):
        one = next(c for c in found[0].classes if c.name == cls.name)
        if one.open or not one.names:
            return None
        columns = tuple(one.attributes or (c.name for c in found[0].columns))
        takes = None if one.takes is None else frozenset(one.takes)
        return _Known(key, frozenset(one.names) | cls.attributes | there, takes, columns)
    if cls.open or not table.whole:
        return None
    columns = tuple(c.attribute or c.name for c in table.columns)
    names = cls.attributes | {c.name for c in table.columns} | there | _DECLARATIVE
    return _Known(key, frozenset(names), frozenset(["**"]) if "__init__" in cls.attributes else None, columns)


# What declarative bases give to every class.
_DECLARATIVE = frozenset({"metadata", "registry", "query", "query_class", "mro"})


def _wrong(side: CodeSide, use: CodeUse, about: _Known) -> Iterator[tuple[str, int]]:
    names = about.names
    if use.use.kind == "instance":
        for below in side.code.subclasses.get(f"{use.known[0]}:{use.known[1]}", ()):
            path, _, name = below.partition(":")
            if found := side.by_class.get((path, name)):
                names = names.union(*(c.names for c in found[0].classes if c.name == name))
            else:
                return
    for name, line in use.use.names:
        if name in names or name in side.code.spoken or name.startswith("_"):
            continue
        if use.use.kind == "instance" and name in side.code.stored:
            continue
        free = INIT in side.code.spoken or (about.takes is not None and about.takes & {"**", name})
        if use.use.kind == "constructor" and free:
            continue
        yield name, line


def alternatives(name: str, there: Sequence[str]) -> tuple[str, ...]:
    """Names it may have meant: spelled alike, or with a word in common."""
    near = difflib.get_close_matches(name, there, 3, 0.72)
    words = set(name.split("_"))
    shared = [c for c in there if c not in near and words & set(c.split("_")) - {"id", "is", "at"}]
    return tuple([*near, *shared][:3])


def _difference(
    side: CodeSide, path: ObjectPath, at: list[tuple[str, int, str]], likely: tuple[str, ...]
) -> Difference:
    uses = [f"{words} at {file}:{line}" for file, line, words in at]
    more = (f"and {len(uses) - 20} more",) if len(uses) > 20 else ()
    meant = (f"likely meant: {', '.join(likely)}",) if likely else ()
    return Difference(
        path,
        "unknown",
        Value("value", at[0][2]),
        MISSING,
        evidence=(*uses[:20], *more, *meant),
        confidence="certain",
        refs=(ObjectPath("table", path.schema, path.table),),
        names=None,
    )
