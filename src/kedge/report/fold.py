"""Arranges findings for people: by table, worst first, and what is said many times said once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from kedge.findings import SEVERITIES, Finding, Group, Report, Severity
from kedge.report import wording

# from how many on equal findings are one block, and whole tables are one block
SAME, SAME_TABLES = 6, 4
# up to how many findings a report says everything in full, and up to how many it still explains its warnings
SMALL, MEDIUM = 12, 60


class Entry(msgspec.Struct, frozen=True):
    """A finding that stands on its own, with those that go with it."""

    finding: Finding
    implied: tuple[Finding, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """One table (or enum, schema …) and its entries, worst first."""

    title: str
    entries: tuple[Entry, ...]

    def counted(self) -> tuple[int, int, int]:
        return counted(entry.finding for entry in self.entries)


class Block(msgspec.Struct, frozen=True):
    """The same thing found in many places, or the findings of one `group`."""

    entries: tuple[Entry, ...]
    group: Group | None = None

    def counted(self) -> tuple[int, int, int]:
        return counted(entry.finding for entry in self.entries)


class Arranged(msgspec.Struct, frozen=True):
    parts: tuple[Section | Block, ...]
    """What is shown, worst first."""
    minor: tuple[Section, ...]
    """Tables with nothing but information, which are shown in a line each."""
    roots: int
    """How many things there are to read: findings on their own, and groups."""
    tables: int


Key: TypeAlias = tuple[str | bool | None, ...]


def arrange(report: Report, *, everything: bool = False) -> Arranged:
    """The report's findings in the order in which they are read. With `everything` nothing is folded."""
    entries = rooted(report.findings)
    groups, rest = ([], entries) if everything else _groups(entries, report.groups)
    blocks, single = ([], rest) if everything else _blocks(rest)
    blocks = [*groups, *blocks]
    sections = _sections(single, report.target.schemas)
    roots = len(groups) + len(rest)
    few = everything or roots <= SMALL
    minor = [] if few else [s for s in sections if not any(s.counted()[:2])]
    parts: list[Section | Block] = [*blocks, *(s for s in sections if s not in minor)]
    parts.sort(key=_rank)
    owners = {(entry.finding.object.schema, entry.finding.object.table) for entry in entries}
    tables = sum(table is not None for _, table in owners)
    return Arranged(tuple(parts), tuple(minor), roots, tables)


def counted(findings: Iterable[Finding]) -> tuple[int, int, int]:
    """How many errors, warnings and infos."""
    found = Counter[Severity](finding.severity for finding in findings)
    return found["error"], found["warning"], found["info"]


def rooted(findings: Sequence[Finding]) -> list[Entry]:
    """Findings with all that follows from them. Where the cause is absent, or a circle, they stand alone."""
    shown = [finding for finding in findings if not finding.suppressed]
    known = {finding.fingerprint: finding for finding in shown}
    implied: dict[str, list[Finding]] = defaultdict(list)
    roots = []
    for finding in shown:
        root, seen = finding, {finding.fingerprint}
        while root.implied_by in known and root.implied_by not in seen:
            root = known[root.implied_by]
            seen.add(root.fingerprint)
        if root is finding or root.implied_by in seen:
            roots.append(finding)
        else:
            implied[root.fingerprint].append(finding)
    return [Entry(root, tuple(implied[root.fingerprint])) for root in roots]


def _groups(entries: Sequence[Entry], groups: Sequence[Group]) -> tuple[list[Block], list[Entry]]:
    """The findings of each group of which more than one is shown, and the rest."""
    members: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        members[entry.finding.group].append(entry)
    blocks = [
        Block(tuple(sorted(members[group.id], key=lambda e: _name(e.finding))), group)
        for group in groups
        if group.row and len(members[group.id]) > 1
    ]
    told = {block.group.id for block in blocks if block.group}
    return blocks, [entry for entry in entries if entry.finding.group not in told]


def _blocks(entries: Sequence[Entry]) -> tuple[list[Block], list[Entry]]:
    """Entries that say the same of many places, and the rest."""
    alike: dict[Key, list[Entry]] = defaultdict(list)
    for entry in entries:
        alike[_key(entry.finding)].append(entry)
    blocks, single = [], []
    for same in alike.values():
        least = SAME_TABLES if wording.whole_table(same[0].finding) else SAME
        if len(same) >= least and same[0].finding.names is None:
            blocks.append(Block(tuple(sorted(same, key=lambda e: _name(e.finding)))))
        else:
            single += same
    return blocks, single


def _key(finding: Finding) -> Key:
    """What two findings share that can be said of both at once: all but the place."""
    models, database = finding.values.models, finding.values.database
    present = "missing" in (models.state, database.state)
    return (
        finding.rule,
        finding.object.kind,
        finding.attribute,
        finding.severity,
        finding.confirmed,
        finding.confidence,
        finding.advice.action,
        models.state,
        database.state,
        # a missing column has twins only under its own name; missing tables are all alike
        finding.object.name if present and not wording.whole_table(finding) else None,
        "" if wording.whole_table(finding) and present else wording.side(models, finding.attribute, "models"),
        ""
        if wording.whole_table(finding) and present
        else wording.side(database, finding.attribute, "database"),
    )


def _sections(entries: Sequence[Entry], schemas: Sequence[str]) -> list[Section]:
    tables: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        tables[wording.section(entry.finding.object, schemas)].append(entry)
    return [Section(title, tuple(sorted(found, key=_entry_rank))) for title, found in sorted(tables.items())]


def _entry_rank(entry: Entry) -> tuple[int, bool, str, str]:
    finding = entry.finding
    whole = finding.object.kind != "table"
    return SEVERITIES.index(finding.severity), whole, finding.rule, _name(finding)


def _rank(part: Section | Block) -> tuple[int, int, int, str]:
    """Worst first; a block, which is many tables, after the tables of its severity."""
    errors, warnings, infos = part.counted()
    if isinstance(part, Block):
        worst = 0 if errors else 1 if warnings else 2
        return worst, 1, -len(part.entries), part.entries[0].finding.rule
    worst = 0 if errors else 1 if warnings else 2
    return worst, 0, -(errors * 1_000_000 + warnings * 1_000 + infos), part.title


def _name(finding: Finding) -> str:
    ref = finding.object
    return ".".join(word for word in (ref.schema, ref.table, ref.name) if word)
