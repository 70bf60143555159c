"""Foreign keys that point at nothing: a table that no model declares and the database does not have.

Or that SQLAlchemy cannot follow: a column that takes its type from a table of which its own metadata knows nothing.

The judge stands a table in for every parent that is somebody else's, so no server would refuse such a key there.
"""

from __future__ import annotations

from collections.abc import Iterator

from kedge.catalog import Catalog, ObjectPath, Table
from kedge.declared import Declared, DeclaredConstraint, DeclaredTarget
from kedge.dialects import Dialect
from kedge.dialects.base import Refusal

NOWHERE = "no model declares and the database does not have"
NOT_THERE = "its metadata does not declare: SQLAlchemy cannot resolve it"

# names are compared as their first bytes, in small letters: doubt is no finding
_BYTES = 63


def aimless(declared: Declared, live: Catalog, dialect: Dialect) -> Iterator[Refusal]:
    default = live.profile.default_schema
    tables = {(t.schema or default, t.name) for m in declared.metadata for t in m.tables}
    tables |= {(t.schema, t.name) for t in declared.made.tables} if declared.made else set()
    there = {_plain(*key) for key in (*tables, *live.tables, *live.hidden)}
    path = {default, *live.profile.search_path}
    for metadata in declared.metadata:
        if not metadata.tracked or metadata.elsewhere:
            continue
        own = {_plain(t.schema or default, t.name) for t in metadata.tables}
        for table in metadata.tables:
            at = ObjectPath("table", table.schema or default, table.name)
            untyped = {c.name for c in table.columns if c.type is None}
            for key in table.constraints:
                if key.target is None or dialect.unread(live, {key.target.schema or default}):
                    continue
                schemas = {key.target.schema} if key.target.schema else path
                ends = {_plain(schema, key.target.table) for schema in schemas}
                if not ends & own and untyped.issuperset(key.columns):
                    yield _refusal(at, key, key.target, NOT_THERE)
                elif not ends & there and not _agreed(
                    live.tables.get((at.schema or "", table.name)), key.target
                ):
                    yield _refusal(at, key, key.target, NOWHERE)


def _agreed(live: Table | None, target: DeclaredTarget) -> bool:
    """SQLite, and MariaDB without checks, have keys to nothing: where both sides do, nothing drifted."""
    return live is not None and any(key.target_table == target.table for key in live.foreign_keys)


def _refusal(table: ObjectPath, key: DeclaredConstraint, target: DeclaredTarget, why: str) -> Refusal:
    name = ".".join(filter(None, (target.schema, target.table)))
    return Refusal(
        table.part("foreign-key", key.name),
        f"FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {name} ({', '.join(target.columns)})",
        f"it references {name}, which {why}",
        refs=tuple(table.part("column", column) for column in key.columns),
    )


def _plain(schema: str, name: str) -> tuple[str, str]:
    return schema.casefold(), name.encode()[:_BYTES].decode(errors="ignore").casefold()
