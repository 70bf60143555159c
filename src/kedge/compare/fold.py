"""One change is one difference: what merely follows from another difference is marked as implied by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from kedge.catalog import Catalog, Computed, ObjectPath, Sequence
from kedge.compare.difference import Difference, Key, implied
from kedge.compare.fold_descent import Descent
from kedge.compare.fold_objects import ObjectRoots
from kedge.compare.renames import columns_using
from kedge.compare.texts import mentioned

# What a change of a column's type or collation may change in the things that mention it.
RESPELLED = {
    "expression",
    "predicate",
    "columns",
    "opclass",
    "collation",
    "definition",
    "default",
    "computed",
}
PARTS = {"primary-key", "unique", "foreign-key", "check", "exclusion", "index"}


def _respelled(difference: Difference) -> bool:
    """Whether both sides may mean one thing, spelled after two types; what one side lacks is none."""
    models, database = difference.models, difference.database
    if difference.attribute in ("default", "predicate") and "missing" in (models.state, database.state):
        return False
    if difference.attribute != "columns":
        return difference.attribute in RESPELLED
    return difference.path.kind in ("index", "exclusion") and len(models.value) == len(database.value)


def fold(differences: list[Difference], models: Catalog, database: Catalog) -> list[Difference]:
    """The same differences, sorted, each consequence pointing at its reason."""
    roots = _Roots(differences)
    beyond = ObjectRoots(differences, models, database)
    descent = Descent(differences, models, database)
    folded = []
    for path, change in roots.values.items():
        enum = models.enums.get((path.schema or "", path.name or ""))
        for schema, table, column in columns_using(models, enum) if enum else ():
            roots.column.setdefault((ObjectPath("column", schema, table, column), "type"), change)
    reasons: dict[Key, Key] = {}
    for difference in differences:
        if difference.implied_by is not None:
            reasons[difference.key] = difference.implied_by
            folded.append(difference)
            continue
        for reason in chain(
            descent.reasons(difference),
            roots.reasons(difference, models, database),
            beyond.reasons(difference),
        ):
            if not _follows(reason.key, difference.key, reasons):
                reasons[difference.key] = reason.key
                difference = implied(difference, reason)
                break
        folded.append(difference)
    return sorted(
        folded,
        key=lambda d: (str(d.path.schema), str(d.path.table), d.path.kind, str(d.path.name), d.attribute),
    )


def _follows(key: Key, other: Key, reasons: dict[Key, Key]) -> bool:
    """Whether `key` is `other`, or was already found to follow from it: nothing is its own reason."""
    while key != other:
        if key not in reasons:
            return False
        key = reasons[key]
    return True


def fold_refusal(invalid: Difference, differences: dict[Any, Difference]) -> Difference:
    """A declaration the server refuses, beside what else is known of it.

    It follows from a column of another type, or from another primary key where it points; an object that is merely
    absent, or declared of nothing, follows from it and so is marked in `differences`; where the object is there and
    differs, the difference is the finding.
    """
    for key, known in differences.items():
        if known.model_path != invalid.model_path:
            continue
        if known.attribute != "presence" and known.models.value != []:
            return implied(invalid, known)
        if known.implied_by is None:
            differences[key] = implied(known, invalid)
    ends = {(r.schema, r.table) for r in invalid.refs} - {(invalid.path.schema, invalid.path.table)}
    for known in differences.values():
        if known.attribute == "type" and (known.model_path or known.path) in invalid.refs:
            return implied(invalid, known)
        own = known.model_path or known.path
        if own.kind == "primary-key" and known.attribute == "columns" and (own.schema, own.table) in ends:
            return implied(invalid, known)
    return invalid


class _Roots:
    """The differences that others can follow from, by what they are about."""

    def __init__(self, differences: list[Difference]) -> None:
        self.column: dict[tuple[ObjectPath, str], Difference] = {}
        self.table: dict[ObjectPath, Difference] = {}
        self.stored: dict[ObjectPath, Difference] = {}
        self.key: dict[ObjectPath, Difference] = {}
        self.uniques: dict[ObjectPath, list[Difference]] = {}
        self.values: dict[ObjectPath, Difference] = {}
        self.sequences: dict[re.Pattern[str], Difference] = {}
        self.parts: dict[ObjectPath, list[Difference]] = {}
        for d in differences:
            if d.path.kind in PARTS:
                self.parts.setdefault(_table(d), []).append(d)
            if d.path.kind == "column":
                self.column[d.model_path or d.path, d.attribute] = d
            elif d.path.kind == "table" and d.attribute == "options":
                self.stored[d.model_path or d.path] = d
            elif d.path.kind == "table" and d.attribute in ("presence", "name", "schema", "kind"):
                self.table[d.model_path or d.path] = d
            elif d.path.kind == "primary-key" and d.attribute in ("presence", "columns"):
                self.key[ObjectPath("table", d.path.schema, d.path.table)] = d
            elif d.path.kind == "unique" and d.attribute == "presence" and d.database.state == "missing":
                self.uniques.setdefault(ObjectPath("table", d.path.schema, d.path.table), []).append(d)
            elif d.path.kind == "enum" and d.attribute == "values":
                self.values[d.path] = d
            elif d.path.kind == "sequence" and d.models.state != "missing":
                self.sequences[_mention(d.path)] = d

    def reasons(self, difference: Difference, models: Catalog, database: Catalog) -> Iterator[Difference]:
        if difference.path.kind in PARTS:
            yield from self.part(difference)
            yield from self.target(difference)
        elif difference.path.kind == "column":
            yield from self.own_column(difference)
            yield from self.computed_from(difference, models)
        elif difference.attribute in ("replica-identity", "clustered-on"):
            yield from self.by_index(difference)
        elif difference.path.kind == "enum":
            yield from self.enum(difference, models, database)
        elif difference.path.kind == "sequence":
            yield from self.sequence(difference)

    def by_index(self, difference: Difference) -> Iterator[Difference]:
        """What names an index that is gone, or bears another name."""
        named = str(difference.models.value).removeprefix("index ")
        for change in self.parts.get(_table(difference), ()):
            if change.attribute in ("presence", "name") and (change.model_path or change.path).name == named:
                yield change

    def part(self, difference: Difference) -> Iterator[Difference]:
        """A part on a column that is not there, or respelled because a column changed its type."""
        side = "database" if difference.database.state == "missing" else "models"
        for ref in difference.refs:
            if ref.kind != "column":
                continue
            presence = self.column.get((ref, "presence"))
            whole = difference.attribute in (
                "presence",
                "columns",
                "expression",
                "predicate",
                "definition",
                "target",
            )
            if (
                presence
                and whole
                and (difference.attribute != "presence" or getattr(presence, side).state == "missing")
            ):
                yield presence
            for attribute in ("type", "collation"):
                change = self.column.get((ref, attribute))
                if change and _respelled(difference):
                    yield change
        yield from self.instead_of_key(difference)

    def target(self, difference: Difference) -> Iterator[Difference]:
        """A foreign key that cannot be, because what it points at is not there or not unique."""
        if difference.path.kind != "foreign-key" or difference.attribute not in ("presence", "target"):
            return
        tables = [r for r in difference.refs if r.kind == "table"]
        for table in tables:
            yield from (d for d in (self.table.get(table), self.key.get(table)) if d is not None)
            pointed = {r for r in difference.refs if r.kind == "column" and r.table == table.table}
            yield from (u for u in self.uniques.get(table, ()) if set(u.refs) <= pointed)

    def instead_of_key(self, difference: Difference) -> Iterator[Difference]:
        """A UNIQUE that stands where the primary key is gone, or that CREATE TABLE had merged into it."""
        key = self.key.get(ObjectPath("table", difference.path.schema, difference.path.table))
        if (
            key is None
            or difference.path.kind not in ("unique", "index")
            or difference.attribute != "presence"
        ):
            return
        columns = sorted(r.name or "" for r in difference.refs)
        if key.attribute == "presence":
            instead = key.models.state != difference.models.state
            merged = (
                key.database.state == difference.database.state == "missing"
                and difference.path.kind == "unique"
            )
            if (instead or merged) and columns == sorted(r.name or "" for r in key.refs):
                yield key
        elif difference.database.state == "missing" and columns == sorted(key.models.value):
            yield key

    def own_column(self, difference: Difference) -> Iterator[Difference]:
        path = difference.model_path or difference.path
        if difference.attribute in ("default", "computed", "identity", "collation"):
            change = self.column.get((path, "type"))
            if change and _respelled(difference):
                yield change
        for sequence, change in self.sequences.items():
            if difference.attribute in ("identity", "default") and sequence.search(
                str(difference.models.value)
            ):
                yield change
        stored = self.stored.get(ObjectPath("table", path.schema, path.table))
        # Columns whose table got another collation keep theirs, and have one of their own from then on.
        if (
            difference.attribute == "collation"
            and stored
            and "collate=" in f"{stored.models.value} {stored.database.value}"
        ):
            yield stored
        if difference.attribute == "nullable":
            key = self.key.get(ObjectPath("table", path.schema, path.table))
            if key and any(r.name == path.name for r in key.refs):
                yield key

    def computed_from(self, difference: Difference, models: Catalog) -> Iterator[Difference]:
        """A generated column that went with a column it is computed from."""
        path = difference.model_path or difference.path
        table = models.tables.get((path.schema or "", path.table or ""))
        column = table.column(path.name or "") if table else None
        if (
            column is None
            or not isinstance(column.computed, Computed)
            or difference.database.state != "missing"
        ):
            return
        for (other, attribute), change in self.column.items():
            gone = attribute == "presence" and change.database.state == "missing" and other != path
            same_table = (other.schema, other.table) == (path.schema, path.table)
            if gone and same_table and other.name in mentioned(column.computed.expression):
                yield change

    def enum(self, difference: Difference, models: Catalog, database: Catalog) -> Iterator[Difference]:
        """A type that only columns use which are missing, extra or of another type there."""
        if difference.attribute != "presence":
            return
        catalog = database if difference.models.state == "missing" else models
        enum = catalog.enums.get((difference.path.schema or "", difference.path.name or ""))
        for schema, table, column in sorted(columns_using(catalog, enum)) if enum else ():
            path = ObjectPath("column", schema, table, column)
            for key in ((path, "type"), (path, "presence")):
                if key in self.column:
                    yield self.column[key]
            table_path = ObjectPath("table", schema, table)
            if table_path in self.table and self.table[table_path].attribute == "presence":
                yield self.table[table_path]

    def sequence(self, difference: Difference) -> Iterator[Difference]:
        """A sequence only the database has, that a differing column default draws from."""
        if difference.models.state != "missing":
            return
        drawn = _mention(difference.path)
        for (_, attribute), change in self.column.items():
            words = f"{change.models.value} {change.database.value}"
            if attribute in ("identity", "default", "presence") and drawn.search(words):
                yield change


def _table(difference: Difference) -> ObjectPath:
    path = difference.model_path or difference.path
    return ObjectPath("table", path.schema, path.table)


def _mention(path: ObjectPath) -> re.Pattern[str]:
    """Finds the sequence's name in a default or in an identity's words."""
    name = re.escape(Sequence(schema=path.schema or "", name=path.name or "").spelling)
    return re.compile(rf"(?<![\w\".]){name}(?![\w\".])")
