"""Runs the audits that are asked for: of one database, or of several named ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from click.core import ParameterSource

from kedge.cli import State
from kedge.cli.database import database_url, named_url
from kedge.cli.options import config_of
from kedge.cli.progress import progress
from kedge.errors import KedgeError, UsageError

if TYPE_CHECKING:
    from kedge.findings import Report
    from kedge.options import Options

_SAID = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)


class Asked(msgspec.Struct, frozen=True):
    """One database to audit. `name` is the target's, or what --name says."""

    name: str | None
    url: str
    options: dict[str, Any]


def asked(ctx: click.Context) -> list[Asked]:
    databases = _asked(ctx)
    said = ctx.get_parameter_source("scratch_url") == ParameterSource.COMMANDLINE
    if said and all(one.url.startswith("sqlite") for one in databases):
        warn("--scratch-url is not used: SQLite needs no server to judge")
    return databases


def _asked(ctx: click.Context) -> list[Asked]:
    given = ctx.params
    if not given["target"]:
        return [Asked(given["name"], database_url(ctx, warn), given)]
    for option in ("url", "url_env", "name"):
        if ctx.get_parameter_source(option) == ParameterSource.COMMANDLINE:
            spelled = f"--{option.replace('_', '-')}"
            raise UsageError(f"--target and {spelled} both say which database", hint="give one of them")
    targets = config_of(ctx).targets
    return [_target(ctx, name, targets[name]) for name in _chosen(given["target"], targets)]


def whole(ctx: click.Context) -> bool:
    """Whether all databases are audited that the project's file names."""
    targets = config_of(ctx).targets
    return not targets or set(_chosen(ctx.params["target"], targets)) == set(targets)


def reports(ctx: click.Context, databases: list[Asked]) -> list[Report]:
    """An audit each. Of several, one that fails is a report that is not complete, and the others go on."""
    found = []
    for one in databases:
        try:
            found.append(_audited(one, ctx.params))
        except KedgeError as error:
            if len(databases) == 1:
                raise
            reason = ctx.ensure_object(State).mask(str(error))
            click.echo(f"error: {one.name}: {reason}", err=True)
            found.append(_unread(one, reason))
    return found


def warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


def _chosen(patterns: tuple[str, ...], targets: Mapping[str, Any]) -> list[str]:
    chosen: dict[str, None] = {}
    for pattern in patterns:
        found = [name for name in targets if fnmatchcase(name, pattern)]
        if not found:
            known = f"there are {', '.join(targets)}" if targets else "name them in [tool.kedge.targets.NAME]"
            raise UsageError(f"no target is called {pattern}", hint=known)
        chosen |= dict.fromkeys(found)
    return list(chosen)


def _target(ctx: click.Context, name: str, options: Mapping[str, Any]) -> Asked:
    """What the target says holds, unless the command line or the environment says otherwise."""
    if "url-env" in options:
        url = named_url(os.environ, options["url-env"], f"for target {name}")
    elif "url" in options:
        url = options["url"]
    else:
        raise UsageError(f"target {name} names no database", hint='give it url-env = "NAME"')
    own = {key.replace("-", "_"): value for key, value in options.items()}
    taken = {key: value for key, value in own.items() if ctx.get_parameter_source(key) not in _SAID}
    return Asked(name, url, {**ctx.params, **taken})


def _audited(one: Asked, given: dict[str, Any]) -> Report:
    from kedge._api import audit_project
    from kedge.memory import Memory

    with progress(shown=not given["quiet"], no_color=given["no_color"]) as tell:
        return audit_project(
            one.url,
            _options(one),
            root=Path.cwd(),
            progress=tell,
            memory=Memory(None) if given["no_cache"] else Memory.of_user(),
            say=lambda text: None if given["quiet"] else click.echo(text, err=True),
        )


def _options(one: Asked) -> Options:
    from kedge.options import Options

    given = one.options
    return Options(
        targets=given["models"],
        configs=given["config"],
        python=given["python"],
        schemas=given["schema"],
        scratch_url=given["scratch_url"],
        scratch_place=given["scratch"],
        timeout=given["timeout"],
        name=one.name,
        owned_by_others=given["owned_by_others"],
        platforms=given["platform"],
        accept_renames=given["accept_rename"],
        code=not given["no_code"],
        history=not given["no_history"],
        history_from=given["history_from"],
        history_command=given["history_command"],
        check_downgrades=given["check_downgrades"],
        probe_data=given["probe_data"],
        sequence_values=not given["no_sequence_values"],
    )


def _unread(one: Asked, reason: str) -> Report:
    """What is said of a database that could not be audited."""
    import kedge
    from kedge.findings import Models, NoteRef, Report, Summary, Target, Tool
    from kedge.secrets import masked_url

    return Report(
        complete=False,
        tool=Tool(name="kedge", version=kedge.__version__),
        target=Target(
            one.name or "?", masked_url(one.url), one.url.partition(":")[0].partition("+")[0], "", "", ()
        ),
        models=Models(),
        notes=(NoteRef("not-read", None, reason),),
        summary=Summary(0, 0, 0, 0, {}, {}, {}),
    )
