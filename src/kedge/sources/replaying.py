"""One replay: the project's own process runs the revisions in a scratch database, which is read after each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec

from kedge.catalog import Catalog
from kedge.declared import Declared, DeclaredEnvironment
from kedge.dialects import Dialect
from kedge.errors import KedgeError
from kedge.history import Step
from kedge.memory import Memory
from kedge.scratch import NoScratch, Scratch, is_given
from kedge.secrets import mask
from kedge.sources.beginning import Beginning
from kedge.sources.changes import change
from kedge.sources.models import Reading, failure
from kedge.sources.process import Answer, Progress, ask
from kedge.sources.project import AlembicConfig, Project
from kedge.sources.remembered import Watched
from kedge.sources.replayed import KeptStep, Replayed, StepSeen

# What SQLAlchemy adds to every error of a database.
_BACKGROUND = re.compile(r" ?\(Background on this error at: [^)]*\)")


class Replaying(msgspec.Struct, frozen=True, gc=True):
    """All that a replay needs and that is the same for every environment of a project.

    `theirs` says of (schema, name) whether it is somebody else's: a chain may lean on it, and does not make it.
    """

    project: Project
    dialect: Dialect
    live: Catalog
    declared: Declared
    scratch: Scratch
    memory: Memory
    audited_url: str
    scratch_url: str | None
    theirs: Callable[[str, str], bool]
    targets: tuple[str, ...] = ()
    beginning: Beginning | None = None
    command: str | None = None
    check_downgrades: bool = False
    timeout: float = 300
    progress: Progress = lambda text: None
    say: Callable[[str], None] = lambda text: None

    def plain(self, text: str) -> str:
        """A message of the project's without passwords and without the way to its root."""
        shown = _BACKGROUND.sub("", text.replace(f"{self.project.root}/", ""))
        return mask(shown, self.audited_url)


class Run(Reading):
    """One replay: a process, and what was read after each of its steps."""

    def __init__(
        self,
        by: Replaying,
        environment: DeclaredEnvironment,
        prefix: list[KeptStep],
        order: Mapping[str, Any],
        *,
        ground: Catalog | None = None,
        roles: Mapping[str, bool] | None = None,
    ) -> None:
        self.watched = Watched()
        super().__init__(
            by.project,
            by.live.profile,
            None,
            by.audited_url,
            (),
            by.timeout,
            by.progress,
            self._watch,
        )
        self.by = by
        self.environment = environment
        self.prefix = prefix
        self.order = order
        self.ground = ground
        self.roles = dict(roles or {})
        self.seen: list[StepSeen] = []
        self.steps: list[Step] = []
        self.failed: tuple[str, str] | None = None
        self.error: KedgeError | None = None
        self.answer: Answer = {}

    @property
    def reached(self) -> int:
        return len(self.steps)

    def run(self, config: AlembicConfig) -> Run:
        self.by.progress(f"replaying {len(self.environment.chain) or ''} revisions".replace("  ", " "))
        try:
            answer, _ = self.best([], config)
        except NoScratch as missing:
            self.error = missing
            return self
        if answer.get("error"):
            self.error = failure(answer, "the revisions cannot be replayed")
        elif failed := answer.get("failed"):
            self.failed = str(failed["revision"]), mask(self.by.plain(str(failed["reason"])), *self.hidden)
        self.answer = answer
        return self

    def replayed(self) -> Replayed:
        if self.error is not None:
            raise self.error
        environments = self.answer.get("environments") or []
        known = msgspec.convert(environments[0], DeclaredEnvironment) if environments else self.environment
        return Replayed(tuple(self.steps), tuple(self.seen), self.failed, known, self.watched)

    def worthwhile(self, attempt: dict[str, Any]) -> bool:
        return not attempt.get("stand_in") and not attempt.get("offline")

    def process(self, request: dict[str, object]) -> Answer:
        """In a fresh database of its own, which nobody else changes while it is read."""
        dialect = self.by.dialect
        with ExitStack() as stack:
            url = stack.enter_context(self.by.scratch.database())
            connection = stack.enter_context(dialect.connect(url, timeout=30, autocommit=True))
            beginning = self.by.beginning
            laid = None if beginning and beginning.is_snapshot else self.ground
            roles = {} if is_given(self.by.scratch) else self.roles
            dialect.lay_ground(connection, laid or self.by.live, whole=laid is not None, roles=roles)
            if beginning:
                beginning.lay(dialect, connection)
            self.seen, self.steps = list[StepSeen](), list[Step]()
            for kept in self.prefix:
                self.seen.append(kept.seen)
                self.steps.append(Step(kept.seen.revision, kept.catalog, kept.seen.heads))
            known = [kept.seen.revision for kept in self.prefix]

            def on_step(said: Answer) -> None:
                del self.seen[said["number"] :], self.steps[said["number"] :]
                self.read_step(connection, said)

            self.hidden = [*self.hidden, url]
            order = {**self.order, "known": known, "given": is_given(self.by.scratch)}
            answer = ask(
                self.project,
                {**request, "scratch_url": url, "replay": order, "name": self.environment.name},
                timeout=self.timeout,
                progress=self.progress,
                hidden=self.hidden,
                on_step=on_step,
            )
            applied = int(answer.get("applied") or 0) + 1
            del self.seen[applied:], self.steps[applied:]
            return answer

    def read_step(self, connection: Any, said: Answer) -> None:
        catalog = self.by.dialect.read_replayed(connection, self.by.live, timeout=self.timeout)
        if self.ground is not None and self.ground.tables:
            catalog = _less(catalog, self.ground)
        before = self.steps[-1].catalog if self.steps else Catalog(profile=self.by.live.profile)
        by, catalog = change(before, catalog)
        heads = tuple(sorted(said["heads"]))
        self.steps.append(Step(said["revision"], catalog, heads))
        self.seen.append(
            StepSeen(
                said["revision"],
                heads,
                by,
                tuple(said.get("files") or ()),
                tuple(said.get("variables") or ()),
                bool(said.get("uncertain")),
            )
        )

    def _watch(self, watched: Watched) -> None:
        self.watched = self.watched.joined(watched)


def _less(catalog: Catalog, ground: Catalog) -> Catalog:
    """Without the tables and enums that were lent to the chain."""
    return msgspec.structs.replace(
        catalog,
        tables={key: table for key, table in catalog.tables.items() if key not in ground.tables},
        enums={key: enum for key, enum in catalog.enums.items() if key not in ground.enums},
    )
