"""The pytest plugin: `pytest --kedge` adds a test that is red where models and database differ.

Without a URL the database is a throw-away one, made by the project's own migrations (else by `create_all`).
The fixture `kedge_audit` and `test_models_match_the_database` can be used, overridden and imported like any other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from kedge.config import Config
    from kedge.findings import Report
    from kedge.scratch import Scratch

Audit: TypeAlias = "Callable[..., Report]"

# the database's name in reports and fingerprints, where it is a throw-away one
THROW_AWAY = "throw-away"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kedge", "kedge: models against their database")
    group.addoption("--kedge", action="store_true", help="Add a test: do models and database agree?")
    group.addoption(
        "--kedge-url",
        metavar="URL",
        help="The database; without it, a throw-away one is made by the project's migrations.",
    )
    group.addoption("--kedge-target", metavar="NAME", help="A database of [tool.kedge.targets].")


class Ready(pytest.Module):
    """A module that holds the ready test, and lies nowhere."""

    def _getobj(self) -> ModuleType:
        module = ModuleType("kedge_ready")
        module.test_models_match_the_database = test_models_match_the_database  # type: ignore[attr-defined]
        return module


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("kedge"):
        module = Ready.from_parent(session, path=config.rootpath / "kedge")
        items += [item for item in module.collect() if isinstance(item, pytest.Item)]


@pytest.fixture(scope="session")
def kedge_url(pytestconfig: pytest.Config) -> str | None:
    """The database to audit; None is a throw-away one. Override it to give the tests' own."""
    url: str | None = pytestconfig.getoption("kedge_url")
    return url


@pytest.fixture(scope="session")
def kedge_audit(pytestconfig: pytest.Config, kedge_url: str | None) -> Audit:
    """`kedge_audit()` gives the report. `models` and `url` may be given; else they are what the project says."""

    def audit(models: Iterable[Any] | str | None = None, url: str | None = None) -> Report:
        return _audited(pytestconfig, models, url or kedge_url)

    return audit


def test_models_match_the_database(kedge_audit: Audit) -> None:
    """The ready test: its failure is the report."""
    from kedge.errors import KedgeError

    try:
        report = kedge_audit()
    except KedgeError as error:
        pytest.fail(f"kedge: {error}", pytrace=False)
    check(report)


def check(report: Report, fail_on: str | None = None) -> None:
    """Fail with the readable report where something drifted, or could not be compared."""
    from kedge.config import read_config
    from kedge.findings import SEVERITIES
    from kedge.report import Look, render

    fail_on = fail_on or read_config(Path.cwd()).options.get("fail-on", "warning")
    bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    failing = any(f.severity in bad and not f.suppressed for f in report.findings)
    if failing or not report.complete:
        closing = ("`kedge explain` says more about a rule, a table or a finding.",)
        said = "models and database differ" if failing else "not everything could be compared"
        text = render(report, "text", Look(width=100, closing=closing))
        pytest.fail(f"kedge: {said}\n\n{text}", pytrace=False)


def _audited(config: pytest.Config, models: Iterable[Any] | str | None, url: str | None) -> Report:
    """The audit of what the project's file says, with its ignores and its baseline."""
    from kedge.config import read_config
    from kedge.decisions import Decisions, configured_ignores, decide, read_baseline
    from kedge.decisions.baseline import NAME
    from kedge.errors import UsageError

    root = config.rootpath
    settings = read_config(root)
    options = dict(settings.options)
    name = options.get("name")
    if target := config.getoption("kedge_target"):
        if target not in settings.targets:
            raise UsageError(f"no target is called {target}", hint=f"there are {', '.join(settings.targets)}")
        options |= settings.targets[target]
        name = target
        url = url or os.environ.get(options.get("url-env", "")) or options.get("url")
        if not url:
            raise UsageError(f"target {target}: the environment variable {options.get('url-env')} is not set")
    if url:
        report = _report(root, options, models, url, name, None)
    else:
        with _throw_away(root, options, settings, models) as (made, scratch):
            report = _report(root, options, models, made, name or THROW_AWAY, scratch)
    path = root / options.get("baseline", NAME)
    decisions = Decisions(
        ignores=configured_ignores(settings.ignores, settings.path.name if settings.path else ""),
        baseline=read_baseline(path) if path.exists() else None,
        baseline_path=path.name,
        whole=not settings.targets,
    )
    return decide([report], decisions)[0]


def _report(
    root: Path,
    options: dict[str, Any],
    models: Iterable[Any] | str | None,
    url: str,
    name: str | None,
    scratch: Scratch | None,
) -> Report:
    from kedge._api import audit_models, audit_project
    from kedge.options import Options

    if models is not None and not isinstance(models, str):
        return audit_models(list(models), url, Options(name=name), root=root, scratch=scratch)
    asked = Options(
        targets=[models] if models else options.get("models", []),
        configs=options.get("config", []),
        python=options.get("python") or sys.executable,
        schemas=options.get("schema", []),
        scratch_url=os.environ.get("KEDGE_SCRATCH_URL") or options.get("scratch-url"),
        scratch_place=options.get("scratch", "nearest") if scratch is None else "nearest",
        timeout=options.get("timeout", 300),
        name=name,
        owned_by_others=options.get("owned-by-others", []),
        platforms=options.get("platform", []),
        accept_renames=options.get("accept-rename", []),
    )
    return audit_project(url, asked, root=root, scratch=scratch)


@contextmanager
def _throw_away(
    root: Path, options: dict[str, Any], settings: Config, models: Iterable[Any] | str | None
) -> Iterator[tuple[str, Scratch]]:
    """A database as the project makes it, and the server on which it stands."""
    from kedge.errors import KedgeError
    from kedge.scratch import open_scratch
    from kedge.sources.project import find_project, named_config

    project = find_project(root, python=sys.executable)
    configs = [c for name in options.get("config", []) for c in named_config(name, root)] or project.configs
    scratch_url = os.environ.get("KEDGE_SCRATCH_URL") or options.get("scratch-url")
    with open_scratch("postgresql", scratch_url=scratch_url) as scratch, scratch.database() as url:
        answer = _built(
            {
                "dialect": "postgresql",
                "scratch_url": url,
                "root": str(root),
                "configs": [{"path": c.path, "section": c.section, "name": c.name} for c in configs],
                "targets": [models] if isinstance(models, str) else options.get("models", []),
            },
            root,
        )
        if error := answer.get("error"):
            raise KedgeError(
                f"the throw-away database cannot be built by the migrations: {error['reason']}",
                hint="give a database with --kedge-url, or override the fixture kedge_url",
            )
        if not answer.get("built"):
            raise KedgeError(
                "there are no migrations and no models to build a throw-away database by",
                hint='write models = ["app.db:Base"] in [tool.kedge], or give a database with --kedge-url',
            )
        yield url, scratch


def _built(request: dict[str, Any], root: Path) -> dict[str, Any]:
    from kedge.secrets import mask

    with tempfile.TemporaryDirectory(prefix="kedge-build-") as folder:
        file = Path(folder) / "answer.json"
        ran = subprocess.run(
            [sys.executable, "-m", "kedge.probe.build"],
            input=json.dumps({**request, "answer": str(file)}),
            capture_output=True,
            text=True,
            cwd=root,
            check=False,
        )
        if not file.exists():
            said = (ran.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            return {"error": {"reason": mask(said)}}
        answer: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return answer
