"""Turns differences into findings: how much each matters, where it was written, what to do about it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from kedge.catalog import ObjectPath, Origin, Origins, Value
from kedge.compare.difference import Difference, Key
from kedge.findings import (
    SEVERITIES,
    Advice,
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
from kedge.rules import RULES, unclaimed


def findings(
    differences: Iterable[Difference], database: str, origins: Origins, written: Mapping[ObjectPath, str]
) -> tuple[Finding, ...]:
    """One finding per difference, worst first within its table. `database` is the logical name of the target."""
    differences = list(differences)
    prints = {d.key: fingerprint(d, database) for d in differences}
    made = [_finding(d, prints, origins, written) for d in differences]
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
    difference: Difference, prints: Mapping[Key, str], origins: Origins, written: Mapping[ObjectPath, str]
) -> Finding:
    name = f"{difference.path.kind}-{difference.attribute}"
    rule = RULES.get(name)
    ruling = rule.judgement(difference) if rule else unclaimed(difference)
    own = prints[difference.key]
    spelled = (
        written.get(difference.model_path)
        if difference.model_path and difference.attribute == "type"
        else None
    )
    values = Values(models=_side(difference.models, spelled), database=_side(difference.database))
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
        message=ruling.message,
        candidates=difference.evidence,
        implied_by=prints.get(difference.implied_by) if difference.implied_by else None,
        group=None,
        cause=Cause(),
        origins=FindingOrigins(models=tuple(map(_origin, _origins(difference, origins)))),
        advice=Advice(ruling.truth, ruling.action, ruling.advice, ruling.risk),
        suppressed=None,
    )


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
