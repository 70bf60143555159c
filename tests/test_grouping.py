"""Findings with one reason are one group, and people read a group as one row."""

from __future__ import annotations

import msgspec
from tests.report.samples import MISSING, finding, report, value

from kedge.findings import Finding
from kedge.grouping import WAYS, grouped
from kedge.report import Look, as_markdown, as_text


def views(number: int) -> list[Finding]:
    return [
        finding(
            "view-presence",
            None,
            f"v{n:02}",
            MISSING,
            value("view of 2 columns"),
            message="",
            kind="view",
            attribute="presence",
            severity="info",
            reason="Leave it, or declare it.",
        )
        for n in range(number)
    ]


def test_a_group_has_the_number_and_the_id_of_its_findings() -> None:
    other = finding("column-type", "users", "email", value("text"), value("uuid"), message="")
    found, groups = grouped([*views(3), other], WAYS)
    assert [g.summary for g in groups] == ["3 views only the database has"]
    assert [f.group for f in found] == [groups[0].id] * 3 + [None]
    assert groups[0].findings == 3


def test_one_alone_is_no_group_and_what_follows_from_another_is_in_none() -> None:
    first, second = views(2)
    follows = msgspec.structs.replace(second, implied_by=first.fingerprint)
    found, groups = grouped([first, follows], WAYS)
    assert groups == ()
    assert [f.group for f in found] == [None, None]


def test_a_group_is_one_row_with_the_first_names() -> None:
    found, groups = grouped(views(52), WAYS)
    said = msgspec.structs.replace(report(*found), groups=groups)
    text = as_text.render(said, Look(width=100))
    assert "52 views only the database has" in text
    assert "v00, v01" in " ".join(text.split())
    assert "and 40 more" in text
    assert "v51" not in text
    markdown = as_markdown.render(said, Look())
    assert "52 views only the database has (view-presence)" in markdown
    assert "and 32 more" in markdown
    everything = as_text.render(said, Look(width=100, verbose=True))
    assert "v51" in everything
