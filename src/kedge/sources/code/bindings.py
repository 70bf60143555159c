"""What names are bound to within a function: imports, instances of a class, or something nobody can tell."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from kedge.sources.code.facts import Import
from kedge.sources.code.terms import Const, Either, Index, Items, Name, dotted, term

_ASKING = {"isinstance", "hasattr", "type", "setattr"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Scope:
    """`names` are bound here: to an import under a name of its own, or (None) to anything."""

    def __init__(
        self,
        names: dict[str, str | None],
        instances: dict[str, str] | None = None,
        *,
        of_class: bool = False,
    ) -> None:
        self.names = names
        self.instances = instances or {}
        self.of_class = of_class


def of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, known: Callable[[str], str | None]
) -> tuple[Scope, list[Import]]:
    """What a function binds, and what it imports. `known` tells names of the scopes around it."""
    arguments = node.args
    stored = Counter(stored_names(node.body))
    names: dict[str, str | None] = dict.fromkeys([*parameters(arguments), *stored])
    imports: list[Import] = []
    for statement in _statements(node.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for one in imports_of(statement, local=True, suffix=f"#{statement.lineno}"):
                imports.append(one)
                plain = one.name.partition("#")[0]
                if plain and stored[plain] == 1 and plain not in parameters(arguments):
                    names[plain] = one.name
        elif isinstance(statement, ast.Global | ast.Nonlocal):
            for name in statement.names:
                names.setdefault(name)

    def class_named(path: str | None) -> str | None:
        if path is None:
            return None
        root, dot, rest = path.partition(".")
        if root in names:
            own = names[root]
            return own and own + dot + rest
        return known(path)

    instances: dict[str, str] = {}
    tested = _tested(node.body)
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        if argument.annotation is not None and not stored[argument.arg] and argument.arg not in tested:
            own = class_named(_annotated_class(argument.annotation))
            if own:
                instances[argument.arg] = own
    for statement in _statements(node.body):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            target = statement.targets[0]
            if len(statement.targets) == 1 and isinstance(target, ast.Name) and stored[target.id] == 1:
                own = class_named(dotted(statement.value.func))
                constructs = own is not None and own.rpartition(".")[2][:1].isupper()
                if own and constructs and target.id not in tested:
                    instances[target.id] = own
    return Scope(names, instances), imports


def parameters(arguments: ast.arguments) -> list[str]:
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra)]


def stored_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Every name these statements bind, as often as they do; not what functions within them bind."""
    for node in _statements(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((a.asname or a.name).partition(".")[0] for a in node.names)
        elif isinstance(node, ast.Try | ast.TryStar):
            yield from (handler.name for handler in node.handlers if handler.name)
        for target in _targets(node):
            if isinstance(target, ast.Name):
                yield target.id
            else:
                yield from _names_in(target)


def _targets(node: ast.stmt) -> list[ast.AST]:
    if isinstance(node, ast.Assign | ast.Delete):
        return list(node.targets)
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        return [node.target]
    if isinstance(node, ast.With | ast.AsyncWith):
        return [item.optional_vars for item in node.items if item.optional_vars]
    return [case.pattern for case in node.cases] if isinstance(node, ast.Match) else []


def _names_in(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def imports_of(
    statement: ast.Import | ast.ImportFrom, *, checking: bool = False, local: bool = False, suffix: str = ""
) -> Iterator[Import]:
    line = statement.lineno
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            plain = alias.asname or alias.name.partition(".")[0]
            module = alias.name if alias.asname else plain
            yield Import(plain + suffix, module, None, 0, line, checking, local)
            if module != alias.name:  # `import a.b` brings a.b to life, and binds a
                yield Import("", alias.name, None, 0, line, checking, local)
        else:
            name = (alias.asname or alias.name) + suffix
            level = statement.level
            yield Import(name, statement.module or "", alias.name, level, line, checking, local)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those in their blocks, in no order; not those of functions and classes."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            continue
        for block in ("body", "orelse", "finalbody"):
            waiting += getattr(node, block, ())
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            waiting += part.body


def _tested(body: Iterable[ast.AST]) -> set[str]:
    """Names that are asked what they are: nothing is certain of those."""
    calls = (node for top in body for node in ast.walk(top) if isinstance(node, ast.Call) and node.args)
    asking = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in _ASKING)
    return {c.args[0].id for c in asking if isinstance(c.args[0], ast.Name)}


def _annotated_class(annotation: ast.expr) -> str | None:
    """`User` of `User`, `User | None`, `Optional[User]`, "User"."""
    said = term(annotation, annotation=True)
    if isinstance(said, Index) and isinstance(said.value, Name):
        outer = said.value.path.rpartition(".")[2]
        if outer == "Annotated" and isinstance(said.index, Items):
            said = said.index.items[0]
        elif outer == "Optional":
            said = said.index
    if isinstance(said, Either):
        parts = [p for p in said.parts if p != Const(None)]
        said = parts[0] if len(parts) == 1 else said
    return said.path if isinstance(said, Name) else None
