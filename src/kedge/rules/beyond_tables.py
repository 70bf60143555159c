"""What is beyond tables, where it is on one side only: what is declared hurts, what is not is worth knowing."""

from __future__ import annotations

from typing import NamedTuple

from kedge.compare.difference import Difference
from kedge.findings import Severity
from kedge.rules.rule import Judgement, Ruling, only_in_models, rule, subject, where


class Kind(NamedTuple):
    """What the rule says of itself; what hurts where a declared one is missing, and how much."""

    summary: str
    missing: str
    severity: Severity = "error"
    extra: str = "nothing declares it"


DECLARE = "Leave it where another tool or team keeps it; otherwise declare it with a DDL event, or drop it on purpose."
KINDS: dict[str, Kind] = {
    "view": Kind("A view is on one side only.", "every query on it fails"),
    "materialized-view": Kind("A materialized view is on one side only.", "every query on it fails"),
    "routine": Kind("A function, procedure or aggregate is on one side only.", "what calls it fails"),
    "trigger": Kind(
        "A trigger is on one side only.",
        "what it did on every write is not done",
        extra="nothing declares it, so writes do more than the code says",
    ),
    "policy": Kind(
        "A row security policy is on one side only.",
        "rows are seen that should be hidden, or hidden that should be seen",
        extra="nothing declares it, so queries see other rows than the code says",
    ),
    "domain": Kind("A domain is on one side only.", "statements that name it fail"),
    "composite-type": Kind("A composite type is on one side only.", "statements that name it fail"),
    "statistics": Kind(
        "Extended statistics are on one side only.", "plans rest on worse estimates", "warning"
    ),
    "publication": Kind("A publication is on one side only.", "its subscribers get no changes"),
    "event": Kind(
        "An event trigger is on one side only.",
        "what it did on DDL is not done",
        "warning",
        "nothing declares it, so DDL does more than it says",
    ),
    "scheduled-event": Kind(
        "A scheduled event is on one side only.",
        "what it did by the clock is not done",
        "warning",
        "nothing declares it, so the server does more than the code says",
    ),
    "default-privilege": Kind(
        "Rights on objects that are made later are given on one side only.",
        "objects that are made later have other rights",
        "warning",
        "nothing declares it, so objects that are made later have other rights than the code says",
    ),
}


def _presence(kind: Kind) -> Judgement:
    def judgement(d: Difference) -> Ruling:
        if only_in_models(d):
            return _missing(d, kind)
        return Ruling("info", f"{subject(d)} is in the database only; {kind.extra}.", "decide", DECLARE)

    judgement.__doc__ = kind.summary
    return judgement


def _missing(d: Difference, kind: Kind) -> Ruling:
    elsewhere = f" (it has {d.evidence[0]})" if d.evidence else ""
    return Ruling(
        kind.severity,
        f"The models declare {where(d)}, and the database does not have it{elsewhere}: {kind.missing}.",
        "write-revision",
        "Create it with a revision, or drop the declaration if the feature is gone.",
        "models",
    )


for _name, _kind in KINDS.items():
    rule(_name, "presence")(_presence(_kind))


@rule("schema", "presence")
def schema_presence(d: Difference) -> Ruling:
    """A schema that the models declare is not in the database."""
    return _missing(d, Kind("", "nothing can be created in it"))


@rule("extension", "presence")
def extension_presence(d: Difference) -> Ruling:
    """An extension that the models declare is not in the database."""
    return _missing(d, Kind("", "its types and functions are not there"))


@rule("extension", "schema")
def extension_schema(d: Difference) -> Ruling:
    """An extension stands in another schema than declared."""
    return Ruling(
        "warning",
        f"{subject(d)} stands in schema {d.models.value} in the models and {d.database.value} in the database:"
        " its types and functions are not found by a search path, or a qualified name, that means the other.",
        "decide",
        "ALTER EXTENSION … SET SCHEMA moves one that is relocatable; code that qualifies its names follows.",
        risk="medium",
    )
