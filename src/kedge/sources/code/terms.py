"""Expressions of source code as plain values: what can be known of them without running anything."""

from __future__ import annotations

import ast
from typing import TypeAlias, Union

import msgspec


class _Struct(msgspec.Struct, frozen=True, gc=False, tag=True):
    pass


class Const(_Struct, frozen=True):
    value: str | int | float | bool | None


class Name(_Struct, frozen=True):
    """A dotted name: `Column`, `sa.Column`."""

    path: str


class Call(_Struct, frozen=True):
    """`open_ended` where arguments are spread from somewhere else (`*a`, `**k`)."""

    function: Term
    arguments: tuple[Term, ...]
    keywords: dict[str, Term]
    line: int
    open_ended: bool = False


class Items(_Struct, frozen=True):
    """A list, tuple or set."""

    items: tuple[Term, ...]


class Entries(_Struct, frozen=True):
    """A dict; `open_ended` where another one is spread into it."""

    items: tuple[tuple[Term, Term], ...]
    open_ended: bool = False


class Index(_Struct, frozen=True):
    value: Term
    index: Term


class Join(_Struct, frozen=True):
    """Texts put together with `+` or in an f-string."""

    parts: tuple[Term, ...]


class Either(_Struct, frozen=True):
    """`A | B`."""

    parts: tuple[Term, ...]


class Attribute(_Struct, frozen=True):
    """An attribute of something that is not a plain name: `f(x).y`."""

    value: Term
    name: str


class Other(_Struct, frozen=True):
    """Something only running it would tell."""


Term: TypeAlias = Union[Const, Name, Call, Items, Entries, Index, Join, Either, Attribute, Other]  # noqa: UP007
OTHER = Other()


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` of a name or a chain of attributes."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return owner and f"{owner}.{node.attr}"
    return None


def term(node: ast.expr | None, *, annotation: bool = False) -> Term:
    """The expression as a value; in an annotation a text is what it says."""
    if node is None:
        return OTHER
    if isinstance(node, ast.Constant):
        return _constant(node.value, annotation=annotation)
    if isinstance(node, ast.Name | ast.Attribute):
        path = dotted(node)
        if path is not None:
            return Name(path)
        assert isinstance(node, ast.Attribute)
        return Attribute(term(node.value), node.attr)
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return Items(tuple(term(item, annotation=annotation) for item in node.elts))
    if isinstance(node, ast.Dict):
        known = [(k, v) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
        return Entries(tuple((term(k), term(v)) for k, v in known), len(known) < len(node.keys))
    if isinstance(node, ast.Subscript):
        plain = dotted(node.value) or ""
        inside = annotation and plain.rpartition(".")[2] != "Literal"
        return Index(term(node.value), term(node.slice, annotation=inside))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return Join((term(node.left), term(node.right)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = (term(node.left, annotation=annotation), term(node.right, annotation=annotation))
        return Either(sides)
    if isinstance(node, ast.JoinedStr):
        return Join(tuple(_piece(value) for value in node.values))
    return OTHER


def _constant(value: object, *, annotation: bool) -> Term:
    if annotation and isinstance(value, str):
        try:
            return term(ast.parse(value.strip(), mode="eval").body, annotation=True)
        except (SyntaxError, ValueError, RecursionError):
            return OTHER
    if isinstance(value, int) and value.bit_length() > _BITS:
        return OTHER
    return Const(value) if value is None or isinstance(value, str | int | float | bool) else OTHER


_BITS = 63  # of the numbers that can be remembered; a declaration's are lengths and precisions


def _piece(node: ast.expr) -> Term:
    if isinstance(node, ast.FormattedValue):
        return term(node.value) if node.conversion == -1 and node.format_spec is None else OTHER
    return term(node)


def _call(node: ast.Call) -> Call:
    plain = tuple(term(a) for a in node.args if not isinstance(a, ast.Starred))
    keywords = {k.arg: term(k.value) for k in node.keywords if k.arg is not None}
    spread = len(plain) < len(node.args) or len(keywords) < len(node.keywords)
    return Call(term(node.func), plain, keywords, node.lineno, spread)
