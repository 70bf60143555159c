"""Facts on which models and database agree, and their revisions do not: the next upgrade or the next database pays."""

from __future__ import annotations

from kedge.compare.difference import Difference
from kedge.findings import Severity
from kedge.rules.rule import Ruling, subject

# name -> what it says; these rules judge the history, not a difference of two sides
AGREED: dict[str, str] = {
    "history-applied-by-hand": "The database already is what a pending revision is still to make it.",
    "history-not-applied": "A revision is recorded as run, and what it does is not in the database.",
    "history-unrecorded-change": "Models and database agree on something that no revision makes so.",
}

_RULES = {
    "applied-by-hand": "history-applied-by-hand",
    "not-applied": "history-not-applied",
    "manual-change": "history-unrecorded-change",
    "unrecorded-change": "history-unrecorded-change",
    "revision-edited": "history-unrecorded-change",
}
# What no query notices.
_QUIET = ("name", "comment", "options")


def rule_of(cause: str) -> str | None:
    """The rule under which a fact that models and database agree on is reported; None where it is not."""
    return _RULES.get(cause)


def judged(rule: str, difference: Difference, revision: str | None) -> Ruling:
    """How much it matters that the history says otherwise. The history stands on the models' side of `difference`."""
    quiet = difference.attribute in _QUIET
    said = _said(difference)
    if rule == "history-applied-by-hand":
        fails: Severity = "error" if difference.attribute == "presence" else "warning"
        return Ruling(
            "info" if quiet else fails,
            f"{subject(difference)} is already as {revision} is still to make it ({said}):"
            + (
                " `alembic upgrade` fails on it." if fails == "error" else " `alembic upgrade` finds it done."
            ),
            "decide",
            "Stamp the revision if all of it is there; else take back what is.",
            "database",
            "medium",
        )
    if rule == "history-not-applied":
        return Ruling(
            "info" if quiet else "warning",
            f"{subject(difference)} is not as {revision} made it, though the database is recorded as having run it"
            f" ({said}): revisions that build on it fail.",
            "decide",
            "Decide whether it was to be taken back; then run it, or write a revision that does.",
            risk="medium",
        )
    return Ruling(
        "info" if quiet else "warning",
        f"{subject(difference)} is as the models say, and no revision makes it so ({said}):"
        " a database made from the revisions differs.",
        "write-revision",
        "Record it in a revision that does nothing where it is done.",
        "database",
    )


def _said(d: Difference) -> str:
    if d.attribute == "presence":
        return "the revisions do not have it" if d.models.state == "missing" else "the revisions have it"
    values = [_shown(v.value) if v.state == "value" else "none" for v in (d.models, d.database)]
    return f"{d.attribute} {values[0]} by the revisions, {values[1]} here"


def _shown(value: object) -> str:
    return f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)
