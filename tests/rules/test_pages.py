"""A rule's page is its test: the models on it, the drift, and the one finding that must come of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cases import corpus
from tests.rules.project_pages import examples

from kedge import audit
from kedge.catalog import MISSING, ObjectPath
from kedge.compare import Difference
from kedge.findings import SEVERITIES, Finding
from kedge.rules import RULES, unclaimed
from kedge.rules.agreed import AGREED
from kedge.rules.ignores import IGNORES
from kedge.scratch import Scratch

PAGES = Path(__file__).parents[2] / "docs" / "rules"
INDEX = (PAGES / "index.md").read_text()
EXAMPLE = re.compile(
    r"^```python models(?: (?P<dialect>\w+))?\n(?P<models>.*?)^```\n"
    r"(?:(?!^```).)*^```sql database\n(?P<sql>.*?)^```\n"
    r"(?:(?!^```).)*^```toml finding\n(?P<finding>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FIELDS = {"rule", "severity", "kind", "schema", "table", "name", "models", "database"}


def page_of(rule: str) -> str:
    return (PAGES / f"{rule}.md").read_text()


def examples_of(rule: str) -> list[corpus.Case]:
    """What the server refuses cannot be made by `create_all`; everything else is, and then drifts."""
    if rule in PROJECT:
        return []
    drift = "ddl" if rule == "model-invalid" else "sql"
    return [
        corpus.Case(
            file=rule,
            name=f"example-{number}",
            models=found["models"],
            expect=(tomllib.loads(found["finding"]),),
            dialect=found["dialect"] or "postgresql",
            **{drift: found["sql"]},
        )
        for number, found in enumerate(EXAMPLE.finditer(page_of(rule)), start=1)
    ]


def expected_of(rule: str) -> list[dict[str, Any]]:
    """The finding of each example of a page."""
    if rule in PROJECT:
        return [example.expect for example in examples(rule)]
    return [case.expect[0] for case in examples_of(rule)]


# What Kedge does not answer as the page expects, and why. An example that is answered after all leaves here.
NOT_YET: dict[str, str] = {}
# Their examples are chains of revisions: tests/history/test_pages.py runs them.
OF_REVISIONS = {name for name in RULES if name.startswith(("revision-", "environment-"))}
# Their examples are whole projects: test_project_pages.py runs them.
PROJECT = {name for name in RULES if examples(name)}
OF_TABLES = [name for name in RULES if name not in OF_REVISIONS]
CASES = [case for name in OF_TABLES if (PAGES / f"{name}.md").exists() for case in examples_of(name)]
EXAMPLES = [
    pytest.param(
        case, id=case.id, marks=pytest.mark.xfail(reason=NOT_YET[case.id]) if case.id in NOT_YET else ()
    )
    for case in CASES
]


@pytest.mark.parametrize("case", EXAMPLES)
def test_an_example_is_the_one_finding_it_says(case: corpus.Case, request: pytest.FixtureRequest) -> None:
    server: Scratch = request.getfixturevalue({"postgresql": "postgres"}.get(case.dialect, case.dialect))
    with server.database() as url:
        metadatas = corpus.metadata_of(case)
        corpus.build(case, url, metadatas)
        report = audit(metadatas, corpus.plain(url), scratch=server)
    own = [finding for finding in report.findings if finding.implied_by is None]
    assert [of_page(case, said(finding)) for finding in own] == list(case.expect)
    assert all(finding.confirmed for finding in own)


def of_page(case: corpus.Case, words: dict[str, Any]) -> dict[str, Any]:
    """Where a schema is a database, its name is the test's own and on no page."""
    if any("schema" in expected for expected in case.expect):
        return words
    return {key: value for key, value in words.items() if key != "schema"}


def said(finding: Finding) -> dict[str, Any]:
    """A finding in the words of the pages."""
    ref, values = finding.object, finding.values
    words = {"rule": finding.rule, "severity": finding.severity, "kind": ref.kind, "schema": ref.schema}
    words |= {"table": ref.table, "name": ref.name}
    for side, fact in (("models", values.models), ("database", values.database)):
        words[side] = fact.value if fact.state == "value" else fact.state
    return {key: value for key, value in words.items() if value is not None}


def test_every_exception_is_an_example() -> None:
    assert NOT_YET.keys() <= {case.id for case in CASES}


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")}
    assert pages == {*RULES, *IGNORES, *AGREED, "unclaimed", "index"}


@pytest.mark.parametrize("name", OF_TABLES)
def test_a_page_is_about_its_rule(name: str) -> None:
    text, expected = page_of(name), expected_of(name)
    assert text.startswith(f"# {name}\n")
    assert "\n## What will hurt\n" in text
    assert "\n## What to do\n" in text
    assert "](https://" in text
    assert expected
    assert len(expected) == text.count("```toml finding")
    for finding in expected:
        assert finding["rule"] == name
        assert finding.keys() <= FIELDS


@pytest.mark.parametrize("name", OF_TABLES)
def test_the_index_and_the_page_agree_with_the_rule(name: str) -> None:
    summary = RULES[name].summary
    assert summary
    assert "\n" not in summary
    shown = {finding["severity"] for finding in expected_of(name)}
    severities = ", ".join(s for s in SEVERITIES if s in shown)
    assert f"| [{name}]({name}.md) | {summary} | {severities} |" in INDEX
    assert {s for s in SEVERITIES if f"**{s}**" in page_of(name)} == shown
    assert set(RULES[name].judgement.__code__.co_consts) & set(SEVERITIES) <= shown


@pytest.mark.parametrize("name", IGNORES)
def test_a_page_about_ignores_agrees_with_its_rule(name: str) -> None:
    """Their examples need no database: tests/decisions/test_pages.py runs them."""
    text = page_of(name)
    assert text.startswith(f"# {name}\n\n{IGNORES[name]}\n")
    assert "\n## What will hurt\n" in text
    assert "\n## What to do\n" in text
    assert "**warning**" in text
    assert f"| [{name}]({name}.md) | {IGNORES[name]} | warning |" in INDEX


def test_the_index_lists_nothing_else() -> None:
    assert sorted(re.findall(r"^\| \[([\w-]+)\]", INDEX, re.MULTILINE)) == sorted(
        [*RULES, *IGNORES, *AGREED, "unclaimed"]
    )


def test_a_difference_without_a_rule_is_a_finding() -> None:
    difference = Difference(ObjectPath("table", "public", "users"), "weight", MISSING, MISSING)
    ruling = unclaimed(difference)
    assert ruling.severity == "warning"
    assert "table users differs in weight" in ruling.message
    assert page_of("unclaimed").startswith("# unclaimed\n")
