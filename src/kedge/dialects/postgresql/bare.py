"""Tables of a catalog in a scratch database, bare: what questions about their expressions need."""

from __future__ import annotations

from collections.abc import Collection

from kedge.catalog import Catalog, Table, TableKey
from kedge.dialects.postgresql.ground import Ground
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reader import Connection


def lay(connection: Connection, catalog: Catalog, tables: Collection[TableKey]) -> None:
    """What a server refuses is left out; questions about it stay without an answer."""
    ground = Ground(connection, catalog)
    ground.lay({*catalog.schemas, *(schema for schema, _ in catalog.tables)})
    ground.borrow()
    for key in sorted(tables):
        if (table := catalog.tables.get(key)) is not None:
            ground.attempt(bare_table(table))


def bare_table(table: Table, *, keys: bool = False) -> str:
    """The statement for a table of the same columns; with `keys`, others may point at it and rows leave any out."""
    clauses = []
    for column in table.columns:
        if isinstance(column.type, str):
            collation = ""
            if isinstance(column.collation, str):
                collation = " COLLATE " + ".".join(map(quoted, column.collation.split(".", 1)))
            required = "" if column.nullable or keys else " NOT NULL"
            clauses.append(f"{quoted(column.name)} {column.type}{collation}{required}")
    if keys:
        if table.primary_key is not None:
            clauses.append(f"PRIMARY KEY ({', '.join(map(quoted, table.primary_key.columns))})")
        clauses += [f"UNIQUE ({', '.join(map(quoted, unique.columns))})" for unique in table.uniques]
    return f"CREATE TABLE IF NOT EXISTS {quoted(table.schema)}.{quoted(table.name)} ({', '.join(clauses)})"
