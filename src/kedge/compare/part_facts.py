"""Tells in which facts two constraints or indexes of one kind differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kedge.catalog import (
    Check,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    Part,
    PrimaryKey,
    TableKey,
    Unique,
    Unknown,
)
from kedge.compare.difference import Asking, Form, Question
from kedge.compare.words import (
    deferral_words,
    foreign_key_words,
    key_words,
    keyed_columns,
    on_delete_words,
    part_words,
    sorting_words,
    target_words,
)


class Fact(NamedTuple):
    """One fact of a pair of parts in which they differ."""

    attribute: str
    models: Any
    database: Any
    confirmed: bool = True


class PartFacts:
    """Of the parts of one table, by the models' name of it."""

    def __init__(self, table: TableKey, asking: Asking) -> None:
        self.table = table
        self.asking = asking

    def equal(self, models: Part, database: Part) -> bool:
        return not any(f.attribute != "comment" for f in self.of(models, database))

    def of(self, models: Part, database: Part) -> Iterator[Fact]:
        """In what a pair differs, name apart."""
        if isinstance(models, PrimaryKey):
            yield from _plain(models, database, "columns", None, keyed_columns)
            yield from _plain(models, database, "include", list)
        elif isinstance(models, Unique):
            yield from _unique_facts(models, database)
        elif isinstance(models, ForeignKey):
            yield from _foreign_key_facts(models, database)
        elif isinstance(models, Check):
            yield from self.check_facts(models, database)
        elif isinstance(models, Index):
            yield from self.index_facts(models, database)
        elif isinstance(models, Exclusion):
            yield from self.exclusion_facts(models, database)
        if hasattr(models, "deferrable"):
            yield from _plain(models, database, "deferrable", None, deferral_words)
        yield from _plain(models, database, "comment", None)

    def check_facts(self, models: Check, database: Any) -> Iterator[Fact]:
        yield from self.text("expression", "check", models.expression, database.expression)
        yield from _checked(models, database)
        yield from _plain(models, database, "no_inherit", bool)

    def index_facts(self, models: Index, database: Any) -> Iterator[Fact]:
        yield from _plain(models, database, "valid", bool)
        yield from _plain(models, database, "unique", bool)
        yield from _plain(models, database, "method", str)
        for fact in self.keys("columns", models.keys, database.keys):
            if models.method == database.method or fact.attribute != "opclass":
                yield fact
        yield from _plain(models, database, "include", list)
        yield from self.text("predicate", "predicate", models.predicate, database.predicate)
        yield from _plain(models, database, "nulls_not_distinct", bool)
        yield from _plain(models, database, "options", list)
        yield from _plain(models, database, "ignored", bool)
        yield from _plain(models, database, "tablespace", None)

    def exclusion_facts(self, models: Exclusion, database: Any) -> Iterator[Fact]:
        facts = [
            *self.keys("definition", models.keys, database.keys),
            *self.text("definition", "predicate", models.predicate, database.predicate),
            *_plain(models, database, "method", str),
            *_plain(models, database, "operators", list),
        ]
        if facts:
            confirmed = all(f.confirmed for f in facts)
            yield Fact("definition", part_words(models), part_words(database), confirmed)

    def keys(
        self, attribute: str, models: tuple[IndexKey, ...], database: tuple[IndexKey, ...]
    ) -> Iterator[Fact]:
        same = self.same_subjects(models, database)
        if same is not True:
            yield Fact(attribute, list(map(key_words, models)), list(map(key_words, database)), same is False)
            return
        for name, get in (
            ("opclass", lambda k: k.opclass),
            ("collation", lambda k: k.collation),
            ("sorting", lambda k: sorting_words(k).strip() or "asc"),
            ("length", lambda k: k.length),
        ):
            left, right = [get(k) for k in models], [get(k) for k in database]
            if left != right:
                unset = "all" if name == "length" else "default"
                yield Fact(name, _one(left, unset), _one(right, unset))

    def same_subjects(self, models: tuple[IndexKey, ...], database: tuple[IndexKey, ...]) -> bool | None:
        if len(models) != len(database):
            return False
        verdict: bool | None = True
        for left, right in zip(models, database, strict=True):
            if left.column is not None or right.column is not None:
                if left.column != right.column:
                    return False
            elif (same := self.same("expression", left.expression, right.expression)) is False:
                return False
            elif same is None:
                verdict = None
        return verdict

    def text(self, attribute: str, form: Form, models: Any, database: Any) -> Iterator[Fact]:
        same = self.same(form, models, database)
        if same is not True:
            yield Fact(attribute, models, database, same is False)

    def same(self, form: Form, models: str | Unknown | None, database: str | Unknown | None) -> bool | None:
        if isinstance(models, Unknown) or isinstance(database, Unknown):
            return True
        if models is None or database is None:
            return models is database
        return self.asking.same(Question(self.table, form, models, database))


def _unique_facts(models: Unique, database: Any) -> Iterator[Fact]:
    yield from _plain(models, database, "columns", None, keyed_columns)
    yield from _plain(models, database, "include", list)
    yield from _plain(models, database, "nulls_not_distinct", bool)


def _foreign_key_facts(models: ForeignKey, database: Any) -> Iterator[Fact]:
    """Neither the order of the pairs nor a name matters; who points where does."""
    left = sorted(zip(models.columns, models.target_columns, strict=False))
    right = sorted(zip(database.columns, database.target_columns, strict=False))
    same_table = (models.target_schema, models.target_table) == (
        database.target_schema,
        database.target_table,
    )
    if not same_table or sorted(models.target_columns) != sorted(database.target_columns):
        moved = sorted(models.columns) != sorted(database.columns)
        words = foreign_key_words if moved else target_words
        yield Fact("target", words(models), words(database))
    elif left != right or models.period != database.period:
        yield Fact("columns", _arrows(left, models.period), _arrows(right, database.period))
    if on_delete_words(models) != on_delete_words(database):
        yield Fact("on_delete", on_delete_words(models), on_delete_words(database))
    yield from _plain(models, database, "on_update", str)
    yield from _plain(models, database, "match", str)
    yield from _checked(models, database)


def _checked(models: Any, database: Any) -> Iterator[Fact]:
    """A table made whole has no rows to check, so NOT VALID in the models asks for nothing."""
    if models.enforced and not database.enforced:
        yield Fact("enforced", True, False)
    elif models.validated and not database.validated:
        yield Fact("validated", True, False)


def _plain(models: Any, database: Any, name: str, shape: Any, get: Any = None) -> Iterator[Fact]:
    left, right = (get(p) if get else getattr(p, name) for p in (models, database))
    if left != right:
        yield Fact(name, shape(left) if shape and left is not None else left,
                   shape(right) if shape and right is not None else right)  # fmt: skip


def _arrows(pairs: list[tuple[str, str]], period: bool) -> list[str]:
    return [f"{local} → {remote}" for local, remote in pairs] + (["over a period"] if period else [])


def _one(values: list[Any], unset: str) -> Any:
    """A single key's value alone; several as a list, with the unset ones named."""
    return values[0] if len(values) == 1 else [unset if v is None else v for v in values]
