"""The report for the terminal: what drifted, table by table, worst first, and what to do about it."""

from __future__ import annotations

import io
import math
from collections import Counter
from itertools import groupby

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.findings import SEVERITIES, Finding, Group, ObjectRef, Report
from kedge.report import Look, Source, covered, decoded, wording
from kedge.report.fold import MEDIUM, SMALL, Arranged, Block, Entry, Section, arrange, counted, rooted
from kedge.report.paint import COLORS, DIM, PLACE, RULE, Painter

# how many places a block lists, and how many brief findings a table, before the rest is only counted
PLACES, MOST = 12, 20


def render(source: Source, look: Look) -> str:
    lines = _all(decoded(source), look)
    target = io.StringIO()
    console = Console(
        file=target,
        width=look.width,
        force_terminal=look.color,
        color_system="standard" if look.color else None,
        no_color=not look.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)
    return target.getvalue()


def _all(reports: list[Report], look: Look) -> list[Text]:
    """Several databases one after the other; what the command wants said stands at the very end."""
    lines: list[Text] = []
    for number, report in enumerate(reports, 1):
        last = number == len(reports)
        lines += [*([Text(), Text()] if lines else [])]
        lines += draw(report, look if last else msgspec.structs.replace(look, closing=()))
    return lines


def draw(report: Report, look: Look) -> list[Text]:
    """The whole report as lines."""
    painter = Painter(look, report.target.schemas)
    arranged = arrange(report, everything=look.verbose)
    lines = _heading(report, painter)
    for part in arranged.parts:
        lines.append(Text())
        lines += _block(part, painter) if isinstance(part, Block) else _section(part, arranged, painter)
    if arranged.minor:
        lines += [Text(), *_minor(arranged, painter)]
    if report.notes:
        lines += [Text(), *_notes(report, painter)]
    if rows := covered.shown(report, everything=look.verbose):
        lines += [Text(), *_coverage(rows, painter)]
    return [*lines, Text(), *_summary(report, arranged, painter)]


def _heading(report: Report, painter: Painter) -> list[Text]:
    target = report.target
    server = f"{wording.DIALECTS.get(target.flavour, target.flavour)} {target.server_version}"
    lines = [*painter.ends(Text(target.name, "bold"), Text(server, DIM))]
    facts = [("database", f"{target.url}  {', '.join(target.schemas)}")]
    for metadata in report.models.metadata:
        where = metadata.environment or ("" if metadata.tracked else "not tracked by Alembic")
        facts.append(("models", f"{metadata.target}  {wording.count(metadata.tables, 'table')}  {where}"))
    for environment in report.environments:
        at = ", ".join(environment.database_revisions) or "no revision"
        pending = f", {len(environment.pending)} pending" if environment.pending else ""
        facts.append(("revision", f"{at}{pending}  {environment.name}"))
    for name, fact in facts:
        lines += painter.labelled(name, Text(painter.plain(fact).rstrip()), indent=0)
    return lines


def _section(section: Section, arranged: Arranged, painter: Painter) -> list[Text]:
    lines = painter.title(painter.plain(section.title), wording.severities(*section.counted()))
    brief = [entry for entry in section.entries if _brief(entry, arranged, painter)]
    full = [entry for entry in section.entries if entry not in brief]
    for number, entry in enumerate(full):
        lines += [*([Text()] if number else []), *painter.entry(entry)]
    if full and brief:
        lines.append(Text())
    named = [entry for entry in brief if arranged.roots > MEDIUM and entry.finding.severity == "info"]
    shown = [entry for entry in brief if entry not in named]
    for entry in shown[:MOST]:
        lines += painter.entry(entry, brief=True)
    if len(shown) > MOST:
        left = wording.severities(*counted(entry.finding for entry in shown[MOST:]))
        lines += painter.wrapped(Text(f"and {', '.join(left)} more", DIM))
    for _, same in groupby(named, key=lambda entry: entry.finding.rule):
        lines += painter.same_rule([entry.finding for entry in same])
    return lines


def _brief(entry: Entry, arranged: Arranged, painter: Painter) -> bool:
    """Whether a finding is shown by its values alone, because there is too much to read."""
    if painter.look.verbose or arranged.roots <= SMALL or entry.finding.severity == "error":
        return False
    return entry.finding.severity == "info" or arranged.roots > MEDIUM


def _block(block: Block, painter: Painter) -> list[Text]:
    """The same in many places, said once."""
    if block.group:
        return _group(block, block.group, painter)
    finding = block.entries[0].finding
    lines = painter.title(_block_title(block), wording.severities(*block.counted()))
    left = painter.mark(finding)
    left.append(finding.rule, RULE)
    if not finding.confirmed:
        left.append("  unconfirmed", "italic yellow")
    lines.append(left)
    if not wording.whole_table(finding):
        lines += painter.values(finding)
    lines += _places(block, painter)
    lines += painter.cause(wording.common_cause([entry.finding for entry in block.entries]))
    implied = sum(len(entry.implied) for entry in block.entries)
    if implied:
        lines += painter.wrapped(Text(f"goes with them: {wording.count(implied, 'finding')}", DIM))
    return lines + painter.advice(_shared_advice(block))


def _group(block: Block, group: Group, painter: Painter) -> list[Text]:
    """One reason for many findings: a row with the first names, and what to do."""
    lines = painter.title(painter.plain(group.summary), wording.severities(*block.counted()))
    found = [entry.finding for entry in block.entries]
    rules = list(dict.fromkeys(finding.rule for finding in found))
    several = [f"{len(rules) - 3} more rules"] if len(rules) > 3 else []
    mark = painter.mark(min(found, key=lambda finding: SEVERITIES.index(finding.severity)))
    lines.append(mark.append(", ".join([*rules[:3], *several]), RULE))
    names = [painter.plain(painter.full_name(finding)) for finding in found]
    most = len(names) if painter.look.verbose else PLACES
    more = f" and {len(names) - most} more" if len(names) > most else ""
    lines += painter.wrapped(Text(", ".join(names[:most]) + more))
    return lines + (painter.advice(_shared_advice(block)) if len(rules) == 1 else [])


def _block_title(block: Block) -> str:
    finding, number = block.entries[0].finding, len(block.entries)
    missing = [side for side in ("models", "database") if getattr(finding.values, side).state == "missing"]
    if wording.whole_table(finding) and missing == ["models"]:
        return f"{number} tables have no model"
    if wording.whole_table(finding) and missing == ["database"]:
        return f"{number} declared tables are not in the database"
    if missing and finding.object.name:
        return f"{finding.object.kind} {finding.object.name} in {number} tables"
    return f"the same in {wording.count(number, finding.object.kind)}"


def _shared_advice(block: Block) -> Finding:
    """The first finding, without a reason that is its own alone."""
    first = block.entries[0].finding
    if len({entry.finding.advice.reason for entry in block.entries}) == 1:
        return first
    pending = {entry.finding.cause.kind for entry in block.entries} == {"pending-revision"}
    reason = "Nothing is to be written: `alembic upgrade` settles them." if pending else ""
    return msgspec.structs.replace(first, advice=msgspec.structs.replace(first.advice, reason=reason))


def _places(block: Block, painter: Painter) -> list[Text]:
    """Where it was found: with the models' lines, or names alone in columns."""
    most = len(block.entries) if painter.look.verbose else PLACES
    named = [(painter.full_name(entry.finding), wording.place(entry.finding)) for entry in block.entries]
    if not any(place for _, place in named):
        return columns([name for name, _ in named], painter)
    widest = max(len(name) for name, _ in named[:most])
    room = painter.width - painter.gutter - 2
    lines = []
    for name, place in named[:most]:
        if widest + 2 + max(len(place) for _, place in named[:most]) <= room:
            text = Text.assemble(name.ljust(widest + 2), (place, PLACE))
        else:
            text = Text.assemble(name, "  ", (place, PLACE))
        lines += painter.wrapped(text, hang=2)
    if len(named) > most:
        lines += painter.wrapped(Text(f"and {len(named) - most} more", DIM))
    return lines


def columns(names: list[str], painter: Painter) -> list[Text]:
    """Names in columns, read downwards."""
    room = painter.width - painter.gutter
    wide = min(max(map(len, names)) + 2, room)
    across = max(room // wide, 1)
    down = math.ceil(len(names) / across)
    lines = []
    for row in range(down):
        cells = [names[at].ljust(wide) for at in range(row, len(names), down)]
        lines.append(Text(" " * painter.gutter + "".join(cells).rstrip()))
    return lines


def _minor(arranged: Arranged, painter: Painter) -> list[Text]:
    """Tables of which there is nothing to fear: a line each."""
    total = sum(len(section.entries) for section in arranged.minor)
    tables = all(entry.finding.object.table for section in arranged.minor for entry in section.entries)
    noun = "table" if tables else "object"
    title = f"{wording.count(len(arranged.minor), noun)} with nothing but information"
    lines = painter.title(title, [f"{total} info"])
    widest = max(len(section.title) for section in arranged.minor)
    for section in arranged.minor:
        rules = Counter(entry.finding.rule for entry in section.entries)
        said = [f"{number} {rule}" for rule, number in rules.items()]
        name = painter.plain(section.title)
        text = Text.assemble(name.ljust(min(widest, 32)), "  ", (", ".join(said), DIM))
        lines += painter.wrapped(text, hang=2)
    return lines


def _notes(report: Report, painter: Painter) -> list[Text]:
    """What was not compared, and why: the same reason once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for note in report.notes:
        names = reasons.setdefault((note.kind, note.reason), [])
        if note.object:
            names.append(_object_name(note.object, report.target.schemas))
    lines = painter.title("notes", ["what to know of this audit"])
    for (kind, reason), names in reasons.items():
        most = len(names) if painter.look.verbose else 4
        more = [f"{len(names) - most} more"] if len(names) > most else []
        said = f"{', '.join(names[:most] + more)}: " if names else ""
        text = Text.assemble((kind, RULE), "  ", (painter.plain(said), "bold"), painter.plain(reason))
        lines += painter.wrapped(text, indent=1, hang=2)
    return lines


def _coverage(rows: list[tuple[str, ...]], painter: Painter) -> list[Text]:
    """Files of models, and how many of their tables got how far."""
    lines = painter.title("models by file", ["tables of each, and how far they got"])
    table = [covered.HEAD, *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(covered.HEAD))]
    for number, row in enumerate(table):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        lines.append(Text(" " + "  ".join(cells), "" if number else DIM))
    return lines


def _object_name(ref: ObjectRef, schemas: tuple[str, ...]) -> str:
    name = wording.owner(ref, schemas)
    return f"{name}.{ref.name}" if ref.table and ref.name and ref.kind != "table" else name


def _summary(report: Report, arranged: Arranged, painter: Painter) -> list[Text]:
    """The last lines: how much was found, whether all was seen, and what the command adds."""
    errors, warnings, infos = counted(entry.finding for entry in rooted(report.findings))
    total = errors + warnings + infos
    if total:
        said = ", ".join(wording.severities(errors, warnings, infos))
        where = f" in {wording.count(arranged.tables, 'table')}" if arranged.tables else ""
        worst = "error" if errors else "warning" if warnings else "info"
        line = Text.assemble((wording.count(total, "finding"), COLORS[worst]), f" ({said}){where}")
    elif report.complete and report.summary.suppressed:
        line = Text.assemble(("No new drift.", "bold green"), " All that differs is known and accepted.")
    elif report.complete:
        line = Text.assemble(("No drift.", "bold green"), " Models and database agree.")
    else:
        line = Text.assemble(("No drift found", "bold yellow"), " in what could be compared.")
    extras = [
        (report.summary.unconfirmed, f"{report.summary.unconfirmed} unconfirmed"),
        (report.summary.suppressed, f"{report.summary.suppressed} suppressed"),
        (len(report.notes), wording.count(len(report.notes), "note")),
    ]
    line.append("".join(f" {painter.dot} {said}" for number, said in extras if number), DIM)
    lines = painter.wrapped(line, indent=0, hang=0)
    if not report.complete:
        text = Text("Incomplete: something could not be read; the notes say what and why.", "bold yellow")
        lines += painter.wrapped(text, indent=0)
    for said in painter.look.closing:
        lines += painter.wrapped(Text(painter.plain(said), DIM), indent=0)
    return lines
