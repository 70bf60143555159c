"""Finds the project: its root, its Alembic environments, and the interpreter that can import its models."""

from __future__ import annotations

import configparser
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kedge.errors import UsageError

_ROOT_MARKS = (
    ".git",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "wsgi.py",
    "manage.py",
)
_ALEMBIC_MARKS = ("alembic.ini", "migrations/alembic.ini", "alembic/alembic.ini")
_SKIPPED = {
    "node_modules", "__pycache__", "site-packages", "venv", "env", "virtualenv", "build", "dist",
    "tests", "test", "docs", "examples", "fixtures",
}  # fmt: skip
_DEPTH, _DEEPEST = 2, 5
_LOGGING = {"loggers", "handlers", "formatters", "post_write_hooks", "DEFAULT"}


class AlembicConfig(msgspec.Struct, frozen=True):
    """One Alembic environment: a section of an ini file, or `[tool.alembic]`. `path` starts at the root."""

    path: str
    section: str = "alembic"

    @property
    def name(self) -> str:
        return self.path if self.section == "alembic" else f"{self.path}:{self.section}"


class Project(msgspec.Struct, frozen=True):
    """`python` is the command that runs the project's interpreter; `remote` if it sees other folders.

    `cwd` is where the user stands, within the root.
    """

    root: Path
    cwd: Path | None = None
    configs: tuple[AlembicConfig, ...] = ()
    python: tuple[str, ...] = (sys.executable,)
    remote: bool = False
    env_files: tuple[Path, ...] = ()


def find_project(cwd: Path | str | None = None, *, python: str | None = None) -> Project:
    """The project that `cwd` lies in."""
    start = Path(cwd or Path.cwd()).resolve()
    root = find_root(start)
    command = tuple(python_command(python)) if python else interpreter(root, start)
    return Project(
        root=root,
        cwd=start,
        configs=tuple(find_configs(root, start)),
        python=command,
        remote=_is_remote(command),
        env_files=tuple(f for n in (".env", ".env.example", ".env.sample") if (f := root / n).is_file()),
    )


def find_root(start: Path) -> Path:
    """The nearest folder upwards that is a project; a repository's root ends the search."""
    for folder in (start, *start.parents):
        if _has(folder, _ROOT_MARKS):
            return folder
        if _has(folder, _ALEMBIC_MARKS):
            return _around(folder)
    return start


def _has(folder: Path, marks: tuple[str, ...]) -> bool:
    return any((folder / mark).exists() for mark in marks)


def _around(folder: Path) -> Path:
    """A configuration within a package is that of the project which the package lies in, if there is one."""
    top = folder
    while (top / "__init__.py").exists() or (top.parent / "__init__.py").exists():
        top = top.parent
    outer = (top, top.parent) if top != folder else ()
    return next((one for one in outer if _has(one, _ROOT_MARKS)), folder)


def find_configs(root: Path, start: Path | None = None) -> Iterator[AlembicConfig]:
    """Every Alembic environment: at the root, beside `cwd`, then one or two folders down; where none is, deeper."""
    seen: set[Path] = set()
    found = False
    for depth, level in enumerate(_levels(root, start or root)):
        if found and depth > _DEPTH:
            return
        for folder in level:
            if folder not in seen:
                seen.add(folder)
                for config in _configs_in(folder, root):
                    found = True
                    yield config


def _levels(root: Path, start: Path) -> Iterator[list[Path]]:
    yield [root, start] if start != root and start.is_relative_to(root) else [root]
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for folder in level for child in _children(folder)]
        yield level


def _children(folder: Path) -> list[Path]:
    try:
        children = [c for c in folder.iterdir() if c.is_dir() and not c.is_symlink()]
    except OSError:
        return []
    return sorted(c for c in children if not _is_skipped(c))


def _is_skipped(folder: Path) -> bool:
    name = folder.name
    return name.startswith(".") or name in _SKIPPED or (folder / "pyvenv.cfg").exists()


def _configs_in(folder: Path, root: Path) -> Iterator[AlembicConfig]:
    ini, toml = folder / "alembic.ini", folder / "pyproject.toml"
    in_toml = _toml_location(toml)
    if ini.is_file():
        path = _relative(ini, root)
        sections = list(ini_sections(ini))
        if not sections and ((folder / "env.py").is_file() or in_toml):
            sections = ["alembic"]
        yield from (AlembicConfig(path, section) for section in sections)
        if sections:
            return
    if in_toml:
        yield AlembicConfig(_relative(toml, root))


def ini_sections(path: Path) -> Iterator[str]:
    """The sections that are environments of their own: those that say where their scripts are."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    shared = "script_location" in parser.defaults()
    for section in parser.sections():
        if section in _LOGGING or section.startswith(("logger_", "handler_", "formatter_")):
            continue
        own = set(parser._sections[section]) if hasattr(parser, "_sections") else set(parser[section])
        if "script_location" in own or (shared and own & {"version_locations", "sqlalchemy.url"}):
            yield section


def _toml_location(path: Path) -> bool:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    tool = content.get("tool")
    alembic = tool.get("alembic") if isinstance(tool, dict) else None
    return isinstance(alembic, dict) and "script_location" in alembic


def named_config(name: str, root: Path) -> list[AlembicConfig]:
    """What `--config` names: a file with all its environments, or `file:section`."""
    file, _, section = name.rpartition(":")
    if file and "/" not in section and "\\" not in section and (root / file).is_file():
        return [AlembicConfig(_relative(root / file, root), section)]
    path = root / name
    if path.is_dir():
        path = path / "alembic.ini"
    if not path.is_file():
        raise UsageError(f"there is no Alembic configuration {name} in {root}")
    if path.suffix == ".toml":
        return [AlembicConfig(_relative(path, root))]
    return [AlembicConfig(_relative(path, root), s) for s in list(ini_sections(path)) or ["alembic"]]


def _relative(path: Path, root: Path) -> str:
    return os.path.relpath(path, root)


# The interpreter ---------------------------------------------------------------------------------------


def python_command(python: str) -> list[str]:
    """`--python`: a path, the folder of a virtual environment, or a command prefix."""
    path = Path(python).expanduser()
    if path.is_dir():
        for program in ("bin/python", "Scripts/python.exe"):
            if (path / program).exists():
                return [str((path / program).absolute())]
    if path.is_file():
        return [str(path.absolute())]
    words = shlex.split(python)
    if not words:
        raise UsageError("--python is empty")
    return words


def interpreter(root: Path, start: Path | None = None) -> tuple[str, ...]:
    """The first interpreter that can import SQLAlchemy: beside the project, the active one, Kedge's own."""
    tried: list[str] = []
    for candidate in _interpreters(root, start or root):
        if candidate in tried:
            continue
        tried.append(candidate)
        if candidate == sys.executable or can_import(candidate, "sqlalchemy"):
            return (candidate,)
    raise UsageError(  # pragma: no cover - Kedge itself depends on SQLAlchemy
        f"no interpreter here can import SQLAlchemy (tried {', '.join(tried)})",
        hint="name the project's own with --python",
    )


def _interpreters(root: Path, start: Path) -> Iterator[str]:
    for folder in dict.fromkeys((start, root, root.parent)):
        for name in (".venv", "venv", "env"):
            program = folder / name / "bin" / "python"
            if program.exists() and (folder != root.parent or name == ".venv"):
                yield str(program)
    if active := os.environ.get("VIRTUAL_ENV"):
        program = Path(active) / "bin" / "python"
        if program.exists():
            yield str(program)
    yield sys.executable


def can_import(python: str, module: str) -> bool:
    """Whether that interpreter finds the module; it is not imported."""
    question = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    try:
        done = subprocess.run([python, "-c", question], capture_output=True, timeout=60, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


_REMOTE = {"docker", "docker-compose", "podman", "kubectl", "ssh", "nerdctl", "oc", "flatpak", "wsl", "lxc"}


def _is_remote(command: tuple[str, ...]) -> bool:
    """A prefix such as `docker compose exec -T api python` sees other folders than we do."""
    return Path(command[0]).name in _REMOTE
