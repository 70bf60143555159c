"""Puts findings that have one reason into one group, which people read as one row.

A way of grouping says of a finding to which group it belongs; the first way that claims a finding has it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from kedge.findings import Finding, Group

FEWEST = 2


class Membership(NamedTuple):
    """The group a finding belongs to: findings with an equal `key` are one. `say` is given their number."""

    key: tuple[str, ...]
    say: Callable[[int], str]


Way: TypeAlias = Callable[[Finding], Membership | None]


def grouped(
    findings: Iterable[Finding], ways: Sequence[Way]
) -> tuple[tuple[Finding, ...], tuple[Group, ...]]:
    """The findings in their order, each with its group's id; what follows from another finding goes with that one."""
    findings = tuple(findings)
    members: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    says: dict[tuple[str, ...], Callable[[int], str]] = {}
    for finding in findings:
        if finding.implied_by is None and (own := _claimed(finding, ways)):
            members[own.key].append(finding)
            says.setdefault(own.key, own.say)
    groups = []
    ids: dict[str, str] = {}
    for key, found in members.items():
        if len(found) < FEWEST:
            continue
        group = Group(_id(key), _common_cause(found), says[key](len(found)), len(found))
        groups.append(group)
        ids |= {finding.fingerprint: group.id for finding in found}
    marked = (
        msgspec.structs.replace(f, group=ids[f.fingerprint]) if f.fingerprint in ids else f for f in findings
    )
    return tuple(marked), tuple(groups)


def _claimed(finding: Finding, ways: Sequence[Way]) -> Membership | None:
    return next((own for way in ways if (own := way(finding))), None)


def _common_cause(findings: Sequence[Finding]) -> str:
    causes = {finding.cause.kind for finding in findings}
    return causes.pop() if len(causes) == 1 else "several"


def _id(key: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


# What is not declared beyond tables, as it is counted.
BEYOND_TABLES = {
    "view": "views",
    "materialized-view": "materialized views",
    "routine": "functions and procedures",
    "trigger": "triggers",
    "policy": "row security policies",
    "domain": "domains",
    "composite-type": "composite types",
    "statistics": "extended statistics",
    "publication": "publications",
    "event": "event triggers",
    "extension": "extensions",
    "grant": "grants",
}


def by_kind(finding: Finding) -> Membership | None:
    """What is beyond tables and only the database has: a group for each kind."""
    kinds = BEYOND_TABLES.get(finding.object.kind)
    if kinds is None or finding.attribute != "presence" or finding.values.models.state != "missing":
        return None
    return Membership(
        ("undeclared", finding.object.kind), lambda number: f"{number} {kinds} only the database has"
    )


WAYS: tuple[Way, ...] = (by_kind,)
