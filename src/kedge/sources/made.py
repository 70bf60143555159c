"""What models declare beyond tables, made in a scratch and read back by the reader of the audited side.

The project's own driver creates everything there, with the DDL events firing. What that adds to declared tables,
and what stands there that no MetaData declares, joins the models' side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from kedge.catalog import Catalog, ObjectPath, TableKey
from kedge.declared import (
    Created,
    Declared,
    DeclaredMetadata,
    DeclaredTable,
    Made,
    Place,
    ProbeNote,
    Ran,
    kept,
)
from kedge.dialects import Dialect
from kedge.objects import InstalledExtension
from kedge.scratch import NoScratch, Scratch, is_given
from kedge.sources.said import NAME, RightPlaces, extension_schemas, plain, right_kind, schema_owners

Create: TypeAlias = Callable[[str, bool], Created]

# Made by the ground, or by the server; whether models declare them is told by the statements that were run.
_GROUND = ("extension", "schema")
_TABLES = ("table", "partitioned-table", "foreign-table")

_CREATES = re.compile(
    rf"""\s*CREATE\s+(?:OR\s+REPLACE\s+)?
    (?:(?:TEMP|TEMPORARY|UNIQUE|CONSTRAINT|RECURSIVE|UNLOGGED|AGGREGATE|SQL\s+SECURITY\s+\w+|ALGORITHM\s*=\s*\w+
        |EVENT(?=\s+TRIGGER)|DEFINER\s*=\s*(?:CURRENT_\w+(?:\(\))?|[^\s@]+(?:\s*@\s*\S+)?))\s+)*
    (?P<kind>MATERIALIZED\s+VIEW|VIEW|FUNCTION|PROCEDURE|TRIGGER|POLICY|INDEX|EXTENSION|SCHEMA|DOMAIN|TYPE
        |SEQUENCE|TABLE|STATISTICS|PUBLICATION|EVENT)\s+
    (?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:(?P<schema>{NAME})\s*\.\s*)?(?P<name>{NAME})""",
    re.IGNORECASE | re.VERBOSE,
)
_ADDS = re.compile(rf"\s*ALTER\s+TABLE\b.*?\bADD\s+CONSTRAINT\s+(?P<name>{NAME})", re.IGNORECASE | re.DOTALL)
_CONSTRAINTS = ("check", "unique", "foreign-key", "primary-key", "exclusion")
_KINDS = {"function": "routine", "procedure": "routine", "type": "composite-type", "event": "scheduled-event"}


class Making:
    """One audit's way to have models run; `of` adds to a description what their events make."""

    def __init__(self, dialect: Dialect, live: Catalog, scratch: Scratch) -> None:
        self.dialect = dialect
        self.live = live
        self.scratch = scratch

    def of(self, declared: Declared, create: Create) -> Declared:
        """`create` creates everything at a URL, which may be on somebody's server.

        Without a scratch it is only said that nothing was run.
        """
        beyond = declared.beyond
        if not beyond:
            return declared
        schemas = {s for m in declared.metadata for s in _schemas(m)}
        reason = None
        if self.dialect.unread(self.live, schemas - {self.live.profile.default_schema}):
            reason = "their tables stand in several databases"
        if reason is None:
            try:
                return self.made(declared, create, schemas)
            except NoScratch as missing:
                reason = str(missing)
        names = ", ".join(dict.fromkeys(b.name for b in beyond[:5]))
        said = f"the models declare {len(beyond)} things beyond tables ({names}), and they were not run: {reason}"
        return msgspec.structs.replace(declared, notes=(*declared.notes, ProbeNote("not-run", said)))

    def made(self, declared: Declared, create: Create, schemas: set[str]) -> Declared:
        with self.scratch.database() as url:
            given = is_given(self.scratch)
            with self.dialect.connect(url, timeout=30, autocommit=True) as connection:
                self.dialect.prepare(connection, self.live, schemas, roles=not given)
                ground, _ = self.dialect.read(connection, timeout=30)
            created = create(url, given)
            if created.error:
                return msgspec.structs.replace(declared, notes=(*declared.notes, *created.notes))
            retried = [r.sql for r in created.failed if r.whole]
            with self.dialect.connect(url, timeout=30, autocommit=True) as connection:
                catalog, refused = self.dialect.made(connection, self.live, retried, roles=not given)
                stood_in = self.dialect.stood_in(connection, catalog.tables)
        notes = (*declared.notes, *(ProbeNote(n.kind, n.reason) for n in stood_in))
        declared = msgspec.structs.replace(declared, notes=notes)
        return self.joined(declared, created, _less(catalog, ground), refused)

    def joined(
        self, declared: Declared, created: Created, catalog: Catalog, refused: dict[str, str]
    ) -> Declared:
        default = self.live.profile.default_schema
        pieces = {(schema or default, name) for schema, name in created.pieces}
        metadata = tuple(
            msgspec.structs.replace(
                m, tables=tuple(_with_made(t, catalog, default, pieces) for t in m.tables)
            )
            if m.tracked
            else m
            for m in declared.metadata
        )
        failed = [r for r in created.failed if r.by and (r.sql in refused or not r.whole)]
        notes = [
            ProbeNote("not-run", _not_run(r, refused), r.place)
            for r in failed
            if not list(_missed(r, "", refused))
        ]
        ran = [r for r in (*created.ran, *created.failed) if r not in failed]
        return msgspec.structs.replace(
            declared,
            metadata=metadata,
            made=msgspec.structs.replace(
                self.rest(declared, catalog, ran, failed, refused),
                absent=_absent(declared, catalog, default, pieces),
            ),
            notes=(*declared.notes, *created.notes, *notes),
        )

    def rest(
        self, declared: Declared, catalog: Catalog, ran: list[Ran], failed: list[Ran], refused: dict[str, str]
    ) -> Made:
        """What stands in the scratch and no MetaData declares."""
        default = self.live.profile.default_schema
        tables = {(t.schema or default, t.name) for m in declared.metadata for t in m.tables}
        types = {(s or default, n) for m in declared.metadata for s, n in m.types_and_sequences()}
        places = {makes: r.place for r in ran if r.place and (makes := _made_by(r.sql))}
        told = {("extension", name) for name in extension_schemas(r.sql for r in ran)}
        told |= {(kind, name) for r in ran if (makes := _made_by(r.sql)) for kind, _, name in [makes]}
        granted = RightPlaces(ran)
        homes = extension_schemas(r.sql for r in ran)
        objects = [
            msgspec.structs.replace(o, schema=homes[o.name])
            if isinstance(o, InstalledExtension) and o.name in homes
            else o
            for path, o in catalog.objects.items()
            if path.kind not in _GROUND or (path.kind, path.name or path.schema) in told
        ]
        whose = (o for o in schema_owners(r.sql for r in ran) if o.path not in catalog.objects)
        objects += {owner.path: owner for owner in whose}.values()
        paths = [o.path for o in objects]
        declared_indexes = {i.name for m in declared.metadata for t in m.tables for i in t.indexes}
        for table in catalog.tables.values():
            paths.append(table.path)
            paths += [
                table.path.part("index", i.name) for i in table.indexes if i.name not in declared_indexes
            ]
            for field in ("checks", "uniques", "foreign_keys", "exclusions"):
                kind = field.removesuffix("s").replace("_", "-")
                paths += [table.path.part(kind, p.name) for p in getattr(table, field)]
        paths += [e.path for e in catalog.enums.values()]
        return Made(
            tables=tuple(t for k, t in catalog.tables.items() if k not in tables and t.kind in _TABLES),
            enums=tuple(e for key, e in catalog.enums.items() if key not in types),
            sequences=tuple(
                s for key, s in catalog.sequences.items() if key not in types and s.owner is None
            ),
            kept=kept(objects),
            places=(
                *((path, place) for path in paths if (place := _place(path, places, default))),
                *((one.path, place) for one in objects if (place := granted.of(one))),
            ),
            missed=tuple((path, why) for r in failed for path, why in _missed(r, default, refused)),
        )


def _less(catalog: Catalog, ground: Catalog) -> Catalog:
    """The catalog without what Kedge itself laid; extensions and schemas are told apart by what was run."""
    return msgspec.structs.replace(
        catalog,
        tables={k: t for k, t in catalog.tables.items() if k not in ground.tables},
        enums={k: e for k, e in catalog.enums.items() if k not in ground.enums},
        sequences={k: s for k, s in catalog.sequences.items() if k not in ground.sequences},
        objects={p: o for p, o in catalog.objects.items() if p not in ground.objects or p.kind in _GROUND},
    )


def joined_made(parts: list[Made]) -> Made | None:
    """What several environments made, together."""
    if len(parts) < 2:
        return parts[0] if parts else None
    fields = Made.__struct_fields__
    return Made(
        **{f: tuple(dict.fromkeys(one for part in parts for one in getattr(part, f))) for f in fields}
    )


def _schemas(metadata: DeclaredMetadata) -> Iterator[str]:
    yield from (t.schema for t in metadata.tables if t.schema)
    yield from (schema for schema, _ in metadata.types_and_sequences() if schema)


def _with_made(
    table: DeclaredTable, catalog: Catalog, default_schema: str, pieces: set[TableKey]
) -> DeclaredTable:
    """The table with what stands in the scratch under its name; columns of unknown types tell nothing."""
    key = table.schema or default_schema, table.name
    made = catalog.tables.get(key)
    if made is not None and key in pieces:
        made = msgspec.structs.replace(made, columns=())
    return msgspec.structs.replace(table, made=made)


def _absent(
    declared: Declared, catalog: Catalog, default_schema: str, pieces: set[TableKey]
) -> tuple[TableKey, ...]:
    """Tables that were created without an error and do not stand there: a compiler or a listener does without."""
    keys = [(t.schema or default_schema, t.name) for m in declared.metadata if m.tracked for t in m.tables]
    return tuple(k for k in keys if k not in catalog.tables and k not in pieces)


def _not_run(ran: Ran, refused: dict[str, str]) -> str:
    words = refused.get(ran.sql) or ran.words or "the scratch server refused it"
    statement = " ".join(ran.sql.split())
    statement = statement if len(statement) <= 80 else statement[:79] + "…"
    return f"what the models declare by {ran.by} could not be made in the scratch ({words}): {statement}"


def _made_by(sql: str) -> tuple[str, str | None, str] | None:
    """(kind, schema, name) of what a statement creates."""
    if adds := _ADDS.match(sql):
        return "constraint", None, plain(adds["name"])
    found = _CREATES.match(sql)
    if found is None:
        return None
    kind = " ".join(found["kind"].lower().split()).replace(" ", "-")
    schema = plain(found["schema"]) if found["schema"] else None
    return _KINDS.get(kind, kind), schema, plain(found["name"])


def _place(
    path: ObjectPath, places: dict[tuple[str, str | None, str], Place], default_schema: str
) -> Place | None:
    kind = "composite-type" if path.kind == "enum" else path.kind
    kind = "constraint" if kind in _CONSTRAINTS else kind
    name = (path.name or path.table or path.schema or "").partition("(")[0]
    schemas = (path.schema, None) if path.schema == default_schema or path.table else (path.schema,)
    for schema in schemas:
        if found := places.get((kind, schema, name)):
            return found
    return None


def _missed(ran: Ran, default_schema: str, refused: dict[str, str]) -> Iterator[tuple[ObjectPath, str]]:
    if makes := _made_by(ran.sql):
        kind, schema, name = makes
        why = _not_run(ran, refused)
        if kind == "table":
            yield ObjectPath(kind, schema or default_schema, name), why
        elif kind == "constraint":
            return
        elif kind == "schema":
            yield ObjectPath(kind, name), why
        elif kind == "extension":
            yield ObjectPath(kind, None, None, name), why
        else:
            yield ObjectPath(kind, schema or default_schema, None, name), why
    elif (right := right_kind(ran.sql)) is not None:
        yield ObjectPath(right, name=" ".join(ran.sql.split())), _not_run(ran, refused)
