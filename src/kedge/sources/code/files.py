"""Which files are the project's own Python, and what each is for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

import pathspec

Purpose: TypeAlias = Literal["models", "tests", "fixtures", "docs", "migrations", "vendored"]

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist", "__pypackages__"}
_LARGEST = 4 * 2**20
_TESTS = {"tests", "test", "testing"}
_FIXTURES = {"fixtures", "factories"}
_DOCS = {"docs", "doc", "examples", "example", "samples"}
_VENDORED = {"vendor", "vendored", "_vendor", "third_party", "thirdparty", "extern"}


def python_files(root: Path) -> list[str]:
    """Every `.py` below the root, as paths from there: what git would keep, else what no .gitignore names."""
    listed = _known_to_git(root)
    found = listed if listed is not None else list(_walked(root))
    return sorted(path for path in found if not _is_left_out(path))


def is_environment(path: str, content: bytes) -> bool:
    """Whether it is an env.py of Alembic's."""
    return path.rpartition("/")[2] == "env.py" and b"alembic" in content and b"run_migrations" in content


def purpose_of(path: str, content: bytes = b"") -> Purpose:
    """What a file is for, by its place; a file of revisions by what it says."""
    folders, name = PurePosixPath(path).parts[:-1], PurePosixPath(path).name
    lowered = {folder.lower() for folder in folders}
    if lowered & _VENDORED:
        return "vendored"
    if b"down_revision" in content or ("versions" in lowered and lowered & {"alembic", "migrations"}):
        return "migrations"
    if name == "conftest.py" or lowered & _FIXTURES or name in ("factories.py", "fixtures.py"):
        return "fixtures"
    if lowered & _TESTS or name.startswith("test_") or name.endswith("_test.py") or name == "tests.py":
        return "tests"
    if lowered & _DOCS:
        return "docs"
    return "models"


def content_of(path: Path) -> bytes | None:
    """A file of a size that people write; None where it cannot be read or is no text of Python."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _LARGEST:
                return None
            return file.read()
    except OSError:
        return None


def _known_to_git(root: Path) -> list[str] | None:
    """What git tracks and what it would; None where there is no git, or the folder is none of its own."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    listed = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    if not listed:  # the folder itself may be ignored, as that of an installed application
        return None
    return [name for name in dict.fromkeys(listed) if not _in_environment(root, name)]


def _in_environment(root: Path, name: str) -> bool:
    top = PurePosixPath(name).parts[0]
    return (root / top / "pyvenv.cfg").exists()


def _walked(root: Path) -> Iterator[str]:
    waiting: list[tuple[str, list[tuple[str, pathspec.GitIgnoreSpec]]]] = [("", [])]
    while waiting:
        folder, specs = waiting.pop()
        here = root / folder
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        if own := next((e for e in entries if e.name == ".gitignore"), None):
            specs = [*specs, (folder, _spec(Path(own.path)))]
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not _is_skipped(entry.name) and not _is_ignored(path + "/", specs):
                    waiting.append((path, specs))
            elif entry.name.endswith(".py") and not _is_ignored(path, specs):
                yield path


def _spec(path: Path) -> pathspec.GitIgnoreSpec:
    try:
        return pathspec.GitIgnoreSpec.from_lines(path.read_text("utf-8", "replace").splitlines())
    except (OSError, ValueError):
        return pathspec.GitIgnoreSpec.from_lines([])


def _is_ignored(path: str, specs: list[tuple[str, pathspec.GitIgnoreSpec]]) -> bool:
    """The deepest .gitignore that says something about a path decides."""
    for folder, spec in reversed(specs):
        said = spec.check_file(path[len(folder) + 1 :] if folder else path).include
        if said is not None:
            return said
    return False


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED


def _is_left_out(path: str) -> bool:
    return any(_is_skipped(part) for part in PurePosixPath(path).parts[:-1])
