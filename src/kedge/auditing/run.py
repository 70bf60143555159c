"""Runs one audit: the sides as they become known, and the report made of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

import kedge
from kedge import verdict
from kedge.auditing.ignores import ignores_of
from kedge.auditing.places import Places, relative
from kedge.auditing.scope import Scope
from kedge.catalog import Catalog, Note, ObjectPath, Table, TableKey, Value
from kedge.compare import Difference, compare, fold_refusal
from kedge.declared import Declared, DeclaredEnvironment, DeclaredMetadata
from kedge.dialects import Dialect, dialect_of
from kedge.dialects.base import Refusal
from kedge.errors import UsageError
from kedge.findings import Environment, MetadataRef, Models, NoteRef, Report, Target, Tool
from kedge.judge import Judge
from kedge.scratch import Scratch, open_scratch
from kedge.secrets import masked_url

Progress: TypeAlias = Callable[[str, int | None, int | None], None]
Declare: TypeAlias = Callable[[Catalog, Scratch], Declared]
ROUNDS = 8


class Audit:
    """One database against what `declare` says of the models, given the live catalog and a scratch."""

    def __init__(
        self,
        url: str,
        declare: Declare,
        *,
        root: Path,
        schemas: Sequence[str] = (),
        scratch_url: str | None = None,
        scratch: Scratch | None = None,
        timeout: float = 300,
        name: str | None = None,
        progress: Progress = lambda phase, done, total: None,
    ) -> None:
        self.url = url
        self.name = name
        self.declare = declare
        self.root = root.resolve()
        self.asked_schemas = tuple(schemas)
        self.scratch_url = scratch_url
        self.scratch = scratch
        self.timeout = timeout
        self.progress = progress
        self.notes: dict[Note, None] = {}
        self.differences: dict[Any, Difference] = {}

    def report(self) -> Report:
        """Raises `KedgeError` when a side cannot be read at all."""
        dialect = dialect_of(self.url)
        self.progress("reading the database", None, None)
        with dialect.connect(self.url, timeout=min(self.timeout, 30)) as connection:
            self.live, steady = dialect.read(connection, timeout=self.timeout, schemas=self.asked_schemas)
            if not steady:
                self.note("changed-while-reading", "the schema changed while it was read, twice; run again")
            with self.opened_scratch(dialect) as scratch:
                self.progress("reading the models", None, None)
                self.declared = self.declare(self.live, scratch)
                self.read_named_schemas(dialect, connection)
                self.scope = Scope(self.declared, self.live, self.asked_schemas)
                self.refuse_empty_models()
                self.take_notes()
                self.environments = [
                    self.environment(dialect, connection, e) for e in self.declared.environments
                ]
                self.compare(dialect, scratch)
        return self.finished()

    def opened_scratch(self, dialect: Dialect) -> AbstractContextManager[Scratch]:
        if self.scratch is not None:
            return nullcontext(self.scratch)
        major = self.live.profile.version_info[0]
        return open_scratch(
            dialect.name,
            major=major,
            flavour=self.live.profile.flavour,
            scratch_url=self.scratch_url,
            settings=dict(self.live.profile.settings),
        )

    def read_named_schemas(self, dialect: Dialect, connection: Any) -> None:
        """Where a schema is a database of its own, only those are read that somebody names."""
        named = {t.schema for m in self.declared.metadata if m.tracked for t in m.tables if t.schema}
        if more := dialect.unread(self.live, named):
            schemas = (*self.asked_schemas, *sorted(more))
            self.live, _ = dialect.read(connection, timeout=self.timeout, schemas=schemas)

    def note(self, kind: str, reason: str, path: ObjectPath | None = None) -> None:
        self.notes[Note(kind, reason, path)] = None

    def refuse_empty_models(self) -> None:
        """Models without a single table are models nobody imported, not a database without models."""
        if self.scope.metadata and not self.scope.tables and self.live.tables:
            targets = ", ".join(m.target for m in self.scope.metadata)
            raise UsageError(
                f"{targets} has no tables, and the database has {len(self.live.tables)}: nothing imports the models",
                hint="import them in env.py, or name a module that does with --models module:attribute",
            )

    def take_notes(self) -> None:
        """What could not be read of either side, and what the project was kept from doing."""
        for path, reason in self.scope.unseen():
            self.note("not-compared", reason, path)
        for note in self.declared.notes:
            place = note.place
            where = f" ({relative(place.path, self.root)}:{place.line})" if place else ""
            self.note(note.kind, note.reason + where)
        for refused in self.declared.refused:
            self.note("connection-refused", f"the project tried to connect to {refused}; it was refused")
        for metadata in self.declared.metadata:
            if not metadata.tracked and metadata.tables:
                self.note(
                    "metadata-not-tracked",
                    f"{metadata.target} declares {len(metadata.tables)} tables,"
                    " and no environment passes it to Alembic",
                )
            for table in metadata.tables:
                if table.error and metadata.tracked:
                    path = ObjectPath("table", table.schema or self.live.profile.default_schema, table.name)
                    self.note("not-compared", table.error, path)

    def environment(self, dialect: Dialect, connection: Any, e: DeclaredEnvironment) -> Environment:
        schema = e.version_table_schema or self.live.profile.default_schema
        current = dialect.versions(connection, schema, e.version_table) or ()
        unknown = [r for r in current if e.revision_ids and r not in e.revision_ids]
        if unknown:
            self.note(
                "revision-unknown", f"the database is at {', '.join(unknown)}, which {e.name} does not have"
            )
        return Environment(e.name, e.script_location, e.version_table, e.revisions, e.heads, current, ())

    # -- comparing

    def compare(self, dialect: Dialect, scratch: Scratch) -> None:
        database = self.scope.database(self.note)
        self.audited = sorted({*database.tables, *self.scope.tables})
        layers = self.scope.layers()
        for number, layer in enumerate(layers):
            self.progress("comparing", number, len(layers))
            same, suspects = self.settled(dialect, layer)
            with Judge.open(dialect, scratch) as judge:
                built = judge.build(suspects, self.live)
                models = msgspec.structs.replace(built.catalog, tables={**same, **built.catalog.tables})
                self.compare_layer(judge, models, database, first=number == 0)
                for refusal in built.refusals:
                    self.refused(refusal)

    def settled(
        self, dialect: Dialect, layer: list[DeclaredMetadata]
    ) -> tuple[dict[TableKey, Table], list[DeclaredMetadata]]:
        """The tables that need no judge, as the live ones they equal; and the metadatas with the rest."""
        same: dict[TableKey, Table] = {}
        suspects = []
        for metadata in layer:
            rest = []
            for table in metadata.tables:
                key = table.schema or self.live.profile.default_schema, table.name
                live = self.live.tables.get(key)
                if live is not None and dialect.settled(table, live, self.live.profile):
                    columns = {c.name: c for c in live.columns}
                    order = tuple(columns[c.name] for c in table.columns)
                    same[key] = msgspec.structs.replace(live, columns=order)
                else:
                    rest.append(table)
            suspects.append(msgspec.structs.replace(metadata, tables=tuple(rest)))
        return same, suspects

    def compare_layer(self, judge: Judge, models: Catalog, database: Catalog, *, first: bool) -> None:
        if not first:
            tables = {k: t for k, t in database.tables.items() if k in models.tables}
            database = msgspec.structs.replace(database, tables=tables, enums={}, sequences={})
            models = msgspec.structs.replace(models, enums={}, sequences={})
        others = self.scope.tables - set(models.tables)
        for _ in range(ROUNDS):
            comparison = compare(models, database, judge.answers, others=others)
            if comparison.questions <= set(judge.answers):
                break
            self.progress("judging expressions", None, None)
            judge.settle(comparison.questions)
        hidden = self.scope.excluded_parts()
        for difference in comparison.differences:
            if difference.path not in hidden:
                self.differences.setdefault((difference.key, str(difference.models)), difference)
        for kind, path, reason in comparison.notes:
            self.note(kind, reason, path)
        if comparison.reordered:
            names = [str(path) for path in comparison.reordered]
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            self.note("column-order", f"the columns stand in another order in {', '.join(names[:6])}{more}")

    def refused(self, refusal: Refusal) -> None:
        """What the server refuses is a finding, unless only the scratch may be to blame."""
        path = refusal.path
        if refusal.excused:
            self.note("not-compared", f"{refusal.excused}: {refusal.message}", path)
            return
        invalid = Difference(
            ObjectPath("model", path.schema, path.table, path.name),
            "invalid",
            Value("value", refusal.sql),
            Value("value", refusal.message),
            model_path=path,
            refs=refusal.refs,
        )
        self.differences[path, refusal.sql] = fold_refusal(invalid, self.differences)

    # -- the report

    def finished(self) -> Report:
        profile = self.live.profile
        places = Places(self.scope.metadata, profile.default_schema, self.root)
        name = self.name or profile.database
        found = verdict.findings(self.differences.values(), name, places.origins, places.written)
        return Report(
            complete=not any(_incomplete(n) for n in self.notes),
            tool=Tool(
                version=kedge.__version__, generated_at=datetime.datetime.now(datetime.UTC).isoformat()
            ),
            target=Target(
                name=name,
                url=masked_url(self.url),
                dialect=profile.dialect,
                flavour=profile.flavour,
                server_version=profile.version,
                schemas=tuple(sorted(self.scope.schemas)),
                tables=tuple(".".join(key) for key in self.audited),
            ),
            models=Models(
                tuple(
                    MetadataRef(m.target, m.environment, m.tracked, len(m.tables))
                    for m in self.declared.metadata
                ),
                ignores_of(self.scope.metadata, profile.default_schema, self.root),
            ),
            environments=tuple(self.environments),
            findings=found,
            notes=tuple(
                NoteRef(n.kind, verdict.object_ref(n.path) if n.path else None, n.reason) for n in self.notes
            ),
            summary=verdict.summary(found),
        )


def _incomplete(note: Note) -> bool:
    """Whether something of the user's own could not be compared."""
    return note.kind == "changed-while-reading" or (note.kind == "not-compared" and note.path is not None)


def live_names(live: Catalog) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    """(kind, schema, table, name) of every live object an environment's filters may be asked about."""
    for table in live.tables.values():
        yield "table", table.schema, table.name, None
        for kind, parts in (
            ("column", table.columns),
            ("index", table.indexes),
            ("unique", table.uniques),
            ("foreign-key", table.foreign_keys),
            ("check", table.checks),
        ):
            for part in parts:
                yield kind, table.schema, table.name, part.name
