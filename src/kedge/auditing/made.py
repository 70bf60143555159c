"""Joins what the models' own DDL made in a scratch to what their tables declare.

Both were spelled by one server, so what differs between a table built from its declaration and the same table as the
DDL events left it is what the events did: their indexes, constraints, defaults and comments are the models' too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, Column, ObjectPath, Table, TableKey, Unknown
from kedge.declared import Declared, DeclaredMetadata
from kedge.objects import Routine

_PARTS = ("uniques", "foreign_keys", "checks", "exclusions", "indexes")
_OF_COLUMN = (
    "type",
    "nullable",
    "default",
    "identity",
    "computed",
    "collation",
    "comment",
    "on_update",
    "invisible",
    "unvalidated",
    "storage",
)
_OF_TABLE = (
    "comment",
    "unlogged",
    "options",
    "inherits",
    "replica_identity",
    "tablespace",
    "access_method",
    "clustered_on",
)


def with_made(
    models: Catalog, layer: Iterable[DeclaredMetadata], declared: Declared, *, first: bool
) -> Catalog:
    """The models' side with what its events add; what no MetaData declares joins it once."""
    default = models.profile.default_schema
    tables = dict(models.tables)
    for metadata in layer:
        for table in metadata.tables:
            key = table.schema or default, table.name
            if table.made is not None and key in tables:
                tables[key] = joined(tables[key], table.made)
    made = declared.made
    if made is None or not first:
        return msgspec.structs.replace(models, tables=tables)
    known = {(t.schema or default, t.name) for m in declared.metadata for t in m.tables}
    more = {(t.schema, t.name): t for t in made.tables if (t.schema, t.name) not in known}
    return msgspec.structs.replace(
        models,
        tables=with_server_names({**more, **tables}, more),
        enums={**{(e.schema, e.name): e for e in made.enums}, **models.enums},
        sequences={**{(s.schema, s.name): s for s in made.sequences}, **models.sequences},
        objects={**models.objects, **made.objects},
    )


def with_server_names(tables: Mapping[TableKey, Table], made: Iterable[TableKey]) -> dict[TableKey, Table]:
    """The tables; what partitions have of their parents bears whatever name the server chose, so none."""
    found = dict(tables)
    for key in made:
        table = tables[key]
        parent = tables.get(table.partition_of) if table.partition_of else None
        if parent is None:
            continue
        theirs = [_uncommented(p) for p in (parent.primary_key, *_all_parts(parent)) if p is not None]

        def own(part: Any, theirs: list[Any] = theirs) -> Any:
            handed_down = part is not None and _uncommented(part) in theirs
            return msgspec.structs.replace(part, name=None) if handed_down else part

        found[key] = msgspec.structs.replace(
            table,
            primary_key=own(table.primary_key),
            **{field: tuple(map(own, getattr(table, field))) for field in _PARTS},
        )
    return found


def _uncommented(part: Any) -> Any:
    return msgspec.structs.replace(_unnamed(part), comment=None)


def _all_parts(table: Table) -> Iterator[Any]:
    for field in _PARTS:
        yield from getattr(table, field)


def made_anyway(path: ObjectPath, layer: Iterable[DeclaredMetadata], default_schema: str) -> bool:
    """Whether the events made a part that its declaration alone could not: they had changed what it stands on."""
    made = next(
        (
            table.made
            for metadata in layer
            for table in metadata.tables
            if table.made is not None
            and (table.schema or default_schema, table.name) == (path.schema, path.table)
        ),
        None,
    )
    if made is None or path.name is None:
        return False
    parts = (*made.columns, *(part for field in _PARTS for part in getattr(made, field)))
    return any(part.name == path.name for part in parts)


def without_missed(database: Catalog, declared: Declared) -> Catalog:
    """The database less what the models make and the scratch could not: nothing is known of it."""
    if declared.made is None or not declared.made.missed:
        return database
    missed = {(p.kind, _bare(p)) for p, _ in declared.made.missed}
    objects = {p: o for p, o in database.objects.items() if (p.kind, _bare(p)) not in missed}
    tables = {k: t for k, t in database.tables.items() if ("table", t.name) not in missed}
    return msgspec.structs.replace(database, objects=objects, tables=tables)


def without_leaned_on(database: Catalog, models: Catalog) -> Catalog:
    """The database less the functions that the models do not make and do call: in a trigger, an index, a default."""
    own = {(p.schema, _bare(p)) for p, o in models.objects.items() if isinstance(o, Routine)}
    extra = {
        p
        for p, o in database.objects.items()
        if isinstance(o, Routine) and p not in models.objects and (p.schema, _bare(p)) not in own
    }
    if not extra:
        return database
    texts = "\n".join((*_texts(models.tables.values()), *_texts(models.objects.values())))
    words = set(re.findall(r"\w+", texts))

    def is_called(name: str) -> bool:
        plain = re.fullmatch(r"\w+", name) is not None
        return name in words if plain else re.search(rf"(?<!\w){re.escape(name)}(?!\w)", texts) is not None

    called = {p for p in extra if is_called(_bare(p))}
    return msgspec.structs.replace(
        database, objects={p: o for p, o in database.objects.items() if p not in called}
    )


# What is a name of its own, and no text that calls anything.
_NAMES = frozenset(
    {"schema", "table", "name", "columns", "comment", "target_table", "target_schema", "language"}
)


def _texts(item: object) -> Iterator[str]:
    """Every text in which a function may be called."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, msgspec.Struct):
        for name in item.__struct_fields__:
            if name not in _NAMES or (name == "columns" and isinstance(item, Table)):
                yield from _texts(getattr(item, name))
    elif isinstance(item, Iterable):
        for one in item:
            yield from _texts(one)


def _bare(path: ObjectPath) -> str:
    return (path.name or path.table or path.schema or "").partition("(")[0]


def stands(made: Table | None, live: Table) -> bool:
    """Whether a table as the events left it is the live one, wherever its columns stand; so they add nothing."""
    if made is None:
        return True
    return _unordered(made) == _unordered(live)


def _unordered(table: Table) -> Table:
    return msgspec.structs.replace(table, columns=tuple(sorted(table.columns, key=lambda c: c.name)))


def joined(plain: Table, made: Table) -> Table:
    """A declared table with what the events left on it."""
    if plain.kind != made.kind and "view" in (plain.kind, made.kind):
        return plain
    if made.kind == "foreign-table":  # what the events put in its place
        return made
    changes: dict[str, Any] = {
        field: value
        for field in _OF_TABLE
        if (value := getattr(made, field)) and value != getattr(plain, field)
    }
    if made.columns:
        changes["columns"] = _columns(plain, made)
    for field in _PARTS:
        if more := _more(getattr(plain, field), getattr(made, field)):
            changes[field] = tuple(sorted((*getattr(plain, field), *more), key=lambda p: p.name or ""))
    if plain.primary_key is None and made.primary_key is not None:
        changes["primary_key"] = made.primary_key
    if plain.partition_of is None and made.partition_of is not None:
        changes |= {"partition_of": made.partition_of, "bound": made.bound}
    return msgspec.structs.replace(plain, **changes) if changes else plain


def _columns(plain: Table, made: Table) -> tuple[Column, ...]:
    found = []
    for column in plain.columns:
        here = made.column(column.name)
        changes: dict[str, Any] = {}
        for field in _OF_COLUMN if here is not None else ():
            one, two = getattr(column, field), getattr(here, field)
            told = not isinstance(two, Unknown) and two is not None
            if one != two and (told if isinstance(one, Unknown) else not isinstance(two, Unknown)):
                changes[field] = two
        found.append(msgspec.structs.replace(column, **changes) if changes else column)
    known = {c.name for c in found}
    return (*found, *(c for c in made.columns if c.name not in known))


def _more(plain: tuple[Any, ...], made: tuple[Any, ...]) -> list[Any]:
    """The parts that only the events made: those of another name, where no part without a name is the same."""
    names = {p.name for p in plain if p.name}
    nameless = [_unnamed(p) for p in plain if not p.name]
    more = []
    for part in made:
        if part.name in names:
            continue
        if (bare := _unnamed(part)) in nameless:
            nameless.remove(bare)
        else:
            more.append(part)
    return more


def _unnamed(part: Any) -> Any:
    """Without what the server chose; a table made whole has no rows that a constraint could pass over."""
    unchecked = {"validated": True} if hasattr(part, "validated") else {}
    return msgspec.structs.replace(part, name=None, **unchecked)
