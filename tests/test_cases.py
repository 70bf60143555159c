"""Kedge against the corpus in `cases/`: every drift is its findings and no other, every trap is silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from cases import corpus
from tests.extensions import available

from kedge import Finding, Report, audit
from kedge.grouping import by_kind
from kedge.scratch import Scratch

# What Kedge does not answer as the case expects, and why. A case that is answered after all has to leave.
NOT_YET: dict[str, str] = {}

CASES = [
    pytest.param(
        case,
        id=case.id,
        marks=[pytest.mark.xfail(reason=NOT_YET[case.id])] if case.id in NOT_YET else (),
    )
    for case in corpus.read_cases()
]


def test_every_exception_is_a_case() -> None:
    assert NOT_YET.keys() <= {case.id for case in corpus.read_cases()}


@pytest.mark.parametrize("case", CASES)
def test_case(case: corpus.Case, postgres: Scratch) -> None:
    if postgres.major < case.server:
        pytest.skip(f"needs PostgreSQL {case.server}")
    metadatas = corpus.metadata_of(case)
    with postgres.database() as database, postgres.database() as restored:
        with available():
            corpus.build(case, database, metadatas)
        if case.restore:
            corpus.restore(database, restored)
        report = audit(metadatas, restored if case.restore else database, scratch=postgres)
    notes = [note for note in report.notes if note.object is not None]
    expect, found = told(case, report)
    assert unmatched(expect, found) == ([], []), "\n".join(said(finding) for finding in found)
    assert all(finding.confirmed for finding in found)
    # Silence must not come from not looking.
    assert not [note for note in notes if note.kind != "column-order"]


def told(case: corpus.Case, report: Report) -> tuple[list[dict[str, Any]], list[Finding]]:
    """What a case expects, and what was found that stands for itself and may raise an alarm.

    The order of columns is information only: it may be said in a note, and nobody has to ask for it.
    """
    ordered = any(note.kind == "column-order" for note in report.notes)
    expect = [fact for fact in case.expect if not (ordered and fact["rule"] == "column-order")]
    asked = {fact["rule"] for fact in case.expect}
    found = [f for f in report.findings if f.implied_by is None]
    found = [f for f in found if "column-order" in asked or f.rule != "column-order"]
    return expect, [f for f in found if f.rule in asked or not is_undeclared(f)]


def is_undeclared(finding: Finding) -> bool:
    """A view, function or the like that nobody declares: information in a row of its own, and no alarm."""
    return by_kind(finding) is not None and finding.severity == "info"


def unmatched(expect: Sequence[dict[str, Any]], found: Sequence[Finding]) -> tuple[list[Any], list[str]]:
    """The facts nobody found, and the findings that are no fact of the case."""
    left = list(found)
    missed = []
    for fact in expect:
        match = next((finding for finding in left if is_of(fact, finding)), None)
        if match is None:
            missed.append(fact)
        else:
            left.remove(match)
    return missed, [said(finding) for finding in left]


def is_of(fact: dict[str, Any], finding: Finding) -> bool:
    """Whether the finding says what the fact says; what the fact leaves open may be anything."""
    thing = finding.object
    said = {
        "rule": finding.rule,
        "kind": thing.kind,
        "schema": thing.schema,
        "table": thing.table,
        "name": thing.name,
        "severity": finding.severity,
        "names": msgspec.to_builtins(finding.names),
    }
    for side in ("models", "database"):
        value = getattr(finding.values, side)
        said[side] = "missing" if value.state == "missing" else msgspec.to_builtins(value.value)
    return all(said[key] == value for key, value in fact.items())


def said(finding: Finding) -> str:
    """One finding on one line, for the message of a failure."""
    values = (finding.values.models, finding.values.database)
    shown = " | ".join(value.state if value.state != "value" else repr(value.value) for value in values)
    thing = finding.object
    path = f"{thing.kind} {thing.schema}.{thing.table}.{thing.name}"
    return f"{finding.severity} {finding.rule} {path}: {shown} ({finding.message})"
