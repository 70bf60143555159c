"""`kedge audit`: compare the models with the live database and say what drifted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kedge.cli import ENVIRONMENT, State
from kedge.cli.database import database_url
from kedge.cli.output import WIDTH, look_of, outputs, write
from kedge.cli.progress import progress
from kedge.config import read_config
from kedge.report import FORMATS, Look

if TYPE_CHECKING:
    from kedge.findings import Report

FAIL_ON = ("error", "warning", "info", "never")


def _configured(ctx: click.Context, _parameter: click.Parameter, _value: Any) -> None:
    """Before any other option: what the project's file says stands where nothing else is said."""
    options = read_config(Path.cwd()).options
    ctx.default_map = {name.replace("-", "_"): value for name, value in options.items()}


def _debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.ensure_object(State).debug = value


@click.command(context_settings=ENVIRONMENT)
@click.option(
    "--configured", is_eager=True, hidden=True, expose_value=False, is_flag=True, callback=_configured
)
@click.option("--url", metavar="URL", help="The database; - reads it from standard input.")
@click.option("--url-env", metavar="NAME", help="The environment variable that holds the URL.")
@click.option(
    "--models",
    multiple=True,
    metavar="MODULE:ATTR",
    help="A MetaData, a Base, a Flask-SQLAlchemy db, an app factory; without it, what Alembic is told.",
)
@click.option(
    "--config", multiple=True, metavar="INI", help="An alembic.ini; without it, all that are found."
)
@click.option(
    "--python", metavar="COMMAND", help="The project's interpreter; may be a command with words before it."
)
@click.option(
    "--schema", multiple=True, metavar="NAME", help="A schema to audit; without it, those the models use."
)
@click.option("--scratch-url", metavar="URL", help="A server on which Kedge may make throw-away databases.")
@click.option("--format", multiple=True, type=click.Choice(sorted(FORMATS)), help="How to say it: text.")
@click.option(
    "--output", multiple=True, metavar="FILE", help="Where to: a file for a format; both can be repeated."
)
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), default="warning", show_default=True, help="Exit 1 from here on."
)
@click.option("--strict", is_flag=True, help="Exit 3 also for whatever a note says was not compared.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although there are findings.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and nothing at all where nothing drifted.")
@click.option("--verbose", "-v", is_flag=True, help="Every finding in full, nothing folded.")
@click.option("--reproducible", is_flag=True, help="Without the moment it was made.")
@click.option("--no-color", is_flag=True, help="Without colour; so does NO_COLOR.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=300.0,
    show_default=True,
    help="For reading a side.",
)
@click.option(
    "--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks, without passwords."
)
@click.pass_context
def audit(ctx: click.Context, /, **given: Any) -> int:
    """Compare the models with the live database and say what drifted.

    Only ever reads the database. Exits with 0 if it is clean, 1 with findings, 2 for wrong usage,
    3 if something could not be read. Every option has an environment variable: KEDGE_URL, KEDGE_FAIL_ON, …
    """
    targets = outputs(given["format"], given["output"])
    url = database_url(ctx, _warn)
    ctx.ensure_object(State).secrets += [secret for secret in (url, given["scratch_url"]) if secret]
    report = _audited(url, given)
    fail_on = "never" if given["exit_zero"] else given["fail_on"]
    code = exit_code(report, fail_on, strict=given["strict"])
    for target in targets:
        look = look_of(sys.stdout, no_color=given["no_color"]) if target.path is None else Look(width=WIDTH)
        look = msgspec.structs.replace(
            look,
            verbose=given["verbose"],
            reproducible=given["reproducible"],
            closing=closing(report, fail_on, code),
        )
        if target.path is None and target.format == "text" and given["quiet"] and _clean(report):
            continue
        write(FORMATS[target.format](report, look), target.path)
        if target.path and not given["quiet"]:
            click.echo(f"wrote {target.path}", err=True)
    return code


def _audited(url: str, given: dict[str, Any]) -> Report:
    from kedge._api import audit_project

    with progress(shown=not given["quiet"], no_color=given["no_color"]) as tell:
        return audit_project(
            root=Path.cwd(),
            url=url,
            targets=list(given["models"]),
            configs=list(given["config"]),
            python=given["python"],
            schemas=list(given["schema"]),
            scratch_url=given["scratch_url"],
            timeout=given["timeout"],
            progress=tell,
        )


def _failing(report: Report, fail_on: str) -> int:
    """How many findings are as bad as that, or worse."""
    if fail_on == "never":
        return 0
    bad = FAIL_ON[: FAIL_ON.index(fail_on) + 1]
    return sum(finding.severity in bad and not finding.suppressed for finding in report.findings)


def exit_code(report: Report, fail_on: str, *, strict: bool = False) -> int:
    """0 clean, 1 findings, 3 incomplete; findings are the greater news."""
    if _failing(report, fail_on):
        return 1
    return 3 if not report.complete or (strict and report.notes) else 0


def closing(report: Report, fail_on: str, code: int) -> tuple[str, ...]:
    """How the command ends and why, and what to run next."""
    said = []
    if code == 1:
        said.append(f"Exit 1: there are findings at or above {fail_on} (--fail-on).")
    if code == 3:
        said.append("Exit 3: not everything could be compared.")
    if report.findings:
        said.append("`kedge audit -v` shows everything in full, `--format json` is for other tools.")
    return tuple(said)


def _clean(report: Report) -> bool:
    return report.complete and not report.findings and not report.notes


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)
