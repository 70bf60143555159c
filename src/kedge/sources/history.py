"""The history side: the replayed chain of one environment, and what is to be said of it.

What was read before is not read again: the chain's beginning that has not changed is run without stopping, and where
nothing has changed at all, nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from kedge.catalog import Catalog, Note
from kedge.declared import DeclaredEnvironment
from kedge.errors import Incomplete, KedgeError
from kedge.history import History, Revision, Step
from kedge.memory import Memory
from kedge.rights import roles_of
from kedge.scratch import is_given
from kedge.sources.downgrades import traces
from kedge.sources.lent import lent, of_other_environments
from kedge.sources.project import AlembicConfig
from kedge.sources.replayed import KeptStep, RememberedReplay, Replayed
from kedge.sources.replaying import Replaying, Run
from kedge.sources.revisions import Facts, model_names

_ROLE = re.compile(r'role "(?P<name>[^"]+)" (?P<how>does not exist|already exists)')


def read_history(
    by: Replaying, config: AlembicConfig, environment: DeclaredEnvironment, at: tuple[str, ...] | None
) -> tuple[History, tuple[Note, ...]]:
    """The replayed chain of one environment; where it could not be replayed, its files, and why.

    `at` is what the database's version table says; None where that is not known.
    """
    database = at or ()
    kept = RememberedReplay(
        Memory(None) if by.project.remote else by.memory,
        by.project,
        environment,
        by.live.profile,
        _asked(by, config, environment),
        database,
        by.declared.metadata,
        roles_of(by.live),
    )
    if (found := kept.recall()) is not None:
        by.say(
            f"history: {len(found.steps) - 1} revisions of {environment.name} as they were replayed before"
        )
    else:
        try:
            found = _replayed(by, config, environment, database, kept.prefix())
        except KedgeError as error:
            return _history(by, environment, at, None, kept), (_not_replayed(environment, error),)
        kept.keep(found)
    history = _history(by, environment, at, found, kept)
    notes = _notes(environment, found)
    if by.check_downgrades and not by.command:
        try:
            left = traces(by, config, environment, _order(by, environment, database))
            history = msgspec.structs.replace(history, traces=left)
        except KedgeError as error:
            notes.append(_not_replayed(environment, error))
    return history, tuple(notes)


def _asked(by: Replaying, config: AlembicConfig, environment: DeclaredEnvironment) -> dict[str, Any]:
    beginning = by.beginning
    return {
        "root": str(by.project.root),
        "python": list(by.project.python),
        "config": [config.path, config.section],
        "command": by.command,
        "beginning": beginning.said if beginning else None,
        "beginning_file": str(beginning.file) if beginning and beginning.file else None,
        "targets": list(by.targets),
        "scheme": by.audited_url.partition("://")[0],
        "scratch_url": by.scratch_url,
        "engine": environment.engine,
    }


def _replayed(
    by: Replaying,
    config: AlembicConfig,
    environment: DeclaredEnvironment,
    database: tuple[str, ...],
    prefix: list[KeptStep],
) -> Replayed:
    order = _order(by, environment, database)
    best = _with_roles(by, config, environment, prefix, order)
    grounds = _grounds(by, environment)
    while not _is_final(best) and (ground := next(grounds, None)) is not None:
        again = Run(by, environment, [], order, ground=ground, roles=best.roles).run(config)
        if again.reached > best.reached or (again.error is None and best.error is not None):
            best = again
    return best.replayed()


def _is_final(run: Run) -> bool:
    """At the head, out of time, or without a scratch."""
    return (run.failed is None and run.error is None) or isinstance(run.error, Incomplete)


def _with_roles(
    by: Replaying,
    config: AlembicConfig,
    environment: DeclaredEnvironment,
    prefix: list[KeptStep],
    order: dict[str, Any],
) -> Run:
    """With the audited database's roles, but those that the revisions make; each refusal tells of one more."""
    roles = dict.fromkeys(roles_of(by.live), True)
    tried: set[str] = set()
    while True:
        run = Run(by, environment, prefix, order, roles=roles).run(config)
        refused = _ROLE.search(run.failed[1]) if run.failed else None
        if refused is None or refused[0] in tried or is_given(by.scratch):
            return run
        tried.add(refused[0])
        roles = {**roles, refused["name"]: refused["how"] == "does not exist"}


def _order(by: Replaying, environment: DeclaredEnvironment, database: tuple[str, ...]) -> dict[str, Any]:
    return {
        "database": list(database),
        "start": by.beginning.order(list(by.targets)) if by.beginning else None,
        "command": by.command,
        "engine": environment.engine,
    }


def _grounds(by: Replaying, environment: DeclaredEnvironment) -> Iterator[Catalog]:
    """What the audited database has and a chain may lean on; its tables are no step's.

    First schemas and extensions alone: a type that a revision makes is not to be there before. Then what is
    somebody else's, or another chain's, tables too; then all its types and functions.
    """
    profile = by.live.profile
    bare = msgspec.structs.replace(by.live, tables={})
    extensions = [e for e in profile.extensions if e.name != "plpgsql"]
    if extensions or set(by.live.schemas) - {profile.default_schema}:
        yield msgspec.structs.replace(bare, prelude=())
    tables = of_other_environments(by.declared, environment, profile.default_schema)
    others = lent(by.live, by.theirs, tables)
    if others.tables or others.prelude:
        yield others
    if by.live.prelude:
        yield bare


def _history(
    by: Replaying,
    environment: DeclaredEnvironment,
    at: tuple[str, ...] | None,
    found: Replayed | None,
    kept: RememberedReplay,
) -> History:
    known = (found.environment if found else None) or environment
    models = model_names(
        (c.module, c.name) for m in by.declared.metadata for t in m.tables for c in t.classes
    )
    revisions = {
        r.revision: _revision(r, kept.facts_of(r.path), models, by.project.root) for r in known.chain
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
        start=by.beginning.said if by.beginning else None,
    )
    if not steps:
        return history
    return msgspec.structs.replace(
        history, at_database=_at(steps, at, history, by.live), at_head=_at_head(steps, history)
    )


def _notes(environment: DeclaredEnvironment, found: Replayed) -> list[Note]:
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
