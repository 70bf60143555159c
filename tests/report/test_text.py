"""The report for the terminal says everything it must, at every width, with every encoding."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from rich.cells import cell_len
from tests.report import samples

from kedge.findings import Suppression
from kedge.report import FORMATS, Look, render

WIDTHS = (60, 80, 100, 160)
SAMPLES = {"one": samples.one, "twelve": samples.twelve, "five hundred": samples.five_hundred}


def text(report: object, **look: object) -> str:
    return render(report, "text", Look(**look))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    for verbose in (False, True):
        for line in text(SAMPLES[name](), width=width, verbose=verbose).splitlines():
            assert cell_len(line) <= width, line


def test_a_finding_says_what_where_both_values_and_what_next() -> None:
    said = text(samples.one())
    for word in (
        "applications",
        "error",
        "candidate_id",
        "column-type",
        "jobboard/models/application.py:31",
        "every query that filters",
        "uuid  UUID(as_uuid=True)",
        "integer",
        "→ edit the model",
        "1 finding (1 error) in 1 table",
    ):
        assert word in said


def test_what_follows_from_a_finding_is_nested_under_it() -> None:
    said = text(samples.twelve())
    assert "goes with it: index ix_jobs_salary, check ck_jobs_currency" in said
    assert said.count("ix_jobs_salary") == 1


def test_what_follows_from_what_follows_goes_with_the_root() -> None:
    first = samples.one().findings[0]
    second = msgspec.structs.replace(first, fingerprint="b", implied_by=first.fingerprint)
    third = msgspec.structs.replace(first, fingerprint="c", implied_by="b")
    said = text(samples.report(first, second, third))
    assert "1 finding (1 error)" in said
    assert said.count("goes with it") == 1


def test_findings_that_imply_each_other_are_still_shown() -> None:
    first = samples.one().findings[0]
    one = msgspec.structs.replace(first, fingerprint="a", implied_by="b")
    other = msgspec.structs.replace(first, fingerprint="b", implied_by="a")
    assert "2 findings" in text(samples.report(one, other))


def test_a_rename_shows_both_names_and_why() -> None:
    said = text(samples.twelve())
    assert "website → web_site" in said
    assert "because same type varchar(255)" in said
    assert "likely" in said


def test_unconfirmed_findings_and_notes_are_told() -> None:
    said = text(samples.twelve())
    assert "ck_jobs_salary_range  check-expression  unconfirmed" in said
    assert "1 unconfirmed · 3 notes" in said
    # one reason for two objects is one note to read
    assert said.count("PostGIS") == 1
    assert "companies.location, jobs.area" in said


def test_the_worst_comes_first() -> None:
    said = text(samples.five_hundred(), color=False)
    marks = re.findall(r"^ (error|warning|info) ", said, re.MULTILINE)
    titles = [line for line in said.splitlines() if " ──" in line]
    worst = ["error" if "error" in t else "warning" if "warning" in t else "info" for t in titles[:-1]]
    assert worst == sorted(worst, key=["error", "warning", "info"].index)
    assert marks[0] == "error"


def test_many_tables_without_a_model_are_one_block() -> None:
    said = text(samples.report(*samples.extra_tables()))
    assert f"{len(samples.EXTRA)} tables have no model" in said
    assert len(said.splitlines()) < 30
    assert all(name in said for name in samples.EXTRA)


def test_many_tables_that_differ_in_a_fact_of_the_table_have_models() -> None:
    """A fact that only the database has is none of a table that only the database has."""
    found = [
        samples.finding(
            "table-options", f"t{number}", None, samples.MISSING, samples.value("collate=utf8mb4_bin"),
            message="stored otherwise", kind="table", attribute="options",
        )
        for number in range(7)
    ]  # fmt: skip
    said = text(samples.report(*found))
    assert "the same in 7 tables" in said
    assert "no model" not in said
    assert "collate=utf8mb4_bin" in said
    assert "t3.table" not in said


def test_an_enum_of_hundreds_of_labels_is_cut() -> None:
    labels = ", ".join(f"'label_{number}'" for number in range(300))
    found = samples.finding(
        "column-type", "t", "c", samples.value("character varying(9)", f"Enum({labels})"),
        samples.value("text"), message="of another type",
    )  # fmt: skip
    said = text(samples.report(found))
    assert "label_1'" in said
    assert "label_299" not in said
    assert "label_299" in text(samples.report(found), verbose=True)


def test_a_list_of_hundreds_of_revisions_is_cut() -> None:
    from kedge.report.wording import spelled

    assert spelled([f"r{number}" for number in range(24)]).endswith("r22, r23")
    assert spelled([f"r{number}" for number in range(110)]).endswith("r10, r11, and 98 more")


def test_five_hundred_findings_can_be_read() -> None:
    report = samples.five_hundred()
    assert len(report.findings) >= 500
    assert len(text(report).splitlines()) < 1.2 * len(report.findings)
    # and nothing is lost to those who want it all
    everything = text(report, verbose=True)
    for finding in report.findings:
        assert (finding.object.name or finding.object.table or "") in everything


def test_an_error_is_never_without_its_explanation() -> None:
    said = " ".join(text(samples.five_hundred()).split())
    for finding in samples.twelve().findings:
        if finding.severity == "error":
            assert finding.message in said


def test_without_findings_it_says_so_and_never_calls_an_incomplete_audit_clean() -> None:
    assert "No drift. Models and database agree." in text(samples.report())
    incomplete = text(samples.report(complete=False))
    assert "No drift found in what could be compared." in incomplete
    assert "agree" not in incomplete
    assert "Incomplete" in incomplete


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b" not in text(samples.twelve())
    assert "\x1b[" in text(samples.twelve(), color=True)


def test_plain_encodings_get_plain_characters() -> None:
    for sample in SAMPLES.values():
        text(sample(), unicode=False).encode("ascii")


def test_markup_in_names_is_only_text() -> None:
    odd = samples.finding(
        "column-type", "[bold]t[/bold]", "[red]", samples.value("a[]"), samples.value(":x:"), message="[/]"
    )
    said = text(samples.report(odd))
    assert "[bold]t[/bold]" in said
    assert "a[]" in said
    assert ":x:" in said


def test_suppressed_findings_are_counted_and_not_shown() -> None:
    hidden = msgspec.structs.replace(
        samples.one().findings[0], suppressed=Suppression(by="config", reason="known")
    )
    said = text(samples.report(hidden))
    assert "candidate_id" not in said
    assert "1 suppressed" in said


def test_every_format_reads_the_report_its_json_and_its_dict() -> None:
    report = samples.twelve()
    encoded = msgspec.json.encode(report)
    for name, format_render in FORMATS.items():
        spoken = {format_render(source, Look()) for source in (report, encoded, json.loads(encoded))}
        assert len(spoken) == 1, name


def test_json_is_the_contract_and_can_leave_out_its_moment() -> None:
    report = samples.twelve()
    said = json.loads(render(report, "json"))
    assert said == json.loads(msgspec.json.encode(report))
    assert said["tool"]["generated_at"]
    quiet = json.loads(render(report, "json", Look(reproducible=True)))
    assert "generated_at" not in quiet["tool"]


def test_the_contract_may_grow_without_breaking_readers() -> None:
    grown = json.loads(msgspec.json.encode(samples.one()))
    grown["later"] = 1
    grown["findings"][0]["later"] = {"x": 1}
    assert render(grown) == render(samples.one())
