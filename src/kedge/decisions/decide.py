"""Applies a project's decisions to reports: findings are suppressed and counted, never dropped."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

import msgspec

from kedge import verdict
from kedge.decisions.baseline import NAME, Baseline, Cover, cover
from kedge.decisions.ignores import Ignore, of_models
from kedge.findings import (
    Advice,
    Cause,
    Finding,
    FindingOrigins,
    NoteRef,
    ObjectRef,
    OriginRef,
    Report,
    SideValue,
    Suppression,
    Values,
)
from kedge.rules import ignores as rules
from kedge.rules.rule import Ruling


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: every database the ignores may speak of is audited, so that what matches nothing is unused."""

    ignores: tuple[Ignore, ...] = ()
    baseline: Baseline | None = None
    baseline_path: str = NAME
    whole: bool = True


def decide(
    reports: Sequence[Report], decisions: Decisions | None = None, *, today: datetime.date | None = None
) -> list[Report]:
    """The reports with what is suppressed marked so, and with findings about decisions that are none."""
    decisions = decisions or Decisions()
    today = today or datetime.datetime.now(datetime.UTC).date()
    hits: dict[Ignore, int] = dict.fromkeys(decisions.ignores, 0)
    for report in reports:
        hits |= dict.fromkeys(of_models(report.models.ignores), 0)
    decided = [_applied(report, decisions, hits, today) for report in reports]
    told: set[Ignore] = set()
    answers = []
    for number, report in enumerate(decided):
        own = [*of_models(report.models.ignores), *(decisions.ignores if number == 0 else ())]
        problems = []
        for ignore in own:
            ruling = None if ignore in told else _judged(ignore, hits[ignore], today, decided, decisions)
            told.add(ignore)
            if ruling:
                problems.append(_finding(ignore, *ruling, report.target.name))
        findings = (*report.findings, *problems)
        answers.append(msgspec.structs.replace(report, findings=findings, summary=verdict.summary(findings)))
    return answers


def _applied(report: Report, decisions: Decisions, hits: dict[Ignore, int], today: datetime.date) -> Report:
    ignores = [
        ignore
        for ignore in (*of_models(report.models.ignores), *decisions.ignores)
        if ignore.target in (None, report.target.name)
    ]
    covered = cover(decisions.baseline, report) if decisions.baseline else None
    left = {} if covered is None else _counted(decisions.baseline, report.target.name)
    marked = []
    for finding in report.findings:
        why = finding.suppressed
        for ignore in ignores:
            if ignore.covers(finding):
                hits[ignore] += 1
                if why is None and not ignore.expired(today):
                    why = ignore.suppression()
        if why is None and left.get(finding.digest):
            left[finding.digest] -= 1
            why = Suppression(by="baseline", reason="it was there before", path=decisions.baseline_path)
        marked.append(msgspec.structs.replace(finding, suppressed=why))
    notes = (*report.notes, *_notes(covered, report, decisions.baseline_path))
    return msgspec.structs.replace(report, findings=tuple(_followed(marked)), notes=notes)


def _counted(baseline: Baseline | None, database: str) -> dict[str, int]:
    """How often each digest is accepted: of two equal findings the second is new."""
    counts: dict[str, int] = {}
    for entry in baseline.of(database) if baseline else ():
        counts[entry.digest] = counts.get(entry.digest, 0) + 1
    return counts


def _followed(findings: list[Finding]) -> list[Finding]:
    """What goes with a suppressed finding is suppressed with it."""
    known = {finding.fingerprint: finding for finding in findings}

    def why(finding: Finding) -> Suppression | None:
        seen: set[str] = set()
        here: Finding | None = finding
        while here is not None and here.fingerprint not in seen:
            if here.suppressed:
                return here.suppressed
            seen.add(here.fingerprint)
            here = known.get(here.implied_by) if here.implied_by else None
        return None

    return [
        finding if finding.suppressed else msgspec.structs.replace(finding, suppressed=why(finding))
        for finding in findings
    ]


def _notes(covered: Cover | None, report: Report, path: str) -> list[NoteRef]:
    if covered is None:
        return []
    notes = []
    if covered.gone and report.complete:
        many = len(covered.gone)
        gone = "1 finding of the baseline is" if many == 1 else f"{many} findings of the baseline are"
        notes.append(
            NoteRef("baseline-stale", None, f"{gone} gone: `kedge audit --update-baseline` shrinks {path}")
        )
    by_print = {finding.fingerprint: finding for finding in report.findings}
    for entry in covered.changed:
        finding = by_print[entry.fingerprint]
        reason = f"{entry.rule} is in the baseline with other values, so it counts again"
        notes.append(NoteRef("baseline-changed", finding.object, reason))
    return notes


def _judged(
    ignore: Ignore, hits: int, today: datetime.date, reports: Sequence[Report], decisions: Decisions
) -> tuple[str, Ruling] | None:
    """Which rule an ignore breaks, if any."""
    action = "decide" if ignore.by == "config" else "edit-model"
    said = f"ignore[{ignore.rule}]" + (f" on {ignore.object}" if ignore.object else "")
    if ignore.problem:
        return "ignore-invalid", rules.invalid(said, ignore.problem, action)
    if ignore.expired(today) and ignore.expires:
        return "ignore-expired", rules.expired(said, ignore.expires.isoformat(), hits, action)
    # where not everything was read, what it is for may be there unseen
    read = all(report.complete for report in reports) and (ignore.by != "config" or decisions.whole)
    asked = ignore.target is None or any(report.target.name == ignore.target for report in reports)
    if not hits and read and asked:
        return "ignore-unused", rules.unused(said, action)
    return None


def _finding(ignore: Ignore, rule: str, ruling: Ruling, database: str) -> Finding:
    ref = ignore.ref or ObjectRef("attribute", None, None, f"ignore[{ignore.rule}]")
    identity = [database, rule, ignore.by, ignore.rule, ignore.object, str(ignore.ref), ignore.path]
    fingerprint = _hash(identity)
    values = Values(models=SideValue("value", ignore.spelled()))
    return Finding(
        fingerprint=fingerprint,
        digest=_hash([fingerprint, ignore.spelled()]),
        rule=rule,
        severity=ruling.severity,
        confidence="certain",
        confirmed=True,
        object=ObjectRef("attribute", ref.schema, ref.table, ref.name),
        names=None,
        attribute="ignore",
        values=values,
        message=ruling.message,
        candidates=(),
        implied_by=None,
        group=None,
        cause=Cause(),
        origins=FindingOrigins(models=(OriginRef(ignore.path, ignore.line),) if ignore.path else ()),
        advice=Advice(ruling.truth, ruling.action, ruling.advice, ruling.risk),
        suppressed=None,
    )


def _hash(words: Sequence[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(list(map(str, words)))).hexdigest()[:16]
