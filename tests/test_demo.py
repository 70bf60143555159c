"""The demo finds what its story tells and nothing else, and the README shows what it really prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from demo import readme

ROOT = Path(__file__).parents[1]

# the story of demo/production.sql and of the models, object by object: (table, object, fact)
STORY = {
    # done by hand, in the order of production.sql
    ("users", "email", "type"),
    ("users", "phone", "nullable"),
    ("companies", "homepage", "name"),
    ("companies", "crm_account_id", "presence"),
    ("candidates", "resume_url", "type"),
    ("interviews", "fk_interviews_application_id_applications", "on-delete"),
    ("messages", "ix_messages_recipient_id", "presence"),
    ("payments", "state", "default"),
    ("payments", "amount_cents", "type"),
    ("jobs", "ck_jobs_salary_range", "expression"),
    ("company_members", "pk_company_members", "columns"),
    ("notifications", "payload", "type"),
    ("notifications", "payload", "comment"),
    ("notifications", "ix_notifications_unsent", "presence"),
    ("applications_backup_20240311", None, "presence"),
    ("password_reset_tokens", None, "presence"),
    ("stripe_events", None, "presence"),
    ("webhook_logs", None, "presence"),
    ("email_queue", None, "presence"),
    ("feature_flags", None, "presence"),
    ("user_devices", None, "presence"),
    # changed in the models, without a revision
    ("applications", "candidate_id", "type"),
    (None, "application_status", "values"),
    ("interviews", "starts_at", "type"),
    ("offers", "salary", "type"),
    ("jobs", "salary_currency", "presence"),
    ("referrals", None, "presence"),
}
# one change each, which can be told as one finding or as two
MAY = {
    ("payments", "uq_payments_provider_reference"),
    ("applications", "fk_applications_candidate_id_candidates"),
}


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, ROOT / "demo/run.py", *arguments],
        capture_output=True,
        text=True,
        env=kept | {"PYTHONUTF8": "1"} | environment,
        cwd=ROOT,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def printed() -> str:
    ran = demo()
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("demo") / "report.json"
    ran = demo("--output", str(path))
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def told(finding: dict[str, Any]) -> tuple[str | None, str | None, str]:
    ref = finding["object"]
    name = None if ref["kind"] == "table" else ref["name"]
    # the code says of a table without a model why it has none
    attribute = {"missing": "presence", "not-loaded": "presence"}.get(
        finding["attribute"], finding["attribute"]
    )
    return ref["table"], name, attribute.replace("_", "-")


def test_every_change_of_the_story_is_found(report: dict[str, Any]) -> None:
    assert STORY - {told(finding) for finding in report["findings"]} == set()
    assert "uq_payments_provider_reference" in {finding["object"]["name"] for finding in report["findings"]}


def test_nothing_else_is_found(report: dict[str, Any]) -> None:
    roots = {told(finding) for finding in report["findings"] if finding["implied_by"] is None}
    assert {fact for fact in roots - STORY if fact[:2] not in MAY} == set()
    assert all(finding["confirmed"] for finding in report["findings"])
    assert report["complete"]


def test_a_finding_has_the_line_of_its_model(report: dict[str, Any]) -> None:
    for finding in report["findings"]:
        for origin in finding["origins"]["models"]:
            text = (ROOT / "demo/project" / origin["path"]).read_text("utf-8")
            line = text.splitlines()[origin["line"] - 1]
            if finding["object"]["kind"] == "column" and finding["values"]["models"]["state"] == "value":
                name = finding["names"]["models"] if finding["names"] else finding["object"]["name"]
                assert name in line


def test_the_demo_tells_what_to_do_next(printed: str) -> None:
    assert printed.startswith("$ cd demo/project && kedge audit\n")
    assert printed.rstrip().endswith("kedge audit")
    assert "\x1b" not in printed


def test_the_readme_shows_the_real_report(printed: str) -> None:
    assert readme.shown() == readme.excerpt(printed), "run: python demo/readme.py"
