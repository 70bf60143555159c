"""Runs one audit: the sides as they become known, and the report made of them."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

import kedge
from kedge import verdict
from kedge.auditing import numbering, renamed
from kedge.auditing.causes import Explained, asking, explained, known_of, sides_of, untracked
from kedge.auditing.code import CodeSide
from kedge.auditing.coded import Coded, coded, with_accounts
from kedge.auditing.data import probed
from kedge.auditing.doubted import cleared, without
from kedge.auditing.encrypted import encrypted_differences, folded
from kedge.auditing.history import Chains, Replay
from kedge.auditing.ignores import ignores_of
from kedge.auditing.made import made_anyway, stands, with_made, without_leaned_on, without_missed
from kedge.auditing.ownership import Ownership, checked
from kedge.auditing.places import Places, relative
from kedge.auditing.recorded import marked, recorded
from kedge.auditing.remembered import Remembered, lesson, plainly_beside
from kedge.auditing.revisions import placed
from kedge.auditing.scope import Scope
from kedge.auditing.stubs import narrowed
from kedge.auditing.targets import aimless
from kedge.auditing.unjudged import known_models, unconfirmed, unsettled
from kedge.catalog import Catalog, Note, Object, ObjectPath, Table, TableKey, Value
from kedge.causes.data import Data
from kedge.compare import Answers, Comparison, Difference, compare, fold_refusal
from kedge.declared import Declared, DeclaredMetadata
from kedge.dialects import Dialect, dialect_of, sequences_behind
from kedge.dialects.base import Built, Refusal
from kedge.dialects.tested import untested
from kedge.errors import UsageError
from kedge.findings import MetadataRef, Models, NoteRef, Report, Target, Tool
from kedge.grouping import WAYS, grouped
from kedge.history import History
from kedge.judge import Judge
from kedge.memory import Memory
from kedge.scratch import NoScratch, Scratch, open_scratch
from kedge.scratch.lazy import LazyScratch
from kedge.secrets import masked_url
from kedge.sources.code import Code

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
        memory: Memory | None = None,
        replay: Replay | None = None,
        owned_by_others: Sequence[str] = (),
        platforms: Sequence[str] = (),
        accept_renames: Sequence[str] = (),
        histories: Sequence[History] = (),
        probe_data: bool = False,
        code: Callable[[Declared], Code] | None = None,
        sequence_values: bool = True,
    ) -> None:
        self.sequence_values = sequence_values
        checked(owned_by_others, platforms)
        renamed.checked(accept_renames)
        self.accept_renames = tuple(accept_renames)
        self.url = url
        self.owned_by_others = owned_by_others
        self.platforms = platforms
        self.memory = memory or Memory(None)
        self.name = name
        self.declare = declare
        self.replay = replay
        self.root = root.resolve()
        self.asked_schemas = tuple(schemas)
        self.scratch_url = scratch_url
        self.scratch = scratch
        self.timeout = timeout
        self.progress = progress
        self.notes: dict[Note, None] = {}
        self.differences: dict[Any, Difference] = {}
        self.histories = tuple(histories)
        self.code = code
        self.coded = Coded()
        self.seen: list[tuple[Catalog, Catalog]] = []
        self.probe_data = probe_data
        self.data: dict[tuple[ObjectPath, str], Data] = {}

    def report(self) -> Report:
        """Raises `KedgeError` when a side cannot be read at all."""
        with _uncollected():
            return self.audited_once()

    def audited_once(self) -> Report:
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
                ownership = Ownership(self.live, self.owned_by_others, self.platforms)
                self.scope = Scope(self.declared, self.live, self.asked_schemas, ownership)
                self.said = renamed.Said(self.scope.metadata, self.accept_renames, self.live)
                self.scope.follow(self.said.hints)
                for entry in self.said.unused:
                    self.note(
                        "rename-unknown",
                        f"--accept-rename {entry} fits nothing; is it spelled right, or done?",
                    )
                self.refuse_empty_models()
                if self.code is not None:
                    self.scope.add_untracked()
                self.take_notes()
                self.chains = Chains(
                    dialect, connection, self.declared, self.live, scratch, self.replay, self.note, self.root
                )
                self.compare(dialect, scratch)
                self.take_code(dialect, connection)
                self.explain(dialect, scratch)
                if self.probe_data:
                    self.progress("counting rows", None, None)
                    self.data = probed(dialect, connection, self.differences.values(), timeout=self.timeout)
            if self.sequence_values:
                behind, passed = sequences_behind(dialect, connection, set(self.audited))
                if passed:
                    self.note("not-read", f"{passed} sequences were not compared with their columns: locked")
                self.differences |= {d.key: d for d in numbering.differences(behind)}
        self.differences |= {d.key: d for d in self.chains.differences()}
        return self.finished()

    def opened_scratch(self, dialect: Dialect) -> AbstractContextManager[Scratch]:
        if self.scratch is not None:
            return nullcontext(self.scratch)
        major = self.live.profile.version_info[0]
        return LazyScratch(
            lambda: open_scratch(
                dialect.name,
                major=major,
                flavour=self.live.profile.flavour,
                scratch_url=self.scratch_url,
                settings=dict(self.live.profile.settings),
                extensions={e.name for e in self.live.profile.extensions} - {"plpgsql"},
            )
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
        for reason in self.live.unseen:
            self.note("not-modelled", reason)
        if said := untested(self.live.profile):
            self.note("untested-version", said)
        for path, reason in self.scope.unseen():
            self.note("not-compared", reason, path)
        for note in self.declared.notes:
            place = note.place
            where = f" ({relative(place.path, self.root)}:{place.line})" if place else ""
            self.note(note.kind, note.reason + where)
        for path, reason in self.declared.made.missed if self.declared.made else ():
            self.note("not-compared", reason, path)
        for refused in self.declared.refused:
            self.note("connection-refused", f"the project tried to connect to {refused}; it was refused")
        for metadata in self.scope.untracked() if self.code is None else ():
            self.note(
                "metadata-not-tracked",
                f"{metadata.target} declares {len(metadata.tables)} tables,"
                " and no environment passes it to Alembic",
            )
        for metadata in self.declared.metadata:
            for table in metadata.tables:
                if table.error and metadata.tracked:
                    path = ObjectPath("table", table.schema or self.live.profile.default_schema, table.name)
                    self.note("not-compared", table.error, path)

    # -- comparing

    def compare(self, dialect: Dialect, scratch: Scratch) -> None:
        database = self.scope.database(self.note)
        self.audited = sorted({*database.tables, *self.scope.tables})
        layers = self.scope.layers()
        self.remembered = Remembered(self.memory, self.live, str(self.root))
        for number, layer in enumerate(layers):
            self.progress("comparing", number, len(layers))
            self.remembered.lay(layer)
            same, suspects = self.settled(dialect, layer)
            same, suspects = self.cleared(dialect, scratch, same, suspects)
            if self.compare_settled(layer, same, suspects, database, first=number == 0):
                continue
            try:
                self.compare_judged(dialect, scratch, same, suspects, database, first=number == 0)
            except NoScratch as missing:
                if self.scratch_url is not None:
                    raise
                self.compare_unjudged(dialect, missing, same, suspects, database, first=number == 0)
        self.remembered.keep()
        for refusal in aimless(self.declared, self.live, dialect):
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
                if live is not None and (
                    self.remembered.is_same(key, table, live)
                    or (stands(table.made, live) and dialect.settled(table, live, self.live.profile))
                ):
                    same[key] = _in_order(live, [c.name for c in table.columns])
                else:
                    rest.append(table)
            suspects.append(msgspec.structs.replace(metadata, tables=tuple(rest)))
        return same, suspects

    def cleared(
        self,
        dialect: Dialect,
        scratch: Scratch,
        same: dict[TableKey, Table],
        suspects: list[DeclaredMetadata],
    ) -> tuple[dict[TableKey, Table], list[DeclaredMetadata]]:
        """The same, once a judge was asked about the expressions of suspects that are alike in all else."""
        keys = self.asked = cleared(dialect, scratch, suspects, self.live)
        default = self.live.profile.default_schema
        more = {
            (t.schema or default, t.name): [c.name for c in t.columns] for m in suspects for t in m.tables
        }
        found = {key: _in_order(self.live.tables[key], more[key]) for key in keys}
        return {**same, **found}, without(suspects, keys, default)

    def compare_settled(
        self,
        layer: list[DeclaredMetadata],
        same: dict[TableKey, Table],
        suspects: list[DeclaredMetadata],
        database: Catalog,
        *,
        first: bool,
    ) -> bool:
        """Compare without a judge, where there is nothing to ask one; False where there is."""
        if any(m.tables for m in suspects):
            return False
        beside = self.remembered.found_beside() or plainly_beside(layer, self.live.profile.default_schema)
        if beside is None:
            return False
        models = Catalog(
            profile=self.live.profile,
            tables=same,
            enums={(e.schema, e.name): e for e in beside.enums},
            sequences={(s.schema, s.name): s for s in beside.sequences},
            objects={d.path: d for d in beside.domains},
        )
        models = with_made(models, [], self.declared, first=first)
        comparison = self.compared(models, database, {}, first=first)
        if comparison.questions:
            return False
        self.take(comparison)
        learned, _ = lesson(comparison, Built(models), database)
        self.remembered.learn(learned & self.asked, None)
        return True

    def compare_judged(
        self,
        dialect: Dialect,
        scratch: Scratch,
        same: dict[TableKey, Table],
        suspects: list[DeclaredMetadata],
        database: Catalog,
        *,
        first: bool,
    ) -> None:
        with Judge.open(dialect, scratch) as judge:
            built = judge.build(suspects, self.live)
            models = msgspec.structs.replace(built.catalog, tables={**same, **built.catalog.tables})
            models = with_made(models, suspects, self.declared, first=first)
            for _ in range(ROUNDS):
                comparison = self.compared(models, database, judge.answers, first=first)
                if comparison.questions <= set(judge.answers):
                    break
                self.progress("judging expressions", None, None)
                judge.lend(comparison.questions, models, self.live)
                judge.settle(comparison.questions)
        self.take(comparison)
        self.notes |= dict.fromkeys((*built.notes, *unsettled(judge.reasons, comparison)))
        for refusal in built.refusals:
            if not made_anyway(refusal.path, suspects, self.live.profile.default_schema):
                self.refused(refusal)
        learned, beside = lesson(comparison, built, database)
        asked, _ = lesson(comparison, Built(models, built.refusals), database)
        self.remembered.learn(learned | asked & self.asked, beside)

    def compare_unjudged(
        self,
        dialect: Dialect,
        missing: NoScratch,
        same: dict[TableKey, Table],
        suspects: list[DeclaredMetadata],
        database: Catalog,
        *,
        first: bool,
    ) -> None:
        """Compare what is written, where no server could be had to judge it; what differs is not confirmed."""
        for metadata in suspects:
            if metadata.tables:
                reason = (
                    f"no server judged {len(metadata.tables)} tables, so what is said of them is unconfirmed"
                )
                self.note(
                    "not-compared", f"{reason}: {missing}", ObjectPath("metadata", name=metadata.target)
                )
        if database.objects:
            self.note("not-compared", f"what is beyond tables was not compared: {missing}")
            database = msgspec.structs.replace(database, objects={})
        models = known_models(dialect, suspects, same, self.live)
        self.take(unconfirmed(lambda answers: self.compared(models, database, answers, first=first)))

    def compared(self, models: Catalog, database: Catalog, answers: Answers, *, first: bool) -> Comparison:
        if not first:
            tables = {k: t for k, t in database.tables.items() if k in models.tables}
            database = msgspec.structs.replace(database, tables=tables, enums={}, sequences={}, objects={})
            models = msgspec.structs.replace(models, enums={}, sequences={}, objects={})
        database = without_missed(narrowed(database, models, self.scope.stubs), self.declared)
        told: Mapping[ObjectPath, Object] = {}
        if first:
            histories = self.histories or self.chains.histories
            told = recorded(histories, models, database, self.live, {*database.tables, *self.scope.tables})
            models = msgspec.structs.replace(models, objects={**models.objects, **told})
        database = without_leaned_on(database, models)
        self.seen = [*([] if first else self.seen[:1]), (models, database)]
        others = self.scope.tables - set(models.tables)
        return marked(
            compare(
                models,
                database,
                answers,
                others=others,
                hints=self.said.hints,
                schemas=self.scope.schema_names,
            ),
            told,
        )

    def take(self, comparison: Comparison) -> None:
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

    def take_code(self, dialect: Dialect, connection: Any) -> None:
        """What the source says beside the models that were imported."""
        self.compared_sides = dict(self.differences)
        found, self.follows = encrypted_differences(self.differences.values(), self.live)
        self.differences |= {d.key: d for d in found}
        folded(self.differences, self.follows)
        if self.code is None:
            return
        self.progress("reading the code", None, None)
        side = CodeSide(self.code(self.declared), self.declared, self.live, self.scope)
        self.coded = coded(side, self.differences.values(), dialect.row_estimates(connection))
        self.differences |= {d.key: d for d in self.coded.differences}
        folded(self.differences, dict(self.coded.implied))
        for reason in self.coded.problems:
            self.note("code-not-read", reason)

    # -- why

    def explain(self, dialect: Dialect, scratch: Scratch) -> None:
        """The cause of everything that was found."""
        self.places = Places(self.scope.metadata, self.live.profile.default_schema, self.root)
        self.places.take_made(self.declared.made)
        self.places.origins.update(self.coded.origins)
        self.explained = Explained()
        histories = self.histories or self.chains.histories
        if not any(history.steps for history in histories):
            return
        self.progress("finding causes", None, None)
        with asking(dialect, scratch, self.scope.layers(), self.live) as ask:
            self.explained = explained(
                list(self.compared_sides.values()),
                sides_of(self.seen, self.live, self.scope),
                histories,
                ask,
                origins=self.places.origins,
                root=self.root,
                unloaded={
                    **untracked(self.declared, self.live.profile.default_schema),
                    **self.coded.unloaded,
                },
                homes=self.scope.environments(),
            )
        self.explained = with_accounts(self.explained, self.coded, self.follows)

    # -- the report

    def finished(self) -> Report:
        profile = self.live.profile
        name = self.name or profile.database
        found = verdict.findings(
            self.differences.values(),
            name,
            self.places.origins,
            self.places.written,
            known_of(self.explained, self.seen, self.data),
        )
        found = placed(found, self.chains.histories)
        found, groups = grouped(found, WAYS)
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
                ignores_of(
                    self.scope.metadata,
                    profile.default_schema,
                    self.root,
                    (origin for several in self.coded.origins.values() for origin in several),
                ),
            ),
            environments=tuple(self.chains.environments()),
            findings=found,
            groups=groups,
            notes=tuple(
                NoteRef(n.kind, verdict.object_ref(n.path) if n.path else None, n.reason) for n in self.notes
            ),
            coverage=self.coded.coverage(self.differences.values()),
            summary=verdict.summary(found),
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would look through every new value again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _in_order(table: Table, names: list[str]) -> Table:
    """The table with its columns in this order; the very same one where that is its own."""
    if [c.name for c in table.columns] == names:
        return table
    columns = {c.name: c for c in table.columns}
    return msgspec.structs.replace(table, columns=tuple(columns[name] for name in names))


def _incomplete(note: Note) -> bool:
    """Whether something of the user's own could not be compared."""
    whole_side = note.kind in ("changed-while-reading", "environment-not-read")
    return whole_side or (note.kind == "not-compared" and note.path is not None)


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
