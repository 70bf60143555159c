"""Finds where code uses classes by names it takes for certain, and the SQL it writes out.

Only what no flow of the program can change is taken: a name bound once, an annotated parameter that is never
assigned, a query that starts from one class and joins nothing. Which names are mapped classes is found out later.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kedge.sources.code import bindings
from kedge.sources.code.bindings import Scope
from kedge.sources.code.facts import Import, Sql, Use, UseKind
from kedge.sources.code.terms import dotted

_KEEPS_ENTITY = {
    "filter", "where", "order_by", "options", "limit", "offset", "distinct", "execution_options", "returning",
    "with_for_update", "filter_by", "group_by", "populate_existing", "yield_per", "having", "params", "values",
}  # fmt: skip
# Said of a project that listens to the making of objects: it may take any keyword away.
INIT = "(init)"
_EXECUTES = {"execute", "exec_driver_sql", "executemany"}
_FORGIVEN = {"AttributeError", "TypeError", "InvalidRequestError", "SQLAlchemyError", "ArgumentError"}
_BROAD = {
    "Exception", "BaseException", "SQLAlchemyError", "DBAPIError", "DatabaseError", "ProgrammingError",
    "OperationalError", "NoSuchTableError", "UndefinedTable", "UndefinedColumn",
}  # fmt: skip
_EXPECTS = ("raises", "assertRaises", "assertRaisesRegex", "suppress")
# What stands under such a constant is for one version of something, and which one runs nobody can see here.
_VERSION = re.compile(
    r"__version__|version_info|[A-Z0-9_]*(?:VERSION|_V_?\d|_PLUS|_GTE|_LT|LEGACY|COMPAT)[A-Z0-9_]*"
)


class Uses:
    """All of one file. `spoken` are names given by their text, `stored` those of assigned attributes."""

    def __init__(self, tree: ast.Module) -> None:
        self.uses: list[Use] = []
        self.statements: list[Sql] = []
        self.stored: set[str] = set()
        self.spoken: set[str] = set()
        self.local_imports: list[Import] = []
        self.scopes: list[Scope] = []
        self.forgiving = 0
        self.expecting = 0
        for statement in tree.body:
            self.visit(statement)

    # -- names

    def known(self, path: str) -> str | None:
        """The dotted name as the module knows it; None where a function has its own thing of that name."""
        root, dot, rest = path.partition(".")
        for scope in reversed(self.scopes):
            if root in scope.names:
                own = scope.names[root]
                return own and own + dot + rest
        return path

    def class_of(self, name: str) -> str | None:
        """The dotted class a variable is certainly an instance of."""
        for scope in reversed(self.scopes):
            if name in scope.instances:
                return scope.instances[name]
            if name in scope.names:
                return None
        return None

    # -- the walk

    def visit(self, node: ast.AST) -> None:
        method = _VISITS.get(type(node))
        if method is None:
            self.children(node)
        else:
            method(self, node)

    def children(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                self.visit(value)

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        self.visit_all([*node.decorator_list, *arguments.defaults, *(d for d in arguments.kw_defaults if d)])
        outer = self.scopes
        self.scopes = [s for s in outer if not s.of_class]
        scope, imports = bindings.of_function(node, self.known)
        self.local_imports += imports
        self.scopes.append(scope)
        self.visit_all(node.body)
        self.scopes = outer

    def anonymous(self, node: ast.Lambda) -> None:
        self.within(Scope(dict.fromkeys(bindings.parameters(node.args))), [node.body])

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        names = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self.within(Scope(dict.fromkeys(names)), ast.iter_child_nodes(node))

    def class_(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        self.within(Scope(dict.fromkeys(bindings.stored_names(node.body)), of_class=True), node.body)

    def within(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        self.scopes = [*self.scopes, scope]
        self.visit_all(nodes)
        self.scopes = self.scopes[:-1]

    def try_(self, node: ast.Try) -> None:
        caught = {
            (dotted(name) or "").rpartition(".")[2] for handler in node.handlers for name in _caught(handler)
        }
        forgiving = bool(caught & _FORGIVEN)
        expecting = any(map(_expects, node.handlers))
        self.forgiving += forgiving
        self.expecting += expecting
        self.visit_all(node.body)
        self.forgiving -= forgiving
        self.expecting -= expecting
        self.visit_all([*node.handlers, *node.orelse, *node.finalbody])

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        names = [_called(item.context_expr) for item in node.items]
        forgiving = any(name in _EXPECTS for name in names)
        self.visit_all(node.items)
        self.forgiving += forgiving
        self.visit_all(node.body)
        self.forgiving -= forgiving

    def if_(self, node: ast.If | ast.IfExp) -> None:
        switch = _is_switch(node.test)
        self.forgiving += switch
        self.expecting += switch
        self.children(node)
        self.forgiving -= switch
        self.expecting -= switch

    def walrus(self, node: ast.NamedExpr) -> None:
        for scope in self.scopes:
            scope.instances.pop(node.target.id, None)
        self.visit(node.value)

    def annotated(self, node: ast.AnnAssign) -> None:
        """What is annotated is not run."""
        self.visit(node.target)
        if node.value:
            self.visit(node.value)

    def attribute(self, node: ast.Attribute) -> None:
        path = dotted(node)
        if not isinstance(node.ctx, ast.Load):
            self.stored.add(node.attr)
            if path and path.split(".")[-2][:1].isupper():
                self.spoken.add(node.attr)
        elif path is not None:
            self.chain(path, node)
        if path is None:
            self.visit(node.value)

    def chain(self, path: str, node: ast.Attribute) -> None:
        root, _, rest = path.partition(".")
        own = self.class_of(root)
        line = node.end_lineno or node.lineno
        if own is not None:
            self.take("instance", own, [(rest.partition(".")[0], line)])
        elif any(part[:1].isupper() for part in path.split(".")[:-1]) and (known := self.known(path)):
            self.take("class", known, [("", line)])

    def call(self, node: ast.Call) -> None:
        name = _called(node)
        path = dotted(node.func)
        keywords = [(k.arg, k.value.lineno) for k in node.keywords if k.arg is not None]
        if path and keywords and name[:1].isupper() and (known := self.known(path)):
            self.take("constructor", known, keywords)
        if name in ("filter_by", "values") and keywords and isinstance(node.func, ast.Attribute):
            self.of_query(name, node.func.value, keywords)
        self.spoken.update(_spoken(name, node))
        self.sql(name, path, node)
        self.children(node)

    def of_query(self, name: str, start: ast.expr, keywords: list[tuple[str, int]]) -> None:
        """The class a query is about, where it is about one alone."""
        while isinstance(start, ast.Call) and isinstance(start.func, ast.Attribute):
            if start.func.attr not in _KEEPS_ENTITY:
                break
            start = start.func.value
        path: str | None = None
        if isinstance(start, ast.Call) and len(start.args) == 1 and not start.keywords:
            wanted = ("select", "query") if name == "filter_by" else ("update", "insert")
            path = dotted(start.args[0]) if _called(start) in wanted else None
        elif isinstance(start, ast.Attribute) and start.attr == "query" and name == "filter_by":
            path = dotted(start.value)
        if path and (known := self.known(path)):
            self.take("filter" if name == "filter_by" else "values", known, keywords)

    def sql(self, name: str, path: str | None, node: ast.Call) -> None:
        if self.expecting or not node.args or (name not in _EXECUTES and name != "text"):
            return
        function = "execute" if name in _EXECUTES else self.known(path) if path else None
        if function is None:
            return
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            self.statements.append(Sql(function, first.value, node.lineno))
        elif (constant := dotted(first)) and (known := self.known(constant)):
            self.statements.append(Sql(function, None, node.lineno, known))

    def take(self, kind: UseKind, target: str, names: Iterable[tuple[str, int]]) -> None:
        if not self.forgiving:
            plain = tuple((n, line) for n, line in names if not n.startswith("__"))
            if plain:
                self.uses.append(Use(kind, target, plain))


def _called(node: ast.expr) -> str:
    """The last name of what is called: `query` of `db.session.query(…)`."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _caught(handler: ast.ExceptHandler) -> list[ast.expr]:
    if handler.type is None:
        return []
    return handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def _expects(handler: ast.ExceptHandler) -> bool:
    """Whether a failure is an answer like another: whatever went wrong is passed over without a word."""
    broad = handler.type is None or any(
        (dotted(name) or "").rpartition(".")[2] in _BROAD for name in _caught(handler)
    )
    said = (ast.Raise, ast.Call, ast.Await)
    return broad and not any(isinstance(n, said) for s in handler.body for n in ast.walk(s))


def _is_switch(test: ast.expr) -> bool:
    names = [
        n.attr if isinstance(n, ast.Attribute) else n.id for n in ast.walk(test) if isinstance(n, _NAMED)
    ]
    return any(map(_VERSION.fullmatch, names))


_NAMED = (ast.Attribute, ast.Name)


def _spoken(name: str, node: ast.Call) -> Iterator[str]:
    """Names given as texts: to a backref, to setattr and hasattr, to what replaces attributes in tests."""
    texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in ("listen", "listens_for") and "init" in texts:
        yield INIT
    if name == "backref" or name in ("setattr", "hasattr", "delattr", "object", "add_property", "label"):
        yield from texts
    for keyword in node.keywords:
        given = keyword.value
        if keyword.arg == "backref" and isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


_VISITS: dict[type[ast.AST], Callable[[Uses, Any], None]] = {
    ast.Constant: lambda uses, node: None,
    ast.Name: lambda uses, node: None,
    ast.FunctionDef: Uses.function,
    ast.AsyncFunctionDef: Uses.function,
    ast.Lambda: Uses.anonymous,
    ast.ListComp: Uses.comprehension,
    ast.SetComp: Uses.comprehension,
    ast.GeneratorExp: Uses.comprehension,
    ast.DictComp: Uses.comprehension,
    ast.ClassDef: Uses.class_,
    ast.Try: Uses.try_,
    ast.If: Uses.if_,
    ast.IfExp: Uses.if_,
    ast.With: Uses.with_,
    ast.AsyncWith: Uses.with_,
    ast.AnnAssign: Uses.annotated,
    ast.NamedExpr: Uses.walrus,
    ast.Attribute: Uses.attribute,
    ast.Call: Uses.call,
}
