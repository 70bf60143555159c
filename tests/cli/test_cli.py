"""The door itself: quick to open, plain about mistakes."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from kedge import __version__
from kedge.cli.output import Output, outputs
from kedge.errors import UsageError


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["audit", "--help"], ["rules", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from kedge.cli import run; code = run(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'alembic', 'rich', 'sqlglot', 'psycopg'} & set(sys.modules);"
        "assert not heavy, heavy; sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_version(kedge) -> None:
    assert kedge("--version").out == f"kedge {__version__}\n"


def test_an_unknown_command_is_one_helpful_message(kedge) -> None:
    ran = kedge("adit")
    assert ran.code == 2
    assert ran.out == ""
    assert "hint: `kedge --help`" in ran.err


@pytest.fixture
def two_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("kedge.rules")
    rules = [
        SimpleNamespace(name="index-presence", summary="B."),
        SimpleNamespace(name="column-type", summary="A."),
    ]
    module.RULES = {rule.name: rule for rule in rules}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kedge.rules", module)
    ignores = ModuleType("kedge.rules.ignores")
    ignores.IGNORES = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kedge.rules.ignores", ignores)
    agreed = ModuleType("kedge.rules.agreed")
    agreed.AGREED = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kedge.rules.agreed", agreed)


@pytest.mark.usefixtures("two_rules")
def test_rules_are_listed(kedge) -> None:
    assert kedge("rules").out == "column-type     A.\nindex-presence  B.\n"
    assert kedge("rules", "column-*").out == "column-type  A.\n"
    assert kedge("rules", "none-*").code == 2


@pytest.mark.parametrize(
    ("formats", "files", "expected"),
    [
        ([], [], [("text", None)]),
        (["json"], [], [("json", None)]),
        ([], ["a.json"], [("json", "a.json")]),
        ([], ["a.log"], [("text", "a.log")]),
        (["json"], ["a.log"], [("json", "a.log")]),
        (["text", "json"], ["a.json"], [("json", "a.json"), ("text", None)]),
        (["json", "text"], ["a.json"], [("json", "a.json"), ("text", None)]),
        (["json", "text"], ["a", "b"], [("json", "a"), ("text", "b")]),
        (["json", "text"], ["b.txt", "a.json"], [("text", "b.txt"), ("json", "a.json")]),
        (["json"], ["-"], [("json", None)]),
        (["sarif"], ["results.json"], [("sarif", "results.json")]),
        (["github"], ["drift.json"], [("json", "drift.json"), ("github", None)]),
        (
            ["github"],
            ["a.sarif", "b.xml", "c.md"],
            [("sarif", "a.sarif"), ("junit", "b.xml"), ("markdown", "c.md"), ("github", None)],
        ),
    ],
)
def test_formats_find_their_files(
    formats: list[str], files: list[str], expected: list[tuple[str, str | None]], project
) -> None:
    found = [(output.format, str(output.path) if output.path else None) for output in outputs(formats, files)]
    assert found == expected
    assert isinstance(outputs(formats, files)[0], Output)


def test_two_formats_without_files_are_refused() -> None:
    with pytest.raises(UsageError):
        outputs(["json", "text"], [])
