"""Turns differences into findings: how much each matters, where it was written, what to do about it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.advice import Case, Dependants, advise
from kedge.catalog import ObjectPath, Origin, Origins, Value
from kedge.causes.account import Account
from kedge.causes.data import NO_DATA, Data
from kedge.compare.difference import Difference, Key
from kedge.findings import (
    SEVERITIES,
    Cause,
    Finding,
    FindingOrigins,
    Names,
    ObjectRef,
    OriginRef,
    SideValue,
    Summary,
    Values,
)
from kedge.rules import RULES, Ruling, unclaimed
from kedge.rules.agreed import judged, rule_of
from kedge.rules.rule import called


class Known(msgspec.Struct, frozen=True):
    """What bears on a finding beside its difference: its cause, what its rows say, what hangs on its column."""

    accounts: Mapping[Key, Account] = {}
    agreed: tuple[tuple[Difference, Account], ...] = ()
    data: Mapping[Key, Data] = {}
    dependants: Mapping[ObjectPath, Dependants] = {}

    def case(self, difference: Difference, ruling: Ruling, account: Account | None) -> Case:
        return Case(
            difference,
            ruling,
            account,
            self.data.get(difference.key, NO_DATA),
            self.dependants.get(difference.path, Dependants()),
        )


NOTHING = Known()


def findings(
    differences: Iterable[Difference],
    database: str,
    origins: Origins,
    written: Mapping[ObjectPath, str],
    known: Known = NOTHING,
) -> tuple[Finding, ...]:
    """One finding per difference, worst first within its table. `database` is the logical name of the target."""
    differences = list(differences)
    prints = {d.key: fingerprint(d, database) for d in differences}
    made = [_finding(d, prints, origins, written, known) for d in differences]
    made += [_agreed(d, account, prints, database, origins, known) for d, account in known.agreed]
    return tuple(sorted(made, key=_order))


def fingerprint(difference: Difference, database: str) -> str:
    """Identifies a finding across runs: rule, object, attribute and database, no value, line or side."""
    path = difference.path
    name = (
        path.name
        if path.name is not None
        else sorted(r.name or "" for r in difference.refs if r.kind == "column")
    )
    identity = [database, f"{path.kind}-{difference.attribute}", path.kind, path.schema, path.table, name]
    return _hash(identity)


def summary(found: Iterable[Finding]) -> Summary:
    """Counts of findings that stand on their own; consequences are counted apart."""
    found = list(found)
    own = [f for f in found if f.implied_by is None and f.suppressed is None]
    severities = Counter(f.severity for f in own)
    return Summary(
        findings=len(own),
        implied=sum(1 for f in found if f.implied_by is not None),
        unconfirmed=sum(1 for f in own if not f.confirmed),
        suppressed=sum(1 for f in found if f.suppressed is not None),
        by_rule=dict(sorted(Counter(f.rule for f in own).items())),
        by_cause=dict(sorted(Counter(f.cause.kind for f in own).items())),
        by_severity={s: severities[s] for s in SEVERITIES if severities[s]},
    )


def object_ref(path: ObjectPath) -> ObjectRef:
    return ObjectRef(path.kind, path.schema, path.table, path.name)


def _finding(
    difference: Difference,
    prints: Mapping[Key, str],
    origins: Origins,
    written: Mapping[ObjectPath, str],
    known: Known,
) -> Finding:
    name = called(difference.path.kind, difference.attribute)
    rule = RULES.get(name)
    ruling = rule.judgement(difference) if rule else unclaimed(difference)
    own = prints[difference.key]
    spelled = (
        written.get(difference.model_path)
        if difference.model_path and difference.attribute == "type"
        else None
    )
    account = known.accounts.get(difference.key)
    case = known.case(difference, ruling, account)
    of_models = (
        SideValue("missing") if "of-history" in difference.traits else _side(difference.models, spelled)
    )
    values = _with_history(of_models, _side(difference.database), account)
    return Finding(
        fingerprint=own,
        digest=_hash([own, [(side.state, side.value) for side in (values.models, values.database)]]),
        rule=name if rule else "unclaimed",
        severity=ruling.severity,
        confidence=difference.confidence,
        confirmed=difference.confirmed,
        object=object_ref(difference.path),
        names=Names(*difference.names) if difference.names else None,
        attribute=difference.attribute,
        values=values,
        message=_told(difference, ruling.message),
        candidates=difference.evidence,
        implied_by=prints.get(difference.implied_by) if difference.implied_by else None,
        group=None,
        cause=_cause(account, case.data),
        origins=FindingOrigins(
            models=tuple(map(_origin, _origins(difference, origins))),
            history=account.origins if account is not None else (),
        ),
        advice=advise(case),
        suppressed=None,
    )


def _agreed(
    difference: Difference,
    account: Account,
    prints: Mapping[Key, str],
    database: str,
    origins: Origins,
    known: Known,
) -> Finding:
    """A fact on which models and database agree and history does not: there the models' value is the database's.

    What goes with a whole revision that did not run follows from that.
    """
    whole = prints.get((ObjectPath("revision", name=account.revision), "applied"))
    rule = rule_of(account.cause.kind) or "unclaimed"
    ruling = judged(rule, difference, account.revision)
    case = known.case(difference, ruling, account)
    path = difference.path
    name = (
        path.name
        if path.name is not None
        else sorted(r.name or "" for r in difference.refs if r.kind == "column")
    )
    own = _hash([database, rule, path.kind, path.schema, path.table, name, difference.attribute])
    side = _side(difference.database)
    return Finding(
        fingerprint=own,
        digest=_hash([own, [(side.state, side.value), (difference.models.state, difference.models.value)]]),
        rule=rule,
        severity=ruling.severity,
        confidence=difference.confidence,
        confirmed=difference.confirmed,
        object=object_ref(path),
        names=None,
        attribute=difference.attribute,
        values=_with_history(side, side, account),
        message=ruling.message,
        candidates=(),
        implied_by=whole if account.cause.kind == "not-applied" else None,
        group=None,
        cause=_cause(account, case.data),
        origins=FindingOrigins(tuple(map(_origin, _origins(difference, origins))), account.origins),
        advice=advise(case),
        suppressed=None,
    )


def _with_history(models: SideValue, database: SideValue, account: Account | None) -> Values:
    if account is None:
        return Values(models=models, database=database)
    return Values(models, account.at_database, account.at_head, database)


def _cause(account: Account | None, data: Data) -> Cause:
    """The cause, with what was counted among its evidence."""
    cause = account.cause if account is not None else Cause()
    counted = tuple(data.words())
    return msgspec.structs.replace(cause, evidence=(*cause.evidence, *counted)) if counted else cause


def _told(difference: Difference, message: str) -> str:
    """The sentence, where the revisions say what no model says."""
    if "of-history" not in difference.traits:
        return message
    for words, instead in (
        ("the models declare", "the revisions make"),
        ("in the models", "in the revisions"),
        ("the models call", "the revisions call"),
        ("the model's name", "that name"),
    ):
        message = message.replace(words, instead).replace(words.capitalize(), instead.capitalize())
    return message


def _side(value: Value, written: str | None = None) -> SideValue:
    if value.state == "value":
        return SideValue("value", value.value, written)
    return SideValue(value.state, reason=value.reason)


def _origins(difference: Difference, origins: Origins) -> tuple[Origin, ...]:
    """Where the models say it; for what they lack, where its table is declared."""
    path = difference.model_path or difference.path
    table = ObjectPath("table", path.schema, path.table)
    return origins.get(path) or origins.get(table) or ()


def _origin(origin: Origin) -> OriginRef:
    return OriginRef(origin.path, origin.line, origin.metadata, origin.environment)


def _order(finding: Finding) -> tuple[Any, ...]:
    ref = finding.object
    return (
        str(ref.schema),
        str(ref.table),
        SEVERITIES.index(finding.severity),
        finding.rule,
        str(ref.name),
        finding.fingerprint,
    )


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
