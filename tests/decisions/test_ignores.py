"""Ignores cover what they say and nothing else; those that do nothing are findings."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from tests.report import samples

from kedge.decisions import Decisions, configured_ignores, decide
from kedge.findings import Finding, IgnoreRef, Names, ObjectRef, OriginRef, Report

TODAY = datetime.date(2026, 11, 21)
REASON = "known"


def finding(
    rule: str = "column-type", table: str | None = "users", name: str | None = "email", **more: Any
) -> Finding:
    place = more.pop("place", ("app/models.py", 12))
    return samples.finding(
        rule, table, name, samples.value("a"), samples.value("b"), message="m", place=place, **more
    )


def decided(
    *findings: Finding,
    entries: list[Any] = [],  # noqa: B006
    refs: list[IgnoreRef] = [],  # noqa: B006
    complete: bool = True,
    whole: bool = True,
) -> Report:
    report = samples.report(*findings, complete=complete)
    models = msgspec.structs.replace(report.models, ignores=tuple(refs))
    report = msgspec.structs.replace(report, models=models)
    ignores = configured_ignores([(entry, 7) for entry in entries], "pyproject.toml")
    return decide([report], Decisions(ignores=ignores, whole=whole), today=TODAY)[0]


def entry(**more: Any) -> dict[str, Any]:
    return {"rule": "column-type", "object": "public.users.email", "reason": REASON} | more


def problems(report: Report) -> list[str]:
    return [f.rule for f in report.findings if f.rule.startswith("ignore-")]


@pytest.mark.parametrize(
    ("said", "covers"),
    [
        (entry(), True),
        (entry(rule="column-*"), True),
        (entry(rule="index-*"), False),
        (entry(object="public.users"), True),
        (entry(object="public.*"), True),
        (entry(object="*.email"), True),
        (entry(object="users.email"), False),
        (entry(object="public.user"), False),
        (entry(object="PUBLIC.USERS.EMAIL"), False),
        (entry(expires=TODAY), True),
        (entry(expires="2026-11-20"), False),
        (entry(target="jobboard"), True),
        (entry(target="other"), False),
    ],
)
def test_what_an_ignore_covers(said: dict[str, Any], covers: bool) -> None:
    report = decided(finding(), entries=[said])
    why = report.findings[0].suppressed
    assert (why is not None) == covers
    if why:
        assert (why.by, why.reason, why.path, why.line) == ("config", REASON, "pyproject.toml", 7)
        assert problems(report) == []
        assert report.summary.findings == 0
        assert report.summary.suppressed == 1


def test_a_renamed_object_is_known_under_both_names() -> None:
    renamed = finding("column-name", name="homepage", names=Names("website", "homepage"))
    for name in ("website", "homepage"):
        said = entry(rule="column-name", object=f"public.users.{name}")
        assert decided(renamed, entries=[said]).findings[0].suppressed


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (entry(reason=""), "no reason"),
        ({"rule": "column-type", "object": "*"}, "no reason"),
        ({"object": "*", "reason": "r"}, "no rule"),
        ({"rule": "*", "reason": "r"}, "no object"),
        (entry(rule="colum-type"), "did you mean column-type?"),
        (entry(ruel="x"), "did you mean rule?"),
        (entry(expires="soon"), "expires is no date: 'soon'"),
        (entry(expires=True), "expires is no date"),
        (entry(owner=3), "owner must be a text"),
        ("column-type", "it is no table"),
    ],
)
def test_what_cannot_be_followed_is_a_finding_and_suppresses_nothing(said: Any, words: str) -> None:
    report = decided(finding(), entries=[said])
    assert report.findings[0].suppressed is None
    assert problems(report) == ["ignore-invalid"]
    problem = report.findings[1]
    assert words in problem.message
    assert problem.object.kind == "attribute"
    assert problem.origins.models == (OriginRef("pyproject.toml", 7),)


def test_what_matches_nothing_is_unused_where_that_can_be_known() -> None:
    said = entry(object="public.gone")
    assert problems(decided(finding(), entries=[said])) == ["ignore-unused"]
    assert problems(decided(finding(), entries=[said], complete=False)) == []
    assert problems(decided(finding(), entries=[said], whole=False)) == []
    assert problems(decided(finding(), entries=[entry(object="public.gone", target="prod")])) == []


def test_an_expired_ignore_says_so_and_shows_what_it_hid() -> None:
    report = decided(finding(), entries=[entry(expires="2026-11-20")])
    assert problems(report) == ["ignore-expired"]
    assert "the finding it hid is shown again" in report.findings[1].message
    assert report.summary.findings == 2


def test_of_several_databases_one_use_is_enough() -> None:
    reports = [samples.report(finding()), samples.report()]
    ignores = configured_ignores([(entry(), 1)], "kedge.toml")
    assert [problems(r) for r in decide(reports, Decisions(ignores=ignores), today=TODAY)] == [[], []]
    ignores = configured_ignores([(entry(object="public.gone"), 1)], "kedge.toml")
    found = decide(reports, Decisions(ignores=ignores), today=TODAY)
    assert [problems(r) for r in found] == [["ignore-unused"], []]


def test_what_goes_with_a_suppressed_finding_is_suppressed_with_it() -> None:
    root = finding()
    index = finding("index-presence", name="ix", implied_by=root.fingerprint)
    further = finding("check-presence", name="ck", implied_by=index.fingerprint)
    report = decided(root, index, further, entries=[entry()])
    assert all(f.suppressed and f.suppressed.reason == REASON for f in report.findings)
    report = decided(root, index, entries=[entry(rule="index-presence", object="public.users")])
    assert [bool(f.suppressed) for f in report.findings] == [False, True]


def inline(at: int, rule: str = "column-type", path: str = "app/models.py") -> IgnoreRef:
    return IgnoreRef(by="inline", rule=rule, reason=REASON, path=path, line=at, at=at)


def test_a_comment_covers_what_is_declared_on_its_line() -> None:
    assert decided(finding(), refs=[inline(12)]).findings[0].suppressed
    for other in (inline(13), inline(12, "column-default"), inline(12, path="app/other.py")):
        report = decided(finding(), refs=[other])
        assert report.findings[0].suppressed is None
        assert problems(report) == ["ignore-unused"]
    assert problems(decided(finding(), refs=[inline(12, "colum-type")])) == ["ignore-invalid"]


def test_an_info_covers_its_object_and_a_tables_everything_in_it() -> None:
    def info(kind: str, table: str, name: str | None = None) -> IgnoreRef:
        return IgnoreRef(by="info", rule="*", reason=REASON, object=ObjectRef(kind, "public", table, name))

    assert decided(finding(), refs=[info("column", "users", "email")]).findings[0].suppressed
    assert decided(finding(), refs=[info("table", "users")]).findings[0].suppressed
    assert decided(finding(), refs=[info("column", "users", "id")]).findings[0].suppressed is None
    assert decided(finding(), refs=[info("table", "user")]).findings[0].suppressed is None
