"""The models as they were read before, where nothing has changed that they depended on.

Kept is the answer with one digest over everything it depended on: what was asked and by which interpreter, every
`.py` under the source roots by path and content, each file and folder the project looked at, the environment
variables it read, the names of all installed distributions, and this Kedge. In doubt the models are read again:
where the project started another program, where a file changed during the reading, where the answer holds a secret.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from kedge.declared import Declared
from kedge.memory import Memory, digest

_LARGEST = 64 * 2**20
_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}
_SETTINGS = (".ini", ".cfg", ".toml", ".yaml", ".yml", ".env", ".flaskenv")
_ALWAYS = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PATH"}
# A shell changes these by itself.
_NOISE = {"_", "SHLVL", "OLDPWD", "COLUMNS", "LINES"}
_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL|URL|URI|DSN", re.IGNORECASE)
_SHORTEST_SECRET = 6


class Watched(msgspec.Struct, frozen=True):
    """What the probe saw the project look at."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    whole_environment: bool = False
    uncertain: str | None = None
    roots: frozenset[str] = frozenset()
    installed: frozenset[str] = frozenset()

    def joined(self, other: Watched) -> Watched:
        return Watched(
            self.files | other.files,
            self.folders | other.folders,
            self.variables | other.variables,
            self.whole_environment or other.whole_environment,
            self.uncertain or other.uncertain,
            self.roots | other.roots,
            self.installed | other.installed,
        )


class _Kept(msgspec.Struct, frozen=True):
    watched: Watched
    stamp: bytes
    declared: Declared


class RememberedModels:
    """The answer to one request of one project. `live` are the names that filters of an env.py are asked about.

    `ground` is what the audited database lends to DDL that the models run beyond tables.
    """

    def __init__(
        self,
        memory: Memory,
        root: Path,
        python: Iterable[str],
        request: Mapping[str, Any],
        live: object,
        ground: object = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.memory = memory
        self.root = str(root)
        self.python = tuple(python)
        self.environ = environ
        self.live = digest(msgspec.json.encode(live))
        self.ground = digest(msgspec.json.encode(ground))
        asked = msgspec.json.encode([self.root, self.python, request])
        self.asked = digest(asked)
        self.name = self.asked.hex() + ".models"
        self.before = self._sources({self.root}) if memory.folder is not None else b""

    def recall(self) -> Declared | None:
        """The answer as it was, if everything stands as it stood."""
        body = self.memory.get(self.name)
        if body is None:
            return None
        try:
            kept = msgspec.msgpack.decode(body, type=_Kept)
        except msgspec.MsgspecError:
            return None
        return kept.declared if self._stamp(kept.watched, kept.declared) == kept.stamp else None

    def keep(self, declared: Declared, seen: Iterable[Watched], started: float) -> None:
        """Remember an answer, unless something says that it may not hold. `seen` is of every process that was asked."""
        watched = Watched()
        for one in seen:
            watched = watched.joined(one)
        if self.memory.folder is None or watched.uncertain or self._sources({self.root}) != self.before:
            return
        if any(_changed_since(path, started) for path in self._own_sources(watched)):
            return
        listed = (p for folder in watched.folders for p in _listed(folder))
        if any(_changed_since(path, started) for path in (*watched.files, *listed)):
            return
        body = msgspec.msgpack.encode(_Kept(watched, self._stamp(watched, declared), declared))
        if not any(secret in body for secret in self._secrets(watched)):
            self.memory.put(self.name, body)

    # -- the stamp

    def _stamp(self, watched: Watched, declared: Declared) -> bytes:
        filtered = any(e.filters for e in declared.environments)
        return digest(
            self.asked,
            self.live if filtered else b"",
            interpreter(self.python[0]),
            self.ground if declared.beyond else b"",
            self.before,
            self._sources(watched.roots - {self.root}),
            *(content(path) for path in sorted(watched.files)),
            *(_listing(path) for path in sorted(watched.folders)),
            *(distributions(path) for path in sorted(watched.installed)),
            *self._environment(watched),
        )

    def _own_sources(self, watched: Watched) -> Iterator[str]:
        for root in sorted(watched.roots - {self.root}):
            yield from _python_files(root)

    def _sources(self, roots: Iterable[str]) -> bytes:
        """Every `.py` below these folders, and the files of settings that lie beside them."""
        found = blake2b(digest_size=16)
        for root in sorted(roots):
            for path in sorted((*_python_files(root), *_settings(root))):
                found.update(os.fsencode(path) + b"\0" + content(path))
        return found.digest()

    def _environment(self, watched: Watched) -> Iterator[bytes]:
        names = set(self.environ) if watched.whole_environment else set()
        for name in sorted((names | watched.variables | _ALWAYS) - _NOISE):
            value = self.environ.get(name)
            yield os.fsencode(name)
            yield b"unset" if value is None else b"=" + os.fsencode(value)

    def _secrets(self, watched: Watched) -> Iterator[bytes]:
        """What must not lie in a cache: values of variables that sound secret, and passwords in URLs."""
        names = set(self.environ) if watched.whole_environment else watched.variables
        for name in names:
            value = self.environ.get(name, "")
            try:
                password = urlsplit(value).password if "://" in value else None
            except ValueError:
                password = None
            for text in (value if _SECRET.search(name) else "", password or "", unquote(password or "")):
                if len(text) >= _SHORTEST_SECRET:
                    yield os.fsencode(text)


def interpreter(command: str) -> bytes:
    """Which interpreter a command runs."""
    program = shutil.which(command) or command
    try:
        real = os.path.realpath(program)
        state = Path(real).stat()
    except OSError:
        return b"none"
    return f"{program} {real} {state.st_size} {state.st_mtime_ns}".encode()


def _python_files(root: str) -> Iterator[str]:
    """Every `.py` of a folder; environments and other people's packages are known by their distributions."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        yield entry.path
                    elif entry.is_dir(follow_symlinks=False) and not _is_left_out(entry):
                        waiting.append(entry.path)
        except OSError:
            continue


def _is_left_out(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return name in _LEFT_OUT or name.startswith(".") or (Path(entry.path) / "pyvenv.cfg").exists()


def _settings(root: str) -> Iterator[str]:
    for path in _entries(root):
        if path.endswith(_SETTINGS) or os.path.basename(path).startswith(".env"):  # noqa: PTH119
            yield path


def _entries(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]  # noqa: PTH208
    except OSError:
        return []


def content(path: str) -> bytes:
    """A file by its content, or why it has none."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                return b"special"
            if state.st_size > _LARGEST:
                return f"{state.st_size} {state.st_mtime_ns} {state.st_ino}".encode()
            return blake2b(file.read(), digest_size=16).digest()
    except OSError as error:
        return type(error).__name__.encode()


def _listing(folder: str) -> bytes:
    """The names in a folder the project looked through."""
    return digest(*map(os.fsencode, _listed(folder)))


def _listed(folder: str) -> list[str]:
    return [p for p in _entries(folder) if not p.endswith(("/__pycache__", ".pyc"))]


def distributions(folder: str) -> bytes:
    """The distributions of an environment, by names and versions; what a .pth file adds, by its content."""
    paths = _entries(folder)
    links = [p for p in paths if p.endswith((".pth", ".egg-link"))]
    return digest(*map(os.fsencode, paths), *map(content, links))


def _changed_since(path: str, moment: float) -> bool:
    try:
        state = Path(path).stat()
    except OSError:
        return False
    return max(state.st_mtime, state.st_ctime) >= moment
