"""What people say was renamed, so that nobody has to guess."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from kedge.catalog import Enum, ObjectPath, Sequence, Struct, Table, TableKey

T = TypeVar("T", Table, Enum, Sequence)


class Hint(Struct, frozen=True):
    """The name the database may still have for an object, and who says so; `schema` where it stood in another one."""

    old: str
    said: str
    schema: str | None = None


Forms: TypeAlias = Callable[[TableKey], Collection[frozenset[str]]]


class Hints:
    """Hints by the models' path of what was renamed. One that fits nothing says nothing.

    `forms` are the columns that a table had together, at any time: two of them are not one under two names.
    """

    def __init__(self, hints: Mapping[ObjectPath, Hint] | None = None, forms: Forms = lambda key: ()) -> None:
        self.hints = hints or {}
        self.forms = forms

    def __bool__(self) -> bool:
        return bool(self.hints)

    def of(self, path: ObjectPath) -> Hint | None:
        return self.hints.get(path)

    def told(self, models: Iterable[T], database: Mapping[TableKey, T]) -> Iterator[tuple[T, T, Hint]]:
        """Those of which somebody says so, and that stand in the database under the old name."""
        for one in models:
            hint = self.of(one.path)
            if hint is not None:
                other = database.get((hint.schema or one.path.schema or "", hint.old))
                if other is not None:
                    yield one, other, hint

    def columns(self, table: Table) -> dict[str, Hint]:
        """Hints for the columns of one table, by their new names."""
        return {
            p.name: h
            for p, h in self.hints.items()
            if p.kind == "column" and p.name and (p.schema, p.table) == (table.schema, table.name)
        }

    def parts(self, table: Table) -> dict[str, Hint]:
        """Hints for constraints and indexes of one table, by their new names."""
        return {
            p.name: h
            for p, h in self.hints.items()
            if p.kind != "column" and p.name and (p.schema, p.table) == (table.schema, table.name)
        }


NO_HINTS = Hints()
