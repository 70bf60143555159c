"""Which side is right, what to do, and what that risks: the rule's advice, made sharper by the cause and the data.

Three things are never advised: to narrow a column below its data, to drop what has rows, to change the type of
a key that many tables reference. What is not known of the data counts against it.
"""

from __future__ import annotations

from typing import NamedTuple

from kedge.catalog import Struct
from kedge.causes.account import Account
from kedge.causes.data import NO_DATA, Data
from kedge.compare import Difference
from kedge.findings import Advice, Severity
from kedge.rules.rule import Risk, Ruling
from kedge.rules.types import holds

MANY = 2


class Dependants(Struct, frozen=True):
    """The foreign keys that reference a column, or that it is part of, by the table they stand in."""

    tables: tuple[str, ...] = ()


class Case(NamedTuple):
    """One difference with all that bears on what to do about it."""

    difference: Difference
    ruling: Ruling
    account: Account | None = None
    data: Data = NO_DATA
    dependants: Dependants = Dependants()


def advise(case: Case) -> Advice:
    """The advice for one finding; never one that loses what is there."""
    meant = _meant(case)
    agree = case.account is not None and case.account.agree
    if not agree and (danger := dangers(case)) is not None:
        named = meant.action == "decide" and case.difference.attribute != "presence"
        if named or _changes_database(meant, case):
            meant = Advice("unknown", "decide", danger, "high")
    return Advice(meant.truth, meant.action, meant.reason, meant.risk, _leaving(case))


def _changes_database(advice: Advice, case: Case) -> bool:
    """Whether who follows the advice makes the database as the models are."""
    if advice.action in ("write-revision", "rename"):
        return advice.truth != "database"
    return advice.action == "ignore" and case.account is not None and advice.truth == "models"


# -- what must never be advised


def dangers(case: Case) -> str | None:
    """What would be lost by making the database as the models are; None where nothing would."""
    return _drop(case) or _key(case) or _narrowing(case) or _refused(case)


def _refused(case: Case) -> str | None:
    """Rows that a constraint of the models would not let in."""
    data = case.data
    if data.orphans:
        return f"Rows that point at nothing: {data.orphans}. Adding the key hangs on what becomes of them."
    if data.duplicates:
        return f"Rows whose key another row has: {data.duplicates}. It hangs on which of them stay."
    return None


def _drop(case: Case) -> str | None:
    d, rows = case.difference, case.data.rows
    if d.models.state != "missing" or d.database.state == "missing" or d.attribute != "presence":
        return None
    if d.path.kind not in ("table", "column", "sequence", "enum", "materialized-view", "partition"):
        return None
    if rows == 0:
        return None
    has = (
        f"It has {rows} rows"
        if rows is not None
        else "Whether it has rows is not known (--probe-data counts)"
    )
    return (
        f"{has}: dropping it loses them. It hangs on whether anybody still reads it; declare it until then."
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def _narrowing(case: Case) -> str | None:
    d, data = case.difference, case.data
    if d.path.kind == "column" and d.attribute == "nullable" and d.models.value is False:
        if data.nulls == 0:
            return None
        has = (
            f"{data.nulls} rows are NULL"
            if data.nulls
            else "Whether rows are NULL is not known (--probe-data counts)"
        )
        return f"{has}: NOT NULL hangs on what they should become."
    if d.path.kind not in ("column", "enum", "domain") or d.attribute not in ("type", "values"):
        return None
    if d.attribute == "values":
        gone = [v for v in d.database.value or () if v not in (d.models.value or ())]
        said = ", ".join(f"'{v}'" for v in gone)
        return f"Rows may have {said}: taking labels away hangs on whether any does." if gone else None
    models, database = str(d.models.value), str(d.database.value)
    if "stored-alike" in d.traits:  # a word is changed, and no value with it
        return None
    if holds(models, database) or data.rows == 0:
        return None
    if data.outside == 0:
        return None
    if data.longest is not None and (limit := _limit(models)) is not None and data.longest <= limit:
        return None
    if data.outside:
        return f"{models} cannot hold the values of {data.outside} rows: it hangs on what becomes of them."
    if data.longest is not None:
        return f"The longest value has {data.longest} characters: {models} would cut it, or refuse."
    if holds(models, database) is None:
        unlike = f"Not every {database} is {_a(models)}"
        return f"{unlike}: it hangs on what the rows hold, and how they are to be converted."
    return (
        f"Whether all rows fit {models} is not known (--probe-data counts): changing the type hangs on that."
    )


def _limit(type_: str) -> int | None:
    base, _, rest = type_.partition("(")
    number = rest.rstrip(")")
    return int(number) if number.isdigit() and "char" in base else None


def _key(case: Case) -> str | None:
    d, tables = case.difference, case.dependants.tables
    if d.path.kind != "column" or d.attribute != "type" or len(tables) < MANY:
        return None
    named = ", ".join(tables[:4]) + (f" and {len(tables) - 4} more" if len(tables) > 4 else "")
    return (
        f"{len(tables)} foreign keys hang on this key ({named}), and each would have to change with it:"
        f" declare {d.database.value} in the models, or plan the change for all of them at once."
    )


# -- what the cause says


def _meant(case: Case) -> Advice:
    account, ruling = case.account, case.ruling
    own = Advice(ruling.truth, ruling.action, ruling.advice, ruling.risk)
    if account is None or "twice" in case.difference.traits:
        return own
    by_cause = _BY_CAUSE.get(account.cause.kind)
    return by_cause(case, own) if by_cause is not None else own


def _pending(case: Case, own: Advice) -> Advice:
    revision = _revision(case)
    return Advice(
        "models",
        "ignore",
        f"Nothing is to be written: `alembic upgrade` runs {revision}, which settles it.",
        "low",
    )


def _ahead(case: Case, own: Advice) -> Advice:
    account = case.account
    present, whole = (account.present if account else None) or (0, 0)
    revision = _revision(case)
    if whole and present == whole:
        reason = (
            f"All that {revision} does is there: `alembic stamp {revision}` records it,"
            " if its data was brought over as well."
        )
    else:
        reason = (
            f"{present} of the {whole} changes of {revision} are there: take them back before the upgrade,"
            " or let the revision pass over what is there. It hangs on who made them."
        )
    if account is not None and account.agree:
        return Advice("database", "decide", reason, "medium")
    return Advice(
        "database", "edit-model", f"Revisions and database agree; the model does not. {reason}", "low"
    )


def _load(case: Case, own: Advice) -> Advice:
    return Advice(
        "database", "load-module", "Import its module where env.py imports the other models.", "low"
    )


def _track(case: Case, own: Advice) -> Advice:
    reason = "Give env.py both: target_metadata = [Base.metadata, …]; autogenerate would propose to drop the table."
    return Advice("database", "track-metadata", reason, "low")


def _removed(case: Case, own: Advice) -> Advice:
    whole = case.difference.path.kind in ("table", "model")
    gone = "its model is gone" if whole else "its model no longer has it"
    if case.data.rows == 0:
        return Advice("models", "write-revision", f"It is empty and {gone}: drop it with a revision.", "low")
    known = f"it has {case.data.rows} rows" if case.data.rows else "its rows were not counted"
    reason = f"{gone[0].upper()}{gone[1:]} and {known}: whether it may go hangs on who still reads it."
    return Advice("unknown", "decide", reason, "high")


def _out_of_band(case: Case, own: Advice) -> Advice:
    if case.difference.path.kind in ("table", "model"):
        reason = (
            "It hangs on whose it is: declare it if this application uses it,"
            " exclude it in env.py if it belongs to somebody else."
        )
        return Advice("unknown", "decide", reason, "medium")
    if case.difference.path.kind in ("grant", "revocation", "default-privilege"):
        return own  # those who run the server give rights, too
    reason = "Declare it, and record it with a revision that passes over it where it is there."
    return Advice("database", "edit-model", reason, "low")


def _not_applied(case: Case, own: Advice) -> Advice:
    revision = _revision(case)
    if case.account is not None and case.account.agree:
        reason = f"Models and database both do without {revision}: it hangs on whether it was meant to be taken back."
        return Advice("unknown", "decide", reason, "medium")
    present, _ = (case.account.present if case.account is not None else None) or (0, 0)
    reason = f"Stamp the revision before {revision} and upgrade, or repeat its change in a new one."
    if present:
        reason = f"Repeat this change of {revision} in a new revision; the rest of it is there."
    return Advice("models", "write-revision", reason, "medium")


def _manual(case: Case, own: Advice) -> Advice:
    if case.account is not None and case.account.agree:
        return _unrecorded(case, own)
    if case.difference.names:
        return Advice(
            "models", "rename", f"Models and revisions agree: rename it back. {own.reason}", own.risk
        )
    if "of-history" in case.difference.traits:
        reason = "Put the database back with a revision, or tell it in one if it was meant."
    else:
        back = "put the database back with a revision, or make both follow if it was meant."
        reason = f"Models and revisions agree: {back}"
    return Advice("models", "write-revision", reason, "medium")


def _unrecorded(case: Case, own: Advice) -> Advice:
    reason = (
        "Models and database agree: record it in a revision that does nothing where it is done,"
        " so that a database made from the revisions is the same."
    )
    return Advice("database", "write-revision", reason, "low")


def _edited(case: Case, own: Advice) -> Advice:
    if case.account is not None and case.account.agree:
        return _unrecorded(case, own)
    reason = (
        "Databases that ran the earlier text need the difference: give it to them in a revision of its own."
    )
    return Advice("models", "write-revision", reason, "medium")


def _behind(case: Case, own: Advice) -> Advice:
    if case.difference.names:
        return Advice("database", "rename", f"Revisions and database agree: {own.reason}", "low")
    if case.difference.path.kind == "table" and case.difference.database.state == "missing":
        reason = (
            f"{_revision(case)} dropped it, and the model stayed: delete the model, or make the table anew."
        )
        return Advice("database", "delete-model", reason, "low")
    if case.difference.attribute == "presence" and case.difference.models.state == "missing":
        reason = (
            f"{_revision(case)} made it: declare it. If it is left over from something that is gone,"
            " a revision may take it away once nothing reads it."
        )
        return Advice("database", "edit-model", reason, "low")
    reason = f"Revisions and database agree: let the model follow {_revision(case)}."
    return Advice("database", "edit-model", reason, "low")


def _unmigrated(case: Case, own: Advice) -> Advice:
    account = case.account
    if case.difference.path.kind == "model":
        return own
    if account is not None and account.changed_later:
        reason = (
            f"The model changed after the last revision: write the revision that was forgotten. {own.reason}"
        )
        return Advice("models", "write-revision", reason, own.risk)
    if own.action != "decide":
        return own
    reason = (
        f"Revisions and database agree, and the model's line is not known to be the younger one. {own.reason}"
    )
    return Advice(own.truth, "decide", reason, own.risk)


def _never(case: Case, own: Advice) -> Advice:
    return Advice("models", "write-revision", f"No revision was written for it. {own.reason}", own.risk)


def _conflict(case: Case, own: Advice) -> Advice:
    reason = f"No two sides agree: it hangs on which value the rows and the code that reads them have. {own.reason}"
    return Advice("unknown", "decide", reason, "high")


def _revision(case: Case) -> str:
    revision = case.account.revision if case.account is not None else None
    return revision or "the revision"


_BY_CAUSE = {
    "pending-revision": _pending,
    "applied-by-hand": _ahead,
    "model-not-loaded": _load,
    "metadata-not-tracked": _track,
    "model-removed": _removed,
    "out-of-band": _out_of_band,
    "not-applied": _not_applied,
    "manual-change": _manual,
    "unrecorded-change": _unrecorded,
    "revision-edited": _edited,
    "model-behind": _behind,
    "overridden": _behind,
    "unmigrated-model": _unmigrated,
    "never-migrated": _never,
    "conflict": _conflict,
}

_LEFT: dict[Severity, Risk] = {"error": "high", "warning": "medium", "info": "low"}


def _leaving(case: Case) -> Risk:
    """What it risks to do nothing: as bad as the finding is, but that a pending revision goes by itself."""
    kind = case.account.cause.kind if case.account is not None else None
    if kind == "pending-revision":
        return "low"
    return "high" if kind == "applied-by-hand" else _LEFT[case.ruling.severity]
