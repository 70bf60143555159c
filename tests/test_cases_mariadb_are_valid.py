"""Every MariaDB case is what it says it is: it runs, and a drift is a drift. Needs MariaDB, not Kedge."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from cases import corpus, mariadb

CASES = corpus.read_cases("mariadb")


@pytest.fixture(scope="module")
def server() -> Iterator[mariadb.Server]:
    try:
        opened = mariadb.open_server()
        server = opened.__enter__()
    except RuntimeError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"MariaDB is not here: {missing}")
    yield server
    opened.__exit__(None, None, None)


def test_names_are_unique_and_traps_stand_apart() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))
    assert all(case.is_trap == case.file.startswith("traps_") for case in CASES)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_runs_and_a_drift_changes_the_schema(case: corpus.Case, server: mariadb.Server) -> None:
    metadatas = corpus.metadata_of(case)
    with server.database() as created, server.database() as drifted:
        corpus.build(case, created, metadatas, drift=False)
        corpus.build(case, drifted, metadatas)
        if not case.is_trap:
            assert (mariadb.dump(created) == mariadb.dump(drifted)) == case.invisible
