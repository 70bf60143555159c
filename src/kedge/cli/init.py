"""`kedge init`: looks around in a project, says what it found, and writes a configuration beside it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from kedge.cli import ENVIRONMENT
from kedge.cli.output import write
from kedge.config import read_config
from kedge.errors import UsageError

if TYPE_CHECKING:
    from kedge.sources.project import Project

# what holds a database URL, by its name
_URL_NAME = re.compile(r"(?:^|_)(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQLALCHEMY_DATABASE)_?(?:URL|URI|DSN)$")
_FILES = (".env", ".env.example", ".env.sample", ".env.local", ".env.production", ".env.staging")
_SKIPPED = {"node_modules", "site-packages", "tests", "test", "docs", "versions", "build", "dist"}
_MOST_FILES = 2000


class Found(msgspec.Struct, kw_only=True):
    """What was found, and the lines of the configuration that follow from it."""

    said: list[str] = []
    options: dict[str, object] = {}
    targets: dict[str, str] = {}


@click.command(context_settings=ENVIRONMENT)
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
def init(dry_run: bool) -> None:
    """Write a configuration for this project by looking around.

    Into pyproject.toml where there is one, else into kedge.toml. What is there is never changed.
    """
    root = Path.cwd()
    config = read_config(root)
    if config.path:
        raise UsageError(
            f"{config.path.name} already configures Kedge",
            hint="edit it, or take it out first; `kedge init` changes nothing that is there",
        )
    found = look_around(root)
    for said in found.said:
        click.echo(said, err=True)
    path = root / "pyproject.toml"
    into_pyproject = path.is_file()
    text = configuration(found, "tool.kedge" if into_pyproject else "")
    path = path if into_pyproject else root / "kedge.toml"
    if dry_run:
        click.echo(text, nl=False)
        return
    before = path.read_text("utf-8") if into_pyproject else ""
    write(
        before + ("" if not before or before.endswith("\n") else "\n") + ("\n" if before else "") + text, path
    )
    click.echo(f"wrote {path.name}; now: kedge audit", err=True)


def look_around(root: Path) -> Found:
    from kedge.sources.project import find_project

    project = find_project(root)
    found = Found()
    _interpreter(found, project, root)
    _alembic(found, project)
    if not project.configs:
        _models(found, root)
    _urls(found, root)
    return found


def configuration(found: Found, table: str) -> str:
    """The text to write; what could not be found is there as a comment."""
    lines = [f"[{table}]"] if table else []
    options = dict(found.options)
    if not found.targets:
        lines.append(
            "# the environment variable that holds the URL; no URL with a password belongs in a file"
        )
        lines.append(f"url-env = {_toml(options.pop('url-env', 'DATABASE_URL'))}")
    lines += [f"{key} = {_toml(value)}" for key, value in options.items()]
    lines.append("# from which severity on the exit code is 1: error, warning, info, never")
    lines.append('fail-on = "warning"')
    for name, variable in found.targets.items():
        lines += ["", f"[{table + '.' if table else ''}targets.{name}]", f"url-env = {_toml(variable)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _interpreter(found: Found, project: Project, root: Path) -> None:
    program = Path(project.python[0])
    shown = os.path.relpath(program, root) if program.is_relative_to(root) else str(program)
    found.said.append(f"interpreter   {shown}")


def _alembic(found: Found, project: Project) -> None:
    for config in project.configs:
        found.said.append(f"Alembic       {config.name}: its env.py says what the models are")
    if not project.configs:
        found.said.append("Alembic       none found")
    if len(project.configs) > 1:
        found.options["config"] = [config.name for config in project.configs]


def _urls(found: Found, root: Path) -> None:
    """The names of variables that hold URLs; what they hold is neither kept nor shown."""
    names: dict[str, str] = {}
    for file in _FILES:
        path = root / file
        if path.is_file():
            for name in _variables(path):
                names.setdefault(name, file)
    for name in os.environ:
        if _URL_NAME.search(name.upper()):
            names.setdefault(name, "the environment")
    names = {name: where for name, where in names.items() if "TEST" not in name.upper()}
    for name, where in names.items():
        found.said.append(f"database      {name} in {where}")
    if not names:
        found.said.append("database      no variable found; set DATABASE_URL")
    several = {_target_name(name): name for name in names}
    if len(several) > 1 and len(several) == len(names) and "" not in several:
        found.targets = several
    elif names:
        found.options["url-env"] = "DATABASE_URL" if "DATABASE_URL" in names else next(iter(names))


def _variables(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8", errors="replace").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            continue
        if _URL_NAME.search(name.upper()) or re.match(
            r"['\"]?(?:postgres|mysql|mariadb|sqlite)[a-z0-9+]*:", value
        ):
            yield name


def _target_name(variable: str) -> str:
    """`STAGING_DATABASE_URL` is staging."""
    return _URL_NAME.sub("", variable.upper()).strip("_").lower().replace("_", "-")


# Models without Alembic --------------------------------------------------------------------------------


def _models(found: Found, root: Path) -> None:
    candidates = sorted(_candidates(root))
    if not candidates:
        found.said.append('models        none found; name them: models = ["app.db:Base"]')
        return
    best = candidates[0]
    found.options["models"] = [best[2]]
    found.said.append(f"models        {best[2]}")
    for _, _, other in candidates[1:4]:
        found.said.append(f"              not taken: {other}")


def _candidates(root: Path) -> Iterator[tuple[int, str, str]]:
    """(rank, path, module:name) of what may be asked for metadata, the likeliest first."""
    for path, module, tree in _modules(root):
        imported = _imported(tree)
        for node in tree.body:
            name, rank = _metadata_of(node)
            if name:
                yield rank, str(path), f"{module}:{name}"
        if module.rpartition(".")[2] == "models" and "Base" in imported:
            yield 0, str(path), f"{module}:Base"


def _metadata_of(node: ast.stmt) -> tuple[str | None, int]:
    if isinstance(node, ast.ClassDef):
        bases = {_last(base) for base in node.bases}
        return (node.name, 1) if bases & {"DeclarativeBase", "DeclarativeBaseNoMeta"} else (None, 0)
    if isinstance(node, ast.FunctionDef) and node.name in ("create_app", "make_app"):
        return f"{node.name}", 2
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.targets[0], ast.Name)
    ):
        rank = {"declarative_base": 1, "SQLAlchemy": 3, "MetaData": 4}.get(_last(node.value.func) or "")
        return (node.targets[0].id, rank) if rank else (None, 0)
    return None, 0


def _modules(root: Path) -> Iterator[tuple[Path, str, ast.Module]]:
    for number, path in enumerate(_files(root)):
        if number >= _MOST_FILES:
            return
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue
        base = root / "src" if path.is_relative_to(root / "src") else root
        words = path.relative_to(base).with_suffix("").parts
        yield path, ".".join(words[:-1] if words[-1] == "__init__" else words), tree


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            skipped = path.name.startswith(".") or path.name in _SKIPPED or (path / "pyvenv.cfg").exists()
            if not skipped and not path.is_symlink():
                yield from _files(path)
        elif path.suffix == ".py" and path.name != "setup.py":
            yield path


def _imported(tree: ast.Module) -> set[str]:
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _last(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
