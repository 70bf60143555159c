"""Changes of one thing in a drawn schema, each with the one finding it has to become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import sqlalchemy as sa

Change: TypeAlias = tuple[Callable[[], Any], tuple[str, str]]
Tables: TypeAlias = list[dict[str, Any]]
MUTATIONS: dict[str, Callable[[Tables], Iterator[Change]]] = {}


def mutation(function: Callable[[Tables], Iterator[Change]]) -> Callable[[Tables], Iterator[Change]]:
    MUTATIONS[function.__name__] = function
    return function


def _columns(tables: Tables) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    return ((t, c) for t in tables for c in t["columns"] if not c["made"])


def _setter(of: dict[str, Any], key: str, new: Any) -> Callable[[], None]:
    return lambda: of.__setitem__(key, new)


@mutation
def table_added(tables: Tables) -> Iterator[Change]:
    extra = {
        **tables[0],
        "name": "extra",
        "foreign_keys": [],
        "indexes": [],
        "columns": [],
        "uniques": [],
        "checks": [],
        "strict": False,
    }
    yield lambda: tables.append(extra), ("table-presence", "extra")


@mutation
def column_added(tables: Tables) -> Iterator[Change]:
    made = {
        "name": "extra",
        "type": "date",
        "family": "other",
        "nullable": True,
        "default": None,
        "made": None,
    }
    for t in tables:
        if not t["strict"]:
            yield lambda t=t: t["columns"].append(made), ("column-presence", t["name"])


@mutation
def type_changed(tables: Tables) -> Iterator[Change]:
    """Of a column nothing else speaks of."""
    for t, c in _columns(tables):
        if c["family"] == "other" and c["type"] != "enum" and c["default"] is None:
            yield _setter(c, "type", "date" if c["type"] != "date" else "json"), ("column-type", t["name"])


@mutation
def length_changed(tables: Tables) -> Iterator[Change]:
    for t, c in _columns(tables):
        if c["type"] == "varchar":
            yield _setter(c, "type", "text"), ("column-type", t["name"])


@mutation
def nullable_turned(tables: Tables) -> Iterator[Change]:
    for t, c in _columns(tables):
        yield _setter(c, "nullable", not c["nullable"]), ("column-nullable", t["name"])


@mutation
def default_added_or_changed(tables: Tables) -> Iterator[Change]:
    for t, c in _columns(tables):
        if c["family"] in ("number", "text", "boolean", "time"):
            yield _setter(c, "default", sa.text("77")), ("column-default", t["name"])


@mutation
def collation_lost(tables: Tables) -> Iterator[Change]:
    for t, c in _columns(tables):
        if c["type"] == "nocase":

            def change(t: Any = t, c: Any = c) -> None:
                c["type"] = "plain twenty"

            yield change, ("column-collation", t["name"])


@mutation
def computed_otherwise(tables: Tables) -> Iterator[Change]:
    for t in tables:
        for c in t["columns"]:
            if c["made"]:
                source, family, stored = c["made"]
                other = "virtual" if stored == "stored" else "stored"
                yield _setter(c, "made", (source, family, other)), ("column-computed", t["name"])


@mutation
def autoincrement_turned(tables: Tables) -> Iterator[Change]:
    for t in tables:
        if t["key"] in ("rowid", "autoincrement"):
            yield (
                _setter(t, "key", "rowid" if t["key"] == "autoincrement" else "autoincrement"),
                ("column-identity", t["name"]),
            )


@mutation
def rowid_given(tables: Tables) -> Iterator[Change]:
    for t in tables:
        if t["key"] == "without rowid":
            yield _setter(t, "key", "text"), ("table-options", t["name"])


@mutation
def strict_lost(tables: Tables) -> Iterator[Change]:
    for t in tables:
        if t["strict"]:
            yield _setter(t, "strict", False), ("table-options", t["name"])


@mutation
def key_renamed(tables: Tables) -> Iterator[Change]:
    for t in tables:
        if t["key"] == "named":
            yield _setter(t, "key_name", "pk other"), ("primary-key-name", t["name"])


def _parts(kind: str, rule: str) -> None:
    def dropped(tables: Tables) -> Iterator[Change]:
        for t in tables:
            for part in t[kind]:
                yield lambda t=t, part=part: t[kind].remove(part), (f"{rule}-presence", t["name"])

    def renamed(tables: Tables) -> Iterator[Change]:
        for t in tables:
            for part in t[kind]:
                if part["name"] is not None:
                    yield _setter(part, "name", "Another name"), (f"{rule}-name", t["name"])

    MUTATIONS[f"{rule} dropped"], MUTATIONS[f"{rule} renamed"] = dropped, renamed


for _kind, _rule in (
    ("uniques", "unique"),
    ("checks", "check"),
    ("indexes", "index"),
    ("foreign_keys", "foreign-key"),
):
    _parts(_kind, _rule)


@mutation
def check_changed(tables: Tables) -> Iterator[Change]:
    for t in tables:
        for k in t["checks"]:
            yield _setter(k, "text", "{0} IS NOT 4 OR 1"), ("check-expression", t["name"])


@mutation
def action_changed(tables: Tables) -> Iterator[Change]:
    for t in tables:
        for f in t["foreign_keys"]:
            for key in ("delete", "update"):
                new = "SET NULL" if f[key] != "SET NULL" else "CASCADE"
                yield _setter(f, key, new), (f"foreign-key-on-{key}", t["name"])


@mutation
def deferral_turned(tables: Tables) -> Iterator[Change]:
    for t in tables:
        for f in t["foreign_keys"]:
            yield _setter(f, "deferred", not f["deferred"]), ("foreign-key-deferrable", t["name"])


@mutation
def index_changed(tables: Tables) -> Iterator[Change]:
    rules = {"unique": "unique", "partial": "predicate", "descending": "sorting", "expression": "columns"}
    for t in tables:
        for i in t["indexes"]:
            if i["kind"] in rules:
                yield _setter(i, "kind", "plain"), (f"index-{rules[i['kind']]}", t["name"])
