"""JUnit XML, which every CI system shows: a test per table, red where something drifted."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from kedge.findings import SEVERITIES, Finding, Report
from kedge.report import Look, Source, decoded, wording
from kedge.report.fold import Entry, rooted
from kedge.report.place import full_name, place

# what XML 1.0 cannot hold: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(source: Source, look: Look) -> str:
    root = ET.Element("testsuites", name="kedge")
    for report in decoded(source):
        _suite(root, report, look)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, report: Report, look: Look) -> None:
    name = f"kedge.{report.target.name}"
    suite = ET.SubElement(root, "testsuite", name=_plain(name))
    if report.tool.generated_at and not look.reproducible:
        suite.set("timestamp", str(report.tool.generated_at)[:19])
    shown: dict[str, list[Entry]] = {table: [] for table in report.target.tables}
    hidden: dict[str, list[Finding]] = defaultdict(list)
    for entry in rooted(report.findings):
        shown.setdefault(_case_name(entry.finding), []).append(entry)
    for finding in report.findings:
        if finding.suppressed and finding.implied_by is None:
            hidden[_case_name(finding)].append(finding)
    for table in sorted({*shown, *hidden}):
        _case(suite, name, table, shown.get(table, []), hidden[table], report, look)
    _complete(suite, name, report)
    for key in ("failure", "error", "skipped"):
        suite.set(f"{key}s".replace("skippeds", "skipped"), str(len(suite.findall(f"testcase/{key}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))


def _case(
    suite: ET.Element,
    classname: str,
    table: str,
    entries: list[Entry],
    hidden: list[Finding],
    report: Report,
    look: Look,
) -> None:
    case = ET.SubElement(suite, "testcase", classname=_plain(classname), name=_plain(table), time="0")
    bad = SEVERITIES[: SEVERITIES.index(look.fail_on) + 1] if look.fail_on in SEVERITIES else ()
    entries = sorted(entries, key=lambda entry: SEVERITIES.index(entry.finding.severity))
    failing = [entry for entry in entries if entry.finding.severity in bad]
    texts = [_said(entry, report) for entry in entries]
    texts += [f"suppressed  {f.rule}: {f.suppressed.reason}" for f in hidden if f.suppressed]
    if failing:
        first = failing[0].finding
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        path, line = place(first, report)
        case.set("file", _plain(path))
        if line:
            case.set("line", str(line))
        failure = ET.SubElement(case, "failure", type=first.rule, message=_plain(first.message + more))
        failure.text = _plain("\n\n".join(texts))
    elif hidden and not entries:
        ET.SubElement(case, "skipped", message=f"{wording.count(len(hidden), 'finding')} suppressed")
        ET.SubElement(case, "system-out").text = _plain("\n".join(texts))
    elif texts:
        ET.SubElement(case, "system-out").text = _plain("\n\n".join(texts))


def _complete(suite: ET.Element, classname: str, report: Report) -> None:
    """A test of its own, so that what was not read cannot pass for green."""
    case = ET.SubElement(
        suite, "testcase", classname=_plain(classname), name="everything was compared", time="0"
    )
    notes = [
        f"{note.kind}  {full_name(note.object) + ': ' if note.object else ''}{note.reason}"
        for note in report.notes
    ]
    if not report.complete:
        error = ET.SubElement(case, "error", type="incomplete", message="not everything could be compared")
        error.text = _plain("\n".join(notes))
    elif notes:
        ET.SubElement(case, "system-out").text = _plain("\n".join(notes))


def _said(entry: Entry, report: Report) -> str:
    """A finding as plain lines."""
    finding = entry.finding
    path, line = place(finding, report)
    action, how = wording.advised(finding)
    lines = [
        f"{finding.severity}  {wording.part(finding)}  {finding.rule}  {path}{f':{line}' if line else ''}"
    ]
    lines.append(finding.message)
    for which, side in (("models", finding.values.models), ("database", finding.values.database)):
        if side.state != "not-read":
            lines.append(f"{which.ljust(9)} {wording.side(side, finding.attribute, which)}")
    if why := wording.cause(finding):
        lines += [f"cause     {why}", *(f"          {line}" for line in finding.cause.evidence)]
    lines.append(f"-> {action}{how}")
    if entry.implied:
        names = ", ".join(f"{f.object.kind} {wording.part(f)}" for f in entry.implied[:6])
        more = f" and {len(entry.implied) - 6} more" if len(entry.implied) > 6 else ""
        lines.append(f"goes with it: {names}{more}")
    return "\n".join(filter(None, lines))


def _case_name(finding: Finding) -> str:
    ref = finding.object
    return ".".join(filter(None, (ref.schema, ref.table))) if ref.table else f"{ref.kind} {full_name(ref)}"


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
