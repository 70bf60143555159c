"""A page about revisions is its test: the chain on it, what was run, and the one finding of that rule."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from tests.history.chain import MODELS, Audited, project

from kedge.findings import SEVERITIES
from kedge.rules import RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"
INDEX = (PAGES / "index.md").read_text()
NAMES = sorted(n for n in RULES if n.startswith(("revision-", "environment-")))
EXAMPLE = re.compile(r"^## (?!What )(?P<title>.*)\n(?P<body>(?:(?!^## ).*\n)+)", re.MULTILINE)
BLOCK = re.compile(r"^```(?P<what>[^\n]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
HEADER = "from alembic import op\nimport sqlalchemy as sa\n\nrevision = {0!r}\ndown_revision = {1!r}\n\n\n"
GIT = {
    **os.environ,
    **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
DOWN = "\n\ndef downgrade():\n    raise NotImplementedError\n"


def examples(rule: str) -> list[Any]:
    text = (PAGES / f"{rule}.md").read_text()
    return [
        pytest.param(rule, list(BLOCK.finditer(found["body"])), id=f"{rule}-{number}")
        for number, found in enumerate(EXAMPLE.finditer(text), 1)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "blocks"), [one for name in NAMES for one in examples(name)])
def test_an_example_is_the_finding_it_says(
    rule: str, blocks: list[re.Match[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "project", models=MODELS)
    file = tmp_path / "app.db"
    sqlite3.connect(file).close()
    url = f"sqlite:///{file}"
    expected: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for block in blocks:
        what, text = block["what"], block["text"]
        if what.startswith("python revision"):
            _, _, name, *rest = what.split()
            body = text if "def downgrade" in text else text.rstrip() + "\n" + DOWN
            head = HEADER.format(name, rest[1] if rest else None)
            (root / "migrations" / "versions" / f"{name}_.py").write_text(head + body)
        elif what == "sh":
            for line in text.splitlines():
                if line == "kedge audit --check-downgrades":
                    options["check_downgrades"] = True
                elif line.startswith("git "):
                    subprocess.run(
                        ["git", *shlex.split(line)[1:]], cwd=root, check=True, capture_output=True, env=GIT
                    )
                else:
                    alembic(root, url, *line.split()[1:])
        elif what == "sql database":
            with sqlite3.connect(file) as connection:
                connection.executescript(text)
        elif what == "toml finding":
            expected = tomllib.loads(text)
    found = Audited(root, url, **options).report.findings
    own = [f for f in found if f.rule == rule]
    assert len(own) == 1, [f.message for f in found]
    finding = own[0]
    said = {"rule": finding.rule, "severity": finding.severity, "kind": finding.object.kind}
    said |= {"name": finding.object.name}
    for side, fact in (("models", finding.values.models), ("database", finding.values.database)):
        if side in expected:
            said[side] = fact.value if fact.state == "value" else fact.state
    assert said == expected
    others = {f.rule for f in found if f.object.kind in ("revision", "environment")} - {rule}
    assert not others, others
    if finding.object.kind == "revision" and finding.rule != "revision-presence":
        (origin,) = finding.origins.history
        assert (origin.path, origin.revision) == (
            f"migrations/versions/{expected['name']}_.py",
            expected["name"],
        )
        assert origin.line is not None
    assert finding.cause.kind != "not-read"


def alembic(root: Path, url: str, *words: str) -> None:
    """In this very process, because starting another for each line takes most of the time."""
    sys.modules.pop("models", None)
    path, kept = list(sys.path), Path.cwd()
    os.chdir(root)
    try:
        config = Config(root / "alembic.ini")
        config.set_main_option("sqlalchemy.url", url)
        getattr(command, words[0])(config, *words[1:])
    finally:
        os.chdir(kept)
        sys.path[:] = path
        sys.modules.pop("models", None)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_and_the_index_agree_with_the_rule(name: str) -> None:
    text, summary = (PAGES / f"{name}.md").read_text(), RULES[name].summary
    assert text.startswith(f"# {name}\n\n{summary}\n")
    assert "\n## What will hurt\n" in text
    assert "\n## What to do\n" in text
    assert "](https://" in text
    shown = {
        tomllib.loads(b["text"])["severity"] for b in BLOCK.finditer(text) if b["what"] == "toml finding"
    }
    assert {s for s in SEVERITIES if f"**{s}**" in text} == shown
    assert set(RULES[name].judgement.__code__.co_consts) & set(SEVERITIES) == shown
    severities = ", ".join(s for s in SEVERITIES if s in shown)
    assert f"| [{name}]({name}.md) | {summary} | {severities} |" in INDEX
