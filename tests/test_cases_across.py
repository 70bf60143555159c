"""The corpus with a scratch of another major version than the audited server: as silent, and as exact."""

from __future__ import annotations

import os

import pytest
from cases import corpus
from tests.extensions import available
from tests.test_cases import NOT_YET, said, told, unmatched

from kedge import audit
from kedge.scratch import Scratch

ALL = [case for case in corpus.read_cases() if case.id not in NOT_YET]
# Each is audited in three ways in all: a part of them does, and KEDGE_CASES=all runs every one.
SOME = [*[c for c in ALL if c.is_trap][::3], *[c for c in ALL if not c.is_trap][::8]]
CASES = ALL if os.environ.get("KEDGE_CASES") == "all" else SOME


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_live_15_scratch_18(case: corpus.Case, postgres: Scratch, embedded: Scratch) -> None:
    across(case, postgres, embedded)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_live_18_scratch_15(case: corpus.Case, postgres: Scratch, embedded: Scratch) -> None:
    across(case, embedded, postgres)


def across(case: corpus.Case, live: Scratch, scratch: Scratch) -> None:
    if min(live.major, scratch.major) < case.server:
        pytest.skip(f"needs PostgreSQL {case.server}")
    if case.restore:
        pytest.skip("restored in the same version only")
    metadatas = corpus.metadata_of(case)
    with live.database() as database:
        with available():
            corpus.build(case, database, metadatas)
        report = audit(metadatas, database, scratch=scratch)
    expect, found = told(case, report)
    assert unmatched(expect, found) == ([], []), "\n".join(said(finding) for finding in found)
    # What rests on a stand-in is not confirmed, and named.
    stood_in = any(note.kind == "stand-in" for note in report.notes)
    assert stood_in or all(finding.confirmed for finding in found)
    assert not [n for n in report.notes if n.object is not None and n.kind != "column-order"]
