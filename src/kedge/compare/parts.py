"""Compares the constraints and indexes of one table: pairs them, then tells in which facts a pair differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kedge.catalog import (
    Check,
    Exclusion,
    ForeignKey,
    Index,
    ObjectPath,
    PrimaryKey,
    Table,
    Unique,
    Unknown,
)
from kedge.compare.difference import Asking, Difference, value
from kedge.compare.pairing import Pairer, Pairing, columns_of
from kedge.compare.part_facts import Fact, PartFacts
from kedge.compare.words import part_words

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


class PartComparison:
    """The parts of one table on both sides. `database` already bears the models' column names."""

    def __init__(self, models: Table, database: Table, asking: Asking) -> None:
        self.models = models
        self.database = database
        self.facts = PartFacts((models.schema, models.name), asking)
        self.pairer = Pairer(self.facts.equal, f"{database.name}_")
        self.differences: list[Difference] = []
        self.unknown: list[tuple[ObjectPath, str]] = []

    def compare(self) -> list[Difference]:
        self.primary_keys()
        uniques = self.pairer.pair(self.models.uniques, self.database.uniques)
        indexes = self.pairer.pair(self.models.indexes, self.database.indexes)
        self.representations(uniques.only_models, indexes.only_database)
        self.representations(indexes.only_models, uniques.only_database)
        self.forgive_merged_uniques(uniques)
        for pairing in (
            uniques,
            indexes,
            self.without_twins(self.pairer.pair(self.models.foreign_keys, self.database.foreign_keys)),
            self.pairer.pair(self.models.checks, self.database.checks),
            self.pairer.pair(self.models.exclusions, self.database.exclusions),
        ):
            self.report(pairing)
        return self.differences

    # -- pairing

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
            k
            for k in keys.only_models
            if k.name is not None or not any(self.facts.equal(k, t) for t in there)
        ]
        return keys

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
            facts = list(self.facts.of(models, database))
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
        refs = {self.models.path.part("column", c) for p in given for c in columns_of(p)}
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


def _evidence(changed: bool) -> tuple[str, ...]:
    if changed:
        return ("they stand on the same columns, and nothing else does",)
    return ("the definitions are equal but for the name",)


def _twice(twin: str | None) -> tuple[str, ...]:
    return (f"{twin} is the same but for its name",) if twin else ()
