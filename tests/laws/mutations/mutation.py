"""What a mutation is: one change, as SQL on the live database, that knows what an audit must say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from tests.laws.live import Live, LiveTable

T = TypeVar("T")


class Pick:
    """Chooses among candidates; `number` for what is counted."""

    def __init__(self, choose: Callable[[Sequence[Any]], Any]) -> None:
        self.choose = choose

    def __call__(self, candidates: Sequence[T]) -> T | None:
        return self.choose(candidates) if candidates else None


class Change(NamedTuple):
    """The statements, and the object the one finding is about; `also` are the rules of what else was changed of it."""

    sql: tuple[str, ...]
    kind: str
    schema: str
    table: str | None
    name: str | None
    also: tuple[tuple[str, str, str, str | None, str | None], ...] = ()


Make: TypeAlias = Callable[[Live, Pick], Change | None]


class Mutation(NamedTuple):
    name: str
    rule: str
    facts: tuple[str, ...]
    needs: tuple[str, ...]
    make: Make


MUTATIONS: dict[str, Mutation] = {}


def mutation(rule: str, *facts: str, needs: Sequence[str] = ()) -> Callable[[Make], Make]:
    """Registers a change of these facts ("Column.nullable"), which `rule` must find.

    `needs` are facts the drawn metadata must have, so that there is something to change.
    """

    def register(make: Make) -> Make:
        name = make.__name__.replace("_", " ").strip()
        assert name not in MUTATIONS, name
        MUTATIONS[name] = Mutation(name, rule, facts, tuple(needs), make)
        return make

    return register


def alter(table: LiveTable, *clauses: str) -> str:
    return f"ALTER TABLE {table.sql} {', '.join(clauses)}"


def on(kind: str, table: LiveTable, name: str | None, *sql: str) -> Change:
    """A change whose finding is about a part of this table."""
    return Change(sql, kind, table.schema, table.name, name)
