"""What a chain of revisions may lean on and does not make: the audited database's share of somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import msgspec

from kedge.catalog import Catalog, TableKey
from kedge.declared import Declared, DeclaredEnvironment

_MAKES = re.compile(
    r'CREATE (?:OR REPLACE )?(?:\w+) (?P<q>"?)(?P<schema>[^".]+)(?P=q)\.(?P<r>"?)(?P<name>[^"(\s]+)(?P=r)'
)


def lent(live: Catalog, theirs: Callable[[str, str], bool], tables: Collection[TableKey]) -> Catalog:
    """The live catalog's tables, types and functions of others', and these `tables` with the types they need."""
    found = {key: table for key, table in live.tables.items() if key in tables or theirs(*key)}
    types = {c.type.removesuffix("[]") for t in found.values() for c in t.columns if isinstance(c.type, str)}
    enums = {key: e for key, e in live.enums.items() if theirs(*key) or e.spelling in types}

    def is_lent(statement: str) -> bool:
        made = _MAKES.match(statement)
        if made is None:
            return False
        return theirs(made["schema"], made["name"]) or f"{made['schema']}.{made['name']}" in types

    return msgspec.structs.replace(
        live, tables=found, enums=enums, objects={}, prelude=tuple(filter(is_lent, live.prelude))
    )


def of_other_environments(
    declared: Declared, environment: DeclaredEnvironment, default_schema: str
) -> set[TableKey]:
    """The tables that other chains of the same project may make."""
    return {
        (table.schema or default_schema, table.name)
        for metadata in declared.metadata
        if metadata.environment not in (None, environment.name) and not metadata.elsewhere
        for table in metadata.tables
    }
