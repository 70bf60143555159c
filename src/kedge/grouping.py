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
    """The group a finding belongs to: findings with an equal `key` are one. `say` is given their number.

    `row` says that people need no more than that.
    """

    key: tuple[str, ...]
    say: Callable[[int], str]
    row: bool = True


Way: TypeAlias = Callable[[Finding], Membership | None]


def grouped(
    findings: Iterable[Finding], ways: Sequence[Way]
) -> tuple[tuple[Finding, ...], tuple[Group, ...]]:
    """The findings in their order, each with its group's id; what follows from another finding goes with that one."""
    findings = tuple(findings)
    members: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    says: dict[tuple[str, ...], Membership] = {}
    for finding in findings:
        if finding.implied_by is None and (own := _claimed(finding, ways)):
            members[own.key].append(finding)
            says.setdefault(own.key, own)
    groups = []
    ids: dict[str, str] = {}
    for key, found in members.items():
        if len(found) < FEWEST:
            continue
        group = Group(_id(key), _common_cause(found), says[key].say(len(found)), len(found), says[key].row)
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
    "scheduled-event": "scheduled events",
    "grant": "grants",
    "revocation": "rights taken from everybody that",
    "default-privilege": "default privileges",
}


def by_kind(finding: Finding) -> Membership | None:
    """What is beyond tables and only the database has: a group for each kind."""
    if finding.rule == "table-row-security" and finding.values.models.value == "off":
        return Membership(
            ("undeclared", "row-security"),
            lambda number: f"{number} tables whose row security only the database has",
        )
    kinds = BEYOND_TABLES.get(finding.object.kind)
    if finding.rule == "table-presence" and finding.severity == "info":
        kinds = "tables whose rows are kept elsewhere and that"
    if kinds is None or finding.attribute != "presence" or finding.values.models.state != "missing":
        return None
    return Membership(
        ("undeclared", finding.object.kind), lambda number: f"{number} {kinds} only the database has"
    )


def by_naming_convention(finding: Finding) -> Membership | None:
    """Constraints and indexes that differ in nothing but the name, where both names follow from what they are on."""
    ref = finding.object
    if finding.attribute != "name" or finding.names is None or ref.kind in ("table", "column"):
        return None
    made = ref.table and all(ref.table in name for name in (finding.names.models, finding.names.database))
    if not made:
        return None
    return Membership(
        ("naming-convention",),
        lambda number: f"{number} constraints and indexes bear names of another naming convention",
    )


# How tables are kept, where the models leave that to the database.
_KEPT = {
    "table-replica-identity": "{number} tables have a replica identity that only the database knows",
    "table-tablespace": "{number} tables stand in tablespaces that the models do not name",
    "index-tablespace": "{number} indexes stand in tablespaces that the models do not name",
    "table-access-method": "{number} tables are kept by an access method that the models do not name",
}


def by_keeping(finding: Finding) -> Membership | None:
    """What who runs the database decided, and models rarely say."""
    words = _KEPT.get(finding.rule)
    if words is None or finding.values.models.state != "missing" or finding.severity != "info":
        return None
    return Membership(("kept", finding.rule), lambda number: words.format(number=number))


# Causes that lie in one revision, and how their group is said.
_OF_REVISION = {
    "pending-revision": "{number} findings go when revision {revision} is run",
    "applied-by-hand": "{number} facts of revision {revision} are there before it was run",
    "not-applied": "{number} facts of revision {revision} are not there, though it is recorded as run",
    "model-behind": "{number} facts of revision {revision} never came into the models",
    "overridden": "{number} facts were made otherwise on purpose by revision {revision}",
    "revision-edited": "{number} facts were edited out of revision {revision} after it had run",
}
# Causes of which nobody wrote down the parts.
_WHOLE = {
    "manual-change": "{number} facts were changed in the database by hand",
    "out-of-band": "{number} objects were made in the database by hand",
    "unrecorded-change": "{number} facts are in models and database, and in no revision",
    "unmigrated-model": "{number} facts are as the models say in no revision",
    "never-migrated": "{number} objects were declared without a revision",
    "model-removed": "{number} objects lost their models, and no revision drops them",
    "model-not-loaded": "{number} tables are declared in modules that env.py does not load",
    "metadata-not-tracked": "{number} tables are declared on a metadata that env.py does not pass on",
}


# Of these the group says all there is to do; in the others each finding is a thing to decide.
_ROWS = ("pending-revision", "applied-by-hand", "not-applied", "metadata-not-tracked", "model-not-loaded")


def by_cause(finding: Finding) -> Membership | None:
    """What one revision, one forgotten revision or one batch of work by hand left behind."""
    kind = finding.cause.kind
    revision = next((o.revision for o in finding.origins.history if o.revision), None)
    if kind in _OF_REVISION and revision is not None:
        words = _OF_REVISION[kind]
        said = lambda number: words.format(number=number, revision=revision)  # noqa: E731
        return Membership((kind, revision), said, kind in _ROWS)
    if kind in _WHOLE:
        whole = _WHOLE[kind]
        return Membership((kind,), lambda number: whole.format(number=number), kind in _ROWS)
    if kind == "unexplained":
        summary = finding.cause.summary
        return Membership(
            (kind, summary), lambda number: f"{number} findings are not explained: {summary}", False
        )
    return None


# What is often so of many revisions, as their number is said.
_OF_FILES = {
    "revision-downgrade": "{number} revisions have a downgrade that does not undo them",
    "revision-imports": "{number} revisions depend on today's models",
    "revision-edited": "{number} revisions were edited after others were built on them",
    "revision-create-all": "{number} revisions call create_all",
    "revision-empty": "{number} revisions do nothing",
}


def by_habit(finding: Finding) -> Membership | None:
    """What people do in one revision file, they do in many."""
    words = _OF_FILES.get(finding.rule)
    if words is None:
        return None
    return Membership((finding.rule, finding.severity), lambda number: words.format(number=number))


WAYS: tuple[Way, ...] = (by_naming_convention, by_kind, by_keeping, by_cause, by_habit)
