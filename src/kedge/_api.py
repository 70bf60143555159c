"""The doors to an audit: of models in this process, and of a project whose own interpreter imports them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kedge.auditing import Audit, Progress, live_names
from kedge.catalog import Catalog, Note
from kedge.decisions import decide
from kedge.declared import Declared
from kedge.dialects import Dialect, dialect_of
from kedge.findings import Report
from kedge.history import History
from kedge.memory import Memory
from kedge.scratch import Scratch, database_if_any
from kedge.scratch.places import placed
from kedge.sources.code import CodeReading
from kedge.sources.history import Beginning, Replaying
from kedge.sources.made import Making
from kedge.sources.models import describe_in_process, read_models
from kedge.sources.project import find_project, named_config
from kedge.sources.remembered import RememberedModels, Watched


def audit(
    models: Sequence[Any] | str,
    database: str,
    *,
    schemas: Sequence[str] = (),
    scratch_url: str | None = None,
    scratch: Scratch | None = None,
    scratch_place: str = "nearest",
    timeout: float = 300,
    name: str | None = None,
    owned_by_others: Sequence[str] = (),
    platforms: Sequence[str] = (),
    accept_renames: Sequence[str] = (),
) -> Report:
    """Audit a database against models in this process.

    `models` is a list of MetaData (or Bases), or "module:attribute" to be imported by the project's interpreter.
    `name` is the database's logical name, which goes into fingerprints; without it, its own.
    `owned_by_others` are patterns of what is not the models' (`billing.*`), `platforms` whose tables are known.
    `accept_renames` are renames that are certain: `users=customers`, the database's name first.
    Ignores in the models are followed; those of the project's file, and its baseline, are the command line's.
    `scratch_place` says where throw-away databases are made: "nearest", "same-server" or "none".
    A `scratch` that is already open serves many audits. Raises `KedgeError` when either side cannot be read.
    """
    if isinstance(models, str):
        report = audit_project(
            url=database,
            targets=[models],
            schemas=schemas,
            scratch_url=scratch_url,
            scratch=scratch,
            scratch_place=scratch_place,
            timeout=timeout,
            name=name,
            owned_by_others=owned_by_others,
            platforms=platforms,
            accept_renames=accept_renames,
        )
        return decide([report])[0]

    found = audit_models(
        models,
        database,
        schemas=schemas,
        scratch_url=scratch_url,
        scratch=scratch,
        scratch_place=scratch_place,
        timeout=timeout,
        name=name,
        owned_by_others=owned_by_others,
        platforms=platforms,
        accept_renames=accept_renames,
    )
    return decide([found])[0]


def audit_models(
    models: Sequence[Any],
    database: str,
    *,
    root: Path | None = None,
    schemas: Sequence[str] = (),
    scratch_url: str | None = None,
    scratch: Scratch | None = None,
    scratch_place: str = "nearest",
    timeout: float = 300,
    name: str | None = None,
    memory: Memory | None = None,
    owned_by_others: Sequence[str] = (),
    platforms: Sequence[str] = (),
    accept_renames: Sequence[str] = (),
) -> Report:
    """Audit a database against MetaData objects of this process. No decision is applied yet.

    A `memory` keeps what the judge found equal; without one, nothing is remembered.
    """
    scratch_url, scratch = placed(scratch_place, database, scratch_url, scratch)

    def declare(live: Catalog, open_scratch: Scratch) -> Declared:
        return describe_in_process(models, live.profile, Making(dialect_of(database), live, open_scratch))

    return Audit(
        database,
        declare,
        root=root or Path.cwd(),
        schemas=schemas,
        scratch_url=scratch_url,
        scratch=scratch,
        timeout=timeout,
        name=name,
        memory=memory,
        owned_by_others=owned_by_others,
        platforms=platforms,
        accept_renames=accept_renames,
    ).report()


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
    scratch_place: str = "nearest",
    timeout: float = 300,
    name: str | None = None,
    progress: Progress = lambda phase, done, total: None,
    memory: Memory | None = None,
    owned_by_others: Sequence[str] = (),
    platforms: Sequence[str] = (),
    accept_renames: Sequence[str] = (),
    say: Callable[[str], None] = lambda text: None,
    history: bool = True,
    history_from: str | None = None,
    history_command: str | None = None,
    check_downgrades: bool = False,
    code: bool = True,
    probe_data: bool = False,
    sequence_values: bool = True,
) -> Report:
    """Audit a database against the project in `root`, whose models its own interpreter imports under guard.

    A `memory` keeps how the models were read, and what the judge found equal; `say` is told where it was used.
    The revisions of its Alembic environments are replayed in a scratch database, unless `history` is False;
    `history_from` is what they begin from, `history_command` what runs them, where that is not `alembic upgrade`.
    Its source is parsed too, for models nobody loads and code that uses what is not there, unless `code` is False.
    With `probe_data`, rows are counted where a finding hangs on them; no value is read.
    No decision is applied yet: see `kedge.decisions.decide`.
    """
    scratch_url, scratch = placed(scratch_place, url, scratch_url, scratch)
    project = find_project(root, python=python)
    beginning = Beginning.of(history_from, project.root) if history_from else None

    def declare(live: Catalog, open_scratch: Scratch) -> Declared:
        names = list(live_names(live))
        known = RememberedModels(
            Memory(None) if memory is None or project.remote else memory,
            project.root,
            (*project.python, python or ""),
            {
                "targets": list(targets),
                "configs": [list(configs), [c.name for c in project.configs]],
                "cwd": str(project.cwd),
                "profile": live.profile,
                "scheme": url.partition("://")[0],
            },
            names,
            ground=[live.prelude, live.schemas, sorted(map(str, live.objects))],
        )
        if (declared := known.recall()) is not None:
            tables = sum(len(m.tables) for m in declared.metadata)
            say(f"models: {tables} tables as they were read before; nothing they depend on has changed")
            return declared
        seen: list[Watched] = []
        started = time.time()
        with database_if_any(open_scratch, needed=scratch_url is not None) as project_url:
            declared = read_models(
                project,
                targets=list(targets),
                configs=list(configs) or None,
                python=python,
                profile=live.profile,
                scratch_url=project_url,
                live=names,
                audited_url=url,
                timeout=timeout,
                progress=lambda phase: progress(phase, None, None),
                watch=seen.append,
                making=Making(dialect_of(url), live, open_scratch),
            )
        if project_url is not None:
            known.keep(declared, seen, started)
        return declared

    def replay(
        dialect: Dialect,
        declared: Declared,
        live: Catalog,
        open_scratch: Scratch,
        at: Mapping[str, tuple[str, ...] | None],
    ) -> list[tuple[History, tuple[Note, ...]]]:
        chosen = [c for n in configs for c in named_config(n, project.root)] or list(project.configs)
        by_name = {c.name: c for c in chosen}
        replaying = Replaying(
            project=project,
            dialect=dialect,
            live=live,
            declared=declared,
            scratch=open_scratch,
            memory=memory or Memory(None),
            audited_url=url,
            scratch_url=scratch_url,
            targets=tuple(targets),
            beginning=beginning,
            command=history_command,
            check_downgrades=check_downgrades,
            timeout=timeout,
            progress=lambda phase: progress(phase, None, None),
            say=say,
        )
        return [
            replaying.history(by_name[e.name], e, at[e.name])
            for e in declared.environments
            if e.name in by_name and e.name in at
        ]

    reading = CodeReading(project.root, memory or Memory(None)) if code else None
    return Audit(
        url,
        declare,
        root=project.root,
        schemas=schemas,
        scratch_url=scratch_url,
        scratch=scratch,
        timeout=timeout,
        name=name,
        progress=progress,
        memory=memory,
        replay=replay if history else None,
        probe_data=probe_data,
        code=reading.of if reading else None,
        sequence_values=sequence_values,
        owned_by_others=owned_by_others,
        platforms=platforms,
        accept_renames=accept_renames,
    ).report()
