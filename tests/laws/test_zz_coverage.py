"""Everything that can be drawn was drawn, and every mutation was made: read last, over the whole run."""

from __future__ import annotations

import pytest
from tests.laws.coverage import COVERAGE
from tests.laws.drawing import FACTS
from tests.laws.mutations import MUTATIONS


def test_everything_was_drawn(request: pytest.FixtureRequest) -> None:
    modules = {item.path.name for item in request.session.items if item.path.parent == request.path.parent}
    exactness = [i for i in request.session.items if i.path.name == "test_exactness.py"]
    if "test_silence.py" not in modules or len(exactness) < len(MUTATIONS):
        pytest.skip("says something only of a whole run")
    assert sorted(FACTS - set(COVERAGE.facts)) == []
    assert sorted(set(MUTATIONS) - set(COVERAGE.mutations)) == []
