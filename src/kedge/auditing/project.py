"""A project as one audit reads it: its models by its own interpreter, its revisions in a scratch database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from kedge.auditing.comparing import Progress
from kedge.auditing.elsewhere import with_database_chosen
from kedge.auditing.ownership import Ownership
from kedge.catalog import Catalog, Note
from kedge.declared import Declared
from kedge.dialects import Dialect, dialect_of
from kedge.history import History
from kedge.memory import Memory
from kedge.objects import RIGHTS
from kedge.options import Options
from kedge.rights import roles_of
from kedge.scratch import Scratch, database_if_any
from kedge.sources.beginning import Beginning
from kedge.sources.history import read_history
from kedge.sources.made import Making
from kedge.sources.models import read_models
from kedge.sources.project import Project, named_config
from kedge.sources.remembered import RememberedModels, Watched
from kedge.sources.replaying import Replaying

# Its kind, schema, table and name.
LiveName: TypeAlias = tuple[str, str | None, str | None, str | None]


class ProjectSide:
    """What an `Audit` asks of a project. `say` is told where something was remembered."""

    def __init__(
        self,
        project: Project,
        url: str,
        options: Options,
        *,
        memory: Memory | None,
        progress: Progress,
        say: Callable[[str], None],
    ) -> None:
        """Raises `UsageError` where what the history begins from cannot be read."""
        self.project = project
        self.url = url
        self.options = options
        self.memory = memory or Memory(None)
        self.progress = progress
        self.say = say
        given = options.history_from
        self.beginning = Beginning.of(given, project.root) if given else None

    def declare(self, live: Catalog, scratch: Scratch) -> Declared:
        """What the models declare, as it was read before if nothing that it depends on has changed."""
        declared = self.read(live, scratch)
        named = bool(self.options.configs)
        return with_database_chosen(declared, live, self.url, named=named)

    def read(self, live: Catalog, scratch: Scratch) -> Declared:
        options, project = self.options, self.project
        names = list(live_names(live))
        known = self.remembered(live, names)
        if (declared := known.recall()) is not None:
            tables = sum(len(m.tables) for m in declared.metadata)
            self.say(f"models: {tables} tables as they were read before; nothing they depend on has changed")
            return declared
        seen: list[Watched] = []
        started = time.time()
        with database_if_any(scratch, needed=options.scratch_url is not None) as project_url:
            declared = read_models(
                project,
                targets=list(options.targets),
                configs=list(options.configs) or None,
                python=options.python,
                profile=live.profile,
                scratch_url=project_url,
                live=names,
                audited_url=self.url,
                timeout=options.timeout,
                progress=self.phase,
                watch=seen.append,
                making=Making(dialect_of(self.url), live, scratch),
                command=options.history_command,
            )
        if project_url is not None:
            known.keep(declared, seen, started)
        return declared

    def remembered(self, live: Catalog, names: list[LiveName]) -> RememberedModels:
        options, project = self.options, self.project
        objects = sorted(str(path) for path, one in live.objects.items() if not isinstance(one, RIGHTS))
        return RememberedModels(
            Memory(None) if project.remote else self.memory,
            project.root,
            (*project.python, options.python or ""),
            {
                "targets": list(options.targets),
                "configs": [list(options.configs), [c.name for c in project.configs]],
                "cwd": str(project.cwd),
                "command": options.history_command,
                "profile": live.profile,
                "scheme": self.url.partition("://")[0],
            },
            names,
            ground=[live.prelude, live.schemas, objects, sorted(roles_of(live))],
        )

    def replay(
        self,
        dialect: Dialect,
        declared: Declared,
        live: Catalog,
        scratch: Scratch,
        at: Mapping[str, tuple[str, ...] | None],
    ) -> list[tuple[History, tuple[Note, ...]]]:
        options, project = self.options, self.project
        chosen = [c for name in options.configs for c in named_config(name, project.root)]
        by_name = {c.name: c for c in chosen or project.configs}
        ownership = Ownership(live, options.owned_by_others, options.platforms)
        replaying = Replaying(
            project=project,
            dialect=dialect,
            live=live,
            declared=declared,
            scratch=scratch,
            memory=self.memory,
            audited_url=self.url,
            scratch_url=options.scratch_url,
            theirs=lambda schema, name: ownership.owner(schema, name) is not None,
            targets=tuple(options.targets),
            beginning=self.beginning,
            command=options.history_command,
            check_downgrades=options.check_downgrades,
            timeout=options.timeout,
            progress=self.phase,
            say=self.say,
        )
        return [
            read_history(replaying, by_name[e.name], e, at[e.name])
            for e in declared.environments
            if e.name in by_name and e.name in at
        ]

    def phase(self, phase: str) -> None:
        self.progress(phase, None, None)


def live_names(live: Catalog) -> Iterator[LiveName]:
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
