"""What is altered of a table is altered of its partitions and of the tables that inherit from it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kedge.catalog import Catalog, ObjectPath, TableKey
from kedge.compare.difference import Difference
from kedge.compare.words import part_words

FIELDS = {
    "unique": "uniques",
    "foreign-key": "foreign_keys",
    "check": "checks",
    "exclusion": "exclusions",
    "index": "indexes",
}


class Descent:
    """The differences of ancestors, of which those of their descendants are consequences."""

    def __init__(self, differences: Iterable[Difference], models: Catalog, database: Catalog) -> None:
        self.models = models
        self.database = database
        self.parents = {**_parents(database), **_parents(models)}
        self.of_table: dict[TableKey, list[Difference]] = {}
        if self.parents:
            for d in differences:
                self.of_table.setdefault(_table(d.model_path or d.path), []).append(d)

    def reasons(self, difference: Difference) -> Iterator[Difference]:
        for ancestor in self.ancestors(_table(difference.model_path or difference.path)):
            for one in self.of_table.get(ancestor, ()):
                if _handed_down(one, difference) or self.made_with(one, difference):
                    yield one

    def made_with(self, one: Difference, other: Difference) -> bool:
        """Whether a part of the descendant came or went with one of the ancestor, which is another now."""
        if one.path.kind != other.path.kind or other.attribute != "presence" or other.path.kind not in FIELDS:
            return False
        if other.database.state == "missing":
            return other.models.value in _words(self.models, one.model_path)
        return other.models.state == "missing" and other.database.value in _words(self.database, one.path)

    def ancestors(self, key: TableKey) -> Iterator[TableKey]:
        for parent in self.parents.get(key, ()):
            yield parent
            yield from self.ancestors(parent)


def _handed_down(one: Difference, other: Difference) -> bool:
    """Whether a difference of the ancestor brings that of the descendant with it."""
    if (one.path.kind, other.path.kind) == ("table", "column"):
        # A default draws from a sequence that went along.
        return (one.attribute, other.attribute) == ("schema", "identity")
    if one.path.kind != other.path.kind or one.attribute == "comment":
        return False
    if one.path.kind == "table" and one.attribute == "kind":
        # What is no longer partitioned has no partitions.
        return other.attribute == "partition-of" or other.database.state == "missing"
    if one.attribute != other.attribute:
        no_longer = (one.attribute, other.attribute) == ("no-inherit", "presence")
        return no_longer and _columns(one) == _columns(other)
    if one.path.kind == "table":
        return one.attribute == "presence" and one.database.state == other.database.state == "missing"
    if one.path.kind == "column":
        # Whoever inherits a default draws from the same sequence.
        same = one.database == other.database or one.attribute == "identity"
        return one.path.name == other.path.name and same
    return (one.models, one.database) == (other.models, other.database)


def _words(catalog: Catalog, path: ObjectPath | None) -> set[str]:
    """Parts of this name in words, as their presence is reported."""
    if path is None or (table := catalog.tables.get(_table(path))) is None:
        return set()
    return {part_words(part) for part in getattr(table, FIELDS[path.kind]) if part.name == path.name}


def _columns(difference: Difference) -> set[str | None]:
    return {ref.name for ref in difference.refs if ref.kind == "column"}


def _table(path: ObjectPath) -> TableKey:
    return path.schema or "", path.table or ""


def _parents(catalog: Catalog) -> dict[TableKey, tuple[TableKey, ...]]:
    return {key: own for key, table in catalog.tables.items() if (own := table.parents)}
