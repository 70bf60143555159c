"""Reads revision files without running them: what each one's text says of itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from kedge.catalog import Struct
from kedge.history import Site


class Facts(Struct, frozen=True):
    """What a revision's file says, without the revision's place in the chain. `imports` are (module, name)."""

    line: int | None = None
    creates_all: int | None = None
    imports: tuple[tuple[str, str, int], ...] = ()
    downgrade: Literal["code", "empty", "refused", "missing"] = "code"
    does_nothing: bool = False
    sites: tuple[Site, ...] = ()

    def live(self, models: Collection[str]) -> str | None:
        """Why its effect depends on today's models; `models` are `module:name` of what is mapped."""
        if self.creates_all:
            return f"it calls create_all (line {self.creates_all})"
        for module, name, line in self.imports:
            if f"{module}:{name}" in models:
                return f"it uses {name} of {module} (line {line})"
        return None


def facts(text: str) -> Facts | None:
    """None where the text is no Python of this version."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    upgrade, downgrade = functions.get("upgrade"), functions.get("downgrade")
    return Facts(
        line=upgrade.lineno if upgrade else None,
        creates_all=_creates_all(tree),
        imports=tuple(_imports(tree)),
        downgrade=_downgrade(downgrade),
        does_nothing=upgrade is not None and not _statements(upgrade),
        sites=tuple(_sites(upgrade, functions, text.splitlines())),
    )


def upgrade_code(text: str) -> str | None:
    """What `upgrade` and what it may call do, whatever its layout, comments and docstrings."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    kept = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name != "downgrade":
                kept.append(ast.dump(ast.Module(_statements(node) or [ast.Pass()], [])))
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.ClassDef) and not _is_header(node):
            kept.append(ast.dump(node))
    return "\n".join(kept)


def _is_header(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(t, ast.Name) and t.id in _HEADER for t in targets)


_HEADER = {"revision", "down_revision", "branch_labels", "depends_on"}


def model_names(modules: Iterable[tuple[str, str]]) -> frozenset[str]:
    """How live models may be named: each class by its module, or by a package above it."""
    names = set()
    for module, name in modules:
        parts = module.split(".")
        names |= {f"{'.'.join(parts[:n])}:{name}" for n in range(1, len(parts) + 1)}
    return frozenset(names)


def _statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """The body less what does nothing: pass, docstrings, dots."""
    return [
        s
        for s in function.body
        if not isinstance(s, ast.Pass) and not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]


def _downgrade(
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
) -> Literal["code", "empty", "refused", "missing"]:
    if function is None:
        return "missing"
    statements = _statements(function)
    if not statements:
        return "empty"
    if isinstance(statements[0], ast.Raise):
        return "refused"
    if isinstance(statements[0], ast.Return) and statements[0].value is None:
        return "empty"
    return "code"


def _creates_all(tree: ast.AST) -> int | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "create_all":
            return node.lineno
    return None


def _imports(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """(module, name, line) of every name that is taken from a module: by `from`, or as `module.name`."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name, node.lineno) for alias in node.names)
            modules |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (module := modules.get(_dotted(node.value))):
            yield module, node.attr, node.lineno


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; nothing for what is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _sites(
    upgrade: ast.FunctionDef | ast.AsyncFunctionDef | None,
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef],
    lines: list[str],
) -> Iterator[Site]:
    """Every call in upgrade and in the file's own functions it calls, with the texts in it and around it."""
    waiting, seen = [upgrade] if upgrade else [], set()
    while waiting:
        function = waiting.pop(0)
        if function.name in seen:
            continue
        seen.add(function.name)
        for statement in function.body:
            yield from _sites_in(statement, (), lines)
        called = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        waiting += [f for name, f in functions.items() if name in called and name not in _OURS]


_OURS = ("upgrade", "downgrade")


def _sites_in(statement: ast.stmt, around: tuple[str, ...], lines: list[str]) -> Iterator[Site]:
    """One site per simple statement; what a `with` or a `for` names counts for all within it."""
    inner = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")]
    inner += [handler.body for handler in getattr(statement, "handlers", [])]
    if not any(inner):
        names = tuple(dict.fromkeys((*around, *_texts(statement))))
        if names:
            yield Site(statement.lineno, names, _comment(lines, statement))
            yield from _calls(statement, around, lines)
        return
    heads = [getattr(statement, part, None) for part in ("test", "iter")]
    heads += [item.context_expr for item in getattr(statement, "items", [])]
    named = (*around, *(text for head in heads if head is not None for text in _texts(head)))
    for block in inner:
        for child in block:
            yield from _sites_in(child, named, lines)


def _calls(statement: ast.stmt, around: tuple[str, ...], lines: list[str]) -> Iterator[Site]:
    """The calls within a longer call: the columns of a create_table, each with the table's name."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and (first := _first_text(node)):
            for part in node.args[1:]:
                if isinstance(part, ast.Call) and part.lineno > statement.lineno:
                    names = tuple(dict.fromkeys((*around, first, *_texts(part))))
                    yield Site(part.lineno, names, _comment(lines, part))


def _first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _texts(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def _comment(lines: list[str], node: ast.stmt | ast.expr) -> str | None:
    """The comment at the end of its lines, or the ones right above it."""
    for line in lines[node.lineno - 1 : node.end_lineno]:
        if (found := _TRAILING.search(line)) and line.count('"', 0, found.start()) % 2 == 0:
            return found[1]
    above: list[str] = []
    for line in reversed(lines[: node.lineno - 1]):
        if not line.strip().startswith("#") or "###" in line or "commands auto generated" in line:
            break
        above.insert(0, line.strip().lstrip("# "))
    return " ".join(above) or None


_TRAILING = re.compile(r"(?<=[\s,)(])#\s*(?!noqa|type:|ruff|pylint)(\S.*)$")


def read_facts(path: Path) -> Facts | None:
    try:
        return facts(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def shortened(text: str, size: int = 300) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def trimmed(found: Facts) -> Facts:
    """Without texts nobody looks names up in: long SQL is cut."""
    sites = tuple(
        msgspec.structs.replace(s, names=tuple(shortened(n, 2000) for n in s.names)) for s in found.sites
    )
    return msgspec.structs.replace(found, sites=sites)
