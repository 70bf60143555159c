"""Runs the probe in the project's interpreter and takes its answer."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from kedge.errors import Incomplete, KedgeError, UsageError
from kedge.secrets import mask
from kedge.sources.bundle import program
from kedge.sources.project import Project

Answer = dict[str, Any]
Progress = Callable[[str], None]

_GRACE = 10.0
_TIDYING = 2.0
_TAIL = 15


def ask(
    project: Project,
    request: dict[str, object],
    *,
    timeout: float,
    progress: Progress | None,
    hidden: list[str],
    on_step: Callable[[Answer], None] | None = None,
) -> Answer:
    """One fresh process, one answer. `hidden` are URLs whose passwords must not be shown.

    The process stops at every step it says until `on_step` has returned; what that raises ends both.
    """
    marker = "kedge-" + secrets.token_hex(16)
    text = program({**request, "marker": marker, "timeout": timeout})
    with _started(project, conversing=on_step is not None) as process:
        said = _Listener(process, marker, progress, hidden, on_step)
        try:
            said.feed(text)
            process.wait(timeout + _GRACE)
        except subprocess.TimeoutExpired:
            raise Incomplete(
                f"the project did not finish importing in {timeout:g} s and did not answer",
                hint="give it longer with --timeout",
            ) from None
        finally:
            _end(process)
            said.finish()
            _remove_what_is_left(marker)
    if said.problem is not None:
        raise said.problem
    if said.answer is None:
        raise _silence(project, process.returncode, mask(said.tail(), *hidden))
    return said.answer


# Reads the program by its length, so that standard input stays open behind it.
_BOOT = "import sys; b = sys.stdin.buffer; exec(b.read(int(b.readline())))"


def _started(project: Project, *, conversing: bool) -> subprocess.Popen[bytes]:
    boot = shlex.quote(_BOOT) if Path(project.python[0]).name == "ssh" else _BOOT
    try:
        return subprocess.Popen(
            [*project.python, *(("-c", boot) if conversing else ("-",))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=project.root,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(
            f"the project's interpreter cannot be started: {' '.join(project.python)}: {error.strerror}",
            hint="name it with --python",
        ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the probe, which tidies up if it is told, and whatever the project started beside it."""
    try:
        if process.poll() is None:
            process.terminate()
            process.wait(_TIDYING)
    except subprocess.TimeoutExpired:
        pass
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()


def _remove_what_is_left(marker: str) -> None:
    """The folder of a probe that was killed before it could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"kedge-guard-{marker[-12:]}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _silence(project: Project, code: int | None, tail: str) -> KedgeError:
    """The interpreter ended without an answer: its last words are all there is."""
    command = " ".join(project.python)
    last = next((line for line in reversed(tail.splitlines()) if line.strip()), "it said nothing")
    if code is not None and code < 0:
        return KedgeError(
            f"{command} was ended by {signal.Signals(-code).name}: {last}",
            hint="the project did it, or the machine, out of memory; import the models by hand to see",
        )
    return KedgeError(
        f"{command} ended with exit code {code} and no answer: {last}", hint="is it a Python, 3.8 or newer?"
    )


class _Listener:
    """Reads the channel and the project's own output side by side."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        marker: str,
        progress: Progress | None,
        hidden: list[str],
        on_step: Callable[[Answer], None] | None,
    ) -> None:
        self.answer: Answer | None = None
        self.problem: BaseException | None = None
        self._on_step = on_step
        self._process = process
        self._marker = marker.encode()
        self._progress = progress
        self._hidden = hidden
        self._lines: deque[bytes] = deque(maxlen=_TAIL)
        assert process.stdout is not None and process.stderr is not None
        self._threads = [
            threading.Thread(target=self._hear, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._lines.extend, args=(process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def feed(self, text: str) -> None:
        assert self._process.stdin is not None
        try:
            if self._on_step is not None:
                self._process.stdin.write(b"%d\n" % len(text))
            self._process.stdin.write(text.encode("ascii"))
            self._process.stdin.flush()
            if self._on_step is None:
                self._process.stdin.close()
        except BrokenPipeError:
            pass

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(_GRACE)

    def tail(self) -> str:
        return b"".join(self._lines).decode("utf-8", "replace")

    def _hear(self, stream: IO[bytes]) -> None:
        for line in stream:
            if not line.startswith(self._marker):
                continue
            _, kind, content = line.split(b" ", 2)
            if kind == b"answer":
                self.answer = json.loads(content)
            elif kind == b"step":
                self._step(json.loads(content))
            elif self._progress is not None:
                self._progress(mask(str(json.loads(content)), *self._hidden))

    def _step(self, said: Answer) -> None:
        """The process waits meanwhile, for a line or for the end."""
        assert self._process.stdin is not None
        try:
            if self._on_step is not None:
                self._on_step(said)
            self._process.stdin.write(b"go\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        except BaseException as error:
            self.problem = error
            self._process.terminate()
