"""The history side: replays a chain of revisions in a scratch database, and reads the schema after each.

What was read before is not read again: the chain's beginning that has not changed is run without stopping, and where
nothing has changed at all, nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from kedge.catalog import Catalog, Note
from kedge.declared import Declared, DeclaredEnvironment
from kedge.dialects import Dialect
from kedge.errors import Incomplete, KedgeError, UsageError
from kedge.history import History, Revision, Step
from kedge.memory import Memory
from kedge.rights import roles_of
from kedge.scratch import NoScratch, Scratch, is_given
from kedge.secrets import mask
from kedge.sources import snapshot
from kedge.sources.changes import change
from kedge.sources.lent import lent, of_other_environments
from kedge.sources.models import Reading, failure
from kedge.sources.process import Answer, Progress, ask
from kedge.sources.project import AlembicConfig, Project
from kedge.sources.remembered import Watched
from kedge.sources.replayed import KeptStep, RememberedReplay, Replayed, StepSeen
from kedge.sources.revisions import Facts, model_names


class Beginning(msgspec.Struct, frozen=True):
    """What a chain begins from, where that is not an empty database: `--history-from`.

    A file of SQL, a snapshot, or `create_all`; each may say at which revision that stands (`@REV`).
    """

    said: str
    file: Path | None = None
    stamp: str | None = None

    @classmethod
    def of(cls, said: str, root: Path) -> Beginning:
        name, at, stamp = said.rpartition("@")
        if not at or (root / said).is_file():
            name, stamp = said, ""
        if name == "create_all":
            return cls(said, None, stamp or None)
        path = root / name
        if not path.is_file():
            raise UsageError(
                f"--history-from {said}: there is no file {name}",
                hint="give a file of SQL, a snapshot, FILE@REVISION, or create_all@REVISION",
            )
        return cls(said, path, stamp or None)

    def order(self, targets: list[str]) -> dict[str, Any]:
        return {"create_all": self.file is None, "stamp": self.stamp, "models": targets}

    @property
    def is_snapshot(self) -> bool:
        """By its first character: no statement begins like that."""
        return self.file is not None and self.file.read_bytes()[:100].lstrip().startswith(b"{")

    def lay(self, dialect: Dialect, connection: Any) -> None:
        """Make in an empty scratch database what the file says. Raises `UsageError` that names the file."""
        if self.file is None:
            return
        try:
            if self.is_snapshot:
                catalog = snapshot.read(self.file.read_bytes())
                if catalog.profile.dialect != dialect.name:
                    raise UsageError(f"a snapshot of {catalog.profile.dialect}, and this is {dialect.name}")
                dialect.lay_out(connection, catalog)
            else:
                dialect.run_script(connection, self.file.read_text("utf-8"))
        except UnicodeDecodeError:
            raise UsageError(f"--history-from {self.said}: this is no text in UTF-8") from None
        except KedgeError as error:
            raise UsageError(f"--history-from {self.said}: {error.message}", hint=error.hint) from None


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

    def history(
        self, config: AlembicConfig, environment: DeclaredEnvironment, at: tuple[str, ...] | None
    ) -> tuple[History, tuple[Note, ...]]:
        """The replayed chain of one environment; where it could not be replayed, its files, and why.

        `at` is what the database's version table says; None where that is not known.
        """
        database = at or ()
        kept = RememberedReplay(
            Memory(None) if self.project.remote else self.memory,
            self.project,
            environment,
            self.live.profile,
            self._asked(config, environment),
            database,
            self.declared.metadata,
            roles_of(self.live),
        )
        if (found := kept.recall()) is not None:
            self.say(
                f"history: {len(found.steps) - 1} revisions of {environment.name} as they were replayed before"
            )
        else:
            try:
                found = self._replayed(config, environment, database, kept.prefix())
            except KedgeError as error:
                return self._history(environment, at, None, kept), (_not_replayed(environment, error),)
            kept.keep(found)
        history = self._history(environment, at, found, kept)
        notes = self._notes(environment, found)
        if self.check_downgrades and not self.command:
            from kedge.sources.downgrades import traces

            try:
                left = traces(self, config, environment, self._order(environment, database))
                history = msgspec.structs.replace(history, traces=left)
            except KedgeError as error:
                notes.append(_not_replayed(environment, error))
        return history, tuple(notes)

    def _asked(self, config: AlembicConfig, environment: DeclaredEnvironment) -> dict[str, Any]:
        beginning = self.beginning
        return {
            "root": str(self.project.root),
            "python": list(self.project.python),
            "config": [config.path, config.section],
            "command": self.command,
            "beginning": beginning.said if beginning else None,
            "beginning_file": str(beginning.file) if beginning and beginning.file else None,
            "targets": list(self.targets),
            "scheme": self.audited_url.partition("://")[0],
            "scratch_url": self.scratch_url,
            "engine": environment.engine,
        }

    # -- running it

    def _replayed(
        self,
        config: AlembicConfig,
        environment: DeclaredEnvironment,
        database: tuple[str, ...],
        prefix: list[KeptStep],
    ) -> Replayed:
        order = self._order(environment, database)
        best = self._with_roles(config, environment, prefix, order)
        for ground in self._grounds(environment):
            if (best.failed is None and best.error is None) or isinstance(best.error, Incomplete):
                break  # at the head, out of time, or no scratch
            again = Run(self, environment, [], order, ground=ground, roles=best.roles).run(config)
            if again.reached > best.reached or (again.error is None and best.error is not None):
                best = again
        return best.replayed()

    def _with_roles(
        self,
        config: AlembicConfig,
        environment: DeclaredEnvironment,
        prefix: list[KeptStep],
        order: dict[str, Any],
    ) -> Run:
        """With the audited database's roles, but those that the revisions make; each refusal tells of one more."""
        roles = dict.fromkeys(roles_of(self.live), True)
        tried: set[str] = set()
        while True:
            run = Run(self, environment, prefix, order, roles=roles).run(config)
            refused = _ROLE.search(run.failed[1]) if run.failed else None
            if refused is None or refused[0] in tried or is_given(self.scratch):
                return run
            tried.add(refused[0])
            roles = {**roles, refused["name"]: refused["how"] == "does not exist"}

    def _order(self, environment: DeclaredEnvironment, database: tuple[str, ...]) -> dict[str, Any]:
        return {
            "database": list(database),
            "start": self.beginning.order(list(self.targets)) if self.beginning else None,
            "command": self.command,
            "engine": environment.engine,
        }

    def plain(self, text: str) -> str:
        """A message of the project's without passwords and without the way to its root."""
        shown = _BACKGROUND.sub("", text.replace(f"{self.project.root}/", ""))
        return mask(shown, self.audited_url)

    def _grounds(self, environment: DeclaredEnvironment) -> Iterator[Catalog]:
        """What the audited database has and a chain may lean on; its tables are no step's.

        First schemas and extensions alone: a type that a revision makes is not to be there before. Then what is
        somebody else's, or another chain's, tables too; then all its types and functions.
        """
        profile = self.live.profile
        bare = msgspec.structs.replace(self.live, tables={})
        extensions = [e for e in profile.extensions if e.name != "plpgsql"]
        if extensions or set(self.live.schemas) - {profile.default_schema}:
            yield msgspec.structs.replace(bare, prelude=())
        tables = of_other_environments(self.declared, environment, profile.default_schema)
        others = lent(self.live, self.theirs, tables)
        if others.tables or others.prelude:
            yield others
        if self.live.prelude:
            yield bare

    # -- what it says

    def _history(
        self,
        environment: DeclaredEnvironment,
        at: tuple[str, ...] | None,
        found: Replayed | None,
        kept: RememberedReplay,
    ) -> History:
        known = (found.environment if found else None) or environment
        models = model_names(
            (c.module, c.name) for m in self.declared.metadata for t in m.tables for c in t.classes
        )
        revisions = {
            r.revision: _revision(r, kept.facts_of(r.path), models, self.project.root) for r in known.chain
        }
        steps = found.steps if found else ()
        history = History(
            environment.name,
            version_table=known.version_table,
            revisions=revisions,
            heads=known.heads,
            database_revisions=at or (),
            steps=steps,
            failed=found.failed if found else None,
            start=self.beginning.said if self.beginning else None,
        )
        if not steps:
            return history
        return msgspec.structs.replace(
            history, at_database=_at(steps, at, history, self.live), at_head=_at_head(steps, history)
        )

    def _notes(self, environment: DeclaredEnvironment, found: Replayed) -> list[Note]:
        if found.failed is None:
            return []
        revision, reason = found.failed
        return [
            Note(
                "history-partial",
                f"the revisions of {environment.name} were replayed up to {revision}, which failed: {reason};"
                " what comes after it is not known. Where the chain begins from tables it does not make,"
                " give them with --history-from",
            )
        ]


_ROLE = re.compile(r'role "(?P<name>[^"]+)" (?P<how>does not exist|already exists)')

# What SQLAlchemy adds to every error of a database.
_BACKGROUND = re.compile(r" ?\(Background on this error at: [^)]*\)")


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


def _revision(said: Any, facts: Facts | None, models: frozenset[str], root: Path) -> Revision:
    path = said.path
    if path and path.startswith(f"{root}/"):
        path = path[len(f"{root}/") :]
    plain = Revision(said.revision, said.down, said.depends_on, said.labels, said.message, path)
    if facts is None:
        return plain
    return msgspec.structs.replace(
        plain,
        line=facts.line,
        live=facts.live(models),
        downgrade=facts.downgrade,
        does_nothing=facts.does_nothing,
        sites=facts.sites,
    )


def _at(
    steps: tuple[Step, ...], database: tuple[str, ...] | None, history: History, live: Catalog
) -> int | None:
    """The step after which all the database's revisions, and no other, had run.

    A database at no revision that has the chain's tables was made in another way: nobody knows where it stands.
    """
    if database is None or history.unknown:
        return None
    if not database:
        made = {key for step in steps for key in step.catalog.tables} - set(steps[0].catalog.tables)
        elsewhere = any(key in live.tables for key in made) or (history.failed and live.tables)
        return None if elsewhere else 0
    for number, step in enumerate(steps):
        if set(step.heads) == set(database):
            return number
    wanted = history.ancestors(database)
    return next((n for n, step in enumerate(steps) if history.ancestors(step.heads) == wanted), None)


def _at_head(steps: tuple[Step, ...], history: History) -> int | None:
    wanted = history.ancestors(history.heads)
    last = len(steps) - 1
    return last if history.failed is None and history.ancestors(steps[last].heads) >= wanted else None


def _not_replayed(environment: DeclaredEnvironment, error: KedgeError) -> Note:
    return Note("history-not-read", f"the revisions of {environment.name} were not replayed: {error}")
