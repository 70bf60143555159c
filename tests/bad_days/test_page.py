"""The page and the tests name each other: no row without a test, no bad day without a row."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bad_days.world import rows

HERE = Path(__file__).parent


@pytest.mark.docs
def test_every_row_has_its_test() -> None:
    """The other way round, a test that asks for its row fails without one."""
    missing = []
    for name in rows():
        file, _, test = name.partition("::")
        function = test.partition("[")[0]
        if f"def {function}(" not in (HERE / file).read_text("utf-8"):
            missing.append(name)
    assert rows()
    assert missing == []
