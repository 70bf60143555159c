"""The law of cause on SQLite: the cause of every finding is how the scenario was made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.causes.scenario import PAIRS, Scenario, scenarios
from tests.laws.causes.stage import assert_named_right, played
from tests.laws_sqlite.test_laws import law

from kedge.scratch import Scratch, open_scratch


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with open_scratch("sqlite") as made:
        yield made


@pytest.mark.parametrize("pair", PAIRS, ids=" → ".join)
@given(data=st.data())
@settings(law, max_examples=1)
def test_each_row(pair: tuple[str, str], data: st.DataObject, scratch: Scratch) -> None:
    holds(data.draw(scenarios(pair, most=2)), scratch)


@pytest.mark.slow
@given(scenario=scenarios())
@settings(law, max_examples=40)
def test_any_scenario(scenario: Scenario, scratch: Scratch) -> None:
    holds(scenario, scratch)


def holds(scenario: Scenario, scratch: Scratch) -> None:
    assert_named_right(scenario, played(scenario, scratch, scratch.database()))
