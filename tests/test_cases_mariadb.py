"""Kedge against the corpus in `cases/mariadb`: every drift is its findings and no other, every trap is silence."""

from __future__ import annotations

import pytest
from cases import corpus
from tests.test_cases import said, told, unmatched

from kedge import audit
from kedge.scratch import Scratch

# What Kedge does not answer as the case expects, and why. A case that is answered after all has to leave.
NOT_YET: dict[str, str] = {}

CASES = [
    pytest.param(
        case, id=case.id, marks=[pytest.mark.xfail(reason=NOT_YET[case.id])] if case.id in NOT_YET else ()
    )
    for case in corpus.read_cases("mariadb")
]


def test_every_exception_is_a_case() -> None:
    assert NOT_YET.keys() <= {case.id for case in corpus.read_cases("mariadb")}


@pytest.mark.parametrize("case", CASES)
def test_case(case: corpus.Case, mariadb: Scratch) -> None:
    metadatas = corpus.metadata_of(case)
    with mariadb.database() as database:
        corpus.build(case, database, metadatas)
        report = audit(metadatas, corpus.plain(database), scratch=mariadb)
    expect, found = told(case, report)
    assert unmatched(expect, found) == ([], []), "\n".join(said(finding) for finding in found)
    assert all(finding.confirmed for finding in found)
    # Silence must not come from not looking.
    assert not [note for note in report.notes if note.object is not None and note.kind != "column-order"]
