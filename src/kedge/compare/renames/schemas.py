"""Schemas that changed their name: recognised by the tables in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath, TableKey, identifier
from kedge.compare.hints import Hints
from kedge.compare.renames.rename import Rename
from kedge.objects import Grant, Revocation, Schema

MOST = 0.5


def schema_renames(
    models: Iterable[TableKey], live: Catalog, hints: Hints, keep: Iterable[str] = ()
) -> list[Rename[str]]:
    """Schemas of which the models have one and the database has another.

    A schema that exists under its own name was not renamed, nor one that the models use elsewhere.
    """
    keys = set(models)
    wanted = sorted({s for s, _ in keys} - set(live.schemas))
    free = set(live.schemas) - {s for s, _ in keys} - set(keep)
    found: list[Rename[str]] = []
    for schema in wanted:
        hint = hints.of(ObjectPath("schema", schema))
        if hint is not None and hint.old in free:
            free.discard(hint.old)
            found.append(Rename(schema, hint.old, "certain", (hint.said,)))
            continue
        names = {n for s, n in keys if s == schema}
        shared = {other: names & {n for s, n in live.tables if s == other} for other in free}
        fits = sorted(
            (o for o, n in shared.items() if len(n) > MOST * len(names)), key=lambda o: (-len(shared[o]), o)
        )
        if fits:
            best = fits[0]
            evidence = [f"{len(shared[best])} of its {len(names)} tables stand there under their names"]
            if len(fits) > 1:
                evidence.append(f"as well as {', '.join(fits[1:])} would fit")
            free.discard(best)
            found.append(Rename(schema, best, "guess" if len(fits) > 1 else "likely", tuple(evidence)))
    return found


def with_schemas_renamed(catalog: Catalog, names: Mapping[str, str]) -> Catalog:
    """The catalog as if its schemas had always borne the new names (old name → new name), in every text too."""
    if not names:
        return catalog
    respelled = _Respelling(names)

    def key(old: TableKey) -> TableKey:
        return names.get(old[0], old[0]), old[1]

    return msgspec.structs.replace(
        catalog,
        schemas=tuple(names.get(s, s) for s in catalog.schemas),
        tables={key(k): respelled.of(t) for k, t in catalog.tables.items()},
        enums={key(k): respelled.of(e) for k, e in catalog.enums.items()},
        sequences={key(k): respelled.of(s) for k, s in catalog.sequences.items()},
        objects={one.path: one for one in map(respelled.object, catalog.objects.values())},
    )


class _Respelling:
    """Gives every value of a catalog the new names."""

    fields = frozenset({"schema", "target_schema"})
    pairs = frozenset({"partition_of", "owner"})
    texts = frozenset({"type", "default", "expression", "predicate", "opclass", "collation", "sequence"})

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        spelled = {identifier(old): identifier(new) for old, new in names.items()}
        self.words = re.compile("|".join(rf"(?<![\w.\"]){re.escape(old)}(?=\.)" for old in spelled))
        self.spelled = spelled

    def text(self, old: str) -> str:
        """Outside of literals."""
        parts = re.split(r"('(?:[^']|'')*'(?!::regclass))", old)
        return "".join(
            part if number % 2 else self.words.sub(lambda m: self.spelled[m[0]], part)
            for number, part in enumerate(parts)
        )

    def object(self, item: Object) -> Object:
        """Beyond tables every text may name a schema."""
        if isinstance(item, Schema):
            return msgspec.structs.replace(item, name=self.names.get(item.name, item.name))
        named: Object = self.of(item)
        changes = {
            field: self.anywhere(getattr(named, field))
            for field in named.__struct_fields__
            if field not in ("schema", "name", "table", "comment", "on")
        }
        if isinstance(named, Grant | Revocation) and named.on.name:  # a routine's has the types it takes
            changes["on"] = msgspec.structs.replace(named.on, name=self.text(named.on.name))
        return msgspec.structs.replace(named, **changes)

    def anywhere(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        return tuple(map(self.anywhere, value)) if isinstance(value, tuple) else value

    def of(self, item: Any) -> Any:
        if not isinstance(item, msgspec.Struct):
            return tuple(map(self.of, item)) if isinstance(item, tuple) else item
        changes: dict[str, Any] = {}
        for field in item.__struct_fields__:
            old = getattr(item, field)
            new = self.value(field, old)
            if new is not old and new != old:
                changes[field] = new
        return msgspec.structs.replace(item, **changes) if changes else item

    def value(self, field: str, old: Any) -> Any:
        if field in self.fields:
            return self.names.get(old, old)
        if field in self.pairs and isinstance(old, tuple):
            return (self.names.get(old[0], old[0]), *old[1:])
        if field == "inherits":
            return tuple(self.value("owner", one) for one in old)
        if field in self.texts:
            if isinstance(old, str):
                return self.text(old)
            if isinstance(old, tuple):
                return tuple(self.text(o) if isinstance(o, str) else o for o in old)
        return self.of(old)
