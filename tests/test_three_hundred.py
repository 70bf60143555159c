"""A team with 300 old findings: green today, red on the 301st, in every format and in pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest

from kedge.scratch import Scratch

TABLES, COLUMNS = 50, 6
OLD = TABLES * COLUMNS
FORMATS = ("json", "sarif", "xml", "md", "txt")


class Team:
    """A project whose database has drifted in every column, and what its tools say."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        columns = "".join(f"    c{n}: Mapped[str] = mapped_column(String(80))\n" for n in range(COLUMNS))
        models = "from sqlalchemy import String\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
        models += "\n\nclass Base(DeclarativeBase):\n    pass\n"
        for number in range(TABLES):
            models += f"\n\nclass T{number}(Base):\n    __tablename__ = 't{number}'\n"
            models += f"    id: Mapped[int] = mapped_column(primary_key=True)\n{columns}"
        (root / "models.py").write_text(models)
        (root / "pyproject.toml").write_text(
            '[project]\nname = "team"\nversion = "1"\n\n[tool.kedge]\nmodels = ["models:Base"]\nname = "team"\n'
        )
        wide = ", ".join(f"c{n} varchar(64) NOT NULL" for n in range(COLUMNS))
        for number in range(TABLES):
            self.sql(f"CREATE TABLE t{number} (id serial PRIMARY KEY, {wide})")

    def sql(self, text: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(text.encode())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEDGE_", "GITHUB_", "PYTEST_"))}
        environment = kept | {"DATABASE_URL": self.url, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        environment["GITHUB_STEP_SUMMARY"] = str(self.root / "summary.md")
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def audit(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("-c", "from kedge.cli import main; main()", "audit", *options)

    def pytest(self) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "pytest", "-p", "no:cacheprovider", "--kedge", "--kedge-url", self.url)

    def everything(self) -> tuple[int, dict[str, Any]]:
        """The exit code, and what each format says is new."""
        files = [word for name in FORMATS for word in ("--output", f"report.{name}")]
        ran = self.audit(*files, "--format", "text", "--format", "github")
        report = json.loads((self.root / "report.json").read_text())
        sarif = json.loads((self.root / "report.sarif").read_text())["runs"][0]["results"]
        junit = ET.parse(self.root / "report.xml").getroot()
        text = (self.root / "report.txt").read_text()
        assert len(sarif) == len(report["findings"])
        assert len(list(junit.iter("testcase"))) == TABLES + 1
        return ran.returncode, {
            "json": [f["object"]["name"] for f in report["findings"] if not f["suppressed"]],
            "suppressed": report["summary"]["suppressed"],
            "sarif": sum("suppressions" not in result for result in sarif),
            "junit": int(junit.get("failures", "-1")),
            "github": sum(line.startswith("::") for line in ran.stdout.splitlines()),
            "text": text,
            "markdown": (self.root / "report.md").read_text().splitlines()[0],
        }


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, postgres: Scratch) -> Iterator[Team]:
    with postgres.database() as url:
        yield Team(tmp_path_factory.mktemp("team"), url)


@pytest.mark.slow
def test_three_hundred_findings_are_brought_to_green_and_the_next_one_is_red(team: Team) -> None:
    code, said = team.everything()
    assert (code, len(said["json"]), said["junit"], said["sarif"], said["github"]) == (
        1,
        OLD,
        TABLES,
        OLD,
        OLD,
    )
    assert team.pytest().returncode == 1

    made = team.audit("--create-baseline")
    assert made.returncode == 0, made.stderr
    assert f"wrote kedge-baseline.json: {OLD} findings" in made.stderr
    assert f"No new drift. All that differs is known and accepted. · {OLD} suppressed" in made.stdout
    code, said = team.everything()
    assert code == 0
    assert (said["json"], said["sarif"], said["junit"], said["github"]) == ([], 0, 0, 0)
    assert said["suppressed"] == OLD
    assert said["markdown"] == "## team: no new drift ✅"
    assert "no new drift" in (team.root / "summary.md").read_text()
    green = team.pytest()
    assert green.returncode == 1 or "1 passed" in green.stdout
    assert green.returncode == 0, green.stdout

    team.sql("ALTER TABLE t7 ADD COLUMN surprise integer NOT NULL")
    code, said = team.everything()
    assert code == 1
    assert (said["json"], said["sarif"], said["junit"], said["github"]) == (["surprise"], 1, 1, 1)
    assert "1 finding (1 error) in 1 table" in said["text"]
    assert f"{OLD} suppressed" in said["text"]
    assert said["markdown"] == "## team: 1 finding (1 error)"
    red = team.pytest()
    assert red.returncode == 1
    assert "surprise" in red.stdout
    assert "c1  column-type" not in red.stdout

    team.sql("ALTER TABLE t7 DROP COLUMN surprise")
    team.sql("ALTER TABLE t3 ALTER COLUMN c1 TYPE integer USING 0")
    code, said = team.everything()
    assert (code, said["json"], said["sarif"], said["junit"]) == (1, ["c1"], 1, 1)
    assert "in the baseline with other values" in said["text"]
    assert team.pytest().returncode == 1

    team.sql("ALTER TABLE t3 ALTER COLUMN c1 TYPE varchar(80)")
    team.sql("ALTER TABLE t4 ALTER COLUMN c2 TYPE varchar(80)")
    assert "2 findings of the baseline are gone" in team.audit().stdout
    assert team.audit("--strict").returncode == 3
    team.sql("ALTER TABLE t5 ADD COLUMN another integer")
    shrunk = team.audit("--update-baseline")
    assert f"{OLD - 2} findings left, 2 gone" in shrunk.stderr
    assert shrunk.returncode == 1, "what is new is never taken into a baseline"
    again = team.audit("--create-baseline")
    assert again.returncode == 2
    assert "only shrinks" in again.stderr
    assert f"{OLD - 1} findings" in team.audit("--no-baseline").stdout
