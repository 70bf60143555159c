"""Which part of the database is audited: the models' schemas, less what is known to be others'."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from kedge.auditing.ownership import Ownership, bookkeeping, theirs
from kedge.catalog import Catalog, Object, ObjectPath, TableKey
from kedge.compare.hints import Hints
from kedge.compare.renames import Rename, schema_renames
from kedge.declared import Declared, DeclaredMetadata, DeclaredTable
from kedge.objects import DefaultPrivilege, Grant

Note = Callable[[str, str], None]


class Scope:
    """What the models and the environments say about which objects are theirs."""

    def __init__(
        self, declared: Declared, live: Catalog, schemas: Sequence[str], ownership: Ownership | None = None
    ) -> None:
        self.declared = declared
        self.live = live
        self.ownership = ownership or Ownership(live)
        self.default_schema = live.profile.default_schema
        self.hidden = self.hidden_tables()
        self.metadata = tuple(
            self.without_excluded(m) for m in declared.metadata if m.tracked and not m.elsewhere
        )
        self.tables: frozenset[TableKey] = frozenset(self._key(t) for m in self.metadata for t in m.tables)
        self.schemas = self.audited_schemas(schemas)
        self.renamed_schemas: list[Rename[str]] = []
        self.others = self.ownership.of(live.tables)
        """Live tables that are somebody else's, and whose; declared ones among them are stubs."""

    def untracked(self) -> Iterator[DeclaredMetadata]:
        """What no environment passes to Alembic: not a version table alone, nor a copy of what one passes on."""
        for metadata, tables in self.untracked_tables():
            if any(table.name not in self.version_names for _, table in tables):
                yield metadata

    def untracked_tables(self) -> Iterator[tuple[DeclaredMetadata, list[tuple[TableKey, DeclaredTable]]]]:
        """Each metadata that no environment passes to Alembic, and its tables that no other one passes on either."""
        tracked = {self._key(t) for m in self.declared.metadata if m.tracked for t in m.tables}
        for metadata in self.declared.metadata:
            if not metadata.tracked:
                yield metadata, [(k, t) for t in metadata.tables if (k := self._key(t)) not in tracked]

    def _key(self, table: DeclaredTable) -> TableKey:
        return table.schema or self.default_schema, table.name

    def elsewhere(self) -> set[TableKey]:
        """Tables of models that are another database's."""
        others = (t for m in self.declared.metadata if m.elsewhere for t in m.tables)
        return {self._key(t) for t in others} - self.tables

    @cached_property
    def version_names(self) -> frozenset[str]:
        return frozenset(name for _, name in self.version_tables())

    def add_untracked(self) -> None:
        """Models that env.py does not pass on are compared too, where the database has their table.

        Not where somebody has named the models: then these alone are meant.
        """
        if not any(m.environment for m in self.metadata):
            return
        for one in self.declared.metadata:
            if one.tracked:
                continue
            there = tuple(t for t in one.tables if self._stands_untracked(t))
            named = {(ref.schema, ref.name) for t in there for c in t.columns for ref in c.types}
            enums = tuple(e for e in one.enums if (e.schema, e.name) in named)
            domains = tuple(d for d in one.domains if (d.schema, d.name) in named)
            beside = msgspec.structs.replace(one, tables=there, enums=enums, domains=domains, sequences=())
            if there:
                self.metadata = (*self.metadata, beside)
                self.tables |= {self._key(t) for t in there}

    def _stands_untracked(self, table: DeclaredTable) -> bool:
        key = self._key(table)
        known = key in self.live.tables and key not in self.hidden and key not in self.others
        return known and key not in self.tables and key[0] in self.schemas

    def hidden_tables(self) -> dict[TableKey, str]:
        """Tables of which nothing can be said, because the role may not see them: unknown, not missing."""
        declared = (self._key(t) for m in self.declared.metadata for t in m.tables)
        unseen = {
            key: f"it is not among the tables the role may see in {key[0]}, where {self.live.partial[key[0]]}"
            for key in declared
            if key not in self.live.tables and key[0] in self.live.partial
        }
        return {**unseen, **self.live.hidden}

    def never_made(self) -> Iterator[TableKey]:
        """Tables that the models' own DDL leaves out on this database, and that are not there."""
        if self.declared.made is not None:
            yield from (key for key in self.declared.made.absent if key not in self.live.tables)

    def unseen(self) -> Iterator[tuple[ObjectPath, str]]:
        for (schema, name), reason in self.hidden.items():
            if schema in self.schemas or (schema, name) not in self.live.hidden:
                yield ObjectPath("table", schema, name), reason

    def follow(self, hints: Hints) -> None:
        """A schema that bears another name in the database is audited under that."""
        self.renamed_schemas = schema_renames(self.tables, self.live, hints, {self.default_schema})
        self.schemas |= {renamed.database for renamed in self.renamed_schemas}

    def audited_schemas(self, asked: Sequence[str]) -> frozenset[str]:
        if asked:
            return frozenset(asked)
        if any(e.include_schemas for e in self.declared.environments):
            return frozenset(self.live.schemas)
        return frozenset({self.default_schema} | {schema for schema, _ in self.tables} | self.made_in())

    def made_in(self) -> set[str]:
        """The schemas in which the models' own DDL makes something."""
        made = self.declared.made
        if made is None:
            return set()
        of_objects = {path.schema for path in self.made if path.schema and path.kind != "schema"}
        return of_objects | {table.schema for table in made.tables} | {enum.schema for enum in made.enums}

    def without_excluded(self, metadata: DeclaredMetadata) -> DeclaredMetadata:
        """The metadata less the tables its environment's filters turn away."""
        gone = {
            (e.schema or self.default_schema, e.table)
            for e in self.declared.excluded
            if e.kind == "table" and e.side == "models" and e.environment == metadata.environment
        }
        gone |= self.hidden.keys() | set(self.never_made())
        kept = tuple(t for t in metadata.tables if self._key(t) not in gone)
        return msgspec.structs.replace(metadata, tables=kept)

    def database(self, note: Note) -> Catalog:
        """The live catalog less what is not audited; what is passed over is said."""
        named = {
            (schema or self.default_schema, name)
            for m in self.metadata
            for schema, name in m.types_and_sequences()
        }
        versions = self.version_tables()
        gone = (self.excluded_tables(note) | versions | self.others.keys()) - self.tables
        tables = {
            key: table
            for key, table in self.live.tables.items()
            if (key[0] in self.schemas or key in self.tables) and key not in gone
        }
        self.say_passed_over(note)
        foreign = [t for k, t in self.live.tables.items() if k in self.others]
        ours = [t for k, t in tables.items() if k not in self.others]
        enums, sequences = theirs(foreign, ours, self.live)

        types = {c.type.removesuffix("[]") for t in ours for c in t.columns if isinstance(c.type, str)}
        named |= {key for key, enum in self.live.enums.items() if enum.spelling in types}

        def audited(key: TableKey, others: set[TableKey]) -> bool:
            own = key[0] in self.schemas and key not in others and self.ownership.owner(*key) is None
            return own or key in named

        return msgspec.structs.replace(
            self.live,
            objects={
                p: o
                for p, o in self.live.objects.items()
                if self._made(p, o) is not None or not self.ownership.owns(p, o)
            },
            schemas=tuple(sorted(self.schemas)),
            tables=tables,
            enums={k: e for k, e in self.live.enums.items() if audited(k, enums)},
            sequences={k: s for k, s in self.live.sequences.items() if audited(k, sequences)},
        )

    @cached_property
    def made(self) -> Mapping[ObjectPath, Object]:
        """What the models' own DDL makes beyond tables: theirs, wherever it stands."""
        return self.declared.made.objects if self.declared.made is not None else {}

    @property
    def stubs(self) -> frozenset[TableKey]:
        """Tables of others that the models declare: compared only on what they declare."""
        return frozenset(self.others.keys() & self.tables)

    @cached_property
    def stub_rights(self) -> Mapping[ObjectPath, ObjectPath]:
        """What others' roles may do, and the models' path of what these grant of it."""
        rights = {p: o for p, o in self.live.objects.items() if isinstance(o, Grant | DefaultPrivilege)}
        return {
            path: declared
            for path, one in rights.items()
            if (declared := self._made(path, one)) and self.ownership.owns(path, one)
        }

    def _made(self, path: ObjectPath, one: Object) -> ObjectPath | None:
        """The models' path of a live object that their DDL makes; a default privilege is of whoever ran it."""
        if isinstance(one, DefaultPrivilege) and not self.ownership.has_role(one.role or ""):
            own = msgspec.structs.replace(one, role=None).path
            return path if path in self.made else own if own in self.made else None
        return path if path in self.made else None

    def say_passed_over(self, note: Note) -> None:
        passed = {key: owner for key, owner in self.others.items() if key not in self.tables}
        for sentence in self.ownership.said(passed):
            note("owned-by-others", sentence)
        for schema, name in sorted(self.never_made()):
            note("excluded", f"the models declare {schema}.{name}, and their own DDL does not create it here")
        for schema, name in sorted(self.stubs):
            whose = self.others[schema, name]
            note(
                "owned-by-others",
                f"{schema}.{name} is not the models' own ({whose}): compared only on what they declare of it",
            )
        tools = {key for key, tool in bookkeeping(self.live).items() if tool != "Alembic"}
        if left := sorted(f"{schema}.{name}" for schema, name in tools - self.tables - self.others.keys()):
            note("owned-by-others", f"left out as what other migration tools keep: {', '.join(left)}")
        known = {*self.tables, *self.others, *self.version_tables()}
        elsewhere = Counter(
            key[0]
            for key, table in self.live.tables.items()
            if key[0] not in self.schemas
            and key not in known
            and table.kind in ("table", "partitioned-table")
        )
        for schema, count in sorted(elsewhere.items()):
            note(
                "schema-not-audited",
                f"schema {schema} has {count} tables and no model is in it; name it with --schema to audit it",
            )
        views = sum(
            1
            for key, table in self.live.tables.items()
            if key[0] in self.schemas
            and key not in self.tables
            and "view" in table.kind
            and ObjectPath(table.kind, key[0], None, key[1]) not in self.live.objects
        )
        if views:
            note("not-modelled", f"{views} views are in the database, and their text is not read")

    def excluded_tables(self, note: Note) -> set[TableKey]:
        """Live tables that every environment turns away."""
        environments = {e.name for e in self.declared.environments}
        turned: dict[TableKey, set[str]] = defaultdict(set)
        for e in self.declared.excluded:
            if e.kind == "table" and e.side == "database":
                turned[e.schema or self.default_schema, e.table or ""].add(e.environment)
        gone = {key for key, by in turned.items() if by >= environments and key in self.live.tables}
        if said := gone - self.version_tables():
            names = sorted(f"{schema}.{table}" for schema, table in said)
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            note(
                "excluded",
                f"include_name or include_object in env.py leaves out {', '.join(names[:8])}{more}",
            )
        return gone

    def version_tables(self) -> set[TableKey]:
        """What migration tools keep: the environments' own, and others by what they look like."""
        known = {
            (e.version_table_schema or self.default_schema, e.version_table)
            for e in self.declared.environments
        }
        return known | bookkeeping(self.live).keys()

    def excluded_parts(self) -> set[ObjectPath]:
        """Columns, indexes and constraints that the filters turn away."""
        return {
            ObjectPath(e.kind, e.schema or self.default_schema, e.table, e.name)
            for e in self.declared.excluded
            if e.kind != "table"
        }

    def environments(self) -> dict[TableKey, str]:
        """The environment that each table's metadata belongs to."""
        return {self._key(t): m.environment for m in self.metadata if m.environment for t in m.tables}

    def layers(self) -> list[list[DeclaredMetadata]]:
        """The metadatas split so that no table stands twice in one layer; what cannot be read is left out.

        A table that two environments pass on alike is one.
        """
        layers: list[tuple[set[TableKey], list[DeclaredMetadata]]] = []
        seen: dict[TableKey, list[DeclaredTable]] = defaultdict(list)
        for one in self.metadata:
            rest = tuple(t for t in one.tables if not t.error and t not in seen[t.schema or "", t.name])
            for table in rest:
                seen[table.schema or "", table.name].append(table)
            for keys, layer in layers:
                fresh = tuple(t for t in rest if self._key(t) not in keys)
                keys |= {self._key(t) for t in fresh}
                layer.append(msgspec.structs.replace(one, tables=fresh))
                rest = tuple(t for t in rest if t not in fresh)
            if rest or not layers:
                keys = {self._key(t) for t in rest}
                layers.append((keys, [msgspec.structs.replace(one, tables=rest)]))
        return [layer for _, layer in layers]
