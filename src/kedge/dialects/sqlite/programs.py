"""Views and triggers as SQLite keeps them: their CREATE text, cut into its clauses, without comments.

A text that cannot be cut is kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath
from kedge.dialects.sqlite.text import NotUnderstood, Token, closing, spelled, split, tokens
from kedge.objects import Trigger, View

_TIMINGS: dict[str, tuple[Literal["before", "after", "instead of"], int]] = {
    "BEFORE": ("before", 1),
    "AFTER": ("after", 1),
    "INSTEAD": ("instead of", 2),
}


def view(schema: str, name: str, sql: str) -> View:
    """https://www.sqlite.org/lang_createview.html"""
    try:
        rest = _after_name(sql)
        columns: tuple[tuple[str, str], ...] = ()
        if rest[0].text == "(":
            end = closing(rest, 0)
            columns = tuple((item[0].value, "") for item in split(rest[1:end]))
            rest = rest[end + 1 :]
        if rest[0].word != "AS":
            raise NotUnderstood("a view without AS")
    except (NotUnderstood, IndexError):
        return View(schema=schema, name=name, definition=sql)
    return View(schema=schema, name=name, columns=columns, definition=spelled(rest[1:]))


def trigger(schema: str, table: str, name: str, sql: str, columns: Mapping[str, str]) -> Trigger:
    """`columns` are its table's, by their names in lower case. https://www.sqlite.org/lang_createtrigger.html"""
    try:
        rest = _after_name(sql)
        begin = _begin(rest)
        words = [t.word for t in rest[:begin]]
        timing, start = _TIMINGS.get(words[0], ("before", 0))
        event, on = words[start], words.index("ON")
        when = words.index("WHEN") if "WHEN" in words else begin
    except (NotUnderstood, ValueError, IndexError):
        return Trigger(schema=schema, table=table, name=name, body=sql)
    named = {t.value.lower() for t in rest[start + 2 : on] if t.names}
    return Trigger(
        schema=schema,
        table=table,
        name=name,
        timing=timing,
        events=(event.lower(),),
        columns=tuple(sorted(columns.get(c, c) for c in named)),
        when=spelled(rest[when + 1 : begin]) or None,
        body=spelled(rest[begin:]),
    )


def _after_name(sql: str) -> list[Token]:
    """What follows CREATE VIEW main.name; SQLite leaves out TEMP and IF NOT EXISTS."""
    rest = tokens(sql)[2:]
    if not rest or not rest[0].names:
        raise NotUnderstood("an object without a name")
    return rest[3:] if rest[1].text == "." else rest[1:]


def _begin(rest: list[Token]) -> int:
    """Where the statements begin: `new.begin` is a column."""
    depth = 0
    for position, token in enumerate(rest):
        depth += (token.text == "(") - (token.text == ")")
        if token.word == "BEGIN" and depth == 0 and rest[position - 1].text != ".":
            return position
    raise NotUnderstood("a trigger without statements")


def respelled(catalog: Catalog, live: Catalog) -> Catalog:
    """Objects under the names the live side has for them: to SQLite `Names` and `names` are one view."""
    spelling = {_lower(path): path for path in live.objects}
    tables = {name.lower(): name for _, name in live.tables}
    objects: dict[ObjectPath, Object] = {}
    for path, one in catalog.objects.items():
        there = spelling.get(_lower(path), path)
        changes: dict[str, Any] = {"name": there.name}
        if isinstance(one, Trigger):
            changes["table"] = tables.get(one.table.lower(), one.table)
        one = msgspec.structs.replace(one, **changes)
        objects[one.path] = one
    return msgspec.structs.replace(catalog, objects=objects)


def _lower(path: ObjectPath) -> tuple[str, str]:
    return path.kind, (path.name or "").lower()
