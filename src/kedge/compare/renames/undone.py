"""The database as if nothing in it had been renamed, and the way back to its own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from kedge.catalog import NOT_TABLES, Catalog, Enum, ObjectPath, Sequence, Table, TableKey
from kedge.compare.difference import Difference
from kedge.compare.hints import Hints
from kedge.compare.renames.columns import column_renames, respellings, with_columns_renamed
from kedge.compare.renames.parts import with_part_renamed
from kedge.compare.renames.rename import Rename, name_difference
from kedge.compare.renames.schemas import with_schemas_renamed
from kedge.compare.renames.tables import partition_renames, referrers, table_renames, with_tables_renamed
from kedge.compare.renames.types import enum_renames, sequence_renames, with_enums_renamed

T = TypeVar("T", Table, Enum, Sequence)


class Undone:
    """`differences` are the renames, `database` is what is left to compare.

    `enums` and `sequences` are the pairs of those that were renamed; they keep their own keys in `database`.
    """

    def __init__(
        self,
        models: Catalog,
        database: Catalog,
        others: frozenset[TableKey],
        hints: Hints,
        schemas: Iterable[Rename[str]],
    ) -> None:
        self.models = models
        self.others = others
        self.hints = hints
        self.differences: list[Difference] = []
        self.schema_names: dict[str, str] = {}
        self.table_names: dict[TableKey, TableKey] = {}
        self.column_names: dict[TableKey, dict[str, str]] = {}
        database = self.of_schemas(database, schemas)
        database = self.of_enums(database)
        self.sequences = self.of_sequences(database)
        database = self.of_tables(database)
        self.database = self.of_columns_and_parts(database)

    def take(self, path: ObjectPath, models_path: ObjectPath, rename: Rename[str]) -> None:
        names = rename.models, rename.database
        said = name_difference(path, models_path, names, rename.confidence, rename.evidence, rename.attribute)
        self.differences.append(said)

    def take_pair(self, rename: Rename[Table] | Rename[Enum] | Rename[Sequence]) -> None:
        one, other, attribute = rename.models, rename.database, rename.attribute
        names = (one.name, other.name) if attribute == "name" else (one.schema, other.schema)
        self.take(other.path, one.path, Rename(*names, rename.confidence, rename.evidence, attribute))

    # -- what was renamed

    def of_schemas(self, database: Catalog, renamed: Iterable[Rename[str]]) -> Catalog:
        for rename in renamed:
            self.take(ObjectPath("schema", rename.database), ObjectPath("schema", rename.models), rename)
            self.schema_names[rename.models] = rename.database
        return with_schemas_renamed(database, {old: new for new, old in self.schema_names.items()})

    def of_enums(self, database: Catalog) -> Catalog:
        told: list[Rename[Enum]] = [
            Rename(one, other, "certain", (hint.said,), "name" if one.schema == other.schema else "schema")
            for one, other, hint in self.hints.told(*_unmatched(self.models.enums, database.enums))
        ]
        renamed = told + [r for r in enum_renames(self.models, database) if _is_new(r, told)]
        self.enums = {(r.models.schema, r.models.name): r.database for r in renamed}
        for rename in renamed:
            self.take_pair(rename)
        return with_enums_renamed(database, {r.database.spelling: r.models.spelling for r in renamed})

    def of_sequences(self, database: Catalog) -> dict[TableKey, Sequence]:
        told: list[Rename[Sequence]] = [
            Rename(one, other, "certain", (hint.said,))
            for one, other, hint in self.hints.told(*_unmatched(self.models.sequences, database.sequences))
        ]
        renamed = told + [r for r in sequence_renames(self.models, database) if _is_new(r, told)]
        for rename in renamed:
            self.take_pair(rename)
        return {(r.models.schema, r.models.name): r.database for r in renamed}

    def of_tables(self, database: Catalog) -> Catalog:
        missing, extra = _unmatched(self.models.tables, database.tables)
        missing = [t for t in missing if t.kind not in NOT_TABLES]
        partitions = list(partition_renames(missing, extra.values()))
        extra = {
            key: t
            for key, t in extra.items()
            if key not in self.others and t.kind not in NOT_TABLES and not t.partition_of
        }
        told: list[Rename[Table]] = [
            Rename(one, other, "certain", (hint.said,), "name" if one.name != other.name else "schema")
            for one, other, hint in self.hints.told(missing, extra)
        ]
        told += [rename for rename in partitions if _is_new(rename, told)]
        missing = [t for t in missing if all(t is not r.models for r in told)]
        rest = [t for t in extra.values() if all(t is not r.database for r in told)]
        guessed = table_renames(missing, rest, referrers(self.models), referrers(database))
        for rename in (*told, *guessed):
            one, other = rename.models, rename.database
            self.table_names[one.schema, one.name] = other.schema, other.name
            self.take_pair(rename)
        return with_tables_renamed(database, {old: new for new, old in self.table_names.items()})

    def of_columns_and_parts(self, database: Catalog) -> Catalog:
        tables = dict(database.tables)
        for key, table in self.models.tables.items():
            here = tables.get(key)
            if here is not None and not {here.kind, table.kind} & NOT_TABLES and table is not here:
                tables[key] = self.of_parts(table, self.of_columns(key, table, here))
        return self.with_targets(msgspec.structs.replace(database, tables=tables))

    def of_columns(self, key: TableKey, table: Table, here: Table) -> Table:
        respelled = respellings(table, here) if self.models.profile.folds_case else {}
        here = with_columns_renamed(here, respelled)
        found = column_renames(table, here, self.hints.columns(table), self.hints.forms(key))
        names = {r.database.name: r.models.name for r in found}
        for r in found:
            new, old = r.models.name, r.database.name
            paths = here.path.part("column", old), table.path.part("column", new)
            self.take(*paths, Rename(new, old, r.confidence, r.evidence))
        self.column_names[key] = {new: old for old, new in {**respelled, **names}.items()}
        return with_columns_renamed(here, names)

    def of_parts(self, table: Table, here: Table) -> Table:
        """Constraints and indexes of which somebody says that they were renamed."""
        for new, hint in self.hints.parts(table).items():
            here, kind = with_part_renamed(table, here, hint.old, new)
            if kind is not None:
                paths = here.path.part(kind, hint.old), table.path.part(kind, new)
                self.take(*paths, Rename(new, hint.old, "certain", (hint.said,)))
        return here

    def with_targets(self, database: Catalog) -> Catalog:
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

    # -- the way back

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


def _unmatched(
    models: Mapping[TableKey, T], database: Mapping[TableKey, T]
) -> tuple[list[T], dict[TableKey, T]]:
    """What the models alone have, and what the database alone has."""
    missing = [one for key, one in models.items() if key not in database]
    return missing, {key: one for key, one in database.items() if key not in models}


def _is_new(rename: Rename[T], told: Iterable[Rename[T]]) -> bool:
    return all(rename.models is not r.models and rename.database is not r.database for r in told)
