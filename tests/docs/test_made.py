"""Pages that are made from the program are not stale."""

from __future__ import annotations

import pytest
from tests.docs import limits, report_page
from tests.docs.write import DOCS, MADE

pytestmark = pytest.mark.docs


@pytest.mark.parametrize("name", MADE)
def test_a_made_page_is_as_the_program_is(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == MADE[name](), "run: python -m tests.docs.write"


def test_nothing_is_said_of_members_that_are_no_more() -> None:
    assert report_page.unknown() == set()


def test_nothing_is_called_absent_that_is_drawn() -> None:
    assert limits.absent_after_all() == set()
