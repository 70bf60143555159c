"""Tables that declared tables inherit from are made first; the audited side's, where nobody declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kedge.catalog import Catalog, TableKey
from kedge.declared import DeclaredTable
from kedge.dialects.postgresql.names import clipped
from kedge.dialects.postgresql.printer import table_statements

_INHERITS = re.compile(r"INHERITS \(\s*(.*?)\s*\)(?=\s|$)", re.DOTALL)
_NAME = r'(?:"(?:[^"]|"")+"|[^\s",.]+)'
_WHOLE = re.compile(rf"(?:({_NAME})\.)?({_NAME})")


def parents_of(table: DeclaredTable, default_schema: str) -> tuple[TableKey, ...]:
    """The tables it inherits from, in their order."""
    found = _INHERITS.search(table.suffix)
    if found is None:
        return ()
    pairs = (m.groups() for m in _WHOLE.finditer(found[1]))
    return tuple((_plain(schema) if schema else default_schema, _plain(name)) for schema, name in pairs)


def parents_first(
    tables: Mapping[TableKey, DeclaredTable], default_schema: str
) -> Iterator[tuple[TableKey, DeclaredTable]]:
    """The tables in their order, but none before those it inherits from."""
    given: set[TableKey] = set()

    def lineage(key: TableKey) -> Iterator[TableKey]:
        if key in given or key not in tables:
            return
        given.add(key)
        for parent in parents_of(tables[key], default_schema):
            yield from lineage(parent)
        yield key

    for key in tables:
        yield from ((one, tables[one]) for one in lineage(key))


def undeclared(tables: Mapping[TableKey, DeclaredTable], live: Catalog, default_schema: str) -> Iterator[str]:
    """What makes the parents that are not among the tables, as the audited side has them."""
    wanted = dict.fromkeys(parent for t in tables.values() for parent in parents_of(t, default_schema))
    for key in wanted:
        if key not in tables and key in live.tables:
            yield from table_statements(live.tables[key], live)


def _plain(name: str) -> str:
    return clipped(name[1:-1].replace('""', '"') if name.startswith('"') else name)
