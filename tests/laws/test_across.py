"""Silence and exactness, where the scratch is of another major version than the audited server."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.draw import metadatas
from tests.laws.drawing import Drawn
from tests.laws.mutations import MUTATIONS, Mutation, Pick
from tests.laws.profiles import examples
from tests.laws.stage import audited, created, words
from tests.laws.test_exactness import check

from kedge.findings import Report
from kedge.scratch import Scratch

DIRECTIONS = ("older server, newer scratch", "newer server, older scratch")


@pytest.fixture(params=DIRECTIONS)
def pair(request: pytest.FixtureRequest, server: Scratch, embedded: Scratch) -> tuple[Scratch, Scratch]:
    return (server, embedded) if request.param == DIRECTIONS[0] else (embedded, server)


def said(report: Report) -> list[str]:
    notes = [n for n in report.notes if n.kind not in ("schema-not-audited", "stand-in")]
    incomplete = [] if report.complete else ["incomplete"]
    return [*map(words, report.findings), *(f"{n.kind}: {n.reason}" for n in notes), *incomplete]


@pytest.mark.slow
def test_create_all_and_audit_is_silent(pair: tuple[Scratch, Scratch]) -> None:
    live, scratch = pair
    heard: list[str] = []

    @settings(max_examples=examples(20))
    @given(metadatas())
    def law(drawn: Drawn) -> None:
        with created(live, drawn) as (url, _):
            heard.extend(said(audited(scratch, drawn, url)))

    law()
    assert heard == []


@pytest.mark.slow
@pytest.mark.parametrize("mutation", list(MUTATIONS.values())[::2], ids=lambda m: m.name)
def test_one_change_is_one_finding(server: Scratch, embedded: Scratch, mutation: Mutation) -> None:
    @settings(max_examples=examples(1))
    @given(metadatas(want=mutation.needs), st.data())
    def law(drawn: Drawn, data: st.DataObject) -> None:
        pick = Pick(lambda items: data.draw(st.sampled_from(list(items))))
        check(server, mutation, drawn, pick, scratch=embedded)

    law()
