"""CPU seconds of this process and of the database server beside it."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
# https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html : counted after the name in parentheses
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14


def server_seconds(pid: int | None) -> float:
    """Of a server's process, of those it has now, and of those that have ended."""
    if pid is None:
        return 0.0
    own = _stat(str(pid))
    ticks = sum(own[k] for k in (_USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM))
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                child = _stat(entry.name)
            except OSError:
                continue
            if child[_PARENT] == pid:
                ticks += child[_USER] + child[_SYSTEM]
    return ticks / _TICK


def client_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _stat(pid: str) -> list[int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [0 if k == 0 else int(field) for k, field in enumerate(fields[:16])]
