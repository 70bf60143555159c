"""Pairs the constraints or indexes of one kind on both sides: by name, by content, by columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kedge.catalog import ForeignKey, Index, Unique


class Pairing(NamedTuple):
    pairs: list[tuple[Any, Any]]
    only_models: list[Any]
    only_database: list[Any]


class Pairer:
    """`equal` says whether two parts are one but for their name; `prefix` is how servers begin the names they give."""

    def __init__(self, equal: Callable[[Any, Any], bool], prefix: str) -> None:
        self.equal = equal
        self.prefix = prefix

    def pair(self, models: tuple[Any, ...], database: tuple[Any, ...]) -> Pairing:
        left, right = list(models), list(database)
        pairs: list[tuple[Any, Any]] = []
        for part in models:
            # Some databases let two constraints of a table bear one name.
            same = [p for p in right if p.name == part.name] if part.name is not None else []
            if same:
                equal = (p for p in same if len(same) > 1 and self.equal(part, p))
                _move(pairs, left, right, part, next(equal, same[0]))
        self.pair_by(self.equal, pairs, left, right)
        self.pair_renamed(pairs, left, right)
        # What a server made by itself is there or not with its foreign key: it is never missing, nor extra.
        left, right = ([p for p in side if not getattr(p, "automatic", False)] for side in (left, right))
        for matches in (_same_subject, _overlapping):
            self.pair_by(matches, pairs, left, right)
        return Pairing(pairs, left, right)

    def pair_by(
        self,
        matches: Callable[[Any, Any], bool],
        pairs: list[tuple[Any, Any]],
        left: list[Any],
        right: list[Any],
    ) -> None:
        for part in sorted(left, key=lambda p: p.name is not None):
            fits = [p for p in right if matches(part, p)]
            if fits:
                own = (p for p in fits if (p.name or "").startswith(self.prefix))
                _move(pairs, left, right, part, next(own, fits[0]))

    def pair_renamed(self, pairs: list[tuple[Any, Any]], left: list[Any], right: list[Any]) -> None:
        """What bears another name and is otherwise changed, where it can be only this one."""
        for part in list(left):
            fits = [p for p in right if _renamed(part, p)]
            rivals = [p for p in left if fits and _renamed(p, fits[0])]
            if len(fits) == len(rivals) == 1:
                _move(pairs, left, right, part, fits[0])


def columns_of(part: Any) -> tuple[str, ...]:
    if isinstance(part, Index):
        if all(k.column for k in part.keys) and part.predicate is None:
            return tuple(k.column or "" for k in part.keys)
        return part.columns
    return tuple(part.columns)


def _same_subject(models: Any, database: Any) -> bool:
    """An unnamed part pairs with the part of its kind on the same columns."""
    return models.name is None and sorted(columns_of(models)) == sorted(columns_of(database))


def _renamed(models: Any, database: Any) -> bool:
    """Whether two parts of other names stand for one thing; of checks and predicates the text is the thing."""
    if models.name is None or database.name is None or type(models) is not type(database):
        return False
    if isinstance(models, Unique):
        return bool(models.columns == database.columns)
    if isinstance(models, ForeignKey):
        return (models.columns, models.target_schema, models.target_table) == (
            database.columns,
            database.target_schema,
            database.target_table,
        )
    if isinstance(models, Index):
        return not database.automatic and (models.keys, models.predicate) == (
            database.keys,
            database.predicate,
        )
    return False


def _overlapping(models: Any, database: Any) -> bool:
    if models.name is not None:
        return False
    if isinstance(models, ForeignKey) and (models.target_schema, models.target_table) == (
        database.target_schema,
        database.target_table,
    ):
        return True
    return bool(set(columns_of(models)) & set(columns_of(database)))


def _move(pairs: list[Any], left: list[Any], right: list[Any], models: Any, database: Any) -> None:
    pairs.append((models, database))
    left.remove(models)
    right.remove(database)
