"""The GitHub Action, the GitLab job and the pre-commit hooks, run as their runners run them, in the tutorial's shop."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
import yaml
from tests.docs.conftest import ROOT

PASSWORD = "p%40ss%25w%2Frd"
EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


@dataclass
class Job:
    """What a job left behind."""

    code: int
    log: str
    outputs: str = ""
    summary: str = ""

    @property
    def shown(self) -> str:
        """The log as people see it: what the runner was told to mask is masked."""
        log = self.log
        for secret in re.findall(r"^::add-mask::(.+)$", log, re.MULTILINE):
            plain = secret.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
            log = re.sub(r"^::add-mask::.*\n", "", log, flags=re.MULTILINE).replace(plain, "***")
        return log


@pytest.fixture
def url(environment: dict[str, str], shop: Path) -> str:
    """The server trusts everybody: any password will do."""
    return f"postgresql+psycopg://postgres:{PASSWORD}@/shop?host={environment['PGHOST']}"


@pytest.fixture
def drifted(environment: dict[str, str], shop: Path) -> None:
    with psycopg.connect(host=environment["PGHOST"], user="postgres", dbname="shop", autocommit=True) as c:
        c.execute("ALTER TABLE customers ALTER COLUMN email TYPE varchar(60)")


def with_kedge(folder: Path) -> Path:
    """A folder like the one that `python -m venv` and pip make: ours."""
    (folder / "bin").mkdir(parents=True)
    for name in ("kedge", "python"):
        (folder / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    return folder


# GitHub ------------------------------------------------------------------------------------------------


def action(folder: Path, environment: Mapping[str, str], *, install: bool = False, **inputs: str) -> Job:
    """As the runner does it: expressions in `env` only, each step by bash, the first that fails is the last.

    https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
    """
    said = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    defaults = {name: str(given.get("default", "")) for name, given in said["inputs"].items()}
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert given.keys() <= defaults.keys()
    known = {f"inputs.{name}": value for name, value in (defaults | given).items()}
    known["github.action_path"] = str(ROOT)
    runner = folder.parent / "runner"
    runner.mkdir()
    files = {name: runner / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    common = {**environment, "RUNNER_TEMP": str(runner), **{k: str(v) for k, v in files.items()}}
    if not install:
        with_kedge(runner / "kedge")
    log, code = "", 0
    for step in said["runs"]["steps"]:
        assert "${{" not in step["run"], "an input would be read as a script"
        if step["name"] == "Install Kedge" and not install:
            continue
        own = {name: resolved(value, known) for name, value in step["env"].items()}
        script = runner / "step.sh"
        script.write_text(step["run"])
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=folder / resolved(step.get("working-directory", "."), known),
            env={**common, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        log, code = log + ran.stdout, ran.returncode
        if code:
            break
    output, summary = (file.read_text() if file.exists() else "" for file in files.values())
    return Job(code, log, output, summary)


def resolved(text: str, known: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda found: known[found[1]], str(text))


@pytest.mark.usefixtures("drifted")
def test_the_action_annotates_summarizes_and_fails(shop: Path, environment: dict[str, str], url: str) -> None:
    given = {**environment, "SHOP_URL": url}
    ran = action(shop, given, url_env="SHOP_URL", sarif="drift.sarif", json="drift.json")
    assert ran.code == 1, ran.log
    assert ran.outputs == "exit-code=1\n"
    assert "::error file=shop/models.py,line=15,title=column-type%3A public.customers.email::" in ran.shown
    assert "## shop: 1 finding (1 error)" in ran.summary
    assert json.loads((shop / "drift.sarif").read_text())["runs"][0]["results"]
    assert json.loads((shop / "drift.json").read_text())["summary"]["findings"] == 1
    for text in (
        ran.shown,
        ran.summary,
        (shop / "drift.sarif").read_text(),
        (shop / "drift.json").read_text(),
    ):
        assert PASSWORD not in text
        assert "p@ss%w/rd" not in text


@pytest.mark.usefixtures("drifted")
def test_the_action_s_inputs_reach_the_audit(shop: Path, environment: dict[str, str], url: str) -> None:
    """Also one with words that a shell would run."""
    evil = "a'; touch pwned; echo '$(touch pwned)"
    ran = action(
        shop, environment, url=url, fail_on="never", format="text", args=f'--name "{evil}" --verbose'
    )
    assert ran.code == 0, ran.log
    assert ran.shown.startswith(evil.split("'")[0])
    assert "::add-mask::p@ss%25w/rd" in ran.log
    assert list(shop.rglob("pwned")) == []


def test_the_action_says_what_is_wrong(shop: Path, environment: dict[str, str]) -> None:
    ran = action(shop, environment, url_env="NO_SUCH_URL")
    assert (ran.code, ran.outputs) == (2, "exit-code=2\n")
    assert "error: the environment variable NO_SUCH_URL is not set" in ran.log


@pytest.mark.slow
def test_the_action_installs_what_it_needs(shop: Path, environment: dict[str, str], url: str) -> None:
    """pip, for real: with the project's own interpreter beside it, Kedge stands in an environment of its own."""
    given = {
        **environment,
        "DATABASE_URL": url,
        **{k: v for k, v in os.environ.items() if k.startswith("PIP_")},
    }
    ran = action(shop, given, install=True)
    if "No matching distribution" in ran.log or "Could not find a version" in ran.log:
        pytest.skip(f"nothing can be installed here: {ran.log[-300:]}")
    assert ran.code == 0, ran.log
    assert "kedge: shop: no drift" in ran.log


# GitLab ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("drifted")
def test_the_gitlab_job_leaves_its_reports(shop: Path, environment: dict[str, str], url: str) -> None:
    """https://docs.gitlab.com/ci/yaml/#script: one shell for all lines, which ends at the first that fails."""
    job = yaml.safe_load((ROOT / "templates" / "gitlab-ci.yml").read_text("utf-8"))["kedge"]
    with_kedge(shop / ".kedge")
    written = [*job["before_script"], *job["script"]]
    lines = [line for line in written if "$KEDGE_INSTALL" not in line]
    assert len(lines) == len(written) - 1
    variables = {name: str(value) for name, value in job["variables"].items()}
    ran = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=shop,
        env={**environment, **variables, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "email  column-type" in ran.stdout
    assert PASSWORD not in ran.stdout + ran.stderr
    reports = job["artifacts"]["reports"]
    suites = ET.fromstring((shop / reports["junit"]).read_text())
    assert suites.get("failures") == "1"
    (issue,) = json.loads((shop / reports["codequality"]).read_text())
    assert issue["location"] == {"path": "shop/models.py", "lines": {"begin": 15}}
    for path in (shop / "kedge-report").iterdir():
        assert PASSWORD not in path.read_text()
    assert {path.name for path in (shop / "kedge-report").iterdir()} == {
        "junit.xml",
        "codequality.json",
        "report.json",
        "report.md",
    }


# pre-commit --------------------------------------------------------------------------------------------


def hooks() -> list[dict[str, Any]]:
    return yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(shop: Path) -> Path:
    git(shop, "init", "--quiet")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "shop")
    return shop


def pre_commit(
    shop: Path, environment: Mapping[str, str], hook: str, **given: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--hook-stage", "manual"],
        cwd=shop,
        env={**environment, "PRE_COMMIT_HOME": str(shop.parent / "pre-commit"), **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_hooks_run_with_pre_commit(
    committed: Path, environment: dict[str, str], url: str, request: pytest.FixtureRequest
) -> None:
    """Each of them as it is written, but with the Kedge that is here; the slow test installs it."""
    here = [
        {k: v for k, v in hook.items() if k != "additional_dependencies"} | {"language": "system"}
        for hook in hooks()
    ]
    configuration = {"repos": [{"repo": "local", "hooks": here}]}
    (committed / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    git(committed, "add", "--all")
    ran = pre_commit(committed, environment, "kedge-audit", DATABASE_URL=url)
    assert ran.returncode == 0, ran.stdout
    request.getfixturevalue("drifted")
    ran = pre_commit(committed, environment, "kedge-audit", DATABASE_URL=url)
    assert ran.returncode == 1, ran.stdout
    assert "email  column-type" in ran.stdout
    assert PASSWORD not in ran.stdout
    accepted = ["kedge", "audit", "--create-baseline", "--url", url]
    subprocess.run(accepted, cwd=committed, env=environment, check=True, capture_output=True)
    for hook in hooks():
        ran = pre_commit(committed, environment, hook["id"], DATABASE_URL=url)
        assert ran.returncode == 0, ran.stdout
        assert "Passed" in ran.stdout


@pytest.mark.slow
def test_pre_commit_installs_the_hook(
    committed: Path, environment: dict[str, str], url: str, tmp_path: Path
) -> None:
    """From a repository, as anybody's configuration has it."""
    source = tmp_path / "kedge"
    left_out = shutil.ignore_patterns(".git", ".venv", ".tools", "site", "tests", "demo", "*cache*")
    shutil.copytree(ROOT, source, ignore=left_out)
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "--message", "kedge")
    git(source, "tag", "v0")
    configuration = {"repos": [{"repo": str(source), "rev": "v0", "hooks": [{"id": "kedge-audit"}]}]}
    (committed / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    git(committed, "add", "--all")
    pip = {k: v for k, v in os.environ.items() if k.startswith("PIP_")}
    ran = pre_commit(committed, environment, "kedge-audit", DATABASE_URL=url, **pip)
    if "No matching distribution" in ran.stdout or "Could not find a version" in ran.stdout:
        pytest.skip(f"nothing can be installed here: {ran.stdout[-300:]}")
    assert ran.returncode == 0, ran.stdout
    assert "Passed" in ran.stdout
