"""PostgreSQL's parse trees, reduced to what they mean.

`conbin`, `adbin` and their like print as nested nodes (https://www.postgresql.org/docs/current/catalog-pg-constraint.html).
Two spellings of one expression differ there only in where they stood, how they were written and in no-op casts;
`meaning()` takes those away and gives nested tuples that are equal exactly when the trees are. It claims two
trees equal only on grounds listed here; anything it does not know it leaves as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Meaning: TypeAlias = Any

_TOKEN = re.compile(r"[{}()\[\]]|(?:\\.|[^\s{}()\[\]\\])+")

# How an expression was written, not what it is.
_SPELLING = frozenset(
    (
        "location", "stmt_location", "list_start", "list_end", "funcformat", "relabelformat", "coerceformat",
        "convertformat", "row_format", "varnosyn", "varattnosyn", "varnullingrels", "varreturningtype",
        "hashfuncid", "negfuncid", "opfuncid",
    )
)  # fmt: skip

# OIDs of pg_type.dat and pg_proc.dat, fixed in every release.
_TEXT, _VARCHAR, _TEXT_ARRAY, _VARCHAR_ARRAY = "25", "1043", "1009", "1015"
_SAME_TYPE = {_VARCHAR: _TEXT, _VARCHAR_ARRAY: _TEXT_ARRAY}
_NOW, _TRANSACTION_TIMESTAMP = "1299", "2647"
_TIMESTAMPTZ_TO_TIMESTAMP, _TIMESTAMPTZ_TO_DATE = "2027", "1178"
_TIMEZONE = frozenset({"1159", "2069"})
_BOOL_EQUAL, _BOOL_UNEQUAL = "91", "85"

# https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT :
# "transaction_timestamp() is equivalent to CURRENT_TIMESTAMP", "now() is a traditional equivalent".
_NOW_CALL = ("call", _NOW, ())
_VALUE_FUNCTIONS: dict[str, Meaning] = {
    "3": _NOW_CALL,
    "7": ("call", _TIMESTAMPTZ_TO_TIMESTAMP, (_NOW_CALL,)),
    "0": ("call", _TIMESTAMPTZ_TO_DATE, (_NOW_CALL,)),
}
_IS_TRUE, _IS_NOT_TRUE, _IS_FALSE, _IS_NOT_FALSE = "0", "1", "2", "3"


class Node(dict[str, Any]):
    """One `{TYPE :field value …}`."""

    type: str = ""


def parse(text: str) -> Any:
    """A node tree's text as nested Node, list and str."""
    tokens = iter(_TOKEN.findall(text))
    return _value(next(tokens), tokens)


def _value(token: str, tokens: Iterator[str]) -> Any:
    if token == "{":
        return _node(tokens)
    if token in "([":
        close = ")" if token == "(" else "]"
        items: list[Any] = []
        for item in tokens:
            if item == close:
                return items
            items.append(_value(item, tokens))
    return token


def _node(tokens: Iterator[str]) -> Node:
    node = Node()
    node.type = next(tokens)
    field = ""
    for token in tokens:
        if token == "}":
            break
        if token.startswith(":") and len(token) > 1:
            field = token[1:]
        elif field in node:
            node[field] = [node[field], _value(token, tokens)]
        else:
            node[field] = _value(token, tokens)
    return node


def meaning(tree: Any, *, not_null: frozenset[str] = frozenset(), only_true_counts: bool = False) -> Meaning:
    """What a tree means, as hashable nested tuples.

    `not_null` are the attribute numbers of columns that hold no NULL. `only_true_counts` says that false and
    unknown are one thing to whoever asks, as for the predicate of an index.
    """
    reduce = _Reduction(not_null)
    return reduce.truth(tree) if only_true_counts else reduce(tree)


def functions(tree: Any) -> set[str] | None:
    """OIDs of the functions a constant tree calls; None when the tree is not made of constants alone."""
    if isinstance(tree, list):
        found: set[str] = set()
        for item in tree:
            inner = functions(item)
            if inner is None:
                return None
            found |= inner
        return found
    if not isinstance(tree, Node):
        return set()
    if tree.type not in ("CONST", "FUNCEXPR", "RELABELTYPE", "COERCEVIAIO", "ARRAYEXPR", "ARRAYCOERCEEXPR",
                         "OPEXPR", "CASETESTEXPR", "COLLATEEXPR", "ROWEXPR", "COERCETODOMAIN"):  # fmt: skip
        return None
    own = {tree[f] for f in ("funcid", "opfuncid") if f in tree}
    below = functions(list(tree.values()))
    return None if below is None else own | below


class _Reduction:
    def __init__(self, not_null: frozenset[str]) -> None:
        self.not_null = not_null

    def __call__(self, tree: Any) -> Meaning:
        if isinstance(tree, list):
            return tuple(self(item) for item in tree)
        if not isinstance(tree, Node):
            return tree
        rule = getattr(self, tree.type.lower(), None)
        return rule(tree) if rule else self.plain(tree)

    def plain(self, node: Node) -> Meaning:
        return (node.type, *((k, self(v)) for k, v in node.items() if k not in _SPELLING))

    def truth(self, tree: Any) -> Meaning:
        """The meaning where unknown counts as false."""
        if isinstance(tree, Node):
            if tree.type == "BOOLEXPR" and tree["boolop"] in ("and", "or"):
                return _junction(tree["boolop"], [self.truth(a) for a in tree["args"]])
            if tree.type == "BOOLEANTEST" and tree["booltesttype"] in (_IS_TRUE, _IS_FALSE):
                return _signed(self(tree["arg"]), tree["booltesttype"] == _IS_TRUE)
        return self(tree)

    # -- one method per node type whose spelling varies

    def const(self, node: Node) -> Meaning:
        kind = _SAME_TYPE.get(node["consttype"], node["consttype"])
        if node["constisnull"] == "true":
            return ("const", kind, None)
        return ("const", kind, node["consttypmod"], self(node["constvalue"]))

    def relabeltype(self, node: Node) -> Meaning:
        return self(node["arg"])

    def coerceviaio(self, node: Node) -> Meaning:
        return ("text-cast", _SAME_TYPE.get(node["resulttype"], node["resulttype"]), self(node["arg"]))

    def arraycoerceexpr(self, node: Node) -> Meaning:
        element = node["elemexpr"]
        if isinstance(element, Node) and element.type == "RELABELTYPE":
            return self(node["arg"])
        return self.plain(node)

    def arrayexpr(self, node: Node) -> Meaning:
        kind = _SAME_TYPE.get(node["array_typeid"], node["array_typeid"])
        return ("array", kind, node.get("multidims"), self(_items(node["elements"])))

    def sqlvaluefunction(self, node: Node) -> Meaning:
        return _VALUE_FUNCTIONS.get(node["op"]) or self.plain(node)

    def funcexpr(self, node: Node) -> Meaning:
        function = _NOW if node["funcid"] == _TRANSACTION_TIMESTAMP else node["funcid"]
        args = self(_items(node["args"]))
        if function in _TIMEZONE and args and args[0][0] == "const":
            args = (_lower_case(args[0]), *args[1:])
        if node["inputcollid"] != "0":
            return ("call", function, args, node["inputcollid"])
        return ("call", function, args)

    def opexpr(self, node: Node) -> Meaning:
        args = self(_items(node["args"]))
        if node["opno"] in (_BOOL_EQUAL, _BOOL_UNEQUAL):
            literal = next((a for a in args if a[0] == "const" and a[2] is not None), None)
            if literal is not None:
                other = args[1] if args[0] is literal else args[0]
                return _signed(other, _is_true(literal) == (node["opno"] == _BOOL_EQUAL))
        return self.operation(node, args)

    def operation(self, node: Node, args: tuple[Any, ...]) -> Meaning:
        return ("operator", node["opno"], node["inputcollid"], args)

    def scalararrayopexpr(self, node: Node) -> Meaning:
        left, right = _items(node["args"])
        while isinstance(right, Node) and right.type in ("ARRAYCOERCEEXPR", "RELABELTYPE"):
            if right.type == "ARRAYCOERCEEXPR" and getattr(right["elemexpr"], "type", "") != "RELABELTYPE":
                break
            right = right["arg"]
        if not (isinstance(right, Node) and right.type == "ARRAYEXPR" and right.get("multidims") != "true"):
            return self.plain(node)
        word = "or" if node["useOr"] == "true" else "and"
        return _junction(
            word, [self.operation(node, (self(left), self(e))) for e in _items(right["elements"])]
        )

    def boolexpr(self, node: Node) -> Meaning:
        args = [self(a) for a in _items(node["args"])]
        return _signed(args[0], False) if node["boolop"] == "not" else _junction(node["boolop"], args)

    def booleantest(self, node: Node) -> Meaning:
        arg, test = node["arg"], node["booltesttype"]
        certain = isinstance(arg, Node) and arg.type == "VAR" and arg["varattno"] in self.not_null
        if certain and test in (_IS_TRUE, _IS_NOT_TRUE, _IS_FALSE, _IS_NOT_FALSE):
            return _signed(self(arg), test in (_IS_TRUE, _IS_NOT_FALSE))
        return self.plain(node)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _junction(word: str, args: list[Meaning]) -> Meaning:
    """AND and OR: neither order, nesting nor repetition matters."""
    flat: set[Meaning] = set()
    for arg in args:
        flat |= arg[1] if isinstance(arg, tuple) and arg[0] == word else {arg}
    return next(iter(flat)) if len(flat) == 1 else (word, frozenset(flat))


def _signed(arg: Meaning, positive: bool) -> Meaning:
    if positive:
        return arg
    return arg[1] if isinstance(arg, tuple) and arg[0] == "not" else ("not", arg)


def _is_true(literal: Meaning) -> bool:
    return any(byte != "0" for byte in literal[3][1])


def _lower_case(literal: Meaning) -> Meaning:
    """A text constant in lower case: names of time zones know no case."""
    if not isinstance(literal[-1], tuple):
        return literal
    size, data = literal[-1]
    small = tuple(str(int(b) + 32) if 65 <= int(b) <= 90 else b for b in data)
    return (*literal[:-1], (size, small))
