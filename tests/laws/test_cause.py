"""The law of cause, on PostgreSQL: the cause of every finding is how the scenario was made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.causes.scenario import CAUSES, PAIRS, Scenario, scenarios
from tests.laws.causes.stage import assert_named_right, played
from tests.laws.coverage import COVERAGE
from tests.laws.profiles import examples

from kedge.scratch import Scratch


@pytest.mark.parametrize("pair", PAIRS, ids=" → ".join)
@given(data=st.data())
@settings(max_examples=examples(1))
def test_each_row(pair: tuple[str, str], data: st.DataObject, server: Scratch) -> None:
    holds(data.draw(scenarios(pair, most=2)), server)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(scenario=scenarios())
def test_any_scenario(scenario: Scenario, server: Scratch) -> None:
    holds(scenario, server)


def holds(scenario: Scenario, server: Scratch) -> None:
    assert_named_right(scenario, played(scenario, server, server.database()))


def test_every_cause_was_drawn(request: pytest.FixtureRequest) -> None:
    rows = [i for i in request.session.items if i.path == request.path and i.name.startswith("test_each_row")]
    if len(rows) < len(PAIRS):
        pytest.skip("says something only of a whole run")
    assert CAUSES - {name.partition(" → ")[2] for name in COVERAGE.causes} == set()
