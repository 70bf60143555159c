"""Kedge against the corpus of SQLite: every drift is its findings and no other, every trap is silence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from cases import corpus
from tests.test_cases import said, told, unmatched

from kedge import audit
from kedge.scratch import Scratch

CASES = corpus.read_cases("sqlite")
FACT_KEYS = {"rule", "kind", "schema", "table", "name", "models", "database", "severity", "names"}


def test_there_are_enough() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    assert sum(not case.is_trap for case in CASES) >= 50
    assert sum(case.is_trap for case in CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_what_it_says(case: corpus.Case, tmp_path: Path) -> None:
    """It runs, a drift is a drift, and its facts are written as described."""
    assert case.is_trap == case.file.startswith("traps_")
    for fact in case.expect:
        assert fact.keys() <= FACT_KEYS
        assert fact["rule"].startswith(fact["kind"] + "-")
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("created", "drifted")]
    metadatas = corpus.metadata_of(case)
    corpus.build(case, urls[0], metadatas, drift=False)
    corpus.build(case, urls[1], metadatas)
    if not case.is_trap:
        assert texts(urls[0]) != texts(urls[1])


def texts(url: str) -> list[str]:
    with sqlite3.connect(url.partition(":///")[2]) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        return [" ".join(row[0].split()) for row in rows]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: corpus.Case, sqlite: Scratch, tmp_path: Path) -> None:
    metadatas = corpus.metadata_of(case)
    url = f"sqlite:///{tmp_path}/case.db"
    corpus.build(case, url, metadatas)
    report = audit(metadatas, url, scratch=sqlite)
    expect, found = told(case, report)
    assert unmatched(expect, found) == ([], []), "\n".join(said(finding) for finding in found)
    assert all(finding.confirmed for finding in found)
    # Silence must not come from not looking.
    assert not [note for note in report.notes if note.object is not None and note.kind != "column-order"]
