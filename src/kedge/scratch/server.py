"""One throw-away PostgreSQL server, started from local binaries and owned by a watchdog."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kedge.dialects.postgresql.stand_ins import FOLDER
from kedge.scratch.binaries import Install
from kedge.scratch.lifeline import Lifeline
from kedge.scratch.protocol import NoScratch

OWN = "kedge"
"""The `cluster_name` by which a server is known to be of our own making."""
SUPERUSER = "postgres"
PORT = 5432  # only a part of the socket's name: nothing listens on a network
PATIENCE = 60.0
_NO_ROOM = 1024 * 1024
WATCHDOG = Path(__file__).with_name("watchdog.py")

SETTINGS = {
    "listen_addresses": "",
    "cluster_name": OWN,
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # nothing here survives a crash, nor has to
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # nothing happens that was not asked for
    "autovacuum": "off",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    # a replay or a judge may touch thousands of tables in one transaction
    "max_locks_per_transaction": "4096",
    "max_connections": "40",
    "shared_buffers": "32MB",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the server runs as: PostgreSQL refuses to run as root."""

    prefix: tuple[str, ...] = ()  # goes before the watchdog's command line
    uid: int | None = None
    gid: int | None = None


class FailedStart(NoScratch):
    """These binaries could not be started; others may."""


class Server:
    """A running server. Its folder, its process and the watchdog are gone after `close`."""

    def __init__(self, install: Install, identity: Identity, order: dict[str, Any] | None = None) -> None:
        self.install = install
        self._order = order or _order(install, identity)
        self._watchdog = _spawn(self._order, identity)
        try:
            started = _answer(self._watchdog)
        except NoScratch:
            self._watchdog.close()
            raise
        except BaseException:  # Ctrl-C does not wait
            self._watchdog.cut()
            raise
        self.folder = Path(started["folder"])
        self.socket = Path(started["socket"])
        self.pid: int = started["pid"]

    @property
    def log(self) -> Path:
        """Everything the server said."""
        return self.folder / "log"

    def close(self) -> None:
        if self._watchdog.held and not self._watchdog.close():
            self._remove_ourselves()

    def _remove_ourselves(self) -> None:
        """Somebody killed the watchdog."""
        try:
            os.kill(self.pid, self._order["stop"][0])
            time.sleep(0.2)
        except ProcessLookupError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)


def identities(users: tuple[str, ...] = ("postgres", "nobody")) -> list[Identity]:
    """Ways to run a server as the present user (or `users`, for root), best first; empty if there is none."""
    if os.geteuid() != 0:
        return [Identity()]
    found = [Identity(prefix=_UNSHARE)] if _unshare_works() else []
    import pwd

    for name in users:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(Identity(uid=user.pw_uid, gid=user.pw_gid))
    return found


# A user namespace in which root is called 1000: files still belong to root, but PostgreSQL agrees to run.
_UNSHARE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


@cache
def _unshare_works() -> bool:
    """Containers often forbid it, and util-linux before 2.34 or BSD have no such option."""
    try:
        done = subprocess.run([*_UNSHARE, "true"], capture_output=True, stdin=subprocess.DEVNULL, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _order(install: Install, identity: Identity) -> dict[str, Any]:
    """What the watchdog is told."""
    said = {**SETTINGS, **_stand_ins(install)}
    settings = [word for name, value in said.items() for word in ("-c", f"{name}={value}")]
    return {
        "parent": os.getpid(),
        "parent_folder": parent_folder(),
        "uid": identity.uid,
        "gid": identity.gid,
        "locales": ["C.UTF-8", "C"],
        "initdb": [
            str(install.bin / "initdb"),
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            f"--username={SUPERUSER}",
            "--locale={locale}",
            "-D",
            "{data}",
        ],
        "server": [str(install.bin / "postgres"), *settings, "-D", "{data}", "-k", "{socket}"],
        "ready": "postmaster",
        "stop": [signal.SIGQUIT, signal.SIGKILL],
        "env": plain_environment(),
        "patience": PATIENCE,
    }


def _stand_ins(install: Install) -> dict[str, str]:
    """Where the server finds what it lacks; its own extensions go before them."""
    # https://www.postgresql.org/docs/18/runtime-config-client.html#GUC-EXTENSION-CONTROL-PATH
    known = install.major >= 18 and FOLDER.is_dir() and ":" not in str(FOLDER)
    return {"extension_control_path": f"$system:{FOLDER}"} if known else {}


def plain_environment() -> dict[str, str]:
    """What a server is started with: none of the user's own PG* or MYSQL* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def parent_folder() -> str:
    """Where the folder is made: TMPDIR if it is set, even if it cannot be used; that is then said."""
    return os.environ.get("TMPDIR") or tempfile.gettempdir()


def _spawn(order: dict[str, Any], identity: Identity) -> Lifeline:
    python = sys.executable or shutil.which("python3") or "python3"
    try:
        return Lifeline([*identity.prefix, python, "-I", "-S", str(WATCHDOG), json.dumps(order)])
    except OSError as error:
        raise FailedStart(f"cannot start {python}: {error}") from None


def _answer(watchdog: Lifeline) -> dict[str, Any]:
    answers = watchdog.process.stdout
    assert answers is not None
    readable, _, _ = select.select([answers], [], [], 2 * PATIENCE)
    line = answers.readline() if readable else b""
    if not line:
        raise FailedStart("the server's watchdog gave no answer")
    content: dict[str, Any] = json.loads(line)
    if "failed" not in content:
        return content
    why = content["why"]
    if not why.strip() and shutil.disk_usage(parent_folder()).free < _NO_ROOM:
        why = "No space left on device"  # not even to say so
    if content["failed"] == "folder" or "No space left on device" in why or "Read-only file system" in why:
        reason = "no space left" if "No space left on device" in why else _last_line(why)
        raise NoScratch(
            f"cannot make a throw-away database in {parent_folder()}: {reason}",
            hint="point TMPDIR at a folder with 100 MB to spare, or give --scratch-url",
        )
    raise FailedStart(_last_line(why))


def _last_line(text: str) -> str:
    """The line that says why: the last error of the server's, else the last line at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if any(w in line for w in ("FATAL", "error:", "[ERROR]"))]
    return (errors or lines or ["no reason given"])[-1]
