"""Compares the columns of one table that bear one name on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kedge.catalog import Column, ObjectPath, Table, Unknown
from kedge.compare.difference import Asking, Difference, Question, value
from kedge.compare.words import column_words, identity_words


def compare_columns(models: Table, database: Table, asking: Asking) -> Iterator[Difference]:
    here = {c.name: c for c in database.columns}
    for column in models.columns:
        path = database.path.part("column", column.name)
        if column.name not in here:
            yield Difference(path, "presence", value(column_words(column)), value(None), model_path=path)
            continue
        for attribute, left, right, confirmed in facts(models, column, here[column.name], asking):
            yield Difference(
                path,
                attribute,
                value(left),
                value(right),
                model_path=models.path.part("column", column.name),
                refs=(models.path.part("column", column.name),),
                confirmed=confirmed,
                traits=_traits(column, here[column.name]),
            )
    declared = {c.name for c in models.columns}
    for column in database.columns:
        if column.name not in declared:
            path = database.path.part("column", column.name)
            yield Difference(path, "presence", value(None), value(column_words(column)))


def _traits(models: Column, database: Column) -> frozenset[str]:
    stored_alike = models.affinity is not None and models.affinity == database.affinity
    traits = {"not-null": not database.nullable, "stored-alike": stored_alike}
    return frozenset(name for name, has in traits.items() if has)


def facts(
    table: Table, models: Column, database: Column, asking: Asking
) -> Iterator[tuple[str, Any, Any, bool]]:
    """(attribute, models' value, database's value, confirmed) for each fact in which two columns differ."""
    if isinstance(models.type, Unknown):
        return
    if models.type != database.type:
        yield "type", models.type, database.type, True
    if models.nullable != database.nullable:
        yield "nullable", models.nullable, database.nullable, True
    elif database.unvalidated and not models.unvalidated:
        yield "nullable", models.nullable, "not valid", True
    yield from _generation(table, models, database, asking)
    if models.collation != database.collation:
        yield "collation", models.collation, database.collation, True
    if models.on_update != database.on_update and not isinstance(models.on_update, Unknown):
        yield "on-update", models.on_update, database.on_update, True
    if models.invisible != database.invisible:
        yield "invisible", models.invisible, database.invisible, True
    # Tuned by who runs the database, unless somebody declares it.
    if models.storage is not None and models.storage != database.storage:
        yield "storage", models.storage, database.storage, True
    if (models.comment or None) != (database.comment or None):
        yield "comment", models.comment or None, database.comment or None, True


def _generation(
    table: Table, models: Column, database: Column, asking: Asking
) -> Iterator[tuple[str, Any, Any, bool]]:
    """Default, identity and computation exclude each other, so a change from one to another is one difference."""
    if isinstance(models.default, Unknown):
        return
    if models.computed is not None or database.computed is not None:
        same = _same_computation(table, models, database, asking)
        if same is not True:
            yield "computed", _source(models), _source(database), same is False
    elif models.identity is not None or database.identity is not None:
        if models.identity != database.identity:
            yield "identity", _source(models), _source(database), True
    elif isinstance(models.default, str) and isinstance(database.default, str):
        key = table.schema, table.name
        same = asking.same(Question(key, "default", models.default, database.default, models.name))
        if same is not True:
            yield "default", models.default, database.default, same is False
    elif models.default != database.default:
        yield "default", models.default, database.default, True


def _same_computation(table: Table, models: Column, database: Column, asking: Asking) -> bool | None:
    left, right = models.computed, database.computed
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return True
    if left is None or right is None or left.stored != right.stored:
        return False
    return asking.same(
        Question((table.schema, table.name), "expression", left.expression, right.expression, models.name)
    )


def _source(column: Column) -> str | None:
    """Where a column's value comes from when none is given, in words."""
    if column.computed is not None and not isinstance(column.computed, Unknown):
        kind = "stored" if column.computed.stored else "virtual"
        return f"generated always as {column.computed.expression} {kind}"
    if column.identity is not None:
        return identity_words(column.identity)
    return f"default {column.default}" if isinstance(column.default, str) else None


def order_differs(models: Table, database: Table) -> bool:
    """Whether the columns both sides have stand in another order."""
    both = {c.name for c in models.columns} & {c.name for c in database.columns}
    left, right = ([c.name for c in t.columns if c.name in both] for t in (models, database))
    return left != right


def rename_of(path: ObjectPath, name: str) -> ObjectPath:
    return ObjectPath(path.kind, path.schema, path.table, name)
