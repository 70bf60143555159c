"""Silence on what create_all makes; one change is exactly its one finding."""

from __future__ import annotations

import copy
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.laws_sqlite.drawing import DRAWN, FACTS, metadata_of, schemas
from tests.laws_sqlite.mutations import MUTATIONS

from kedge import audit
from kedge.findings import Report
from kedge.scratch import Scratch, open_scratch

EXAMPLES = 2000 if os.environ.get("KEDGE_LAWS") == "deep" else 100
MADE: Counter[str] = Counter()
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with open_scratch("sqlite") as made:
        yield made


def audited(models: sa.MetaData, database: sa.MetaData, scratch: Scratch) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'law.db')}"
        engine = sa.create_engine(url)
        database.create_all(engine)
        engine.dispose()
        return audit([models], url, scratch=scratch)


@given(tables=schemas())
@law
def test_silence(tables: list[dict[str, Any]], scratch: Scratch) -> None:
    report = audited(metadata_of(tables), metadata_of(tables), scratch)
    assert (report.findings, report.notes, report.complete) == ((), (), True)


@pytest.mark.parametrize("name", MUTATIONS)
@given(tables=schemas(), data=st.data())
@settings(law, max_examples=EXAMPLES // 10)
def test_exactness(name: str, tables: list[dict[str, Any]], data: st.DataObject, scratch: Scratch) -> None:
    changed = copy.deepcopy(tables)
    found = list(MUTATIONS[name](changed))
    assume(found)
    change, expected = data.draw(st.sampled_from(found))
    change()
    MADE[name] += 1
    report = audited(metadata_of(tables), metadata_of(changed), scratch)
    roots = [f for f in report.findings if f.implied_by is None]
    assert [(f.rule, f.object.table) for f in roots] == [expected], [f.message for f in roots]
    assert all(f.confirmed for f in roots)


def test_zz_every_fact_and_mutation_was_drawn() -> None:
    """Runs last; a law that never met a fact cannot pass for one that holds."""
    if not MADE:
        pytest.skip("the laws did not all run in this process")
    for title, known, counted in (("fact", FACTS, DRAWN), ("mutation", set(MUTATIONS), MADE)):
        print(f"\n{title} × times drawn")
        print("\n".join(f"{counted[name]:>6} {name}" for name in sorted(known, key=lambda n: counted[n])))
    assert [name for name in sorted(FACTS) if not DRAWN[name]] == []
    assert [name for name in sorted(MUTATIONS) if not MADE[name]] == []
