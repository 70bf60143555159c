"""A process that outlives Kedge just long enough to clean up after it.

It holds the reading end of a pipe, Kedge the writing end. The kernel closes that end whatever becomes of
Kedge, so the end of the pipe is the one order to clean up: `close`, an exit and `kill -9` are the same.
"""

import os
import subprocess
from collections.abc import Sequence

# The writing ends that are open. A child forked without exec (multiprocessing) must not keep them.
_OPEN: set[int] = set()


def _close_in_child() -> None:
    while _OPEN:
        os.close(_OPEN.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


class Lifeline:
    """The pipe and the process at its end. The process has a session of its own: Ctrl-C does not reach it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._owner = os.getpid()
        reading, self._writing = os.pipe()  # neither end is inheritable
        _OPEN.add(self._writing)
        try:
            self.process = subprocess.Popen(
                command,
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        except BaseException:
            self.cut()
            raise
        finally:
            os.close(reading)

    @property
    def held(self) -> bool:
        """Whether this process (not a fork of it) still holds the pipe."""
        return self._owner == os.getpid() and self._writing in _OPEN

    def tell(self, line: str) -> None:
        data = line.encode() + b"\n"
        while data:
            data = data[os.write(self._writing, data) :]

    def cut(self) -> None:
        """Give the order to clean up, without waiting."""
        if self.held:
            _OPEN.discard(self._writing)
            os.close(self._writing)

    def close(self, patience: float = 20.0) -> bool:
        """Give the order and wait. False if the process did not end well, so that things may be left."""
        self.cut()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode == 0
