"""The project's decisions on the command line: its ignores, and the baseline with the options around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kedge.cli.options import config_of
from kedge.cli.output import write
from kedge.cli.targets import warn, whole
from kedge.errors import UsageError

if TYPE_CHECKING:
    from kedge.decisions import Decisions
    from kedge.findings import Report

NAME = "kedge-baseline.json"


def check(ctx: click.Context) -> None:
    """Before the audit: what cannot be done is said at once."""
    given, path = ctx.params, baseline_path(ctx)
    chosen = [o for o in ("create_baseline", "update_baseline", "no_baseline") if given[o]]
    if len(chosen) > 1:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in chosen)
        raise UsageError(f"{names} exclude each other")
    if given["create_baseline"] and path.exists():
        raise UsageError(
            f"{path} is already there, and a baseline only shrinks",
            hint="mend what is new, or ignore it with a reason; to begin anew, delete the file first",
        )
    if given["update_baseline"] and not path.exists():
        raise UsageError(f"there is no baseline {path}", hint="`kedge audit --create-baseline` makes one")
    if given["baseline"] and not given["create_baseline"] and not given["no_baseline"] and not path.exists():
        raise UsageError(f"there is no baseline {path}", hint="`kedge audit --create-baseline` makes one")


def decided(ctx: click.Context, reports: list[Report]) -> list[Report]:
    """The reports after ignores and baseline; the baseline file is written where that is asked for."""
    from kedge.decisions import created, decide, shrunk, write_baseline

    given, path = ctx.params, baseline_path(ctx)
    decisions = decisions_of(ctx)
    answers = decide(reports, decisions)
    if given["create_baseline"]:
        if not all(report.complete for report in reports):
            warn("the audit is incomplete: what it did not see is not in the baseline, and will be new")
        baseline = created(answers)
    elif given["update_baseline"]:
        assert decisions.baseline is not None
        if not all(report.complete for report in reports):
            warn("the baseline keeps what belongs to databases that could not be read completely")
        baseline = shrunk(decisions.baseline, answers)
    else:
        return answers
    write(write_baseline(baseline), path)
    if not given["quiet"]:
        click.echo(f"wrote {path}: {_counted(ctx, decisions, len(baseline.entries))}", err=True)
    return decide(reports, _with(decisions, baseline))


def decisions_of(ctx: click.Context) -> Decisions:
    from kedge.decisions import Decisions, configured_ignores, read_baseline

    config, path = config_of(ctx), baseline_path(ctx)
    read = not any(map(ctx.params.get, ("no_baseline", "create_baseline"))) and path.exists()
    return Decisions(
        ignores=configured_ignores(config.ignores, config.path.name if config.path else ""),
        baseline=read_baseline(path) if read else None,
        baseline_path=str(path),
        whole=whole(ctx),
    )


def baseline_path(ctx: click.Context) -> Path:
    return Path(ctx.params.get("baseline") or config_of(ctx).options.get("baseline") or NAME)


def _with(decisions: Decisions, baseline: object) -> Decisions:
    import msgspec

    return msgspec.structs.replace(decisions, baseline=baseline)


def _counted(ctx: click.Context, before: Decisions, now: int) -> str:
    said = "1 finding" if now == 1 else f"{now} findings"
    if ctx.params["create_baseline"] or before.baseline is None:
        return f"{said}; commit it, and only what is new counts from now on"
    gone = len(before.baseline.entries) - now
    return f"{said} left, {gone} gone"
