"""One audit from beginning to end: read the database, read the models, build, compare, judge, report."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

import kedge
from kedge import verdict
from kedge.catalog import Catalog, Note, ObjectPath, Origin, Origins, TableKey, Value
from kedge.compare import Difference, compare
from kedge.dialects import Dialect, dialect_of
from kedge.dialects.base import Refusal
from kedge.findings import (
    Environment,
    Finding,
    MetadataRef,
    Models,
    NoteRef,
    Report,
    Target,
    Tool,
)
from kedge.judge import Judge
from kedge.scratch import Scratch, open_scratch
from kedge.secrets import masked_url
from kedge.declared import Declared, DeclaredEnvironment, DeclaredMetadata, DeclaredTable
from kedge.sources.models import describe_in_process, read_models
from kedge.sources.project import find_project

Progress: TypeAlias = Callable[[str, int | None, int | None], None]
ROUNDS = 6


def audit(
    models: Sequence[Any] | str,
    database: str,
    *,
    schemas: Sequence[str] = (),
    scratch_url: str | None = None,
    scratch: Scratch | None = None,
    timeout: float = 300,
) -> Report:
    """Audit a database against models in this process.

    `models` is a list of MetaData (or Bases), or "module:attribute" to be imported by the project's interpreter.
    A `scratch` that is already open serves many audits. Raises `KedgeError` when either side cannot be read.
    """
    if isinstance(models, str):
        return audit_project(
            url=database,
            targets=[models],
            schemas=schemas,
            scratch_url=scratch_url,
            scratch=scratch,
            timeout=timeout,
        )

    def declare(live: Catalog, scratch: Scratch) -> Declared:
        return describe_in_process(models, live.profile)

    return _Audit(database, declare, schemas, scratch_url, scratch, timeout, _silent, Path.cwd()).report()


def audit_project(
    *,
    url: str,
    root: Path | str | None = None,
    targets: Sequence[str] = (),
    configs: Sequence[str] = (),
    python: str | None = None,
    schemas: Sequence[str] = (),
    scratch_url: str | None = None,
    scratch: Scratch | None = None,
    timeout: float = 300,
    progress: Progress | None = None,
) -> Report:
    """Audit a database against the project in `root`, whose models its own interpreter imports under guard."""
    progress = progress or _silent
    project = find_project(root, python=python)

    def declare(live: Catalog, scratch: Scratch) -> Declared:
        with scratch.database() as project_url:
            return read_models(
                project,
                targets=list(targets),
                configs=list(configs) or None,
                python=python,
                profile=live.profile,
                scratch_url=project_url,
                live=list(_names(live)),
                audited_url=url,
                timeout=timeout,
                progress=lambda phase: progress(phase, None, None),
            )

    return _Audit(url, declare, schemas, scratch_url, scratch, timeout, progress, project.root).report()


class _Audit:
    """The sides of one audit as they become known."""

    def __init__(
        self,
        url: str,
        declare: Callable[[Catalog, Scratch], Declared],
        schemas: Sequence[str],
        scratch_url: str | None,
        scratch: Scratch | None,
        timeout: float,
        progress: Progress,
        root: Path,
    ) -> None:
        self.url = url
        self.declare = declare
        self.asked_schemas = tuple(schemas)
        self.scratch_url = scratch_url
        self.scratch = scratch
        self.timeout = timeout
        self.progress = progress
        self.root = root
        self.notes: list[Note] = []
        self.origins: Origins = {}
        self.written: dict[ObjectPath, str] = {}
        self.differences: dict[Any, Difference] = {}

    def report(self) -> Report:
        dialect = dialect_of(self.url)
        self.progress("reading the database", None, None)
        with dialect.connect(self.url, timeout=min(self.timeout, 30)) as connection:
            self.live, steady = dialect.read(connection, timeout=self.timeout)
            if not steady:
                self.note("changed-while-reading", "the schema changed while it was read, twice; run again")
            with self.opened_scratch(dialect) as scratch:
                self.progress("reading the models", None, None)
                self.declared = self.declare(self.live, scratch)
                self.take_notes()
                self.environments = [
                    self.environment(dialect, connection, e) for e in self.declared.environments
                ]
                self.compare(dialect, scratch)
        return self.finished()

    def opened_scratch(self, dialect: Dialect) -> AbstractContextManager[Scratch]:
        if self.scratch is not None:
            return nullcontext(self.scratch)
        return open_scratch(
            dialect.name, major=self.live.profile.version_info[0], scratch_url=self.scratch_url
        )

    # -- what the models declare, and what of the database is to be compared with it

    def take_notes(self) -> None:
        for note in self.declared.notes:
            where = f" ({self.relative(note.place.path)}:{note.place.line})" if note.place else ""
            self.note(note.kind, note.reason + where)
        for refused in self.declared.refused:
            self.note("connection-refused", f"the project tried to connect to {refused}; it was refused")
        self.metadata = [self.without_excluded(m) for m in self.declared.metadata if m.tracked]
        for other in self.declared.metadata:
            if not other.tracked and other.tables:
                self.note(
                    "metadata-not-tracked",
                    f"{other.target} declares {len(other.tables)} tables, and no environment passes it to Alembic",
                )
        for metadata in self.metadata:
            for table in metadata.tables:
                self.take_origins(metadata, table)

    def take_origins(self, metadata: DeclaredMetadata, table: DeclaredTable) -> None:
        schema = table.schema or self.live.profile.default_schema

        def place(path: ObjectPath, found: Any) -> None:
            if found is not None:
                origin = Origin(self.relative(found.path), found.line, metadata.target, metadata.environment)
                if origin not in self.origins.get(path, ()):
                    self.origins[path] = (*self.origins.get(path, ()), origin)

        whole = table.place or next((c.place for c in table.classes if c.place), None)
        place(ObjectPath("table", schema, table.name), whole)
        for column in table.columns:
            path = ObjectPath("column", schema, table.name, column.name)
            place(path, column.place or whole)
            self.written[path] = column.written
        for constraint in table.constraints:
            place(ObjectPath(constraint.kind, schema, table.name, constraint.name), constraint.place or whole)
        for index in table.indexes:
            place(ObjectPath("index", schema, table.name, index.name), index.place or whole)
        for column in table.columns:
            for named in column.types:
                type_path = ObjectPath(
                    named.kind, named.schema or self.live.profile.default_schema, None, named.name
                )
                place(type_path, column.place or whole)

    def without_excluded(self, metadata: DeclaredMetadata) -> DeclaredMetadata:
        """The metadata less the tables its environment's filters turn away."""
        gone = {
            (e.schema or self.live.profile.default_schema, e.table)
            for e in self.declared.excluded
            if e.kind == "table" and e.side == "models" and e.environment == metadata.environment
        }
        kept = tuple(
            t for t in metadata.tables if (t.schema or self.live.profile.default_schema, t.name) not in gone
        )
        return msgspec.structs.replace(metadata, tables=kept)

    def scope(self) -> Catalog:
        """The part of the database that is audited: the models' schemas, less what is known to be others'."""
        schemas = self.schemas()
        ours = set(self.origins_tables())
        named = {
            (o.schema or self.live.profile.default_schema, o.name)
            for m in self.metadata
            for o in (*m.enums, *m.sequences)
        }
        gone = self.excluded_tables() | self.version_tables()
        tables = {
            key: table
            for key, table in self.live.tables.items()
            if (key[0] in schemas or key in ours) and (key not in gone or key in ours)
        }
        passed_over = [
            k for k, t in self.live.tables.items()
            if k[0] not in schemas and k not in ours and t.kind in ("table", "partitioned-table")
        ]  # fmt: skip
        for schema in sorted({k[0] for k in passed_over}):
            count = sum(1 for k in passed_over if k[0] == schema)
            self.note(
                "schema-not-audited",
                f"schema {schema} has {count} tables that no model is in; name it with --schema",
            )
        views = sum(1 for t in tables.values() if "view" in t.kind and (t.schema, t.name) not in ours)
        if views:
            self.note("not-compared", f"{views} views are not compared yet")
        return msgspec.structs.replace(
            self.live,
            schemas=tuple(sorted(schemas)),
            tables=tables,
            enums={k: e for k, e in self.live.enums.items() if k[0] in schemas or k in named},
            sequences={k: s for k, s in self.live.sequences.items() if k[0] in schemas or k in named},
        )

    def schemas(self) -> set[str]:
        default = self.live.profile.default_schema
        if self.asked_schemas:
            return set(self.asked_schemas)
        if any(e.include_schemas for e in self.declared.environments):
            return set(self.live.schemas)
        return {default} | {
            item.schema or default for m in self.metadata for item in (*m.tables, *m.enums, *m.sequences)
        }

    def origins_tables(self) -> Iterator[TableKey]:
        default = self.live.profile.default_schema
        for metadata in self.metadata:
            for table in metadata.tables:
                yield table.schema or default, table.name

    def excluded_tables(self) -> set[TableKey]:
        """Live tables that every environment turns away."""
        environments = {e.name for e in self.declared.environments}
        turned: dict[TableKey, set[str]] = {}
        for e in self.declared.excluded:
            if e.kind == "table" and e.side == "database":
                key = e.schema or self.live.profile.default_schema, e.table or ""
                turned.setdefault(key, set()).add(e.environment)
        gone = {key for key, by in turned.items() if by >= environments and key in self.live.tables}
        if gone:
            names = ", ".join(sorted(f"{s}.{t}" for s, t in gone)[:8])
            self.note(
                "excluded",
                f"{len(gone)} tables are left out by include_name or include_object in env.py: {names}",
            )
        return gone

    def version_tables(self) -> set[TableKey]:
        default = self.live.profile.default_schema
        known = {(e.version_table_schema or default, e.version_table) for e in self.declared.environments}
        return known | {key for key in self.live.tables if key[1] == "alembic_version"}

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
        database = self.scope()
        layers = _layers(self.metadata, self.live.profile.default_schema)
        everywhere = frozenset(self.origins_tables())
        for number, layer in enumerate(layers):
            self.progress("building the models in a scratch database", number, len(layers))
            with Judge.open(dialect, scratch) as judge:
                built = judge.build(layer, self.live)
                self.compare_layer(judge, built.catalog, database, everywhere, first=number == 0)
                for refusal in built.refusals:
                    self.refused(refusal)

    def compare_layer(
        self,
        judge: Judge,
        models: Catalog,
        database: Catalog,
        everywhere: frozenset[TableKey],
        *,
        first: bool,
    ) -> None:
        if not first:
            tables = {k: t for k, t in database.tables.items() if k in models.tables}
            database = msgspec.structs.replace(database, tables=tables, enums={}, sequences={})
            models = msgspec.structs.replace(models, enums={}, sequences={})
        for _ in range(ROUNDS):
            comparison = compare(models, database, judge.answers, others=everywhere - set(models.tables))
            if comparison.questions <= set(judge.answers):
                break
            self.progress("judging expressions", None, None)
            judge.settle(comparison.questions)
        hidden = self.excluded_parts()
        for difference in comparison.differences:
            if difference.path not in hidden:
                self.differences.setdefault((difference.key, str(difference.models)), difference)
        for kind, path, reason in comparison.notes:
            self.note(kind, reason, path)

    def excluded_parts(self) -> set[ObjectPath]:
        return {
            ObjectPath(e.kind, e.schema or self.live.profile.default_schema, e.table, e.name)
            for e in self.declared.excluded
            if e.kind != "table"
        }

    def refused(self, refusal: Refusal) -> None:
        if refusal.excused:
            self.note("not-compared", f"{refusal.excused}: {refusal.message}", refusal.path)
            return
        path = refusal.path
        known = next((d for d in self.differences.values() if d.model_path == path), None)
        self.differences[refusal.path, refusal.sql] = Difference(
            ObjectPath("model", path.schema, path.table, path.name),
            "invalid",
            Value("value", refusal.sql),
            Value("value", refusal.message),
            model_path=path,
            implied_by=known.key if known else None,
        )

    # -- the report

    def note(self, kind: str, reason: str, path: ObjectPath | None = None) -> None:
        note = Note(kind, reason, path)
        if note not in self.notes:
            self.notes.append(note)

    def relative(self, path: str) -> str:
        """A path inside the project as people there write it."""
        try:
            return str(Path(path).resolve().relative_to(self.root.resolve()))
        except ValueError:
            return path

    def finished(self) -> Report:
        profile = self.live.profile
        found: tuple[Finding, ...] = verdict.findings(
            self.differences.values(), profile.database, self.origins, self.written
        )
        return Report(
            complete=not any(n.kind in ("not-compared-table", "changed-while-reading") for n in self.notes),
            tool=Tool(version=kedge.__version__, generated_at=datetime.datetime.now(datetime.UTC).isoformat()),
            target=Target(
                profile.database, masked_url(self.url), profile.dialect, profile.flavour, profile.version,
                tuple(sorted(self.schemas())),
            ),
            models=Models(
                tuple(MetadataRef(m.target, m.environment, m.tracked, len(m.tables)) for m in self.declared.metadata)
            ),
            environments=tuple(self.environments),
            findings=found,
            notes=tuple(
                NoteRef(n.kind, verdict.object_ref(n.path) if n.path else None, n.reason) for n in self.notes
            ),
            summary=verdict.summary(found),
        )  # fmt: skip


def _layers(metadata: Iterable[DeclaredMetadata], default_schema: str) -> list[list[DeclaredMetadata]]:
    """The metadatas split so that no table, and no type, stands twice in one scratch database."""
    layers: list[tuple[set[TableKey], list[DeclaredMetadata]]] = []
    for one in metadata:
        rest = one
        for keys, layer in layers:
            fresh = tuple(t for t in rest.tables if (t.schema or default_schema, t.name) not in keys)
            keys |= {(t.schema or default_schema, t.name) for t in fresh}
            layer.append(msgspec.structs.replace(rest, tables=fresh))
            rest = msgspec.structs.replace(rest, tables=tuple(t for t in rest.tables if t not in fresh))
            if not rest.tables:
                break
        else:
            layers.append(({(t.schema or default_schema, t.name) for t in rest.tables}, [rest]))
    return [layer for _, layer in layers]


def _names(live: Catalog) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    """Every live object an environment's filters may be asked about."""
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


def _silent(phase: str, done: int | None, total: int | None) -> None:
    """No progress is shown."""
