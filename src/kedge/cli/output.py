"""Where reports go: pairs of --format and --output, standard output, the look each of them can take."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from kedge.errors import UsageError
from kedge.report import FORMATS, Look

# a report in a file, or in a pipe, is as wide as this
WIDTH = 100
EXTENSIONS = {"txt": "text", "md": "markdown", "xml": "junit"}
# what GitHub takes for a step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
STEP_SUMMARY = 1024 * 1024


class Output(msgspec.Struct, frozen=True):
    """One report to write; `path` None is standard output."""

    format: str
    path: Path | None = None


def outputs(formats: Sequence[str], files: Sequence[str]) -> list[Output]:
    """Pairs formats with files: by the file's extension where it names a format, else in order.

    A format without a file goes to standard output; a file without a format is what its extension says.
    """
    left = list(formats)
    paired: dict[int, str] = {}
    for number, file in enumerate(files):
        named = _named(file)
        if named in left:
            left.remove(named)
            paired[number] = named
    for number, file in enumerate(files):
        if number not in paired:
            fitting = next((name for name in left if _fits(name, _named(file))), None)
            if fitting:
                left.remove(fitting)
            paired[number] = fitting or _named(file) or "text"
    if len(left) > 1:
        raise UsageError(
            f"{' and '.join(left)} cannot both go to standard output", hint="give each its own --output FILE"
        )
    chosen = [Output(paired[number], _file(file)) for number, file in enumerate(files)]
    chosen += [Output(format_) for format_ in left]
    return chosen or [Output("text")]


def _fits(name: str, named: str | None) -> bool:
    """Whether a format may go into a file whose extension names another: into a .txt, and what is JSON into a .json."""
    return named in (None, "text") or (name in ("sarif", "gitlab") and named == "json")


def _named(file: str) -> str | None:
    extension = Path(file).suffix.removeprefix(".").lower()
    name = EXTENSIONS.get(extension, extension)
    return name if name in FORMATS else None


def _file(file: str) -> Path | None:
    if file == "-":
        return None
    path = Path(file)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(
            f"--output {file}: {'is a directory' if path.is_dir() else 'its directory is not there'}"
        )
    return path


def look_of(stream: TextIO, *, no_color: bool) -> Look:
    """What a stream can show: colour on terminals only, and no character that its encoding lacks."""
    terminal = stream.isatty()
    wanted = terminal and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    if os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
        wanted = True
    try:
        "─│→·…".encode(stream.encoding or "ascii")
        unicode = True
    except UnicodeEncodeError:
        unicode = False
    width = shutil.get_terminal_size((WIDTH, 24)).columns
    return Look(width=max(width, 40), color=wanted and not no_color, unicode=unicode)


def write(text: str, path: Path | None) -> None:
    """The whole text, or, in a file, what was there before."""
    if path is None:
        _say(text)
        return
    if path.exists() and not path.is_file():
        # /dev/stderr, a pipe: nothing to replace
        path.write_text(text, "utf-8")
        return
    try:
        _replace(path, text)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="what was there before is still there"
        ) from None


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, delete=False, encoding="utf-8", newline="\n"
    ) as new:
        written = Path(new.name)
        try:
            new.write(text)
            new.flush()
            written.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
            written.replace(path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # what is left in the buffer goes nowhere, or Python would fail over it once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(f"standard output cannot be written: {error.strerror}") from None


def add_step_summary(text: str) -> None:
    """Into the page that GitHub shows of a job, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text.encode()[:STEP_SUMMARY].decode("utf-8", "ignore") + "\n")
    except OSError as error:
        raise UsageError(f"$GITHUB_STEP_SUMMARY cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
