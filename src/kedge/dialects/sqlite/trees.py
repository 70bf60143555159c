"""Expressions as sqlglot's trees, in one form for all spellings of one thing.

A room of its own, because importing sqlglot costs more than a whole audit and few audits need it.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_MIRRORED: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: ">",
    exp.GT: "<",
    exp.LTE: ">=",
    exp.GTE: "<=",
}
_SIGNS: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.GT: ">",
    exp.LTE: "<=",
    exp.GTE: ">=",
}
_NOW = {"DATETIME": "CURRENT_TIMESTAMP", "DATE": "CURRENT_DATE", "TIME": "CURRENT_TIME"}


def parse(expression: str) -> exp.Expression | None:
    try:
        found = sqlglot.parse(f"SELECT ({expression}\n)", read="sqlite")
    except (SqlglotError, RecursionError):
        return None
    select = found[0]
    if len(found) != 1 or not isinstance(select, exp.Select) or len(select.expressions) != 1:
        return None
    if any(value for name, value in select.args.items() if name not in ("expressions", "kind")):
        return None
    return _bare(select.expressions[0])


def explicit(tree: exp.Expression) -> str:
    """The tree as a text in which every operator has its parentheses."""

    copied = tree.copy()
    for node in reversed(list(copied.walk(bfs=False))):
        if node is not copied and isinstance(node, (exp.Binary, exp.Unary, exp.Predicate)):
            node.replace(exp.Paren(this=node.copy()))
    return copied.sql(dialect="sqlite", comments=False)


def normal(tree: exp.Expression) -> Any:
    """Nested tuples that are equal where the trees say the same on the listed grounds."""
    tree = _bare(tree)
    if isinstance(tree, (exp.And, exp.Or)):
        kind = type(tree)
        operands = sorted({repr(normal(o)) for o in _flat(tree, kind)})
        return (kind.__name__, *operands) if len(operands) > 1 else normal(_flat(tree, kind)[0])
    if type(tree) in _SIGNS:
        left, right = normal(tree.this), normal(tree.expression)
        if isinstance(_bare(tree.this), (exp.Literal, exp.Neg)) and isinstance(
            _bare(tree.expression), exp.Column
        ):
            return (_MIRRORED[type(tree)], right, left)
        return (_SIGNS[type(tree)], left, right)
    if isinstance(tree, exp.In) and tree.expressions:
        return ("IN", normal(tree.this), *sorted({repr(normal(v)) for v in tree.expressions}))
    if isinstance(tree, exp.Column):
        return ("column", tree.name.lower())
    if isinstance(tree, exp.Identifier):
        return ("name", tree.name.lower())
    if isinstance(tree, exp.Literal):
        return ("text" if tree.is_string else "number", str(tree.this))
    if now := _now(tree):
        return ("now", now)
    return (type(tree).__name__, *(_argument(k, v) for k, v in sorted(tree.args.items()) if v is not None))


def _argument(name: str, value: Any) -> Any:
    if isinstance(value, exp.Expression):
        return (name, normal(value))
    if isinstance(value, list):
        return (name, *(normal(v) if isinstance(v, exp.Expression) else v for v in value))
    if isinstance(value, str) and name == "this":
        return (name, value.lower())
    return (name, value)


def _now(tree: exp.Expression) -> str | None:
    text = tree.sql(dialect="sqlite").upper()
    if text in _NOW.values():
        return text
    for function, word in _NOW.items():
        if text == f"{function}('NOW')":
            return word
    return None


def _bare(tree: exp.Expression) -> exp.Expression:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def _flat(tree: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    tree = _bare(tree)
    if not isinstance(tree, kind):
        return [tree]
    return _flat(tree.this, kind) + _flat(tree.expression, kind)
