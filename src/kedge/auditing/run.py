"""Runs one audit: the sides as they become known, and the report made of them."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import kedge
from kedge import verdict
from kedge.auditing import numbering, renamed
from kedge.auditing.causes import Explained, asking, explained, known_of, sides_of, untracked
from kedge.auditing.code import CodeSide
from kedge.auditing.coded import Coded, coded, with_accounts
from kedge.auditing.comparing import Comparing, Progress
from kedge.auditing.data import probed
from kedge.auditing.encrypted import encrypted_differences, folded
from kedge.auditing.history import Chains, Replay
from kedge.auditing.ignores import ignores_of
from kedge.auditing.ledger import Ledger
from kedge.auditing.ownership import Ownership, checked
from kedge.auditing.places import Places
from kedge.auditing.remembered import Remembered
from kedge.auditing.revisions import placed
from kedge.auditing.scope import Scope
from kedge.auditing.unread import unread
from kedge.catalog import Catalog, Note, ObjectPath
from kedge.causes.data import Data
from kedge.declared import Declared
from kedge.dialects import Dialect, dialect_of, sequences_behind
from kedge.errors import UsageError
from kedge.findings import MetadataRef, Models, NoteRef, Report, Target, Tool
from kedge.grouping import WAYS, grouped
from kedge.history import History
from kedge.memory import Memory
from kedge.options import Options
from kedge.scratch import Scratch, open_scratch
from kedge.scratch.lazy import LazyScratch
from kedge.secrets import masked_url
from kedge.sources.code import Code

Declare: TypeAlias = Callable[[Catalog, Scratch], Declared]


class Audit:
    """One database against what `declare` says of the models, given the live catalog and a scratch.

    A `replay` answers the histories of the environments, where they are not given; `code` parses the source.
    """

    def __init__(
        self,
        url: str,
        declare: Declare,
        *,
        root: Path,
        options: Options = Options(),  # noqa: B008
        scratch: Scratch | None = None,
        progress: Progress = lambda phase, done, total: None,
        memory: Memory | None = None,
        replay: Replay | None = None,
        histories: Sequence[History] = (),
        code: Callable[[Declared], Code] | None = None,
    ) -> None:
        checked(options.owned_by_others, options.platforms)
        renamed.checked(options.accept_renames)
        self.url = url
        self.declare = declare
        self.root = root.resolve()
        self.options = options
        self.scratch = scratch
        self.progress = progress
        self.memory = memory or Memory(None)
        self.replay = replay
        self.given_histories = tuple(histories)
        self.code = code
        self.ledger = Ledger()
        self.note = self.ledger.note
        self.coded = Coded()
        self.data: dict[tuple[ObjectPath, str], Data] = {}

    def report(self) -> Report:
        """Raises `KedgeError` when a side cannot be read at all."""
        with _uncollected():
            return self.audited_once()

    def audited_once(self) -> Report:
        dialect = dialect_of(self.url)
        with dialect.connect(self.url, timeout=min(self.options.timeout, 30)) as connection:
            self.read_database(dialect, connection)
            with self.opened_scratch(dialect) as scratch:
                self.read_models(dialect, connection, scratch)
                self.chains = Chains(
                    dialect, connection, self.declared, self.live, scratch, self.replay, self.note, self.root
                )
                self.histories = self.given_histories or self.chains.histories
                self.compare(dialect, scratch)
                self.take_code(dialect, connection)
                self.explain(dialect, scratch)
                self.count_rows(dialect, connection)
            self.look_at_sequences(dialect, connection)
        self.ledger.add(self.chains.differences())
        return self.finished()

    # -- the sides

    def read_database(self, dialect: Dialect, connection: Any) -> None:
        self.progress("reading the database", None, None)
        self.live, steady = dialect.read(
            connection, timeout=self.options.timeout, schemas=tuple(self.options.schemas)
        )
        if not steady:
            self.note("changed-while-reading", "the schema changed while it was read, twice; run again")

    def read_models(self, dialect: Dialect, connection: Any, scratch: Scratch) -> None:
        options = self.options
        self.progress("reading the models", None, None)
        self.declared = self.declare(self.live, scratch)
        self.read_named_schemas(dialect, connection)
        ownership = Ownership(self.live, options.owned_by_others, options.platforms)
        self.scope = Scope(self.declared, self.live, options.schemas, ownership)
        said = renamed.Said(self.scope.metadata, options.accept_renames, self.live)
        self.hints = said.hints
        self.scope.follow(self.hints)
        for entry in said.unused:
            self.note(
                "rename-unknown", f"--accept-rename {entry} fits nothing; is it spelled right, or done?"
            )
        self.refuse_empty_models()
        if self.code is not None:
            self.scope.add_untracked()
        self.ledger.notes |= dict.fromkeys(
            unread(self.scope, self.declared, self.live, self.root, parsed=self.code is not None)
        )

    def opened_scratch(self, dialect: Dialect) -> AbstractContextManager[Scratch]:
        if self.scratch is not None:
            return nullcontext(self.scratch)
        major = self.live.profile.version_info[0]
        return LazyScratch(
            lambda: open_scratch(
                dialect.name,
                major=major,
                flavour=self.live.profile.flavour,
                scratch_url=self.options.scratch_url,
                settings=dict(self.live.profile.settings),
                extensions={e.name for e in self.live.profile.extensions} - {"plpgsql"},
            )
        )

    def read_named_schemas(self, dialect: Dialect, connection: Any) -> None:
        """Where a schema is a database of its own, only those are read that somebody names."""
        named = {t.schema for m in self.declared.metadata if m.tracked for t in m.tables if t.schema}
        if more := dialect.unread(self.live, named):
            schemas = (*self.options.schemas, *sorted(more))
            self.live, _ = dialect.read(connection, timeout=self.options.timeout, schemas=schemas)

    def refuse_empty_models(self) -> None:
        """Models without a single table are models nobody imported, not a database without models."""
        if self.scope.metadata and not self.scope.tables and self.live.tables:
            targets = ", ".join(m.target for m in self.scope.metadata)
            raise UsageError(
                f"{targets} has no tables, and the database has {len(self.live.tables)}: nothing imports the models",
                hint="import them in env.py, or name a module that does with --models module:attribute",
            )

    # -- what was found

    def compare(self, dialect: Dialect, scratch: Scratch) -> None:
        comparing = Comparing(
            dialect,
            scratch,
            self.declared,
            self.live,
            self.scope,
            hints=self.hints,
            histories=self.histories,
            remembered=Remembered(self.memory, self.live, str(self.root)),
            ledger=self.ledger,
            progress=self.progress,
            insisted=self.options.scratch_url is not None,
        )
        comparing.run()
        self.audited = comparing.audited
        self.seen = comparing.seen

    def take_code(self, dialect: Dialect, connection: Any) -> None:
        """What the source says beside the models that were imported."""
        differences = self.ledger.differences
        self.compared_sides = list(differences.values())
        found, self.follows = encrypted_differences(differences.values(), self.live)
        self.ledger.add(found)
        folded(differences, self.follows)
        if self.code is None:
            return
        self.progress("reading the code", None, None)
        side = CodeSide(self.code(self.declared), self.declared, self.live, self.scope)
        self.coded = coded(side, differences.values(), dialect.row_estimates(connection))
        self.ledger.add(self.coded.differences)
        folded(differences, dict(self.coded.implied))
        for reason in self.coded.problems:
            self.note("code-not-read", reason)

    def count_rows(self, dialect: Dialect, connection: Any) -> None:
        if self.options.probe_data:
            self.progress("counting rows", None, None)
            differences = self.ledger.differences.values()
            self.data = probed(dialect, connection, differences, timeout=self.options.timeout)

    def look_at_sequences(self, dialect: Dialect, connection: Any) -> None:
        if self.options.sequence_values:
            behind, passed = sequences_behind(dialect, connection, set(self.audited))
            if passed:
                self.note("not-read", f"{passed} sequences were not compared with their columns: locked")
            self.ledger.add(numbering.differences(behind, self.ledger.differences.values()))

    # -- why

    def explain(self, dialect: Dialect, scratch: Scratch) -> None:
        """The cause of everything that was found."""
        self.places = Places(self.scope.metadata, self.live.profile.default_schema, self.root)
        self.places.take_made(self.declared.made)
        self.places.origins.update(self.coded.origins)
        self.explained = Explained()
        if not any(history.steps for history in self.histories):
            return
        self.progress("finding causes", None, None)
        with asking(dialect, scratch, self.scope.layers(), self.live) as ask:
            self.explained = explained(
                self.compared_sides,
                sides_of(self.seen, self.live, self.scope),
                self.histories,
                ask,
                origins=self.places.origins,
                root=self.root,
                unloaded={
                    **untracked(self.scope),
                    **self.coded.unloaded,
                },
                homes=self.scope.environments(),
            )
        self.explained = with_accounts(self.explained, self.coded, self.follows)

    # -- the report

    def finished(self) -> Report:
        profile = self.live.profile
        name = self.options.name or profile.database
        found = verdict.findings(
            self.ledger.differences.values(),
            name,
            self.places.origins,
            self.places.written,
            known_of(self.explained, self.seen, self.data),
        )
        found = placed(found, self.chains.histories)
        found, groups = grouped(found, WAYS)
        return Report(
            complete=not any(_incomplete(n) for n in self.ledger.notes),
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
                NoteRef(n.kind, verdict.object_ref(n.path) if n.path else None, n.reason)
                for n in self.ledger.notes
            ),
            coverage=self.coded.coverage(self.ledger.differences.values()),
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


def _incomplete(note: Note) -> bool:
    """Whether something of the user's own could not be compared."""
    whole_side = note.kind in ("changed-while-reading", "environment-not-read")
    return whole_side or (note.kind == "not-compared" and note.path is not None)
