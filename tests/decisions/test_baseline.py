"""A baseline hides what was there, to the value, and only shrinks."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report import samples

from kedge.decisions import Baseline, Decisions, created, decide, read_baseline, shrunk, write_baseline
from kedge.errors import UsageError
from kedge.findings import Finding, Report


def finding(number: int, value: str = "a") -> Finding:
    found = samples.finding(
        "column-type", "users", f"c{number}", samples.value(value), samples.value("b"), message="m"
    )
    return msgspec.structs.replace(found, digest=f"{found.fingerprint}:{value}")


def against(baseline: Baseline, *findings: Finding, complete: bool = True) -> Report:
    report = samples.report(*findings, complete=complete)
    return decide([report], Decisions(baseline=baseline))[0]


def new(report: Report) -> list[str]:
    return [str(f.object.name) for f in report.findings if not f.suppressed]


def test_what_was_there_is_hidden_and_counted_and_what_is_new_is_not() -> None:
    baseline = created([samples.report(*map(finding, range(300)))])
    assert len(baseline.entries) == 300
    report = against(baseline, *map(finding, range(301)))
    assert new(report) == ["c300"]
    assert (report.summary.findings, report.summary.suppressed) == (1, 300)


def test_another_value_counts_again_and_the_notes_say_why() -> None:
    baseline = created([samples.report(finding(1, "character varying(64)"))])
    report = against(baseline, finding(1, "integer"))
    assert new(report) == ["c1"]
    assert [n.kind for n in report.notes] == ["baseline-changed"]


def test_the_second_of_two_equal_findings_is_new() -> None:
    baseline = created([samples.report(finding(1))])
    assert new(against(baseline, finding(1), finding(1))) == ["c1"]


def test_another_databases_entries_hide_nothing() -> None:
    baseline = created([samples.report(finding(1))])
    moved = Baseline(entries=tuple(msgspec.structs.replace(e, database="other") for e in baseline.entries))
    assert new(against(moved, finding(1))) == ["c1"]
    assert shrunk(moved, [samples.report()]) == moved


def test_it_shrinks_and_never_grows() -> None:
    baseline = created([samples.report(finding(1), finding(2))])
    report = against(baseline, finding(2), finding(3))
    assert [n.kind for n in report.notes] == ["baseline-stale"]
    assert [e.object for e in shrunk(baseline, [report]).entries] == ["public.users.c2"]
    assert shrunk(baseline, [against(baseline, complete=False)]) == baseline


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_shrinking_is_what_both_have(before: list[int], now: list[int]) -> None:
    baseline = created([samples.report(*map(finding, before))])
    left = shrunk(baseline, [against(baseline, *map(finding, now))])
    objects = [e.object for e in left.entries]
    assert objects == sorted(
        f"public.users.c{n}" for n in range(10) for _ in range(min(before.count(n), now.count(n)))
    )
    assert shrunk(left, [against(left, *map(finding, now))]) == left


def test_what_is_ignored_needs_no_entry_and_problems_of_ignores_have_none() -> None:
    hidden = samples.finding("r", "t", "c", samples.MISSING, samples.MISSING, message="m", suppressed=True)
    problem = samples.finding("ignore-unused", None, "x", samples.MISSING, samples.MISSING, message="m")
    assert created([samples.report(hidden, problem)]).entries == ()


def test_the_file_is_sorted_with_an_entry_a_line_and_read_again(tmp_path: Path) -> None:
    baseline = created([samples.report(finding(2), finding(1))])
    path = tmp_path / "b.json"
    path.write_text(write_baseline(baseline))
    assert read_baseline(path) == baseline
    lines = path.read_text().splitlines()
    assert [line[4:60] for line in lines if "digest" in line] == sorted(
        line[4:60] for line in lines if "digest" in line
    )
    assert len(lines) == 7
    path.write_text(write_baseline(Baseline()))
    assert read_baseline(path).entries == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"entries": 3}', "<<<<<<< ours\n{}"])
def test_a_broken_baseline_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="baseline"):
        read_baseline(path)
    with pytest.raises(UsageError, match="create-baseline"):
        read_baseline(tmp_path / "none.json")
