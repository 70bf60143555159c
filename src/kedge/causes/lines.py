"""Where a revision's file changes an object: the call in `upgrade` that names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=512)
def _upgrade(path: Path) -> ast.FunctionDef | None:
    try:
        return upgrade_of(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def upgrade_of(text: str) -> ast.FunctionDef | None:
    """`def upgrade` of a revision's text; None where it has none or does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade"]
    return found[-1] if found else None


def line_in(path: Path, names: tuple[str, ...]) -> int | None:
    """The line of the call that names the most of `names` (table, column …), else that of `def upgrade`."""
    upgrade = _upgrade(path)
    if upgrade is None:
        return None
    call = call_of(upgrade, names)
    return call.lineno if call is not None else upgrade.lineno


def uses_project(path: Path, names: tuple[str, ...], *, whole: bool) -> bool:
    """Whether the call that makes an object takes anything from a module of the project; True where it is not found.

    With `whole` only that it is made is asked: a call that says its name makes it, whatever it is given.
    """
    upgrade = _upgrade(path)
    call = call_of(upgrade, names) if upgrade is not None else None
    if upgrade is None or call is None:
        return True
    if whole:
        return False
    ours = _project_names(path, upgrade)
    return any(isinstance(n, ast.Name) and n.id in ours for n in ast.walk(call))


def passed_over(path: Path, names: tuple[str, ...]) -> int | None:
    """The line of the `except` that lets a failure of the call that names an object go by; None where there is none."""
    upgrade = _upgrade(path)
    call = call_of(upgrade, names) if upgrade is not None else None
    if upgrade is None or call is None:
        return None
    for node in ast.walk(upgrade):
        if isinstance(node, ast.Try) and any(call is n for s in node.body for n in ast.walk(s)):
            for handler in node.handlers:
                if not any(isinstance(n, ast.Raise) for s in handler.body for n in ast.walk(s)):
                    return handler.lineno
    return None


_OTHERS = frozenset(
    {"alembic", "sqlalchemy", "sqlmodel", "typing", "uuid", "datetime", "json", "os", "enum", "logging"}
)


@lru_cache(maxsize=512)
def _project_names(path: Path, upgrade: ast.FunctionDef) -> frozenset[str]:
    """Names imported from anywhere but Alembic, SQLAlchemy and what revisions usually need of Python."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    for node in (*ast.walk(tree), *ast.walk(upgrade)):
        if isinstance(node, ast.Import):
            found |= {
                (a.asname or a.name).split(".")[0] for a in node.names if a.name.split(".")[0] not in _OTHERS
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in _OTHERS:
            found |= {a.asname or a.name for a in node.names}
    return frozenset(found)


def call_of(upgrade: ast.FunctionDef, names: tuple[str, ...]) -> ast.Call | None:
    """The innermost call in which, with what encloses it, most of the names stand as texts.

    One that names the last of them first is about it; another merely mentions it.
    """
    wanted = {name for name in names if name}
    best: tuple[int, bool, int, ast.Call] | None = None
    for call, around in _calls(upgrade, frozenset()):
        own = _texts(call)
        if not wanted & own:
            continue
        about = any(isinstance(a, ast.Constant) and a.value == names[-1] for a in call.args[:2])
        rank = len(wanted & (own | around)), about, len(wanted & _first_texts(call)), call
        if best is None or rank[:3] > best[:3]:
            best = rank
    return best[3] if best else None


def _calls(node: ast.AST, around: frozenset[str]) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """Every call with the names said around it: by the calls it stands in, and by `with batch_alter_table(…)`."""
    for child in ast.iter_child_nodes(node):
        inside = around
        if isinstance(child, ast.With):
            for item in child.items:
                inside |= _texts(item.context_expr)
        if isinstance(child, ast.Call):
            yield child, around
            inside |= _first_texts(child)
        yield from _calls(child, inside)


def _first_texts(call: ast.Call) -> frozenset[str]:
    """The words of a call's own arguments, not of calls within them."""
    given = [*call.args, *(k.value for k in call.keywords)]
    return frozenset().union(*(_texts(a) for a in given if not isinstance(a, ast.Call)))


def _texts(node: ast.AST) -> frozenset[str]:
    """The texts in a node: each whole, and the words of those that are SQL."""
    words: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            words.add(inner.value)
            if " " in inner.value.strip():
                words.update(_WORD.findall(inner.value))
    return frozenset(words)
