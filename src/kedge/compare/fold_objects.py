"""What is beyond tables follows from what it stands on: a view from its tables, a trigger from its function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from kedge.catalog import Catalog, Object, ObjectPath, Sequence
from kedge.compare.difference import Difference
from kedge.objects import (
    DefaultPrivilege,
    Extras,
    Grant,
    Owner,
    Policy,
    Publication,
    Revocation,
    Routine,
    Statistics,
    Trigger,
    View,
)

KINDS = {
    "view",
    "materialized-view",
    "routine",
    "trigger",
    "policy",
    "statistics",
    "table",
    "grant",
    "revocation",
    "default-privilege",
    "owner",
    "publication",
}
# Differences of a table or column that change what is printed of everything that mentions it.
OF_TABLES = {"presence", "name", "schema", "kind"}
OF_COLUMNS = {"presence", "name", "type", "collation"}
OF_OBJECTS = {"presence", "definition", "kind", "attributes", "type"}


class ObjectRoots:
    """The differences that an object beyond tables can follow from."""

    def __init__(self, differences: Iterable[Difference], models: Catalog, database: Catalog) -> None:
        self.models = models
        self.database = database
        self.qualified = database.profile.dialect == "postgresql"
        """Whether texts name what they speak of with its schema."""
        self.tables: dict[ObjectPath, Difference] = {}
        self.columns: dict[ObjectPath, list[Difference]] = {}
        self.objects: dict[ObjectPath, Difference] = {}
        self.schemas: dict[str | None, Difference] = {}
        self.remade: dict[ObjectPath, Difference] = {}
        """What is there under no or another path, whose rights went with it."""
        for d in differences:
            path = d.model_path or d.path
            table = ObjectPath("table", path.schema, path.table)
            if d.attribute == "presence" or path != d.path:
                self.remade |= {path: d, d.path: d}
            if path.kind != "schema" and d.models.state != "missing":
                self.schemas.setdefault(path.schema, d)
            if path.kind == "table" and d.attribute in OF_TABLES:
                self.tables[path] = d
            elif path.kind == "column" and d.attribute in OF_COLUMNS:
                self.columns.setdefault(table, []).append(d)
            elif d.attribute in OF_OBJECTS and path.table is None and path.kind not in ("enum", "sequence"):
                self.objects[path] = d

    def reasons(self, difference: Difference) -> Iterator[Difference]:
        path = difference.path
        if path.kind == "schema" and path.schema in self.schemas:
            # Whoever declares something in a schema declares the schema, too.
            yield self.schemas[path.schema]
        if path.kind not in KINDS or (
            path.kind == "table" and difference.attribute not in ("row-security", "rules")
        ):
            return
        if path.table is not None:
            own = self.tables.get(ObjectPath("table", path.schema, path.table))
            if own is not None and own.attribute in ("presence", "kind"):
                yield own
            yield from self.of_its_view(path)
        if (on := self.stands_on(difference)) in self.remade:
            yield self.remade[on]
        text = self.text(difference)
        if not text:
            return
        for table, change in self.tables.items():
            if self.mentions(text, table.schema, table.table) and self.alike(difference, change):
                yield change
        for table, changes in self.columns.items():
            own_table = (table.schema, table.table) == (path.schema, path.table)
            if own_table or self.mentions(text, table.schema, table.table):
                yield from (c for c in changes if _names(text, c) and self.may_take(difference, c))
        for other, change in self.objects.items():
            name = (other.name or "").partition("(")[0]
            if other != path and self.mentions(text, other.schema, name) and self.alike(difference, change):
                yield change

    def stands_on(self, difference: Difference) -> ObjectPath | None:
        """What a right goes with: that of a column's sequence with the column, what is given later with its schema."""
        paths = (difference.model_path or difference.path, difference.path)
        right = self.models.objects.get(paths[0]) or self.database.objects.get(paths[1])
        if isinstance(right, DefaultPrivilege) and right.schema:
            return ObjectPath("schema", right.schema, None, right.schema)
        on = right.on if isinstance(right, Grant | Revocation | Owner) else None
        if on is not None and on.kind == "sequence" and on.table:
            return ObjectPath("column", on.schema, on.table, on.name)
        return on

    def of_its_view(self, path: ObjectPath) -> Iterator[Difference]:
        """What stands on a view that is missing, or is another kind of view, went with it."""
        for kind in ("view", "materialized-view"):
            view = self.objects.get(ObjectPath(kind, path.schema, None, path.table))
            if view is not None and view.attribute in ("presence", "kind"):
                yield view

    def alike(self, difference: Difference, change: Difference) -> bool:
        """Nothing is missing because something else is extra."""
        if "presence" not in (difference.attribute, change.attribute):
            return True
        if difference.attribute != "presence":
            return change.attribute != "presence" or change.database.state == "missing"
        return change.attribute == "presence" and change.database.state == difference.database.state

    def may_take(self, difference: Difference, column: Difference) -> bool:
        """A column that is extra takes nothing away."""
        presences = difference.attribute == column.attribute == "presence"
        return not presences or self.alike(difference, column)

    def mentions(self, text: str, schema: str | None, name: str | None) -> bool:
        return _mentions(text, schema, name) if self.qualified else _names_bare(text, name)

    def text(self, difference: Difference) -> str:
        """Everything the object says of others, on both sides, where the difference can come of it."""
        if difference.attribute not in (
            "presence",
            "definition",
            "expression",
            "function",
            "indexes",
            "rules",
            "columns",
        ):
            return ""
        if difference.models.state == "missing" and difference.attribute == "presence":
            return ""
        found = (
            self.models.objects.get(difference.model_path or difference.path),
            self.database.objects.get(difference.path),
        )
        return " ".join(_said(one) for one in found if one is not None)


def _said(one: Object | Any) -> str:
    if isinstance(one, View):
        return " ".join([one.definition, *(text for _, text in one.indexes)])
    if isinstance(one, Routine):
        return one.body if one.language == "sql" and one.body.startswith(("BEGIN ATOMIC", "RETURN ")) else ""
    if isinstance(one, Trigger):
        return f"{one.function} {one.when or ''} {' '.join(one.columns)} {one.body}"
    if isinstance(one, Policy):
        return f"{one.using or ''} {one.check or ''}"
    if isinstance(one, Extras):
        return " ".join(text for _, text in one.rules)
    if isinstance(one, Publication):
        return " ".join(f"{table} {chosen}" for table, chosen in one.tables)
    if isinstance(one, Grant):
        return " ".join(column for _, column in one.columns)
    if isinstance(one, Statistics):
        return f"{one.table} {' '.join(one.columns)}"
    return ""


def _mentions(text: str, schema: str | None, name: str | None) -> bool:
    """Whether the whole name stands in a text printed with an empty search path."""
    spelling = re.escape(Sequence(schema=schema or "", name=name or "").spelling)
    return re.search(rf"(?<![\w\".]){spelling}(?![\w\"])", text) is not None


def _names_bare(text: str, name: str | None) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name or '')}(?![\w$])", text, re.IGNORECASE) is not None


def _names(text: str, change: Difference) -> bool:
    names = {change.path.name, (change.model_path or change.path).name}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names if name)
