"""Walks two catalogs together and yields the `Difference`s between them, folded: one change is one difference.

Knows no rule and no database. Expressions whose texts differ become `Question`s; with the judge's `Answers`
the walk is repeated until nothing is left to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, Enum, ObjectPath, Sequence, Table, TableKey
from kedge.compare import renames
from kedge.compare.columns import compare_columns, order_differs
from kedge.compare.difference import (
    Answers,
    Asking,
    Comparison,
    Confidence,
    Difference,
    Form,
    Question,
    value,
)
from kedge.compare.fold import fold, fold_refusal
from kedge.compare.hints import NO_HINTS, Hint, Hints
from kedge.compare.namespaces import SchemaRename, with_schemas_renamed
from kedge.compare.objects import compare_objects
from kedge.compare.parts import PartComparison
from kedge.compare.words import sequence_words

__all__ = [
    "Answers",
    "Comparison",
    "Difference",
    "Form",
    "Hint",
    "Hints",
    "Question",
    "compare",
    "fold_refusal",
]

NOT_TABLES = ("view", "materialized-view", "foreign-table")


def compare(
    models: Catalog,
    database: Catalog,
    answers: Answers,
    *,
    others: frozenset[TableKey],
    hints: Hints = NO_HINTS,
    schemas: Iterable[SchemaRename] = (),
) -> Comparison:
    """Compare all of `models` with `database`, which holds only what is audited.

    `others` are tables that are declared elsewhere (by another metadata), so not extra here. `hints` are what
    people say was renamed, `schemas` those that bear another name in the database.
    """
    return _Walk(models, database, answers, others, hints, schemas).result()


class _Walk:
    def __init__(
        self,
        models: Catalog,
        database: Catalog,
        answers: Answers,
        others: frozenset[TableKey],
        hints: Hints,
        schemas: Iterable[SchemaRename],
    ) -> None:
        self.renamed_schemas = tuple(schemas)
        self.schema_names = {new: old for new, old, *_ in self.renamed_schemas}
        self.hints = hints
        self.models = models
        self.others = others
        self.asking = Asking(answers)
        self.differences: list[Difference] = []
        self.notes: list[tuple[str, ObjectPath, str]] = []
        self.reordered: list[ObjectPath] = []
        self.column_names: dict[TableKey, dict[str, str]] = {}
        self.table_names: dict[TableKey, TableKey] = {}
        self.original = database
        self.database = self.without_renames(database)

    def result(self) -> Comparison:
        self.tables()
        self.enums()
        self.sequences()
        self.differences += compare_objects(self.models, self.database, self.asking, self.table_names)
        differences = fold(self.differences, self.models, self.database)
        restored = tuple(self.restored(d) for d in differences)
        return Comparison(
            restored, frozenset(self.asking.questions), tuple(self.notes), tuple(self.reordered)
        )

    # -- renames

    def without_renames(self, database: Catalog) -> Catalog:
        database = self.rename_schemas(database)
        database = self.rename_enums(database)
        database = self.rename_sequences(database)
        database = self.rename_tables(database)
        tables = dict(database.tables)
        for key, table in self.models.tables.items():
            here = tables.get(key)
            if here is None or here.kind in NOT_TABLES or table.kind in NOT_TABLES or table is here:
                continue
            respelled = renames.respellings(table, here) if self.models.profile.folds_case else {}
            here = renames.with_columns_renamed(here, respelled)
            found = renames.column_renames(table, here, self.hints.columns(table), self.hints.forms(key))
            for left, right, confidence, evidence in found:
                self.differences.append(
                    renames.name_difference(
                        here.path.part("column", right.name),
                        table.path.part("column", left.name),
                        (left.name, right.name),
                        confidence,
                        evidence,
                    )
                )
            names = {right.name: left.name for left, right, *_ in found}
            self.column_names[key] = {new: old for old, new in {**respelled, **names}.items()}
            here = renames.with_columns_renamed(here, names)
            tables[key] = self.with_parts_renamed(table, here)
        return self.with_targets_renamed(msgspec.structs.replace(database, tables=tables))

    def rename_schemas(self, database: Catalog) -> Catalog:
        for new, old, confidence, evidence in self.renamed_schemas:
            self.differences.append(
                renames.name_difference(
                    ObjectPath("schema", old), ObjectPath("schema", new), (new, old), confidence, evidence
                )
            )
        return with_schemas_renamed(database, {old: new for new, old in self.schema_names.items()})

    def with_parts_renamed(self, table: Table, here: Table) -> Table:
        """Constraints and indexes of which somebody says that they were renamed, under their new names."""
        for new, hint in self.hints.parts(table).items():
            here, part = renames.with_part_renamed(table, here, hint.old, new)
            if part is not None:
                self.differences.append(
                    renames.name_difference(
                        here.path.part(part, hint.old),
                        table.path.part(part, new),
                        (new, hint.old),
                        "certain",
                        (hint.said,),
                    )
                )
        return here

    def with_targets_renamed(self, database: Catalog) -> Catalog:
        """Foreign keys that point at renamed columns point at their new names."""
        renamed = {k: {o: n for n, o in v.items()} for k, v in self.column_names.items() if v}
        if not renamed:
            return database
        tables = {
            key: msgspec.structs.replace(
                t,
                foreign_keys=tuple(
                    msgspec.structs.replace(
                        f,
                        target_columns=tuple(
                            renamed.get((f.target_schema, f.target_table), {}).get(c, c)
                            for c in f.target_columns
                        ),
                    )
                    for f in t.foreign_keys
                ),
            )
            for key, t in database.tables.items()
        }
        return msgspec.structs.replace(database, tables=tables)

    def rename_tables(self, database: Catalog) -> Catalog:
        missing = [
            t for k, t in self.models.tables.items() if k not in database.tables and t.kind not in NOT_TABLES
        ]
        extra = [
            t
            for k, t in database.tables.items()
            if k not in self.models.tables
            and k not in self.others
            and t.kind not in NOT_TABLES
            and not t.partition_of
        ]
        told = self.hints.pairs(missing, {(t.schema, t.name): t for t in extra})
        missing = [t for t in missing if all(t is not one for one, _, _ in told)]
        extra = [t for t in extra if all(t is not other for _, other, _ in told)]
        pairs: list[renames.TableRename] = [
            (t, o, "name" if t.name != o.name else "schema", "certain", (hint.said,)) for t, o, hint in told
        ]
        pairs += renames.table_renames(
            missing, extra, renames.referrers(self.models), renames.referrers(database)
        )
        for table, other, attribute, confidence, evidence in pairs:
            names = (table.name, other.name) if attribute == "name" else (table.schema, other.schema)
            self.table_names[table.schema, table.name] = other.schema, other.name
            self.differences.append(
                renames.name_difference(other.path, table.path, names, confidence, evidence, attribute)
            )
        return renames.with_tables_renamed(database, {old: new for new, old in self.table_names.items()})

    def rename_enums(self, database: Catalog) -> Catalog:
        self.renamed_enums: set[TableKey] = set()
        self.paired_enums: dict[TableKey, Enum] = {}
        spellings = {}
        for enum, other, confidence, evidence in self.enum_pairs(database):
            attribute = "name" if enum.schema == other.schema else "schema"
            names = (enum.name, other.name) if attribute == "name" else (enum.schema, other.schema)
            self.renamed_enums |= {(enum.schema, enum.name), (other.schema, other.name)}
            self.paired_enums[enum.schema, enum.name] = other
            spellings[other.spelling] = enum.spelling
            self.differences.append(
                renames.name_difference(other.path, enum.path, names, confidence, evidence, attribute)
            )
        return renames.with_enums_renamed(database, spellings)

    def enum_pairs(self, database: Catalog) -> list[tuple[Enum, Enum, Confidence, tuple[str, ...]]]:
        told = self.told(self.models.enums, database.enums)
        guessed: list[tuple[Enum, Enum, Confidence, tuple[str, ...]]] = [
            (e, o, "likely", evidence)
            for e, o, evidence in renames.enum_renames(self.models, database)
            if all(e is not one and o is not two for one, two, *_ in told)
        ]
        return told + guessed

    def told(
        self, models: Mapping[TableKey, Any], database: Mapping[TableKey, Any]
    ) -> list[tuple[Any, Any, Confidence, tuple[str, ...]]]:
        """The types or sequences of which somebody says that they were renamed."""
        found: list[tuple[Any, Any, Confidence, tuple[str, ...]]] = []
        for key, item in models.items():
            hint = self.hints.of(item.path)
            other = hint and database.get((hint.schema or key[0], hint.old))
            if hint is not None and other is not None and key not in database:
                found.append((item, other, "certain", (hint.said,)))
        return found

    def rename_sequences(self, database: Catalog) -> Catalog:
        self.renamed_sequences: set[TableKey] = set()
        told = self.told(self.models.sequences, database.sequences)
        told += [
            (s, o, "likely", e)
            for s, o, e in renames.sequence_renames(self.models, database)
            if all(s is not one and o is not two for one, two, *_ in told)
        ]
        for sequence, other, confidence, evidence in told:
            self.renamed_sequences |= {(sequence.schema, sequence.name), (other.schema, other.name)}
            names = (sequence.name, other.name)
            self.differences.append(
                renames.name_difference(other.path, sequence.path, names, confidence, evidence)
            )
        return database

    def restored(self, difference: Difference) -> Difference:
        """The difference with the database's own names in its path, and in that of its reason."""
        path = self.restored_path(difference.path)
        reason = difference.implied_by
        if reason is not None:
            reason = self.restored_path(reason[0]), reason[1]
        if path is difference.path and reason == difference.implied_by:
            return difference
        return msgspec.structs.replace(difference, path=path, implied_by=reason)

    def restored_path(self, path: ObjectPath) -> ObjectPath:
        path = self.restored_part(path)
        if path.kind == "schema" or path.schema not in self.schema_names:
            return path
        return msgspec.structs.replace(path, schema=self.schema_names[path.schema])

    def restored_part(self, path: ObjectPath) -> ObjectPath:
        key = path.schema or "", path.table or ""
        schema, table = self.table_names.get(key, key)
        name = path.name
        if path.kind == "column" and name is not None:
            name = self.column_names.get(key, {}).get(name, name)
        if path.table is None or (schema, table, name) == (path.schema, path.table, path.name):
            return path
        return ObjectPath(path.kind, schema, table, name)

    # -- objects

    def tables(self) -> None:
        for key, table in self.models.tables.items():
            here = self.database.tables.get(key)
            if table is here:
                continue
            if here is None:
                words = value(f"{table.kind} with {len(table.columns)} columns")
                self.differences.append(
                    Difference(table.path, "presence", words, value(None), model_path=table.path)
                )
            elif here.kind != table.kind and (here.kind in NOT_TABLES or table.kind in NOT_TABLES):
                self.differences.append(
                    Difference(here.path, "kind", value(table.kind), value(here.kind), model_path=table.path)
                )
            else:
                self.pair(table, here)
        for key, here in self.database.tables.items():
            extra = key not in self.models.tables and key not in self.others
            if extra and here.kind not in NOT_TABLES and here.partition_of is None:
                words = value(f"{here.kind} with {len(here.columns)} columns")
                self.differences.append(Difference(here.path, "presence", value(None), words))

    def pair(self, models: Table, database: Table) -> None:
        if models.kind != database.kind:
            self.differences.append(
                Difference(
                    database.path, "kind", value(models.kind), value(database.kind), model_path=models.path
                )
            )
        for attribute, get in TABLE_FACTS:
            told = attribute == "partitioning" and models.kind != database.kind
            if (left := get(models)) != (right := get(database)) and not told:
                self.differences.append(
                    Difference(database.path, attribute, value(left), value(right), model_path=models.path)
                )
        self.differences += compare_columns(models, database, self.asking)
        parts = PartComparison(models, database, self.asking)
        self.differences += parts.compare()
        self.notes += [("not-compared", path, reason) for path, reason in parts.unknown]
        for column in models.columns:
            if not isinstance(column.type, str):
                self.notes.append(
                    ("not-compared", models.path.part("column", column.name), column.type.reason)
                )
        if order_differs(models, database):
            self.reordered.append(database.path)

    def enums(self) -> None:
        for key, enum in self.models.enums.items():
            here = self.paired_enums.get(key) or self.database.enums.get(key)
            if here is None:
                self.add_object(enum, "presence", list(enum.values), None)
                continue
            if enum.values != here.values:
                self.add_object(enum, "values", list(enum.values), list(here.values), here.path)
            if enum.comment != here.comment:
                self.add_object(enum, "comment", enum.comment, here.comment, here.path)
        for key, here in self.database.enums.items():
            if key not in self.models.enums and key not in self.renamed_enums:
                self.add_object(here, "presence", None, list(here.values))

    def sequences(self) -> None:
        for key, sequence in self.models.sequences.items():
            here = self.database.sequences.get(key)
            if sequence.owner is not None or key in self.renamed_sequences:
                continue
            if here is None:
                self.add_object(sequence, "presence", sequence_words(sequence), None)
            elif sequence.counter != here.counter:
                self.add_object(sequence, "definition", sequence_words(sequence), sequence_words(here))
            elif sequence.owner != here.owner:
                owner = ".".join(here.owner) if here.owner else None
                self.add_object(sequence, "owner", None, owner)
            elif sequence.comment != here.comment:
                self.add_object(sequence, "comment", sequence.comment, here.comment)
        for key, here in self.database.sequences.items():
            if key not in self.models.sequences and here.owner is None and key not in self.renamed_sequences:
                self.add_object(here, "presence", None, sequence_words(here))

    def add_object(
        self,
        item: Enum | Sequence,
        attribute: str,
        models: object,
        database: object,
        path: ObjectPath | None = None,
    ) -> None:
        self.differences.append(
            Difference(
                path or item.path,
                attribute,
                value(models),
                value(database),
                model_path=item.path if models is not None else None,
                refs=(item.path,),
            )
        )


def _options(table: Table) -> str | None:
    return ", ".join(f"{name}={value}" if value else name for name, value in table.options) or None


def _partitioning(table: Table) -> str | None:
    return f"partition of {'.'.join(table.partition_of)}" if table.partition_of else table.partitioning


# What a table itself says, each as a value to show; None where it says nothing out of the ordinary.
TABLE_FACTS: tuple[tuple[str, Callable[[Table], Any]], ...] = (
    ("comment", lambda t: t.comment or None),
    ("unlogged", lambda t: t.unlogged),
    ("partitioning", _partitioning),
    ("inherits", lambda t: list(t.inherits) or None),
    ("options", _options),
)
