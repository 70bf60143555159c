"""The program that owns one throw-away server: makes its folder, starts it, and removes both at the end.

The end is when standard input closes: Kedge holds the other end of that pipe, so the end comes when Kedge
asks for it, when it exits, and when it is killed. Everything is made and removed by this one process, so
there is no moment in which a folder or a server has no owner. Standard library only; run with `-I -S`.

Argument: one JSON object (`Order`). Answer: one JSON line on standard output,
{"folder", "socket", "pid"} or {"failed": step, "why": text}.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO, Any, TypedDict

Process = subprocess.Popen[bytes]


class Order(TypedDict):
    parent: int  # Kedge's process id
    parent_folder: str  # where to make the folder
    uid: int | None  # whom the server runs as, where not as this process
    gid: int | None
    locales: list[str]  # the first one that this machine knows
    initdb: list[str]  # command lines; {folder}, {data}, {socket} and {locale} are filled in
    server: list[str]
    ready: str  # "postmaster": its file says so; "greeting": it greets who connects to the socket "s"
    stop: list[int]  # the signals that end it, one after the other
    env: dict[str, str]
    patience: float  # seconds until it has to be ready


class Ended(BaseException):
    """The other end of the pipe is gone."""


class Failed(Exception):
    def __init__(self, step: str, why: str) -> None:
        self.step, self.why = step, why


def main() -> None:
    order: Order = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    folders: list[str] = []  # to be removed
    children: list[Process] = []  # to be stopped
    try:
        server, content = start(order, folders, children)
        answer(content)
        while server.poll() is None:  # a server that died by itself leaves nothing either
            watch(order["parent"], 1.0)
    except Failed as failed:
        answer({"failed": failed.step, "why": failed.why})
    except Ended:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(children):
            stop(child, order["stop"])
        for folder in folders:
            remove(folder)


def start(order: Order, folders: list[str], children: list[Process]) -> tuple[Process, dict[str, Any]]:
    try:
        folder = new_folder(order, order["parent_folder"], folders)
        # the path of a socket may have 107 bytes (103 on macOS)
        sockets = folder if len(os.fsencode(folder)) <= 80 else new_folder(order, "/tmp", folders)
        log = open(os.path.join(folder, "log"), "wb")  # noqa: SIM115 - the children write to it
    except OSError as error:
        raise Failed("folder", error.strerror or str(error)) from None
    data = os.path.join(folder, "data")
    for locale in order["locales"]:
        shutil.rmtree(data, ignore_errors=True)
        places = {"folder": folder, "data": data, "socket": sockets, "locale": locale}
        initdb = run(order, log, filled(order["initdb"], places), children)
        while initdb.poll() is None:
            watch(order["parent"], 0.01)
        if initdb.returncode == 0:
            break
    else:
        raise Failed("initdb", tail(log.name))
    server = run(order, log, filled(order["server"], places), children)
    deadline = time.monotonic() + order["patience"]
    while not (ready(data) if order["ready"] == "postmaster" else greeted(os.path.join(sockets, "s"))):
        watch(order["parent"], 0.01)
        if server.poll() is not None or time.monotonic() > deadline:
            raise Failed("start", tail(log.name))
    return server, {"folder": folder, "socket": sockets, "pid": server.pid}


def filled(command: list[str], places: dict[str, str]) -> list[str]:
    for name, place in places.items():
        command = [word.replace("{" + name + "}", place) for word in command]
    return command


def new_folder(order: Order, parent: str, folders: list[str]) -> str:
    folder = tempfile.mkdtemp(prefix="kedge-", dir=parent)  # 0700
    folders.append(folder)
    if order["uid"] is not None and order["gid"] is not None:
        os.chown(folder, order["uid"], order["gid"])
    return folder


def run(order: Order, log: IO[bytes], command: list[str], children: list[Process]) -> Process:
    identity: dict[str, Any] = {}
    if order["uid"] is not None:
        identity = {"user": order["uid"], "group": order["gid"], "extra_groups": []}
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=order["env"],
            cwd="/",
            start_new_session=True,
            **identity,
        )
    except OSError as error:
        raise Failed("start", str(error)) from None
    children.append(child)
    return child


def ready(data: str) -> bool:
    """The eighth line of postmaster.pid is what `pg_ctl --wait` waits for."""
    try:
        with open(os.path.join(data, "postmaster.pid")) as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def greeted(path: str) -> bool:
    """MariaDB and MySQL speak first, when they can be spoken to."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(path)
            greeting = client.recv(5)
        except OSError:
            return False
    return greeting[4:5] == b"\x0a"  # the version of the protocol; 0xff would be an error


def watch(parent: int, seconds: float) -> None:
    """Wait, and notice the end. The parent's id is looked at too, in case a fork of it kept the pipe open."""
    readable, _, _ = select.select([0], [], [], seconds)
    if (readable and not os.read(0, 1)) or os.getppid() != parent:
        raise Ended


def end(number: int, frame: object) -> None:
    raise Ended


def stop(child: Process, signals: list[int]) -> None:
    """Immediate shutdown: there is nothing to keep. PostgreSQL gives its own children five seconds."""
    for number in signals:
        if child.poll() is None:
            os.killpg(child.pid, number)
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                continue


def remove(folder: str) -> None:
    """A backend that is on its way out may still write, so removing may need a second go."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)


def tail(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()[-4000:]


def answer(content: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(content) + "\n")
        sys.stdout.flush()
    except OSError:
        pass


if __name__ == "__main__":
    main()
