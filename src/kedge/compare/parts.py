"""Compares the constraints and indexes of one table: pairs them, then tells in which facts a pair differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from kedge.catalog import (
    Check,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    ObjectPath,
    Part,
    PrimaryKey,
    Table,
    Unique,
    Unknown,
)
from kedge.compare.difference import Asking, Difference, Form, Question, value
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

KINDS: dict[type[Any], str] = {
    PrimaryKey: "primary-key",
    Unique: "unique",
    ForeignKey: "foreign-key",
    Check: "check",
    Exclusion: "exclusion",
    Index: "index",
}


FIELDS: dict[type[Any], str] = {
    Unique: "uniques",
    ForeignKey: "foreign_keys",
    Check: "checks",
    Index: "indexes",
}


class Fact(NamedTuple):
    """One fact of a pair of parts in which they differ."""

    attribute: str
    models: Any
    database: Any
    confirmed: bool = True


class Pairing(NamedTuple):
    pairs: list[tuple[Any, Any]]
    only_models: list[Any]
    only_database: list[Any]


class PartComparison:
    """The parts of one table on both sides. `database` already bears the models' column names."""

    def __init__(self, models: Table, database: Table, asking: Asking) -> None:
        self.models = models
        self.database = database
        self.asking = asking
        self.differences: list[Difference] = []
        self.unknown: list[tuple[ObjectPath, str]] = []

    def compare(self) -> list[Difference]:
        self.primary_keys()
        uniques = self.pair(self.models.uniques, self.database.uniques)
        indexes = self.pair(self.models.indexes, self.database.indexes)
        self.representations(uniques.only_models, indexes.only_database)
        self.representations(indexes.only_models, uniques.only_database)
        self.forgive_merged_uniques(uniques)
        for pairing in (
            uniques,
            indexes,
            self.without_twins(self.pair(self.models.foreign_keys, self.database.foreign_keys)),
            self.pair(self.models.checks, self.database.checks),
            self.pair(self.models.exclusions, self.database.exclusions),
        ):
            self.report(pairing)
        return self.differences

    # -- pairing: by name, by content, by columns

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
                own = (p for p in fits if (p.name or "").startswith(f"{self.database.name}_"))
                _move(pairs, left, right, part, next(own, fits[0]))

    def pair_renamed(self, pairs: list[tuple[Any, Any]], left: list[Any], right: list[Any]) -> None:
        """What bears another name and is otherwise changed, where it can be only this one."""
        for part in list(left):
            fits = [p for p in right if _renamed(part, p)]
            rivals = [p for p in left if fits and _renamed(p, fits[0])]
            if len(fits) == len(rivals) == 1:
                _move(pairs, left, right, part, fits[0])

    def equal(self, models: Part, database: Part) -> bool:
        return not any(f.attribute != "comment" for f in self.facts(models, database))

    def representations(self, models: list[Any], database: list[Any]) -> None:
        """UNIQUE on one side, an index on the same columns on the other: one difference, not two."""
        for part in list(models):
            for other in list(database):
                if _key_columns(part) == _key_columns(other) and "unique" in part_words(part):
                    models.remove(part)
                    database.remove(other)
                    self.add(
                        part,
                        other,
                        Fact("representation", part_words(part), part_words(other)),
                        kind="unique",
                    )
                    break

    def forgive_merged_uniques(self, uniques: Pairing) -> None:
        """CREATE TABLE merges a UNIQUE over the columns of the primary key, or of another UNIQUE, into that.

        https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-UNIQUE
        """
        enforced = {pair[1].columns for pair in uniques.pairs}
        if self.database.primary_key is not None:
            enforced.add(self.database.primary_key.columns)
        uniques.only_models[:] = [u for u in uniques.only_models if u.columns not in enforced]

    def without_twins(self, keys: Pairing) -> Pairing:
        """A foreign key declared twice, in the column and by name, is enforced where it stands once."""
        there = [pair[1] for pair in keys.pairs]
        keys.only_models[:] = [
            k for k in keys.only_models if k.name is not None or not any(self.equal(k, t) for t in there)
        ]
        return keys

    # -- facts

    def facts(self, models: Part, database: Part) -> Iterator[Fact]:
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
        return self.asking.same(Question((self.models.schema, self.models.name), form, models, database))

    # -- differences

    def primary_keys(self) -> None:
        models, database = self.models.primary_key, self.database.primary_key
        if models is None and database is None:
            return
        if models is None or database is None:
            self.presence(models, database)
        else:
            self.report(Pairing([(models, database)], [], []))

    def report(self, pairing: Pairing) -> None:
        for models, database in pairing.pairs:
            self.unknown_facts(models)
            facts = list(self.facts(models, database))
            renamed = models.name is not None and models.name != database.name
            if facts and facts[0].attribute == "valid":
                facts = facts[:1]
            if renamed:
                self.add(models, database, Fact("name", models.name, database.name), changed=bool(facts))
            for fact in facts:
                self.add(models, database, fact)
        for part in pairing.only_models:
            self.presence(part, None)
        for number, part in enumerate(pairing.only_database):
            extra = [id(p) for p in pairing.only_database]
            self.presence(None, part, self.twin(part, extra[:number], extra[number:]))

    def twin(self, part: Any, before: list[int], after: list[int]) -> str | None:
        """Another part of the table that is the same but for its name: a declared one, else one said before."""
        same = [
            p
            for p in getattr(self.database, FIELDS.get(type(part), ""), ())
            if id(p) not in after and _nameless(p) == _nameless(part)
        ]
        return min(same, key=lambda p: id(p) in before).name if same else None

    def presence(self, models: Any, database: Any, twin: str | None = None) -> None:
        fact = Fact("presence", models and part_words(models), database and part_words(database))
        self.add(models, database, fact, twin=twin)

    def add(
        self,
        models: Any,
        database: Any,
        fact: Fact,
        kind: str | None = None,
        *,
        changed: bool = False,
        twin: str | None = None,
    ) -> None:
        part = database if database is not None else models
        kind = kind or KINDS[type(part)]
        named = models is not None and database is not None and models.name not in (None, database.name)
        given = [p for p in (models, database) if p is not None]
        refs = {self.models.path.part("column", c) for p in given for c in _columns_of(p)}
        refs |= {r for p in given if isinstance(p, ForeignKey) for r in _target_refs(p)}
        self.differences.append(
            Difference(
                path=self.database.path.part(kind, part.name),
                attribute=fact.attribute.replace("_", "-"),
                models=value(fact.models),
                database=value(fact.database),
                names=(models.name, database.name) if named else None,
                model_path=self.models.path.part(kind, models.name) if models is not None else None,
                refs=tuple(sorted(refs)),
                confirmed=fact.confirmed,
                traits=_traits(given) | ({"twice"} if twin else set()) | self.kept_apart(fact, models),
                confidence="likely" if changed else "certain",
                evidence=_evidence(changed) if fact.attribute == "name" else _twice(twin),
            )
        )

    def kept_apart(self, fact: Fact, models: Any) -> set[str]:
        """Whether a key of the database's keeps rows apart that the missing primary key would."""
        if fact.attribute != "presence" or fact.database is not None or not isinstance(models, PrimaryKey):
            return set()
        filled = {c.name for c in self.database.columns if not c.nullable} & set(models.columns)
        keys: list[tuple[str | None, ...]] = [u.columns for u in self.database.uniques]
        keys += [
            _key_columns(i) for i in self.database.indexes if i.unique and i.valid and i.predicate is None
        ]
        return {"kept-apart"} if any(columns and filled.issuperset(columns) for columns in keys) else set()

    def unknown_facts(self, models: Any) -> None:
        texts = [getattr(models, "expression", None), getattr(models, "predicate", None)]
        texts += [k.expression for k in getattr(models, "keys", ())]
        for text in texts:
            if isinstance(text, Unknown):
                self.unknown.append((self.models.path.part(KINDS[type(models)], models.name), text.reason))
                return


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


def _nameless(part: Any) -> Any:
    return msgspec.structs.replace(part, name=None, comment=None)


def _traits(parts: list[Any]) -> frozenset[str]:
    return frozenset({"unique"} if any(getattr(p, "unique", False) for p in parts) else ())


def _target_refs(key: ForeignKey) -> Iterator[ObjectPath]:
    table = ObjectPath("table", key.target_schema, key.target_table)
    yield table
    for column in key.target_columns:
        yield table.part("column", column)


def _key_columns(part: Unique | Index) -> tuple[str | None, ...]:
    """The plain columns made unique, whatever rows a predicate leaves out; nothing equals an expression."""
    if isinstance(part, Unique):
        return part.columns
    keys = tuple(k.column for k in part.keys)
    return keys if all(keys) else (None, *keys, str(part.name))


def _columns_of(part: Any) -> tuple[str, ...]:
    if isinstance(part, Index):
        if all(k.column for k in part.keys) and part.predicate is None:
            return tuple(k.column or "" for k in part.keys)
        return part.columns
    return tuple(part.columns)


def _same_subject(models: Any, database: Any) -> bool:
    """An unnamed part pairs with the part of its kind on the same columns."""
    return models.name is None and sorted(_columns_of(models)) == sorted(_columns_of(database))


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


def _evidence(changed: bool) -> tuple[str, ...]:
    if changed:
        return ("they stand on the same columns, and nothing else does",)
    return ("the definitions are equal but for the name",)


def _twice(twin: str | None) -> tuple[str, ...]:
    return (f"{twin} is the same but for its name",) if twin else ()


def _overlapping(models: Any, database: Any) -> bool:
    if models.name is not None:
        return False
    if isinstance(models, ForeignKey) and (models.target_schema, models.target_table) == (
        database.target_schema,
        database.target_table,
    ):
        return True
    return bool(set(_columns_of(models)) & set(_columns_of(database)))


def _move(pairs: list[Any], left: list[Any], right: list[Any], models: Any, database: Any) -> None:
    pairs.append((models, database))
    left.remove(models)
    right.remove(database)
