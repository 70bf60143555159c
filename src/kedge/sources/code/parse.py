"""Reads one file: its imports, names, classes and tables, as far as they stand in it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

from kedge.sources.code.bindings import imports_of
from kedge.sources.code.facts import Assigned, Class, FileFacts, Function, Import, TableCall
from kedge.sources.code.terms import Term, dotted, term
from kedge.sources.code.uses import Uses

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parsed(content: bytes) -> FileFacts:
    """What the file says; where it cannot be parsed, the line and the reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except SyntaxError as error:
        return FileFacts(problem=(error.lineno, error.msg))
    except (ValueError, RecursionError, MemoryError) as error:
        return FileFacts(problem=(None, str(error) or type(error).__name__))
    if _SURROGATE.search(content):
        _make_writable(tree)
    try:
        return _Reading(tree, tables=b"Table(" in content).facts()
    except RecursionError:
        return FileFacts(problem=(None, "it is nested too deeply"))


_SURROGATE = re.compile(rb"\\[uU]0*[dD][89a-fA-F]")


def _make_writable(tree: ast.AST) -> None:
    """Half of a surrogate pair is a text to Python, and to no file that one could be written to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = node.value.encode("utf-8", "replace").decode()


class _Reading:
    def __init__(self, tree: ast.Module, *, tables: bool) -> None:
        self.tree = tree
        self.has_tables = tables
        self.imports: list[Import] = []
        self.assigned: list[Assigned] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.tables: list[TableCall] = []

    def facts(self) -> FileFacts:
        self.module(self.tree.body, checking=False, certain=True)
        uses = Uses(self.tree)
        return FileFacts(
            imports=(*self.imports, *uses.local_imports),
            assigned=tuple(self.assigned),
            functions=tuple(self.functions),
            classes=tuple(self.classes),
            tables=tuple(self.tables),
            uses=tuple(uses.uses),
            statements=tuple(uses.statements),
            stored=frozenset(uses.stored),
            spoken=frozenset(uses.spoken),
        )

    def module(self, body: Iterable[ast.stmt], *, checking: bool, certain: bool) -> None:
        for statement in body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.imports += imports_of(statement, checking=checking)
            elif isinstance(statement, ast.ClassDef):
                self.take_class(statement, "", checking=checking, certain=certain)
            elif isinstance(statement, _FUNCTIONS):
                self.functions.append(_function(statement, certain=certain))
                self.within(statement, statement.name + ".<locals>.")
            else:
                self.assigned += _assigned(statement, certain=certain)
                if not _has_blocks(statement):
                    self.table_calls(statement, None, certain=certain)
                for inner, only_checking in _blocks(statement):
                    self.module(inner, checking=checking or only_checking, certain=False)

    def within(self, function: ast.stmt, prefix: str) -> None:
        """Classes and tables that a function makes when it is called."""
        for child in ast.iter_child_nodes(function):
            if isinstance(child, ast.ClassDef):
                self.take_class(child, prefix, checking=False, certain=False, local=True)
            elif isinstance(child, _FUNCTIONS):
                self.within(child, f"{prefix}{child.name}.<locals>.")
            elif isinstance(child, ast.stmt):
                if not _has_blocks(child):
                    self.table_calls(child, None, certain=False)
                self.within(child, prefix)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self.within(child, prefix)  # type: ignore[arg-type]

    def table_calls(self, statement: ast.stmt, owner: str | None, *, certain: bool) -> None:
        if not self.has_tables:
            return
        value = getattr(statement, "value", None)
        bound = next((n for n, _ in _targets(statement)), None)
        for node in _calls(statement):
            name = (dotted(node.func) or "").rpartition(".")[2]
            if name.endswith("Table") and len(node.args) + len(node.keywords) >= 2:
                call = term(node)
                own = bound if node is value else None
                self.tables.append(TableCall(call, node.lineno, own, owner, certain))

    def take_class(
        self, node: ast.ClassDef, prefix: str, *, checking: bool, certain: bool, local: bool = False
    ) -> None:
        name = prefix + node.name
        assigned: list[Assigned] = []
        functions: list[Function] = []
        inner: list[str] = []
        closed = True
        waiting = [(statement, True) for statement in node.body]
        while waiting:
            statement, always = waiting.pop(0)
            if isinstance(statement, ast.ClassDef):
                inner.append(statement.name)
                self.take_class(statement, name + ".", checking=checking, certain=False, local=local)
            elif isinstance(statement, _FUNCTIONS):
                functions.append(_function(statement, certain=always))
                self.within(statement, f"{name}.{statement.name}.<locals>.")
            else:
                assigned += _assigned(statement, certain=always)
                closed = closed and not _hides(statement)
                if not _has_blocks(statement):
                    self.table_calls(statement, name, certain=certain and always)
                waiting[:0] = [(s, False) for block, _ in _blocks(statement) for s in block]
        self.classes.append(
            Class(
                name,
                node.lineno,
                tuple(term(base) for base in node.bases),
                {k.arg: term(k.value) for k in node.keywords if k.arg},
                tuple(term(d) for d in node.decorator_list),
                tuple(assigned),
                tuple(functions),
                tuple(inner),
                checking,
                certain,
                local,
                closed and not any(k.arg is None for k in node.keywords),
            )
        )


def _assigned(statement: ast.stmt, *, certain: bool) -> Iterator[Assigned]:
    if isinstance(statement, ast.AnnAssign):
        if isinstance(statement.target, ast.Name):
            value = term(statement.value) if statement.value else None
            annotation = term(statement.annotation, annotation=True)
            yield Assigned(statement.target.id, value, annotation, statement.lineno, certain)
    elif isinstance(statement, ast.Assign):
        value = term(statement.value)
        for name, whole in _targets(statement):
            yield Assigned(name, value if whole else None, None, statement.lineno, certain)
    elif isinstance(statement, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith | ast.AugAssign):
        for name, _ in _targets(statement):
            yield Assigned(name, None, None, statement.lineno, False)


def _targets(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    """(name, whether it gets the whole value) of what a statement assigns."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        targets = [statement.target]
    elif isinstance(statement, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, True
        elif isinstance(target, ast.Tuple | ast.List):
            yield from ((n.id, False) for n in ast.walk(target) if isinstance(n, ast.Name))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, *, certain: bool) -> Function:
    """Its result is known where a return is all there is, but for a docstring."""
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    result: Term | None = None
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        result = term(body[0].value)
    return Function(node.name, tuple(term(d) for d in node.decorator_list), result, node.lineno, certain)


def _has_blocks(statement: ast.stmt) -> bool:
    return hasattr(statement, "body")


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The blocks within a statement; True for one that only type checkers read."""
    if isinstance(statement, ast.If):
        yield statement.body, (dotted(statement.test) or "").rpartition(".")[2] == "TYPE_CHECKING"
        yield statement.orelse, False
    elif isinstance(statement, ast.Try | ast.TryStar):
        yield statement.body, False
        for handler in statement.handlers:
            yield handler.body, False
        yield statement.orelse, False
        yield statement.finalbody, False
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            yield case.body, False
    elif isinstance(statement, ast.With | ast.AsyncWith):
        yield statement.body, False
    elif isinstance(statement, ast.For | ast.AsyncFor | ast.While):
        yield statement.body, False
        yield statement.orelse, False


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    return (node for node in ast.walk(statement) if isinstance(node, ast.Call))


_HIDING = {"locals", "vars", "exec", "setattr", "globals"}


def _hides(statement: ast.stmt) -> bool:
    """Whether a statement of a class's body may give it names nobody can see written."""
    if isinstance(statement, ast.For | ast.AsyncFor | ast.While | ast.Delete):
        return True
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    return any(dotted(call.func) in _HIDING for call in _calls(statement))
