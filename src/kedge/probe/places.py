"""File and line of tables, columns, constraints and indexes."""

# mypy: ignore-errors

from __future__ import annotations

import weakref

from sqlalchemy import event, schema

from . import classes, lines
from .reasons import calling_place

_TABLES = weakref.WeakKeyDictionary()
_COLUMNS = ("Column", "mapped_column", "Field", "column")
_PARTS = (
    "Index",
    "UniqueConstraint",
    "CheckConstraint",
    "ForeignKeyConstraint",
    "PrimaryKeyConstraint",
    "ExcludeConstraint",
)


def watch_tables():
    """From now on remembers the project's line that declared each table."""
    event.listen(schema.Table, "before_parent_attach", _remember)


def _remember(table, metadata):
    if table not in _TABLES:
        _TABLES[table] = calling_place(through_imports=False)


def seen_place(table):
    """The line that was seen declaring it, if any was."""
    return _TABLES.get(table)


def place_of_table(table, mapped):
    """The class that declares it, else the `Table(…)` call."""
    for cls in mapped:
        if cls.__dict__.get("__table__") is table and not _is_classic(cls, table):
            return classes.place_of_class(cls)
    return _TABLES.get(table) or (classes.place_of_class(mapped[0]) if mapped else None)


def _is_classic(cls, table):
    """Whether a class was given a Table that stands elsewhere (`__table__ = t`, `map_imperatively`)."""
    seen = _TABLES.get(table)
    here = classes.place_of_class(cls)
    if not seen or not here or not here["line"]:
        return False
    node = lines.source(here["path"]).class_named(cls.__qualname__)
    inside = node is not None and node.lineno <= seen["line"] <= (node.end_lineno or node.lineno)
    decorated = node is not None and any(d.lineno <= seen["line"] <= node.lineno for d in node.decorator_list)
    if seen["path"] == here["path"]:
        return not (inside or decorated)
    return False


class Lines:
    """The lines of one table's parts."""

    def __init__(self, table, mapped, place):
        self.table = table
        self.place = place
        self.declaring = [c for cls in mapped for c in _with_bases(cls)]
        self.attributes = {}
        for cls in mapped:
            for attribute, name in classes.attributes_of(cls, table).items():
                self.attributes.setdefault(name, attribute)
        call = lines.source(place["path"]).call_at(place["line"]) if place and place["line"] else None
        self.call = call

    def of_column(self, column):
        name = str(column.name)
        for path, node in self.declaring:
            for attribute in (self.attributes.get(name), name, column.key):
                line = attribute and lines.field_line(node, attribute)
                if line:
                    return {"path": path, "line": line}
            line = lines.named_call_line(node, name, _COLUMNS)
            if line:
                return {"path": path, "line": line}
        return self._in_call(name, _COLUMNS)

    def of_part(self, part):
        """By its written name; else with its only column; else where the table stands."""
        name = None if part.name is None else str(part.name)
        if name:
            for path, node in self.declaring:
                line = lines.named_call_line(node, name, _PARTS)
                if line:
                    return {"path": path, "line": line}
            found = self.place and self.call is not None and lines.named_call_line(self.call, name, _PARTS)
            if found:
                return {"path": self.place["path"], "line": found}
        columns = list(getattr(part, "columns", ()))
        if len(columns) == 1 and isinstance(columns[0], schema.Column):
            return self.of_column(columns[0])
        return self.place

    def _in_call(self, name, functions):
        if self.call is None:
            return self.place
        line = lines.named_call_line(self.call, name, functions)
        return {"path": self.place["path"], "line": line} if line else self.place


def _with_bases(cls):
    """The class and its project bases, each with its path and syntax tree."""
    for candidate in [cls] + classes.project_bases(cls):
        place = classes.place_of_class(candidate)
        node = place and lines.source(place["path"]).class_named(candidate.__qualname__)
        if node is not None:
            yield place["path"], node
