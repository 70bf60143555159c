"""`kedge explain`: a rule's page, or all that is known of a finding or an object."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kedge import pages
from kedge.cli import ENVIRONMENT, State, decisions
from kedge.cli.options import how_it_is_shown, what_is_audited
from kedge.cli.output import look_of
from kedge.cli.targets import asked, reports
from kedge.errors import UsageError

if TYPE_CHECKING:
    from kedge.findings import Finding, Report


@click.command(context_settings=ENVIRONMENT)
@click.argument("what")
@click.option("--report", metavar="FILE", help="A JSON report to look in; without it, an audit is run.")
@what_is_audited
@how_it_is_shown
@click.pass_context
def explain(ctx: click.Context, /, what: str, report: str | None, **given: Any) -> None:
    """Explain a rule, a finding, or what is found about an object.

    WHAT is a rule (column-type), a finding's fingerprint, or an object (users, users.email, public.users.email).
    """
    if page := pages.page(what):
        _show_page(page, given)
        return
    found = _read(report) if report else _audited(ctx)
    shown = 0
    for one in found:
        for finding in one.findings:
            if what in _names(finding):
                if shown:
                    click.echo()
                _show(finding, one, given)
                shown += 1
    if not shown and (table := _agreed(what, found)):
        click.echo(f"Models and database agree about {table}: nothing is found there.")
    elif not shown:
        raise _nothing(what, found)


def _show_page(page: str, given: dict[str, Any]) -> None:
    look = look_of(sys.stdout, no_color=given["no_color"])
    if not look.color:
        click.echo(page.rstrip())
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(look.width, 100)).print(Markdown(page))


def _read(file: str) -> list[Report]:
    import msgspec

    from kedge.report import decoded

    try:
        return decoded(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"--report {file} cannot be read: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"--report {file} is no report of Kedge: {error}",
            hint="`kedge audit --format json --output FILE` writes one",
        ) from None


def _audited(ctx: click.Context) -> list[Report]:
    from kedge.decisions import decide

    databases = asked(ctx)
    ctx.ensure_object(State).secrets += [
        secret for one in databases for secret in (one.url, one.options["scratch_url"]) if secret
    ]
    return decide(reports(ctx, databases), decisions.decisions_of(ctx))


def _names(finding: Finding) -> set[str]:
    """What a finding may be asked for by."""
    ref = finding.object
    own = {ref.name} | ({finding.names.models} if finding.names else set())
    if ref.kind in ("owner", "grant", "revocation") and not ref.table and ref.name:
        own.add(ref.name.rpartition(" on ")[2].partition(" ")[2])  # "reader on routine add(integer)"
    words = {finding.fingerprint, finding.digest, ref.table}
    for name in own - {None}:
        words |= {
            ".".join(filter(None, (ref.schema, ref.table, name))),
            ".".join(filter(None, (ref.table, name))),
        }
    if ref.table and ref.schema:
        words.add(f"{ref.schema}.{ref.table}")
    return {word for word in words if word}


def _nothing(what: str, found: list[Report]) -> UsageError:
    names = {name for report in found for finding in report.findings for name in _names(finding)}
    near = difflib.get_close_matches(what, [*names, *_rules()], 1)
    hint = f"did you mean {near[0]}?" if near else "it is no rule either; `kedge rules` lists those"
    return UsageError(f"nothing is found about {what}", hint=hint)


def _rules() -> list[str]:
    return [path.stem for path in pages.folder().glob("*.md")]


def _show(finding: Finding, report: Report, given: dict[str, Any]) -> None:
    """As in the report, then what the report has no room for."""
    from rich.console import Console
    from rich.text import Text

    from kedge.report.fold import Entry
    from kedge.report.paint import Painter
    from kedge.report.place import full_name, others

    look = look_of(sys.stdout, no_color=given["no_color"])
    painter = Painter(look, report.target.schemas)
    implied = tuple(f for f in report.findings if f.implied_by == finding.fingerprint)
    facts = [
        ("object", f"{finding.object.kind} {full_name(finding.object)}"),
        ("written", finding.values.models.written or _source_line(finding)),
        ("history", _history(finding)),
        ("cause", finding.cause.summary),
        *(("", evidence) for evidence in finding.cause.evidence),
        ("also at", ", ".join(f"{o.path}:{o.line}" if o.line else str(o.path) for o in others(finding))),
        ("follows", _root(finding, report)),
        ("judged", _judged(finding, report)),
        ("ignored", _suppressed(finding)),
        ("finding", f"{finding.fingerprint}  digest {finding.digest}"),
        ("rule", f"{pages.summary(finding.rule)} `kedge explain {finding.rule}`"),
        *_points("hurts", finding.rule, "What will hurt"),
        *_points("to do", finding.rule, "What to do"),
    ]
    lines = painter.entry(Entry(finding, implied))
    for label, fact in facts:
        if fact:
            lines += painter.labelled(label, Text(painter.plain(" ".join(fact.split()))))
    console = Console(
        width=look.width,
        no_color=not look.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)


def _points(label: str, rule: str, heading: str) -> list[tuple[str, str]]:
    """The page's own words, a line for each of its points."""
    points = pages.section(rule, heading).replace("**", "").split("\n- ")
    return [("" if number else label, point.removeprefix("- ")) for number, point in enumerate(points)]


def _agreed(what: str, found: list[Report]) -> str | None:
    """The audited table that was asked about, where nothing was found in it."""
    names = {name for report in found for name in report.target.tables}
    return next((n for n in sorted(names) if what in (n, n.partition(".")[2])), None)


# What is said in the database's language, and so was parsed there.
_TEXTS = (
    "default",
    "expression",
    "predicate",
    "computed",
    "definition",
    "body",
    "using",
    "check",
    "on-update",
)


def _judged(finding: Finding, report: Report) -> str:
    """What the verdict rests on."""
    server = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}.get(
        report.target.flavour, report.target.flavour
    )
    if not finding.confirmed:
        return "by nobody: unconfirmed. No server could settle it; the notes of the report say why."
    if finding.names is not None:
        sure = "somebody said so" if finding.confidence == "certain" else f"a rename is {finding.confidence}"
        return f"{sure}: " + "; ".join(finding.candidates)
    if "missing" in (finding.values.models.state, finding.values.database.state):
        return f"both sides were read as {server} has them, and one has it not"
    if finding.attribute in _TEXTS:
        return f"a throw-away {server} parsed both texts, and they are two expressions"
    return f"a throw-away {server} made what the models declare, and it was read as the database was"


def _source_line(finding: Finding) -> str | None:
    """The line of the models that says it, where the file is at hand."""
    origin = next((o for o in finding.origins.models if o.path and o.line), None)
    if origin is None or origin.path is None or origin.line is None:
        return None
    try:
        lines = Path(origin.path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[origin.line - 1].strip() if 0 < origin.line <= len(lines) else None


def _history(finding: Finding) -> str:
    from kedge.report import wording

    values = finding.values
    said = [
        f"{when}: {wording.side(side, finding.attribute, 'database')}"
        for when, side in (
            ("at the database's revision", values.history_at_database),
            ("at head", values.history_at_head),
        )
        if side.state != "not-read"
    ]
    return "; ".join(said)


def _root(finding: Finding, report: Report) -> str:
    from kedge.report.place import full_name

    root = next((f for f in report.findings if f.fingerprint == finding.implied_by), None)
    return f"from {root.rule} of {full_name(root.object)} ({root.fingerprint})" if root else ""


def _suppressed(finding: Finding) -> str:
    why = finding.suppressed
    if why is None:
        return ""
    where = f" ({why.path}{f':{why.line}' if why.line else ''})" if why.path else ""
    until = f", until {why.expires}" if why.expires else ""
    return f"by {why.by}: {why.reason}{until}{where}"
