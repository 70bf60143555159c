"""How a relation is kept: https://www.postgresql.org/docs/current/catalog-pg-class.html"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import ServerProfile, Table
from kedge.declared import DeclaredTable
from kedge.dialects.postgresql.names import clipped

# The default (the primary key) is left out.
REPLICA_IDENTITIES = {"n": "nothing", "f": "full"}
STORAGES = {"p": "plain", "e": "external", "m": "main", "x": "extended"}
COMPRESSIONS = {"p": "pglz", "l": "lz4"}
USUAL_METHOD = "heap"
TABLESPACE = "tablespace"
"""The setting that holds the name of the database's own."""
_LIST = re.compile(r"FOR VALUES IN \((.*)\)", re.DOTALL)
_ITEM = re.compile(r"(?:'(?:[^']|'')*'|[^,'])+")


def stored(kind: str, row: Iterable[Any], indexes: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a table, of what `queries.RELATIONS` says last; `indexes` are those that stand out."""
    persistence, options, toast, key, parents, bound, identity, tablespace, method = row
    inherits = tuple((schema, name) for schema, name in parents)
    if kind not in "rp":
        return {"unlogged": persistence == "u", "inherits": inherits, "bound": sorted_bound(bound)}
    pairs = [
        (name, value)
        for name, _, value in (
            o.partition("=") for o in (*(options or ()), *(f"toast.{o}" for o in toast or ()))
        )
    ]
    identifying = indexes.get("identifying")
    replica = REPLICA_IDENTITIES.get(identity)
    if identity == "i":
        # Without its index nothing identifies a row.
        replica = f"index {identifying}" if identifying else "nothing"
    return {
        "unlogged": persistence == "u",
        "partitioning": key,
        "inherits": inherits,
        "options": tuple(sorted(pairs)),
        "bound": sorted_bound(bound),
        "replica_identity": replica,
        "tablespace": tablespace,
        "access_method": None if method == USUAL_METHOD else method,
        "clustered_on": indexes.get("clustered"),
    }


def stored_column(
    storage: str | None, compression: str, target: int | None, options: list[str] | None
) -> str | None:
    """How a column is kept and estimated, where that is not the ordinary way of its type."""
    words = [f"storage {STORAGES[storage]}"] if storage else []
    if compression:
        words.append(f"compression {COMPRESSIONS.get(compression, compression)}")
    if target is not None:
        words.append(f"statistics {target}")
    return ", ".join([*words, *sorted(options or ())]) or None


def sorted_bound(bound: str | None) -> str | None:
    """In a list the order of the values says nothing."""
    found = _LIST.fullmatch(bound or "")
    if found is None:
        return bound
    values = sorted(item.strip() for item in _ITEM.findall(found[1]))
    return f"FOR VALUES IN ({', '.join(values)})"


def kept_as_declared(table: Table, declared: DeclaredTable, profile: ServerProfile) -> Table:
    """The table with the places it is declared to be kept in, which no scratch has to have."""
    indexes = {clipped(i.name): place for i in declared.indexes if i.name and (place := i.tablespace)}
    own = dict(profile.settings).get(TABLESPACE)
    changes: dict[str, Any] = {}
    if declared.tablespace:
        changes["tablespace"] = _unless(declared.tablespace, own)
    if declared.using:
        changes["access_method"] = _unless(declared.using, USUAL_METHOD)
    if indexes:
        changes["indexes"] = tuple(
            msgspec.structs.replace(i, tablespace=_unless(indexes[i.name], own)) if i.name in indexes else i
            for i in table.indexes
        )
    return msgspec.structs.replace(table, **changes) if changes else table


def _unless(name: str, usual: str | None) -> str | None:
    return None if name == usual else clipped(name)
