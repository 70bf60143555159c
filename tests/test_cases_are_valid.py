"""Every case is what it says it is: it runs, and a drift is a drift. Needs PostgreSQL, not Kedge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cases import corpus
from tests.extensions import available

CASES = corpus.read_cases()
KINDS = {"table", "column", "index", "enum", "sequence"}
KINDS |= {"primary-key", "unique", "foreign-key", "check", "exclusion"}
KEYS = {"rule", "kind", "schema", "table", "name", "models", "database", "severity", "names"}


@pytest.fixture(scope="session")
def server() -> Iterator[corpus.Server]:
    with corpus.open_server() as server:
        yield server


def test_names_are_unique() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_written_as_described(case: corpus.Case) -> None:
    assert case.is_trap == case.file.startswith("traps_")
    for fact in case.expect:
        assert fact.keys() <= KEYS
        if fact["rule"] != "unique-representation":  # two kinds stand against each other there
            assert fact["kind"] in KINDS
            assert fact["rule"].startswith(f"{fact['kind']}-") or fact["rule"] == "column-order"
        assert {"schema", "table"} <= fact.keys() or fact["kind"] in {"enum", "sequence"}
        if fact["rule"].endswith("-presence"):
            assert [fact.get("models"), fact.get("database")].count("missing") == 1


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_runs_and_a_drift_changes_the_schema(case: corpus.Case, server: corpus.Server) -> None:
    if server.major < case.server:
        pytest.skip(f"needs PostgreSQL {case.server}")
    metadatas = corpus.metadata_of(case)
    with server.database() as created, server.database() as drifted, server.database() as restored:
        with available():
            corpus.build(case, created, metadatas, drift=False)
            corpus.build(case, drifted, metadatas)
        if case.restore:
            corpus.restore(drifted, restored)
        if not case.is_trap:
            assert (corpus.dump(created) == corpus.dump(drifted)) == case.invisible
