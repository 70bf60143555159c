"""A connection that goes nowhere: it takes every call and every query answers nothing."""

# mypy: ignore-errors

from __future__ import annotations

from sqlalchemy.engine import Engine


class StandIn:
    """Answers itself to everything, is empty when iterated, and knows its dialect."""

    def __init__(self, engine=None):
        self.__dict__["engine"] = engine
        self.__dict__["dialect"] = getattr(engine, "dialect", None)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return False

    def __await__(self):
        return self
        yield

    def __iter__(self):
        return iter(())

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    def __bool__(self):
        return True  # Alembic asks `if connection:`

    def __len__(self):
        return 0

    def __getitem__(self, key):
        raise IndexError(key)

    async def run_sync(self, function, *args, **kwargs):
        return function(self, *args, **kwargs)


def install():
    """From now on engines hand out stand-ins."""
    for cls in [Engine] + _asynchronous():
        for name in ("connect", "begin"):
            setattr(cls, name, lambda self, *args, **kwargs: StandIn(getattr(self, "sync_engine", self)))


def _asynchronous():
    try:
        from sqlalchemy.ext.asyncio import AsyncEngine
    except ImportError:
        return []
    return [AsyncEngine]


class Permissive(dict):
    """`config.attributes` that has an answer for everything it is asked for."""

    def __missing__(self, key):
        return StandIn()
