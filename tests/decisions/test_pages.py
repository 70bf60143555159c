"""The pages of the rules about ignores: what they show is what comes out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from tests.report import samples

from kedge.config import read_config
from kedge.decisions import Decisions, configured_ignores, decide
from kedge.rules.ignores import IGNORES

PAGES = Path(__file__).parents[2] / "docs" / "rules"
EXAMPLE = re.compile(
    r"^```toml kedge.toml\n(.*?)^```\n\n```toml finding\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
EXAMPLES = [
    (name, *found) for name in IGNORES for found in EXAMPLE.findall((PAGES / f"{name}.md").read_text())
]


def test_every_page_has_an_example() -> None:
    assert {name for name, _, _ in EXAMPLES} == set(IGNORES)


@pytest.mark.parametrize(("name", "text", "expected"), EXAMPLES)
def test_an_example_is_the_finding_it_says(name: str, text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "kedge.toml").write_text(text)
    config = read_config(tmp_path)
    email = samples.finding(
        "column-type", "users", "email", samples.value("a"), samples.value("b"), message="m"
    )
    decisions = Decisions(ignores=configured_ignores(config.ignores, "kedge.toml"))
    report = decide([samples.report(email)], decisions)[0]
    problem = next(f for f in report.findings if f.rule == name)
    said = tomllib.loads(expected)
    assert (problem.rule, problem.severity) == (said["rule"], said["severity"])
    assert said["message"] in problem.message
    assert [(o.path, o.line) for o in problem.origins.models] == [("kedge.toml", 1)]
