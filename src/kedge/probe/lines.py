"""Finds the line of a class, a field or a `Column(…)` by `ast`; every file is parsed once."""

# mypy: ignore-errors

from __future__ import annotations

import ast
import re

_SOURCES = {}


def source(path):
    if path not in _SOURCES:
        _SOURCES[path] = Source(path)
    return _SOURCES[path]


def binds(path, name):
    """Whether a file says `name = …` or `class name` by itself, rather than importing it."""
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    word = re.escape(name.encode())
    return (
        re.search(rb"^[ \t]*(class[ \t]+%s\b|%s[ \t]*(:[^=\n]+)?=[^=])" % (word, word), text, re.M)
        is not None
    )


class Source:
    """One parsed file; an unreadable one has no classes and no calls."""

    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                self.tree = ast.parse(file.read(), path)
        except (OSError, SyntaxError, ValueError):
            self.tree = ast.Module(body=[], type_ignores=[])
        self._classes = None

    def class_named(self, qualname):
        """The class of that qualified name; of several, the last (as Python would bind it)."""
        if self._classes is None:
            self._classes = {}
            self._walk(self.tree, "")
        return self._classes.get(qualname)

    def _walk(self, node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                self._classes[prefix + child.name] = child
                self._walk(child, prefix + child.name + ".")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._walk(child, prefix + child.name + ".<locals>.")
            else:
                self._walk(child, prefix)

    def call_at(self, line):
        """The outermost call whose text covers that line: the `Table(…)` of a classic declaration."""
        best = None
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno):
                if best is None or _span(node) > _span(best):
                    best = node
        return best


def _span(node):
    return (node.end_lineno or node.lineno) - node.lineno


def field_line(class_node, attribute):
    """The line where a class gives an attribute: assigned, only annotated, or a declared_attr function."""
    for statement in class_node.body:
        for name in _bound_names(statement):
            if name == attribute:
                return statement.lineno
        if isinstance(statement, (ast.If, ast.With, ast.Try)):
            inner = field_line(statement, attribute)
            if inner:
                return inner
    return None


def _bound_names(statement):
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.Assign):
        return [n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [statement.name]
    return []


def named_call_line(node, name, functions):
    """The line of a call of one of these functions that gives this name, first or as `name=`.

    A naming convention makes `ck_person_age` of a written `age`: the end of the name is enough then.
    """
    partial = None
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and _function(call) in functions:
            for given in _given_names(call):
                if given == name:
                    return call.lineno
                if isinstance(given, str) and given and name.endswith("_" + given):
                    partial = partial or call.lineno
    return partial


def _function(call):
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def _given_names(call):
    given = list(call.args[:1]) + [k.value for k in call.keywords if k.arg == "name"]
    return [g.value for g in given if isinstance(g, ast.Constant)]
