"""`kedge audit`: reads the options, calls the audit, writes its reports, ends with the right exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kedge.cli import ENVIRONMENT, State, decisions
from kedge.cli.options import how_it_is_shown, what_is_audited
from kedge.cli.output import WIDTH, Output, add_step_summary, look_of, outputs, write
from kedge.cli.targets import asked, reports
from kedge.report import FORMATS, Look, render

if TYPE_CHECKING:
    from kedge.findings import Report

FAIL_ON = ("error", "warning", "info", "never")


@click.command(context_settings=ENVIRONMENT)
@what_is_audited
@click.option("--format", multiple=True, type=click.Choice(sorted(FORMATS)), help="How to say it: text.")
@click.option(
    "--output", multiple=True, metavar="FILE", help="Where to: a file for a format; both can be repeated."
)
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), default="warning", show_default=True, help="Exit 1 from here on."
)
@click.option("--strict", is_flag=True, help="Exit 3 also for whatever a note says was not compared.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although there are findings.")
@click.option(
    "--baseline",
    metavar="FILE",
    help=f"What was there before and does not count; without it, {decisions.NAME} where it is.",
)
@click.option("--create-baseline", is_flag=True, help="Accept all there is now, once: writes the baseline.")
@click.option("--update-baseline", is_flag=True, help="Take out of the baseline what is gone; adds nothing.")
@click.option("--no-baseline", is_flag=True, help="As if there were no baseline.")
@click.option("--reproducible", is_flag=True, help="Without the moment it was made.")
@how_it_is_shown
@click.pass_context
def audit(ctx: click.Context, /, **given: Any) -> int:
    """Compare the models with the live database and say what drifted.

    Only ever reads the database. Exits with 0 if it is clean, 1 with findings, 2 for wrong usage,
    3 if something could not be read. Every option has an environment variable: KEDGE_URL, KEDGE_FAIL_ON, …
    """
    written = outputs(given["format"], given["output"])
    decisions.check(ctx)
    databases = asked(ctx)
    secrets = [secret for one in databases for secret in (one.url, one.options["scratch_url"]) if secret]
    ctx.ensure_object(State).secrets += secrets
    found = decisions.decided(ctx, reports(ctx, databases))
    fail_on = "never" if given["exit_zero"] else given["fail_on"]
    codes = [exit_code(report, fail_on, strict=given["strict"]) for report in found]
    code = next((code for code in (1, 3) if code in codes), 0)
    for output in written:
        _write(output, found, given, closing(found, fail_on, code))
    return code


def _write(output: Output, found: list[Report], given: dict[str, Any], said: tuple[str, ...]) -> None:
    look = look_of(sys.stdout, no_color=given["no_color"]) if output.path is None else Look(width=WIDTH)
    look = msgspec.structs.replace(
        look,
        verbose=given["verbose"],
        reproducible=given["reproducible"],
        fail_on=given["fail_on"],
        closing=said,
    )
    if output.path is None and output.format == "text" and given["quiet"] and all(map(_clean, found)):
        return
    write(render(found, output.format, look), output.path)
    if output.format == "github":
        add_step_summary(render(found, "markdown", look))
    if output.path and not given["quiet"]:
        click.echo(f"wrote {output.path}", err=True)


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


def closing(found: list[Report], fail_on: str, code: int) -> tuple[str, ...]:
    """How the command ends and why, and what to run next."""
    said = []
    if code == 1:
        said.append(f"Exit 1: there are findings at or above {fail_on} (--fail-on).")
    if code == 3:
        said.append("Exit 3: not everything could be compared.")
    if any(not finding.suppressed for report in found for finding in report.findings):
        said.append("`kedge audit -v` shows everything in full, `--format json` is for other tools.")
    return tuple(said)


def _clean(report: Report) -> bool:
    return report.complete and not report.notes and all(finding.suppressed for finding in report.findings)
