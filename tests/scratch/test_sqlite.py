"""Scratch files of SQLite: private, and gone whatever becomes of Kedge."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

from kedge.scratch import open_scratch

CHILD = """
import time
from kedge.scratch import open_scratch
with open_scratch("sqlite") as scratch, scratch.database() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_databases_are_private_empty_and_apart() -> None:
    with open_scratch("sqlite") as scratch:
        with scratch.database() as one, scratch.database() as two:
            assert path(one) != path(two)
            assert stat.S_IMODE(path(one).parent.stat().st_mode) == 0o700
            with sqlite3.connect(path(one)) as connection:
                connection.execute("CREATE TABLE t (a)")
            with sqlite3.connect(path(two)) as connection:
                assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
        assert list(path(one).parent.iterdir()) == []
        assert scratch.server_version == sqlite3.sqlite_version
    assert not path(one).parent.exists()


def test_nothing_is_left_after_kill_9() -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    folder = path(child.stdout.readline().strip()).parent
    assert folder.exists()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
