"""The baseline: findings that were there before anybody looked. It is made once, and from then on only shrinks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from kedge.errors import UsageError
from kedge.findings import Finding, ObjectRef, Report

NAME = "kedge-baseline.json"


class Entry(msgspec.Struct, frozen=True, order=True):
    """One accepted finding: the digest decides; the rest is for the people who read the file."""

    database: str
    object: str
    rule: str
    digest: str
    fingerprint: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    entries: tuple[Entry, ...] = ()

    def of(self, database: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.database == database)


class Cover(msgspec.Struct, frozen=True):
    """What a baseline does for one report: digests it covers, entries that are gone or say something else."""

    digests: frozenset[str]
    gone: tuple[Entry, ...]
    changed: tuple[Entry, ...]


def read_baseline(path: Path) -> Baseline:
    try:
        baseline = msgspec.json.decode(path.read_bytes(), type=Baseline)
    except FileNotFoundError:
        raise UsageError(
            f"there is no baseline {path}", hint="`kedge audit --create-baseline` makes one"
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"the baseline {path} cannot be read: {error}",
            hint="take it from version control again; merge conflicts are solved by keeping both sides' lines",
        ) from None
    if baseline.format != 1:
        raise UsageError(f"the baseline {path} has format {baseline.format}; this version knows format 1")
    return baseline


def write_baseline(baseline: Baseline) -> str:
    """Sorted, an entry a line: a change is a readable diff, and merges do not meet."""
    lines = [msgspec.json.encode(entry).decode() for entry in sorted(baseline.entries)]
    inner = "".join(f"\n    {line}," for line in lines).removesuffix(",")
    return f'{{\n  "format": {baseline.format},\n  "entries": [{inner}\n  ]\n}}\n'


def cover(baseline: Baseline, report: Report) -> Cover:
    entries = baseline.of(report.target.name)
    found = {finding.digest for finding in report.findings}
    still = {finding.fingerprint for finding in report.findings}
    gone = [entry for entry in entries if entry.digest not in found]
    return Cover(
        digests=frozenset(entry.digest for entry in entries),
        gone=tuple(entry for entry in gone if entry.fingerprint not in still),
        changed=tuple(entry for entry in gone if entry.fingerprint in still),
    )


def created(reports: Iterable[Report]) -> Baseline:
    """Every finding that nothing else suppresses. Problems of ignores are no drift: they are mended."""
    return Baseline(
        entries=tuple(
            sorted(
                _entry(finding, report.target.name)
                for report in reports
                for finding in report.findings
                if not finding.suppressed and not finding.rule.startswith("ignore-")
            )
        )
    )


def shrunk(baseline: Baseline, reports: Sequence[Report]) -> Baseline:
    """Without what is not found any more, in the databases that were read completely. It never grows."""
    found: dict[str, Counter[str]] = {
        report.target.name: Counter(
            f.digest for f in report.findings if f.suppressed is None or f.suppressed.by == "baseline"
        )
        for report in reports
        if report.complete
    }
    kept = []
    for entry in baseline.entries:
        if entry.database in found:
            left = found[entry.database]
            if not left[entry.digest]:
                continue
            left[entry.digest] -= 1
        kept.append(entry)
    return Baseline(entries=tuple(kept))


def object_name(ref: ObjectRef) -> str:
    name = None if ref.kind == "table" and ref.table else ref.name
    return ".".join(word for word in (ref.schema, ref.table, name) if word)


def _entry(finding: Finding, database: str) -> Entry:
    return Entry(database, object_name(finding.object), finding.rule, finding.digest, finding.fingerprint)
