"""Kedge is ended from outside, at any moment: nothing of it stays."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from tests.bad_days.world import MODELS, THING, Database, Row, finish, start, write

TURNS = 50
NUMBERS = count()


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A TMPDIR of this test's own, short enough for a socket in it."""
    folder = Path(f"/tmp/kb{os.getpid()}-{next(NUMBERS)}")
    folder.mkdir(mode=0o711)
    yield folder
    folder.rmdir()  # fails when something was left


def living(folder: Path) -> list[str]:
    """All processes that were started with this TMPDIR: Kedge, watchdogs, servers, the project's interpreter."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if os.fsencode(f"{folder}") in environ.read_bytes() + (environ.parent / "cmdline").read_bytes():
                found.append((environ.parent / "cmdline").read_text().replace("\0", " ")[:200])
        except OSError:
            continue
    return found


def nothing_is_left(folder: Path, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while living(folder) or list(folder.iterdir()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def killed(project: Path, url: str, folder: Path, seconds: float) -> None:
    folder.mkdir(mode=0o711)
    process = start(project, url, "--models", "models", TMPDIR=str(folder), KEDGE_SCRATCH_URL=None)
    time.sleep(seconds)
    process.kill()
    process.communicate()
    assert nothing_is_left(folder), (seconds, living(folder), list(folder.rglob("*")))
    folder.rmdir()


@pytest.mark.slow
def test_kill_9_fifty_times(project: Path, database: Database, short_tmp: Path) -> None:
    """From its first moment to its last; the models take a while, so that every phase is hit."""
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name text)")
    (project / "models.py").write_text((project / "models.py").read_text() + "import time; time.sleep(0.5)\n")
    draw = random.Random(5)
    moments = [draw.uniform(0.0, 4.0) for _ in range(TURNS)]
    with ThreadPoolExecutor(4) as pool:
        turns = [
            pool.submit(killed, project, database.url(), short_tmp / f"{n}", seconds)
            for n, seconds in enumerate(moments)
        ]
        for turn in turns:
            turn.result()


def test_kill_9_while_the_project_hangs(tmp_path: Path, database: Database, short_tmp: Path) -> None:
    """The project's interpreter sees that nobody listens any more."""
    project = tmp_path / "project"
    project.mkdir()
    write(project, models=MODELS + "\n    import time; time.sleep(300)\n")
    database.make(THING)
    killed(project, database.url(), short_tmp / "0", 3.0)


@pytest.mark.parametrize("seconds", [0.6, 1.2, 2.0, 6.0])
def test_ctrl_c(tmp_path: Path, database: Database, row: Row, short_tmp: Path, seconds: float) -> None:
    """To all of its process group, as a terminal sends it."""
    project = tmp_path / "project"
    project.mkdir()
    write(project, models=MODELS + "\n    import time; time.sleep(300)\n")
    database.make(THING)
    given = {"TMPDIR": str(short_tmp), "KEDGE_SCRATCH_URL": None}
    process = start(project, database.url(), "--models", "models", "--output", "report.txt", **given)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    ran = finish(process, project, 30).holds(row)
    assert "Traceback" not in ran.everything
    assert ran.files == {}
    assert nothing_is_left(short_tmp)


SLOW = """
    import pathlib, time
    pathlib.Path("importing").touch()
    time.sleep(60)
"""


def test_ctrl_c_while_it_is_imported(project: Path, row: Row) -> None:
    """Before the command line is there to catch it; what comes before that is Python's own start."""
    write(project, slow__click=SLOW)
    program = (sys.executable, "-m", "kedge")
    process = start(project, "", program=program, PYTHONPATH=str(project / "slow"))
    deadline = time.monotonic() + 20
    while not (project / "importing").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    ran = finish(process, project, 30).holds(row)
    assert ran.err == "interrupted\n"


def test_sigterm(tmp_path: Path, database: Database, short_tmp: Path) -> None:
    """As a pipeline that is cancelled sends it."""
    project = tmp_path / "project"
    project.mkdir()
    write(project, models=MODELS + "\n    import time; time.sleep(300)\n")
    database.make(THING)
    given = {"TMPDIR": str(short_tmp), "KEDGE_SCRATCH_URL": None}
    process = start(project, database.url(), "--models", "models", **given)
    time.sleep(2.5)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM
    assert nothing_is_left(short_tmp)
