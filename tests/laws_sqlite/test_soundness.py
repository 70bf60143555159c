"""Soundness: what is called the same without a database is the same to the judge, after any change."""

from __future__ import annotations

import copy
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.laws_sqlite.drawing import metadata_of, schemas
from tests.laws_sqlite.mutations import MUTATIONS
from tests.laws_sqlite.test_laws import law

from kedge import audit
from kedge.dialects import dialect_of
from kedge.dialects.sqlite import SQLite
from kedge.scratch import Scratch, open_scratch
from kedge.sources.models import describe_in_process

CHANGED: Counter[str] = Counter()
SETTLED: Counter[bool] = Counter()


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with open_scratch("sqlite") as made:
        yield made


@given(tables=schemas(), data=st.data())
@law
def test_soundness(tables: list[dict[str, Any]], data: st.DataObject, scratch: Scratch) -> None:
    changed = copy.deepcopy(tables)
    possible = {name: found for name, m in MUTATIONS.items() if (found := list(m(changed)))}
    assume(possible)
    name = min(possible, key=lambda n: (CHANGED[n], n))  # what was made least, so that each has its turn
    change, _ = data.draw(st.sampled_from(possible[name]))
    change()
    CHANGED[name] += 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'law.db')}"
        engine = sa.create_engine(url)
        metadata_of(changed).create_all(engine)
        engine.dispose()
        models = metadata_of(tables)
        same = settled_tables(models, url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SQLite, "settled", lambda *_: False)
            report = audit([models], url, scratch=scratch)
    for table in models.tables:
        SETTLED[table in same] += 1
    assert report.findings, "the judge sees no change at all"
    assert not [f.message for f in report.findings if f.object.table in same]


def settled_tables(models: sa.MetaData, url: str) -> set[str]:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=10) as connection:
        live, _ = dialect.read(connection, timeout=10)
    (declared,) = describe_in_process([models], live.profile).metadata
    here = {t.name: live.tables.get((live.profile.default_schema, t.name)) for t in declared.tables}
    return {t.name for t in declared.tables if (at := here[t.name]) and dialect.settled(t, at, live.profile)}


def test_zz_every_change_was_made() -> None:
    if not SETTLED:
        pytest.skip("the law did not run in this process")
    print(f"settled without a database: {SETTLED[True]} of {SETTLED.total()} tables")
    assert SETTLED[True] and SETTLED[False]
    assert [name for name in sorted(MUTATIONS) if not CHANGED[name]] == []
