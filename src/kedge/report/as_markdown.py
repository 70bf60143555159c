"""Markdown for pull requests and step summaries: a headline that answers, then a table per table."""

from __future__ import annotations

import re

from kedge.findings import SEVERITIES, Finding, ObjectRef, Report
from kedge.report import Look, Source, covered, decoded, wording
from kedge.report.fold import Block, Section, arrange, counted, rooted
from kedge.report.place import full_name

# what GitHub takes for a comment is 65,536 characters: https://docs.github.com/en/rest/issues/comments
MOST = 60_000
# how many places a block lists before the rest is only counted
PLACES = 20
MARKS = {"error": "🔴", "warning": "🟡", "info": "🔵"}
# from how many findings on the tables are folded away
OPEN = 12


def render(source: Source, look: Look) -> str:
    reports = decoded(source)
    room = None if look.verbose else MOST // len(reports)
    return "\n\n".join(_report(report, look, room) for report in reports) + "\n"


def _report(report: Report, look: Look, room: int | None) -> str:
    """Whole parts, as many as there is room for: a comment that is cut short would show a broken table."""
    arranged = arrange(report, everything=look.verbose)
    folded = arranged.roots > OPEN and not look.verbose
    head = [_headline(report), _facts(report)]
    foot = []
    if arranged.minor:
        names = ", ".join(_code(section.title) for section in arranged.minor)
        foot.append(f"Only information in {wording.count(len(arranged.minor), 'table')}: {names}")
    if rows := covered.shown(report, everything=look.verbose):
        foot.append(_coverage(rows))
    if report.notes:
        foot.append(_notes(report))
    parts = [
        _block(part, report) if isinstance(part, Block) else _section(part, folded=folded)
        for part in arranged.parts
    ]
    left = len(parts)
    if room is not None:
        room -= sum(len(text) + 2 for text in (*head, *foot)) + 100
        for left, text in enumerate(parts):  # noqa: B007
            room -= len(text) + 2
            if room < 0:
                break
        else:
            left = len(parts)
    more = len(parts) - left
    if more:
        said = wording.count(more, "more table")
        foot.insert(
            0, f"There are {said} with findings, for which there is no room here: `kedge audit -v` shows all."
        )
    return "\n\n".join([*head, *parts[:left], *foot])


def _headline(report: Report) -> str:
    errors, warnings, infos = counted(entry.finding for entry in rooted(report.findings))
    total = errors + warnings + infos
    name = _text(report.target.name)
    if total:
        said = ", ".join(wording.severities(errors, warnings, infos))
        return f"## {name}: {wording.count(total, 'finding')} ({said})"
    if not report.complete:
        return f"## {name}: no drift found in what could be compared"
    return f"## {name}: {'no new drift' if report.summary.suppressed else 'no drift'} ✅"


def _facts(report: Report) -> str:
    target, summary = report.target, report.summary
    server = f"{wording.DIALECTS.get(target.flavour, target.flavour)} {target.server_version}".strip()
    facts = [_text(server), _code(target.url)]
    facts += [f"at revision {_code(r)}" for e in report.environments for r in e.database_revisions]
    if summary.suppressed:
        facts.append(f"{summary.suppressed} suppressed")
    if summary.unconfirmed:
        facts.append(f"{summary.unconfirmed} unconfirmed")
    lines = [" · ".join(filter(None, facts))]
    if not report.complete:
        lines.append("**Incomplete:** something could not be read; the notes say what and why.")
    return "\n\n".join(lines)


def _section(section: Section, *, folded: bool) -> str:
    counts = ", ".join(wording.severities(*section.counted()))
    rows = [_row(entry.finding, len(entry.implied)) for entry in section.entries]
    table = _table(("finding", "models", "database", "what to do"), rows)
    if not folded:
        return f"### {_code(section.title)}: {counts}\n\n{table}"
    open_ = " open" if section.counted()[0] else ""
    return (
        f"<details{open_}><summary><b>{_html(section.title)}</b>: {counts}</summary>\n\n{table}\n\n</details>"
    )


def _row(finding: Finding, implied: int) -> tuple[str, ...]:
    values = finding.values
    name = f"{MARKS[finding.severity]} **{_cell(wording.part(finding))}**<br>{_cell(finding.rule)}"
    place = wording.place(finding)
    tags = [] if finding.confirmed else ["unconfirmed"]
    tags += [finding.confidence] if finding.confidence != "certain" else []
    name += f"<br>*{', '.join(tags)}*" if tags else ""
    name += f"<br><sub>{_cell(place)}</sub>" if place else ""
    action, how = wording.advised(finding)
    why = wording.cause(finding)
    todo = f"{_cell(finding.message)}{f'<br>*{_cell(why)}*' if why else ''}<br>{_advice(action, how)}"
    todo += f"<br>*{wording.count(implied, 'finding')} go with it*" if implied else ""
    sides = [
        _value(wording.side(side, finding.attribute, which), side.state)
        for which, side in (("models", values.models), ("database", values.database))
    ]
    return name, *sides, todo


def _block(block: Block, report: Report) -> str:
    """The same in many places, or one reason for many findings, said once."""
    finding = block.entries[0].finding
    number = len(block.entries)
    missing = [side for side in ("models", "database") if getattr(finding.values, side).state == "missing"]
    title = f"the same in {wording.count(number, finding.object.kind)}"
    if wording.whole_table(finding) and missing:
        title = (
            f"{number} tables have no model"
            if missing == ["models"]
            else f"{number} declared tables are not there"
        )
    names = [_code(_short(entry.finding.object, report)) for entry in block.entries[:PLACES]]
    more = [f"and {number - PLACES} more"] if number > PLACES else []
    reasons = {entry.finding.advice.reason for entry in block.entries}
    action, how = wording.advised(finding)
    how = how if len(reasons) == 1 else ""
    if block.group:
        title = _text(block.group.summary)
        finding = min(
            (entry.finding for entry in block.entries), key=lambda one: SEVERITIES.index(one.severity)
        )
    lines = [f"### {MARKS[finding.severity]} {title} ({finding.rule})", ", ".join(names + more)]
    if block.group:
        same = len({entry.finding.rule for entry in block.entries}) == 1
        return "\n\n".join([*lines, _advice(action, how)] if same else lines)
    if not missing or not wording.whole_table(finding):
        sides = (finding.values.models, "models"), (finding.values.database, "database")
        lines.append(
            ", ".join(
                f"{w}: {_code(wording.side(s, finding.attribute, w))}"
                for s, w in sides
                if s.state != "not-read"
            )
        )
    return "\n\n".join([*lines, _advice(action, how)])


def _notes(report: Report) -> str:
    lines: dict[str, list[str]] = {}
    for note in report.notes:
        names = lines.setdefault(f"{note.kind}: {note.reason}", [])
        if note.object:
            names.append(full_name(note.object))
    rows = []
    for said, names in lines.items():
        about = ", ".join(map(_code, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        rows.append(f"- {_text(said)}" + (f" ({about})" if names else ""))
    count = wording.count(len(report.notes), "note")
    return "\n\n".join([f"<details><summary>{count}</summary>", "\n".join(rows), "</details>"])


def _coverage(rows: list[tuple[str, ...]]) -> str:
    head = f"| {' | '.join(covered.HEAD)} |\n|{'---|' * len(covered.HEAD)}"
    body = "\n".join(f"| {' | '.join([_code(path), *counts])} |" for path, *counts in rows)
    return f"**Models by file**\n\n{head}\n{body}"


def _advice(action: str, how: str) -> str:
    """What to do, in bold, then how: a sentence that goes on, or one of its own."""
    between = ": " if how.startswith("  ") else how[: len(how) - len(how.lstrip())]
    return f"**{_text(action)}**{between}{_text(how)}"


def _short(ref: ObjectRef, report: Report) -> str:
    schemas = report.target.schemas
    owner = wording.owner(ref, schemas).removeprefix(f"{ref.kind} ")
    return f"{owner}.{ref.name}" if ref.table and ref.name and ref.kind != "table" else owner


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _value(text: str, state: str) -> str:
    return "" if state == "not-read" else f"*{_cell(text)}*" if state != "value" else _code(text, cell=True)


def _code(text: str, *, cell: bool = False) -> str:
    """A code span that holds whatever the text holds: https://spec.commonmark.org/0.31.2/#code-spans"""
    text = " ".join(text.split()) or " "
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    span = f"{fence}{space}{text}{space}{fence}"
    return span.replace("|", r"\|") if cell else span


def _text(text: str) -> str:
    """Words in which nothing is markup."""
    return re.sub(r"([\\`*_\[\]<>#|~&@])", lambda char: f"&#{ord(char[0])};", " ".join(text.split()))


def _cell(text: str) -> str:
    return _text(text)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
