"""The law of cause on MariaDB, a smaller run: the cause of every finding is how the scenario was made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.causes.scenario import PAIRS, Scenario, scenarios
from tests.laws.causes.stage import assert_named_right, played
from tests.laws_mariadb.test_laws import law

from kedge.scratch import Scratch

# the rest where there is time
QUICK = [
    ("applied-by-hand", "applied-by-hand"),
    ("changed by hand", "manual-change"),
    ("forgotten in the models", "model-behind"),
]


@pytest.mark.parametrize(
    "pair",
    [pytest.param(p, marks=() if p in QUICK else pytest.mark.slow) for p in PAIRS],
    ids=" → ".join,
)
@given(data=st.data())
@settings(law, max_examples=1)
def test_each_row(pair: tuple[str, str], data: st.DataObject, mariadb: Scratch) -> None:
    holds(data.draw(scenarios(pair, most=2)), mariadb)


@pytest.mark.slow
@given(scenario=scenarios())
@settings(law, max_examples=20)
def test_any_scenario(scenario: Scenario, mariadb: Scratch) -> None:
    holds(scenario, mariadb)


def holds(scenario: Scenario, mariadb: Scratch) -> None:
    assert_named_right(scenario, played(scenario, mariadb, mariadb.database()))
