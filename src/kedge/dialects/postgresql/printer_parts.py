"""Prints what a table of a catalog has beside its columns: keys, constraints, indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kedge.catalog import (
    Catalog,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
)
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.printer_objects import literal, whole

# A foreign key is kept by triggers, and switched off with them.
_NOT_ENFORCED = """
DO $kedge$ DECLARE one record; BEGIN
  FOR one IN SELECT t.tgrelid::regclass::text AS relation, t.tgname FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
   WHERE c.conrelid = {table}::regclass AND c.conname = {name}
  LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', one.relation, one.tgname); END LOOP;
  IF NOT FOUND THEN RAISE 'the foreign key is not there yet'; END IF;
END $kedge$"""


def part_statements(table: Table, catalog: Catalog) -> Iterator[str]:
    name = whole(table.schema, table.name)
    alter = "ALTER FOREIGN TABLE" if table.kind == "foreign-table" else "ALTER TABLE"
    only = " ONLY" if table.kind != "partitioned-table" and not table.inherits else ""
    constraints: list[tuple[str | None, str, str | None]] = list(_keys(table))
    constraints += [(one.name, _exclusion(one, catalog), one.comment) for one in table.exclusions]
    constraints += [(check.name, _check(check), check.comment) for check in table.checks]
    parent = catalog.tables.get(table.partition_of) if table.partition_of else None
    of_parent = {key.name for key in parent.foreign_keys} if parent else set()
    own = [key for key in table.foreign_keys if key.name not in of_parent]
    constraints += [(key.name, _foreign_key(key), key.comment) for key in own]
    for called, said, comment in constraints:
        inherited = said.startswith("CHECK") or only == ""
        yield f"{alter}{'' if inherited else only} {name} ADD CONSTRAINT {quoted(called or '')} {said}"
        if comment is not None:
            yield f"COMMENT ON CONSTRAINT {quoted(called or '')} ON {name} IS {literal(comment)}"
    for column in table.columns:
        yield from _column_statements(name, column)
    for foreign in table.foreign_keys:
        if not foreign.enforced:
            yield _NOT_ENFORCED.format(table=literal(name), name=literal(foreign.name or ""))
    for index in table.indexes:
        yield _index(index, table, catalog)
        if index.comment is not None:
            yield f"COMMENT ON INDEX {whole(table.schema, index.name or '')} IS {literal(index.comment)}"
    if table.replica_identity:
        word, _, index_name = table.replica_identity.partition(" ")
        said = f"USING INDEX {quoted(index_name)}" if index_name else word.upper()
        yield f"ALTER TABLE {name} REPLICA IDENTITY {said}"
    if table.clustered_on:
        yield f"ALTER TABLE {name} CLUSTER ON {quoted(table.clustered_on)}"


def _column_statements(table: str, column: Column) -> Iterator[str]:
    """What is said of a column once it is there."""
    name = quoted(column.name)
    if column.unvalidated:
        yield f"ALTER TABLE {table} ADD NOT NULL {name} NOT VALID"
    for said in (column.storage or "").split(", "):
        word, _, value = said.partition(" ")
        if value:
            yield f"ALTER TABLE {table} ALTER {name} SET {word.upper()} {value}"
        elif said:
            yield f"ALTER TABLE {table} ALTER {name} SET ({said})"


def bare_statements(table: Table) -> Iterator[str]:
    """The keys that others may point at, and the checks that heirs have too."""
    name = whole(table.schema, table.name)
    for called, said, _ in (*_keys(table), *((c.name, _check(c), None) for c in table.checks)):
        yield f"ALTER TABLE {name} ADD CONSTRAINT {quoted(called or '')} {said}"


def _keys(table: Table) -> Iterator[tuple[str | None, str, str | None]]:
    if (primary := table.primary_key) is not None:
        yield primary.name, f"PRIMARY KEY {_unique(primary)}", primary.comment
    for unique in table.uniques:
        nulls = "NULLS NOT DISTINCT " if unique.nulls_not_distinct else ""
        yield unique.name, f"UNIQUE {nulls}{_unique(unique)}", unique.comment


def collation(name: str, catalog: Catalog) -> str:
    schema, _, own = name.partition(".")
    return whole(schema, own) if own and schema in catalog.schemas else quoted(name)


def _columns(columns: Iterable[str]) -> str:
    return f"({', '.join(map(quoted, columns))})"


def _unique(key: PrimaryKey | Unique) -> str:
    include = f" INCLUDE {_columns(key.include)}" if key.include else ""
    overlaps = " WITHOUT OVERLAPS" if key.without_overlaps else ""
    return f"({', '.join(map(quoted, key.columns))}{overlaps}){include}{_deferring(key)}"


def _deferring(one: PrimaryKey | Unique | ForeignKey | Exclusion) -> str:
    deferred = " INITIALLY DEFERRED" if one.initially_deferred else ""
    return f" DEFERRABLE{deferred}" if one.deferrable else ""


def _check(check: Check) -> str:
    valid = "" if check.validated else " NOT VALID"
    valid = valid if check.enforced else " NOT ENFORCED"
    return f"CHECK ({check.expression}){' NO INHERIT' if check.no_inherit else ''}{valid}"


def _foreign_key(key: ForeignKey) -> str:
    target = f"{whole(key.target_schema, key.target_table)} {_pointing(key.target_columns, key.period)}"
    some = f" {_columns(key.on_delete_columns)}" if key.on_delete_columns else ""
    actions = f"ON UPDATE {key.on_update.upper()} ON DELETE {key.on_delete.upper()}{some}"
    match = f"MATCH {key.match.upper()} " if key.match != "simple" else ""
    valid = "" if key.validated else " NOT VALID"
    own = _pointing(key.columns, key.period)
    return f"FOREIGN KEY {own} REFERENCES {target} {match}{actions}{_deferring(key)}{valid}"


def _pointing(columns: tuple[str, ...], period: bool) -> str:
    *others, last = map(quoted, columns)
    return f"({', '.join([*others, f'PERIOD {last}' if period else last])})"


def _exclusion(one: Exclusion, catalog: Catalog) -> str:
    keys = zip(one.keys, one.operators, strict=True)
    said = ", ".join(f"{_key(key, catalog)} WITH {operator}" for key, operator in keys)
    predicate = f" WHERE ({one.predicate})" if one.predicate is not None else ""
    return f"EXCLUDE USING {one.method} ({said}){predicate}{_deferring(one)}"


def _index(index: Index, table: Table, catalog: Catalog) -> str:
    unique = "UNIQUE " if index.unique else ""
    only = "ONLY " if table.kind == "partitioned-table" and not index.valid else ""
    words = [f"({', '.join(_key(key, catalog) for key in index.keys)})"]
    if index.include:
        words.append(f"INCLUDE {_columns(index.include)}")
    if index.nulls_not_distinct:
        words.append("NULLS NOT DISTINCT")
    if index.options:
        pairs = (option.partition("=") for option in index.options)
        words.append(f"WITH ({', '.join(f'{name}={literal(value)}' for name, _, value in pairs)})")
    if index.predicate is not None:
        words.append(f"WHERE {index.predicate}")
    where = f"ON {only}{whole(table.schema, table.name)} USING {quoted(index.method)}"
    return f"CREATE {unique}INDEX {quoted(index.name or '')} {where} {' '.join(words)}"


def _key(key: IndexKey, catalog: Catalog) -> str:
    words = [quoted(key.column) if key.column is not None else f"({key.expression})"]
    if key.collation is not None:
        words.append(f"COLLATE {collation(key.collation, catalog)}")
    if key.opclass is not None:
        words.append(quoted(key.opclass))
    if key.descending:
        words.append("DESC")
    if key.nulls_first != key.descending:
        words.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    return " ".join(words)
