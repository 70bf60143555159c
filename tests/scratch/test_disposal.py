"""Whatever becomes of Kedge, no process and no folder is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.scratch.conftest import processes_of, until

from kedge.scratch import open_scratch

CLIENT = """
import sys, time
from kedge.scratch import open_scratch
{before}
with open_scratch("postgresql") as scratch, scratch.database() as url:
    {inside}
    print(url, flush=True)
    time.sleep(600)
"""


SURVIVES_CTRL_C = """
import os, psycopg, signal
os.setpgid(0, 0)

def interrupted(*_):
    time.sleep(0.5)
    print(psycopg.connect(url).execute("SELECT 'alive'").fetchone()[0], flush=True)

signal.signal(signal.SIGINT, interrupted)
"""


def client(before: str = "", inside: str = "pass", **options: object) -> subprocess.Popen[str]:
    program = CLIENT.format(before=before, inside=inside)
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def gone(folder: Path) -> bool:
    return not list(folder.iterdir()) and not processes_of(folder)


@pytest.mark.parametrize("turn", range(3))
def test_kill_9_while_it_runs(own_tmp: Path, turn: int) -> None:
    process = client()
    url = process.stdout.readline().strip()
    with psycopg.connect(url) as open_connection:
        assert processes_of(own_tmp)
        process.kill()
        process.communicate()
        assert until(lambda: gone(own_tmp)), processes_of(own_tmp)
        with pytest.raises(psycopg.OperationalError):
            open_connection.execute("SELECT 1")
        open_connection.close()


@pytest.mark.parametrize("seconds", [0.15, 0.25, 0.3, 0.35, 0.4, 0.5])
def test_kill_9_while_it_starts(own_tmp: Path, seconds: float) -> None:
    process = client()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.communicate()
    assert until(lambda: gone(own_tmp)), processes_of(own_tmp)


def test_ctrl_c_ends_kedge_and_all_is_tidied(own_tmp: Path) -> None:
    process = client(start_new_session=True)
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=15)
    assert "KeyboardInterrupt" in errors
    assert until(lambda: gone(own_tmp))


def test_ctrl_c_does_not_reach_the_server(own_tmp: Path) -> None:
    """The terminal sends it to the whole group, and Kedge may have something to finish."""
    process = client(before=SURVIVES_CTRL_C)
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "alive\n"
    process.kill()
    process.communicate()
    assert until(lambda: gone(own_tmp))


def test_ctrl_c_while_it_starts(own_tmp: Path) -> None:
    process = client(start_new_session=True)
    assert until(lambda: bool(list(own_tmp.iterdir())))
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=15)
    assert until(lambda: gone(own_tmp))


def test_an_exit_without_closing(own_tmp: Path) -> None:
    process = client(inside="import os; os._exit(3)")
    assert process.wait(30) == 3
    process.communicate()
    assert until(lambda: gone(own_tmp))


def test_children_of_kedge_do_not_hold_the_pipe(own_tmp: Path) -> None:
    """Neither a started program (even with its descriptors left open) nor a fork keeps the server alive."""
    others = set(pipes_to_watchdog())
    with open_scratch("postgresql") as scratch:
        (pipe,) = set(pipes_to_watchdog()) - others
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
        fork = os.fork()
        if fork == 0:
            signal.pause()
            os._exit(0)
        try:
            assert until(lambda: pipe not in pipes_of(fork))
            assert pipe not in pipes_of(child.pid)
            assert pipe in pipes_of(os.getpid())
            scratch.close()
            assert gone(own_tmp)
        finally:
            child.kill()
            child.wait()
            os.kill(fork, signal.SIGKILL)
            os.waitpid(fork, 0)


def test_a_killed_watchdog_is_made_up_for(own_tmp: Path) -> None:
    with open_scratch("postgresql") as scratch:
        watchdog = scratch._server._watchdog.process
        watchdog.kill()
        watchdog.wait()
        assert processes_of(own_tmp)
    assert until(lambda: gone(own_tmp))


def test_a_server_that_dies_leaves_nothing(own_tmp: Path) -> None:
    with open_scratch("postgresql") as scratch:
        os.kill(scratch._server.pid, signal.SIGKILL)
        assert until(lambda: gone(own_tmp))


def pipes_of(pid: int) -> set[str]:
    """The writing ends of pipes that a process has open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target, flags = str(entry.readlink()), Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text()
        except OSError:
            continue
        if target.startswith("pipe:") and int(flags.split("flags:")[1].split()[0], 8) & os.O_WRONLY:
            found.add(target)
    return found


def pipes_to_watchdog() -> set[str]:
    """The pipes that this process writes and a watchdog of its own reads."""
    read = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"watchdog.py" in (folder / "cmdline").read_bytes():
                read.add(str((folder / "fd/0").readlink()))
        except OSError:
            continue
    return read & pipes_of(os.getpid())
