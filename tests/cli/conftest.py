"""Runs the command line in this process, in an empty project, with an audit that answers what is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from kedge.cli import run
from kedge.options import Options


class Ran(msgspec.Struct):
    code: int
    out: str
    err: str


class FakeAudit:
    """Stands for `kedge._api.audit_project`: remembers what it was asked, answers a report or an error."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.options = Options()
        self.asked: dict[str, Any] = {}
        self.answer: Any = None

    def __call__(self, url: str, options: Options, **asked: Any) -> Any:
        self.url, self.options, self.asked = url, options, asked
        asked["progress"]("reading", 1, 2)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> FakeAudit:
    fake = FakeAudit()
    module = ModuleType("kedge._api")
    module.audit_project = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kedge._api", module)
    return fake


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in list(os.environ):
        if name.startswith("KEDGE_") or name in ("DATABASE_URL", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture
def kedge(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def call(*arguments: str) -> Ran:
        code = run(arguments)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call
