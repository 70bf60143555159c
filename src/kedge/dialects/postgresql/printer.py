"""Prints a catalog as the statements that make it: schemas, types, sequences, routines, tables, what stands on them.

The order is the likely one; who runs the statements has to try again what was refused, for one may need a later one.
What a catalog does not know is invented: the server of a foreign table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kedge.catalog import Catalog, Column, Computed, Counter, Sequence, Table
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.printer_objects import literal, object_statements, of_kind, whole
from kedge.dialects.postgresql.printer_parts import bare_statements, collation, part_statements
from kedge.objects import (
    CompositeType,
    Domain,
    EventTrigger,
    Extras,
    Policy,
    Publication,
    Routine,
    Schema,
    Trigger,
    View,
)
from kedge.objects import Statistics as ExtendedStatistics

STAND_IN_SERVER = "kedge_snapshot"


def statements(catalog: Catalog) -> Iterator[str]:
    """All of it but extensions, roles and what was granted to them."""
    yield from (f"CREATE SCHEMA IF NOT EXISTS {quoted(name)}" for name in catalog.schemas)
    yield from object_statements(of_kind(catalog, Schema), catalog)
    for enum in catalog.enums.values():
        name = whole(enum.schema, enum.name)
        yield f"CREATE TYPE {name} AS ENUM ({', '.join(map(literal, enum.values))})"
        yield from _comment("TYPE", name, enum.comment)
    yield from object_statements(of_kind(catalog, CompositeType, Domain), catalog)
    for sequence in catalog.sequences.values():
        yield from _sequence(sequence)
    yield from object_statements(of_kind(catalog, Routine), catalog)
    tables = [t for t in catalog.tables.values() if not t.kind.endswith("view")]
    if any(t.kind == "foreign-table" for t in tables):
        yield f"CREATE FOREIGN DATA WRAPPER {STAND_IN_SERVER}"
        yield f"CREATE SERVER {STAND_IN_SERVER} FOREIGN DATA WRAPPER {STAND_IN_SERVER}"
    for table in tables:
        yield _table(table, catalog)
    for sequence in catalog.sequences.values():
        yield from _owned(sequence)
    yield from _attachments(tables, catalog)
    for table in sorted(tables, key=lambda t: -_depth(t, catalog)):
        yield from part_statements(table, catalog)
    yield from (key for table in tables for key in _comments(table))
    yield from object_statements(of_kind(catalog, View), catalog)
    for table in catalog.tables.values():
        if table.kind.endswith("view"):
            yield from _of_view(table)
    beside = of_kind(catalog, Extras, Trigger, Policy, ExtendedStatistics)
    yield from object_statements(beside, catalog)
    yield from object_statements(of_kind(catalog, Publication, EventTrigger), catalog)


def table_statements(table: Table, catalog: Catalog) -> Iterator[str]:
    """A table alone: the sequences it owns, its columns, its keys and its checks."""
    for sequence in catalog.sequences.values():
        if sequence.owner is not None and sequence.owner[:2] == (table.schema, table.name):
            yield from _sequence(sequence)
    yield _table(table, catalog)
    for sequence in catalog.sequences.values():
        if sequence.owner is not None and sequence.owner[:2] == (table.schema, table.name):
            yield from _owned(sequence)
    yield from bare_statements(table)


def _sequence(sequence: Sequence) -> Iterator[str]:
    name = whole(sequence.schema, sequence.name)
    yield f"CREATE SEQUENCE {name} AS {sequence.counter.type} {_counting(sequence.counter)}"
    yield from _comment("SEQUENCE", name, sequence.comment)


def _owned(sequence: Sequence) -> Iterator[str]:
    if sequence.owner is not None:
        schema, owner, column = sequence.owner
        owned_by = f"{whole(schema, owner)}.{quoted(column)}"
        yield f"ALTER SEQUENCE {whole(sequence.schema, sequence.name)} OWNED BY {owned_by}"


def _counting(counter: Counter) -> str:
    words = [f"START WITH {counter.start} INCREMENT BY {counter.increment}"]
    if counter.minimum is not None:
        words.append(f"MINVALUE {counter.minimum}")
    if counter.maximum is not None:
        words.append(f"MAXVALUE {counter.maximum}")
    if counter.cache != 1:
        words.append(f"CACHE {counter.cache}")
    if counter.cycle:
        words.append("CYCLE")
    return " ".join(words)


def _table(table: Table, catalog: Catalog) -> str:
    kind = "FOREIGN TABLE" if table.kind == "foreign-table" else "TABLE"
    columns = ", ".join(_column(c, table, catalog) for c in table.columns)
    tail = [f"INHERITS ({', '.join(whole(*one) for one in table.inherits)})"] if table.inherits else []
    if table.partitioning:
        tail.append(f"PARTITION BY {table.partitioning}")
    if kind == "FOREIGN TABLE":
        tail.append(f"SERVER {STAND_IN_SERVER}")
    options = ", ".join(f"{n}={literal(v)}" for n, v in table.options)
    if options:
        tail.append(f"WITH ({options})")
    unlogged = "UNLOGGED " if table.unlogged else ""
    return f"CREATE {unlogged}{kind} {whole(table.schema, table.name)} ({columns}) {' '.join(tail)}".rstrip()


def _column(column: Column, table: Table, catalog: Catalog) -> str:
    words = [quoted(column.name), str(column.type)]
    if isinstance(column.collation, str):
        words.append(f"COLLATE {collation(column.collation, catalog)}")
    if isinstance(column.computed, Computed):
        how = "STORED" if column.computed.stored else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({column.computed.expression}) {how}")
    elif column.identity is not None and column.identity.kind == "serial":
        words.append(f"DEFAULT nextval({literal(_source(column, table, catalog))}::regclass)")
    elif column.identity is not None:
        kind = "ALWAYS" if column.identity.kind == "always" else "BY DEFAULT"
        words.append(f"GENERATED {kind} AS IDENTITY ({_counting(column.identity.counter)})")
    elif isinstance(column.default, str):
        words.append(f"DEFAULT {column.default}")
    if not column.nullable and not column.unvalidated:
        words.append("NOT NULL")
    return " ".join(words)


def _source(column: Column, table: Table, catalog: Catalog) -> str:
    """The sequence that numbers a serial column: another's, or its own."""
    assert column.identity is not None
    if column.identity.sequence:
        return column.identity.sequence
    own = (table.schema, table.name, column.name)
    return next((whole(s.schema, s.name) for s in catalog.sequences.values() if s.owner == own), "")


def _depth(table: Table, catalog: Catalog) -> int:
    parent = catalog.tables.get(table.partition_of) if table.partition_of else None
    return 1 + _depth(parent, catalog) if parent else 0


def _attachments(tables: Iterable[Table], catalog: Catalog) -> Iterator[str]:
    for table in tables:
        if table.partition_of is not None and table.partition_of in catalog.tables:
            parent, own = whole(*table.partition_of), whole(table.schema, table.name)
            yield f"ALTER TABLE {parent} ATTACH PARTITION {own} {table.bound}"


def _of_view(table: Table) -> Iterator[str]:
    """What a view has as a relation: its columns' comments and defaults."""
    name = whole(table.schema, table.name)
    for column in table.columns:
        yield from _comment("COLUMN", f"{name}.{quoted(column.name)}", column.comment)
        if isinstance(column.default, str):
            yield f"ALTER VIEW {name} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default}"


def _comments(table: Table) -> Iterator[str]:
    name = whole(table.schema, table.name)
    kind = "FOREIGN TABLE" if table.kind == "foreign-table" else "TABLE"
    yield from _comment(kind, name, table.comment)
    for column in table.columns:
        yield from _comment("COLUMN", f"{name}.{quoted(column.name)}", column.comment)


def _comment(kind: str, name: str, comment: str | None) -> Iterator[str]:
    if comment is not None:
        yield f"COMMENT ON {kind} {name} IS {literal(comment)}"
