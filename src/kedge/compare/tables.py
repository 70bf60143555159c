"""Walks the tables of both sides: which are there, what each says of itself, its columns and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kedge.catalog import NOT_TABLES, Catalog, ObjectPath, Table, TableKey
from kedge.compare.columns import compare_columns, order_differs
from kedge.compare.difference import Asking, Difference, value
from kedge.compare.parts import PartComparison


class TableComparison:
    """`others` are tables that are declared elsewhere, so not extra here.

    `notes` say what could not be compared, `reordered` where columns stand in another order.
    """

    def __init__(
        self, models: Catalog, database: Catalog, others: frozenset[TableKey], asking: Asking
    ) -> None:
        self.models = models
        self.database = database
        self.others = others
        self.asking = asking
        self.notes: list[tuple[str, ObjectPath, str]] = []
        self.reordered: list[ObjectPath] = []

    def differences(self) -> Iterator[Difference]:
        for key, table in self.models.tables.items():
            here = self.database.tables.get(key)
            if table is here:
                continue
            if here is None:
                yield Difference(table.path, "presence", _words(table), value(None), model_path=table.path)
            elif here.kind != table.kind and {here.kind, table.kind} & NOT_TABLES:
                yield _said(table, here, "kind", table.kind, here.kind)
            else:
                yield from self.pair(table, here)
        for key, here in self.database.tables.items():
            extra = key not in self.models.tables and key not in self.others
            if extra and "view" not in here.kind and here.partition_of is None:
                yield Difference(here.path, "presence", value(None), _words(here))

    def pair(self, models: Table, database: Table) -> Iterator[Difference]:
        for attribute, get in TABLE_FACTS:
            left, right = get(models), get(database)
            if left != right and not _told(attribute, models, database):
                yield _said(models, database, attribute, left, right)
        yield from compare_columns(models, database, self.asking)
        parts = PartComparison(models, database, self.asking)
        yield from (d for d in parts.compare() if not self._is_named_by_server(d, database))
        self.notes += [("not-compared", path, reason) for path, reason in parts.unknown]
        self.notes += [
            ("not-compared", models.path.part("column", column.name), column.type.reason)
            for column in models.columns
            if not isinstance(column.type, str)
        ]
        if order_differs(models, database):
            self.reordered.append(database.path)

    def _is_named_by_server(self, d: Difference, database: Table) -> bool:
        """A foreign key that a partition has of its parent gets another name when a dump is restored."""
        parent = database.partition_of and self.database.tables.get(database.partition_of)
        if not parent or (d.path.kind, d.attribute) != ("foreign-key", "name"):
            return False
        columns = {key.columns for key in database.foreign_keys if key.name == d.path.name}
        return any(key.columns in columns for key in parent.foreign_keys)


def _words(table: Table) -> Any:
    return value(f"{table.kind} with {len(table.columns)} columns")


def _said(models: Table, database: Table, attribute: str, left: object, right: object) -> Difference:
    return Difference(database.path, attribute, value(left), value(right), model_path=models.path)


def _told(attribute: str, models: Table, database: Table) -> bool:
    """Whether another fact says it already: only what is partitioned has a key, only a partition bounds."""
    if attribute == "partitioning":
        return models.kind != database.kind
    if attribute == "clustered-on":
        # Who runs the database clusters as they like, unless somebody declares it.
        return models.clustered_on is None
    return attribute == "partition-bound" and models.partition_of != database.partition_of


def _options(table: Table) -> str | None:
    return ", ".join(f"{name}={value}" if value else name for name, value in table.options) or None


# What a table itself says, each as a value to show; None where it says nothing out of the ordinary.
TABLE_FACTS: tuple[tuple[str, Callable[[Table], Any]], ...] = (
    ("kind", lambda t: t.kind),
    ("comment", lambda t: t.comment or None),
    ("unlogged", lambda t: t.unlogged),
    ("partitioning", lambda t: t.partitioning),
    ("partition-of", lambda t: ".".join(t.partition_of) if t.partition_of else None),
    ("partition-bound", lambda t: t.bound),
    ("inherits", lambda t: [".".join(one) for one in t.inherits] or None),
    ("options", _options),
    ("replica-identity", lambda t: t.replica_identity),
    ("tablespace", lambda t: t.tablespace),
    ("access-method", lambda t: t.access_method),
    ("clustered-on", lambda t: t.clustered_on),
)
