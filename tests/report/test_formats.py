"""SARIF, GitHub, JUnit and Markdown: valid for their readers, nothing lost, nothing breaks out of its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from tests.report import samples

from kedge.findings import NoteRef, OriginRef, Report, Suppression
from kedge.report import FORMATS, Look, decoded, render
from kedge.report import schema as report_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SARIF = json.loads((HERE / "sarif/sarif-2.1.0.json").read_text())
LOOK = Look()
NASTY = "a|b `c` <d> & \"e\" 'f'\r\n::error::g%0A,h:i\x00\x1b[31m ]]> *j* _k_ #1 @team 日本語 \U0001f600"


def nasty() -> Report:
    """Every text of a finding is hostile."""
    found = samples.finding(
        "column-type", NASTY, NASTY, samples.value(NASTY, NASTY), samples.value(NASTY), message=NASTY,
        severity="error", place=("app/a b%,:ü.py", 3), reason=NASTY,
    )  # fmt: skip
    hidden = msgspec.structs.replace(
        found, fingerprint="h", suppressed=Suppression(by="inline", reason=NASTY, path="app/m.py", line=4)
    )
    return samples.report(
        found, hidden, notes=(NoteRef("not-compared", found.object, NASTY),), complete=False
    )


REPORTS = {
    "clean": samples.report(),
    "one": samples.one(),
    "twelve": samples.twelve(),
    "five hundred": samples.five_hundred(),
    "nasty": nasty(),
}


@pytest.fixture(params=REPORTS, ids=lambda name: name.replace(" ", "-"))
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


def sarif(*reports: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(reports, "sarif", LOOK))
    return log


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_format_is_a_map_of_the_json(report: Report, format_: str) -> None:
    assert render(render(report, "json"), format_) == render(report, format_)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_several_databases_are_one_report(format_: str) -> None:
    both = [samples.one(), msgspec.structs.replace(samples.twelve(), complete=False)]
    said = render(both, format_, LOOK)
    assert len(decoded(render(both, "json"))) == 2
    assert render(render(both, "json"), format_, LOOK) == said
    for found in both[1].findings:
        if found.implied_by is None and format_ != "markdown":
            assert (found.object.name or found.object.table or "") in said


# SARIF -------------------------------------------------------------------------------------------------


def test_sarif_is_valid(report: Report) -> None:
    jsonschema.Draft4Validator(SARIF).validate(sarif(report))


def test_the_schema_of_sarif_can_say_no() -> None:
    broken = sarif(samples.one())
    broken["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SARIF).validate(broken)


def test_every_finding_is_a_result_with_a_rule_a_place_and_a_fingerprint(report: Report) -> None:
    run = sarif(report)["runs"][0]
    assert len(run["results"]) == len(report.findings)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == finding.rule
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]["kedgeFingerprint/v1"] == finding.fingerprint
        assert bool(result.get("suppressions")) == bool(finding.suppressed)
    assert run["invocations"][0]["executionSuccessful"] == report.complete


def test_a_rules_help_is_its_page() -> None:
    rule = sarif(samples.one())["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["id"] == "column-type"
    assert rule["help"]["markdown"] == (ROOT / "docs/rules/column-type.md").read_text()
    assert rule["shortDescription"]["text"].endswith("in the database.")


def test_a_finding_without_a_line_is_placed_all_the_same() -> None:
    def uri(report: Report) -> str:
        location = sarif(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        return str(location["artifactLocation"]["uri"])

    bare = msgspec.structs.replace(
        samples.uuid_for_integer(), origins=type(samples.uuid_for_integer().origins)()
    )
    revision = OriginRef(path="alembic/versions/1.py", line=3, revision="1")
    made = msgspec.structs.replace(bare, origins=msgspec.structs.replace(bare.origins, history=(revision,)))
    assert uri(samples.report(samples.uuid_for_integer())) == "jobboard/models/application.py"
    assert uri(samples.report(made)) == "alembic/versions/1.py"
    assert uri(samples.report(bare)) == "alembic.ini"
    alone = msgspec.structs.replace(
        samples.report(bare), environments=(), models=type(samples.report().models)()
    )
    assert uri(alone) == "pyproject.toml"


def test_a_suppression_says_where_it_stands() -> None:
    results = sarif(nasty())["runs"][0]["results"]
    assert results[1]["suppressions"][0]["kind"] == "inSource"
    assert results[1]["suppressions"][0]["justification"] == NASTY
    assert (
        results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "app/a%20b%25%2C%3A%C3%BC.py"
    )


def test_databases_are_runs_of_their_own_category() -> None:
    other = msgspec.structs.replace(
        samples.one(), target=msgspec.structs.replace(samples.one().target, name="b")
    )
    runs = sarif(samples.one(), other)["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == ["kedge/jobboard/", "kedge/b/"]


# GitHub ------------------------------------------------------------------------------------------------


def test_annotations_are_a_line_each_and_nothing_breaks_out() -> None:
    lines = render(nasty(), "github").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "kedge:"]
    properties = re.match(r"::error (.*?)::", lines[0])
    assert properties
    names = [pair.partition("=")[0] for pair in properties[1].split(",")]
    assert names == ["file", "line", "title"]
    assert "file=app/a b%25%2C%3Aü.py,line=3," in lines[0]
    assert "::error::g" not in lines[0].partition("::error ")[2].partition("::")[0]


def test_the_worst_comes_first_and_what_goes_with_it_is_said_there() -> None:
    lines = [line for line in render(samples.five_hundred(), "github").splitlines() if line.startswith("::")]
    levels = [line.split(" ")[0] for line in lines]
    assert levels == sorted(levels, key=["::error", "::warning", "::notice"].index)
    assert "goes with it" in render(samples.twelve(), "github")


def test_suppressed_findings_annotate_nothing_and_are_counted() -> None:
    hidden = msgspec.structs.replace(
        samples.uuid_for_integer(), suppressed=Suppression(by="baseline", reason="x")
    )
    assert render(samples.report(hidden), "github") == "kedge: jobboard: no drift, 1 suppressed\n"


# JUnit -------------------------------------------------------------------------------------------------


def junit(report: Report, **look: Any) -> ET.Element:
    return ET.fromstring(render(report, "junit", Look(**look)))


def with_tables(report: Report, *tables: str) -> Report:
    return msgspec.structs.replace(report, target=msgspec.structs.replace(report.target, tables=tables))


def test_junit_counts_are_true(report: Report) -> None:
    root = junit(report)
    for element in (root, *root):
        for name, path in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(name, "-1")) == len(element.findall(f".//{path}"))
        assert int(element.get("tests", "-1")) == len(element.findall(".//testcase"))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_a_table_is_a_test() -> None:
    root = junit(with_tables(samples.one(), "public.applications", "public.users"))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {"public.applications", "public.users", "everything was compared"}
    failure = cases["public.applications"].find("failure")
    assert failure is not None
    assert failure.get("type") == "column-type"
    assert "models    uuid\ndatabase  integer" in str(failure.text)
    assert "jobboard/models/application.py:31" in str(failure.text)
    assert list(cases["public.users"]) == []


def test_from_which_severity_on_a_test_is_red() -> None:
    info = samples.finding(
        "table-comment", "users", None, samples.MISSING, samples.value("x"), message="m", severity="info"
    )
    assert junit(samples.report(info)).get("failures") == "0"
    assert junit(samples.report(info), fail_on="info").get("failures") == "1"
    assert junit(samples.one(), fail_on="never").get("failures") == "0"


def test_what_is_suppressed_is_skipped_and_what_is_incomplete_is_an_error() -> None:
    hidden = msgspec.structs.replace(
        samples.uuid_for_integer(), suppressed=Suppression(by="baseline", reason="x")
    )
    root = junit(samples.report(hidden, complete=False))
    assert (root.get("failures"), root.get("skipped"), root.get("errors")) == ("0", "1", "1")


# Markdown ----------------------------------------------------------------------------------------------


def test_words_of_advice_do_not_run_together_in_markdown() -> None:
    """Seen as a picture once: "edit the modelrename the attribute"."""
    text = render(samples.twelve(), "markdown")
    assert "**edit the model**: rename the attribute" in text
    assert not re.search(r"[^|\s]\*\*\w", text.replace("<br>**", " **"))


def test_a_table_of_markdown_has_as_many_cells_in_every_row(report: Report) -> None:
    text = render(report, "markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    for word in ("<d>", "*j*", "@team", "#1"):
        outside = re.sub(r"(`+).*?\1", "", text)
        assert not re.search(rf"(?<!&){re.escape(word)}", outside)


def test_markdown_fits_into_a_comment() -> None:
    many = samples.report(
        *(
            samples.finding(
                "column-type", f"t{n}", "c", samples.value(f"a{n}"), samples.value("b"), message="m" * 300
            )
            for n in range(400)
        )
    )
    text = render(many, "markdown")
    assert len(text) < 65_536
    assert "no room here" in text
    assert text.count("<details") == text.count("</details>")


# the JSON Schema ---------------------------------------------------------------------------------------


def test_the_published_schema_is_the_types() -> None:
    published = (ROOT / "docs/report.schema.json").read_text("utf-8")
    assert published == report_schema.text(), "run: python -m kedge.report.schema > docs/report.schema.json"


def test_reports_follow_the_schema_and_further_members_are_accepted(report: Report) -> None:
    validator = jsonschema.Draft202012Validator(report_schema.schema())
    said = json.loads(render(report, "json"))
    validator.validate(said)
    validator.validate({"format": 1, "reports": [said, said]})
    said |= {"later": 1}
    for finding in said["findings"]:
        finding |= {"later": 1}
        finding["cause"]["kind"] = "a cause of a later version"
    validator.validate(said)
    assert decoded(said)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**said, "findings": 3})


def test_every_word_that_the_program_says_is_in_the_lists() -> None:
    """Kinds of notes and actions stand as literals in the source."""
    source = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "src/kedge").rglob("*.py") if path.name != "schema.py"
    )
    notes = set(
        re.findall(
            r"\bnote\(\s*\"([a-z-]+)\"|_note\(\s*\"([a-z-]+)\"|(?:Note|NoteRef)\(\s*\"([a-z-]+)\"", source
        )
    )
    said = {word for found in notes for word in found if word}
    assert said <= set(report_schema.NOTES), said - set(report_schema.NOTES)
    rules = "\n".join(path.read_text("utf-8") for path in (ROOT / "src/kedge/rules").glob("*.py"))
    actions = set(re.findall(r"\"((?:edit|write)-[a-z]+|create-model|decide|rename)\"", rules))
    assert actions <= set(report_schema.ACTIONS), actions - set(report_schema.ACTIONS)


# GitLab


def test_gitlab_points_at_lines_and_counts_what_stands_alone() -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
    report = samples.twelve()
    issues = json.loads(render(report, "gitlab"))
    alone = [f for f in report.findings if f.implied_by is None and not f.suppressed]
    assert {issue["fingerprint"] for issue in issues} == {finding.fingerprint for finding in alone}
    assert len(issues) == len(alone)
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["lines"]["begin"] >= 1
    assert json.loads(render(samples.report(), "gitlab")) == []
    unread = msgspec.structs.replace(samples.report(), complete=False)
    assert [issue["check_name"] for issue in json.loads(render(unread, "gitlab"))] == ["incomplete"]
