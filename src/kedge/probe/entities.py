"""Remembers the project's line that made each entity of alembic_utils."""

# mypy: ignore-errors

from __future__ import annotations

from .reasons import calling_place


def watched(module, guard):
    """Wraps the library when it is imported; it imports SQLAlchemy, this does not."""

    def __new__(cls, *args, **kwargs):
        entity = object.__new__(cls)
        entity.kedge_place = calling_place()
        return entity

    module.ReplaceableEntity.__new__ = __new__
