"""What the scratch tests share: every server version that is here, and a look at what is left behind."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kedge.scratch.binaries import Install, installs

ALL = list(installs(None))


def by_major(install: Install) -> str:
    return f"{'embedded' if install.embedded else 'local'}-{install.version}"


@pytest.fixture(params=ALL, ids=by_major)
def install(request: pytest.FixtureRequest) -> Install:
    return request.param


@pytest.fixture
def own_tmp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of this test's own, so that what is left can be counted while others work."""
    folder = Path(f"/tmp/kt{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir(mode=0o711)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    folder.rmdir()  # fails when something was left


def processes_of(folder: Path) -> list[str]:
    """The command lines that name this folder."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in words and cmdline.parent.name != str(os.getpid()):
            found.append(words.replace(b"\0", b" ").decode())
    return found


def until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
