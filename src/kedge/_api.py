"""The doors to an audit: of models in this process, and of a project whose own interpreter imports them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kedge.auditing import Audit, Progress, ProjectSide
from kedge.catalog import Catalog
from kedge.decisions import decide
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.findings import Report
from kedge.memory import Memory
from kedge.options import Options
from kedge.scratch import Scratch
from kedge.scratch.places import placed
from kedge.sources.code import CodeReading
from kedge.sources.made import Making
from kedge.sources.models import describe_in_process
from kedge.sources.project import find_project


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
    options = Options(
        schemas=schemas,
        scratch_url=scratch_url,
        scratch_place=scratch_place,
        timeout=timeout,
        name=name,
        owned_by_others=owned_by_others,
        platforms=platforms,
        accept_renames=accept_renames,
    )
    if isinstance(models, str):
        options = msgspec.structs.replace(options, targets=[models])
        return decide([audit_project(database, options, scratch=scratch)])[0]
    return decide([audit_models(models, database, options, scratch=scratch)])[0]


def audit_models(
    models: Sequence[Any],
    url: str,
    options: Options = Options(),  # noqa: B008
    *,
    root: Path | None = None,
    scratch: Scratch | None = None,
    memory: Memory | None = None,
) -> Report:
    """Audit a database against MetaData objects of this process. No decision is applied yet.

    A `memory` keeps what the judge found equal; without one, nothing is remembered.
    """
    options, scratch = placed(options, url, scratch)

    def declare(live: Catalog, open_scratch: Scratch) -> Declared:
        return describe_in_process(models, live.profile, Making(dialect_of(url), live, open_scratch))

    return Audit(
        url, declare, root=root or Path.cwd(), options=options, scratch=scratch, memory=memory
    ).report()


def audit_project(
    url: str,
    options: Options = Options(),  # noqa: B008
    *,
    root: Path | str | None = None,
    scratch: Scratch | None = None,
    progress: Progress = lambda phase, done, total: None,
    memory: Memory | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """Audit a database against the project in `root`, whose models its own interpreter imports under guard.

    A `memory` keeps how the models were read, and what the judge found equal; `say` is told where it was used.
    The revisions of its Alembic environments are replayed in a scratch database, and its source is parsed, for
    models nobody loads and code that uses what is not there, unless the options say otherwise.
    No decision is applied yet: see `kedge.decisions.decide`.
    """
    options, scratch = placed(options, url, scratch)
    project = find_project(root, python=options.python)
    side = ProjectSide(project, url, options, memory=memory, progress=progress, say=say)
    reading = CodeReading(project.root, memory or Memory(None)) if options.code else None
    return Audit(
        url,
        side.declare,
        root=project.root,
        options=options,
        scratch=scratch,
        progress=progress,
        memory=memory,
        replay=side.replay if options.history else None,
        code=reading.of if reading else None,
    ).report()
