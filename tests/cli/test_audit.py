"""`kedge audit`: where the database comes from, where reports go, how it ends."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.report import samples

from kedge.errors import Incomplete, KedgeError
from kedge.findings import Suppression

URL = "postgresql://app:s3cr%40et-word@db/app"


@pytest.fixture
def clean(audit):
    audit.answer = samples.report()
    return audit


@pytest.fixture
def drifted(audit):
    audit.answer = samples.twelve()
    return audit


def url_asked(audit, kedge, *arguments: str) -> str:
    ran = kedge("audit", *arguments)
    assert ran.code == 0, ran.err
    return str(audit.url)


def test_command_line_beats_environment_beats_file(clean, kedge, project: Path, monkeypatch) -> None:
    """Each source is taken away in turn, and the next one holds."""
    (project / "pyproject.toml").write_text('[tool.kedge]\nurl-env = "FILE"\n')
    for name in ("FILE", "NAMED", "KEDGE_URL", "DATABASE_URL"):
        monkeypatch.setenv(name, f"postgresql://{name.lower()}/x")
    assert (
        url_asked(clean, kedge, "--url", "postgresql://given/x", "--url-env", "NAMED")
        == "postgresql://given/x"
    )
    assert url_asked(clean, kedge, "--url-env", "NAMED") == "postgresql://named/x"
    assert url_asked(clean, kedge) == "postgresql://kedge_url/x"
    monkeypatch.delenv("KEDGE_URL")
    assert url_asked(clean, kedge) == "postgresql://database_url/x"
    monkeypatch.delenv("DATABASE_URL")
    assert url_asked(clean, kedge) == "postgresql://file/x"
    monkeypatch.delenv("FILE")
    ran = kedge("audit")
    assert ran.code == 2
    assert "FILE is not set" in ran.err


def test_auditing_another_database_than_the_file_names_is_told(
    clean, kedge, project: Path, monkeypatch
) -> None:
    (project / "kedge.toml").write_text('url-env = "STAGING"\n')
    monkeypatch.setenv("DATABASE_URL", "postgresql://here/x")
    monkeypatch.setenv("STAGING", "postgresql://there/x")
    assert "STAGING" in kedge("audit").err


def test_the_url_may_come_from_standard_input(clean, kedge, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{URL}\n"))
    ran = kedge("audit", "--url", "-")
    assert clean.url == URL
    assert "warning" not in ran.err
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert kedge("audit", "--url", "-").code == 2


def test_a_password_on_the_command_line_is_warned_of_and_not_repeated(clean, kedge) -> None:
    ran = kedge("audit", "--url", URL)
    assert "warning: a password on the command line" in ran.err
    assert "et-word" not in ran.err + ran.out
    assert "warning" not in kedge("audit", "--url", "postgresql://app@db/app").err


def test_without_a_database_it_says_how_to_give_one(kedge) -> None:
    ran = kedge("audit")
    assert ran.code == 2
    assert ran.out == ""
    assert "--url-env" in ran.err
    assert "DATABASE_URL" in ran.err


def test_every_option_reaches_the_audit(clean, kedge, project: Path) -> None:
    kedge(
        *("audit", "--no-cache", "--url"),
        *("postgresql://x/y", "--models", "a:b", "--models", "c:d", "--config", "x.ini"),
        *("--python", "docker compose exec -T api python", "--schema", "s", "--schema", "t"),
        *("--scratch-url", "postgresql://z/", "--timeout", "3"),
    )
    assert clean.asked["root"] == project
    assert clean.asked["memory"].folder is None
    assert clean.url == "postgresql://x/y"
    assert msgspec.json.decode(msgspec.json.encode(clean.options)) == {
        "targets": ["a:b", "c:d"],
        "configs": ["x.ini"],
        "python": "docker compose exec -T api python",
        "schemas": ["s", "t"],
        "scratch_url": "postgresql://z/",
        "timeout": 3.0,
        "name": None,
        "owned_by_others": [],
        "platforms": [],
        "accept_renames": [],
        "scratch_place": "nearest",
        "code": True,
        "history": True,
        "history_from": None,
        "history_command": None,
        "check_downgrades": False,
        "probe_data": False,
        "sequence_values": True,
    }


def test_every_option_has_an_environment_variable(clean, kedge, project: Path, monkeypatch) -> None:
    for name, value in {
        "URL": "postgresql://x/y",
        "MODELS": "a:b c:d",
        "SCHEMA": "s t",
        "TIMEOUT": "4",
        "FORMAT": "json",
        "OUTPUT": "out.json",
        "FAIL_ON": "never",
        "REPRODUCIBLE": "1",
    }.items():
        monkeypatch.setenv(f"KEDGE_{name}", value)
    clean.answer = samples.twelve()
    assert kedge("audit").code == 0
    assert list(clean.options.targets) == ["a:b", "c:d"]
    assert list(clean.options.schemas) == ["s", "t"]
    assert clean.options.timeout == 4
    assert "generated_at" not in json.loads((project / "out.json").read_text())["tool"]


def test_the_file_holds_where_nothing_else_is_said(drifted, kedge, project: Path, monkeypatch) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.kedge]\nurl = "postgresql:///here"\nmodels = "a:b"\nschema = ["s"]\n'
        'fail-on = "never"\nformat = "json"\n'
    )
    ran = kedge("audit")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["format"] == 1
    assert list(drifted.options.targets) == ["a:b"]
    monkeypatch.setenv("KEDGE_FAIL_ON", "error")
    assert kedge("audit").code == 1
    assert kedge("audit", "--fail-on", "never").code == 0


@pytest.mark.parametrize(
    ("fail_on", "severity", "code"),
    [
        ("error", "error", 1),
        ("error", "warning", 0),
        ("warning", "warning", 1),
        ("warning", "info", 0),
        ("info", "info", 1),
        ("never", "error", 0),
    ],
)
def test_it_fails_from_a_severity_on(audit, kedge, fail_on: str, severity: str, code: int) -> None:
    found = samples.finding("r", "t", "c", samples.value(1), samples.value(2), message="m", severity=severity)
    audit.answer = samples.report(found)
    assert kedge("audit", "--url", "postgresql:///x", "--fail-on", fail_on).code == code


def test_incomplete_is_never_clean_but_findings_go_first(audit, kedge) -> None:
    audit.answer = samples.report(complete=False)
    assert kedge("audit", "--url", "postgresql:///x").code == 3
    assert kedge("audit", "--url", "postgresql:///x", "--exit-zero", "-q").code == 3
    audit.answer = samples.report(samples.uuid_for_integer(), complete=False)
    assert kedge("audit", "--url", "postgresql:///x").code == 1
    assert kedge("audit", "--url", "postgresql:///x", "--exit-zero").code == 3
    audit.answer = samples.one()
    assert kedge("audit", "--url", "postgresql:///x", "--exit-zero").code == 0


def test_strict_takes_what_was_not_compared_for_incomplete(audit, kedge) -> None:
    audit.answer = samples.report(notes=samples.twelve().notes)
    assert kedge("audit", "--url", "postgresql:///x").code == 0
    assert kedge("audit", "--url", "postgresql:///x", "--strict").code == 3


def test_suppressed_findings_fail_nothing(audit, kedge) -> None:
    found = samples.finding(
        "r",
        "t",
        "c",
        samples.value(1),
        samples.value(2),
        message="m",
        severity="error",
        suppressed=Suppression(by="config", reason="known"),
    )
    audit.answer = samples.report(found)
    assert kedge("audit", "--url", "postgresql:///x").code == 0


def test_several_reports_at_once(drifted, kedge, project: Path) -> None:
    ran = kedge(
        "audit", "--url", "postgresql:///x", "--format", "text", "--format", "json", "--output", "r.json"
    )
    assert "12 findings" in ran.out
    assert json.loads((project / "r.json").read_text())["summary"]
    assert ran.err == "wrote r.json\n"
    ran = kedge("audit", "--url", "postgresql:///x", "--output", "a.txt", "--output", "b.json")
    assert ran.out == ""
    assert "12 findings" in (project / "a.txt").read_text()
    assert json.loads((project / "b.json").read_text())


def test_two_reports_cannot_share_standard_output(drifted, kedge) -> None:
    ran = kedge("audit", "--url", "postgresql:///x", "--format", "text", "--format", "json")
    assert ran.code == 2
    assert "--output" in ran.err


def test_a_report_that_cannot_be_written_is_said_before_the_audit(drifted, kedge) -> None:
    ran = kedge("audit", "--url", "postgresql:///x", "--output", "no/such/place.json")
    assert ran.code == 2
    assert drifted.url is None


def test_quiet_is_silent_where_nothing_drifted_only(audit, kedge) -> None:
    audit.answer = samples.report()
    ran = kedge("audit", "--url", "postgresql:///x", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    audit.answer = samples.report(complete=False)
    assert "Incomplete" in kedge("audit", "--url", "postgresql:///x", "--quiet").out


def test_no_colour_in_pipes(drifted, kedge, monkeypatch) -> None:
    assert "\x1b" not in kedge("audit", "--url", "postgresql:///x").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in kedge("audit", "--url", "postgresql:///x").out
    assert "\x1b" not in kedge("audit", "--url", "postgresql:///x", "--no-color").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in kedge("audit", "--url", "postgresql:///x").out


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            Incomplete("cannot connect to db", hint="is it running?"),
            3,
            ["error: cannot connect", "hint: is it"],
        ),
        (KedgeError("no models", hint="give --models"), 2, ["error: no models", "hint: give --models"]),
        (ValueError("boom\nwith more"), 2, ["error: ValueError: boom", "--debug"]),
        (KeyboardInterrupt(), 130, ["interrupted"]),
    ],
)
def test_errors_are_a_line_each(audit, kedge, error: BaseException, code: int, words: list[str]) -> None:
    audit.answer = error
    ran = kedge("audit", "--url", "postgresql:///x")
    assert ran.code == code
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) <= 2
    for word in words:
        assert word in ran.err


def test_a_traceback_is_shown_only_when_asked_for_and_without_the_password(
    audit, kedge: Callable, monkeypatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    audit.answer = RuntimeError("driver says: user app, secret s3cr@et-word refused")
    for arguments in (["audit"], ["audit", "--debug"]):
        ran = kedge(*arguments)
        assert "et-word" not in ran.err
        assert ("Traceback" in ran.err) == ("--debug" in arguments)
