"""Finds what is left to ask about a declared table that is the live one in all but the text of its expressions.

Each pair of texts that may differ is taken out on both sides, and becomes a question; where what is left is certainly
one, the table is the live one if the answer to every question is yes. Nothing is concluded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from kedge.catalog import Check, Computed, Index, Table, TableKey
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable
from kedge.dialects.base import Form, Question

Settled = Callable[[DeclaredTable, Table], bool]
# Whether a declared column, check or index is certainly this live one.
Same = Callable[[Any, Any], bool]
_replaced = msgspec.structs.replace
# Stands for a text that is asked about, on both sides.
_NOTHING = "0"
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\w+|\s+|.", re.DOTALL)


def doubts(declared: DeclaredTable, live: Table, same: Same, settled: Settled) -> tuple[Question, ...] | None:
    """The questions whose answers decide; None where more than texts may differ."""
    if declared.error or len(declared.columns) != len(live.columns):
        return None
    found = _Doubts((live.schema, live.name), same)
    columns = [found.column(c, live) for c in declared.columns]
    constraints = found.checks(declared, live)
    indexes = [found.index(i, live) for i in declared.indexes]
    if not found.questions or not all(map(_whole, found.texts)):
        return None
    bare = _replaced(declared, columns=tuple(columns), constraints=tuple(constraints), indexes=tuple(indexes))
    return tuple(found.questions) if settled(bare, found.bared(live)) else None


class _Doubts:
    """What is asked, and what stands on both sides instead."""

    def __init__(self, table: TableKey, same: Same) -> None:
        self.table = table
        self.same = same
        self.questions: list[Question] = []
        self.texts: list[str] = []
        self.instead: dict[tuple[type, str | None], Any] = {}

    def ask(self, form: Form, models: str, database: str, column: str | None = None) -> None:
        self.questions.append(Question(self.table, form, models, database, column))
        self.texts.append(models)

    def bared(self, live: Table) -> Table:
        def own(parts: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(self.instead.get((type(p), p.name), p) for p in parts)

        return _replaced(live, columns=own(live.columns), checks=own(live.checks), indexes=own(live.indexes))

    # -- columns

    def column(self, declared: DeclaredColumn, live: Table) -> DeclaredColumn:
        there = live.column(declared.name)
        if there is None or declared.spec is None or self.same(declared, there):
            return declared
        if declared.computed is not None and isinstance(there.computed, Computed):
            written, printed = f"({declared.computed})", f"({_NOTHING})"
            if declared.spec.count(written) != 1:
                return declared
            self.ask("expression", declared.computed, there.computed.expression, declared.name)
            nothing = _replaced(there.computed, expression=_NOTHING)
            self.instead[type(there), there.name] = _replaced(there, computed=nothing)
            spec = declared.spec.replace(written, printed)
            return _replaced(declared, computed=_NOTHING, spec=spec)
        said = f" DEFAULT {declared.default}"
        if declared.default is None or not isinstance(there.default, str) or declared.spec.count(said) != 1:
            return declared
        self.ask("default", declared.default, there.default, declared.name)
        self.instead[type(there), there.name] = _replaced(there, default=None)
        return _replaced(declared, default=None, spec=declared.spec.replace(said, ""))

    # -- checks and indexes

    def checks(self, declared: DeclaredTable, live: Table) -> Iterator[DeclaredConstraint]:
        """Each with its namesake; one without a name with the only one that is left."""
        there = {c.name: c for c in live.checks}
        named = {c.name for c in declared.constraints if c.kind == "check" and c.name in there}
        nameless = [c for c in declared.constraints if c.kind == "check" and c.name is None]
        left = [c for c in live.checks if c.name not in named]
        for constraint in declared.constraints:
            twin = there.get(constraint.name) if constraint.kind == "check" else None
            if [constraint] == nameless and len(left) == 1:
                twin = left[0]
            yield self.check(constraint, twin) if twin else constraint

    def check(self, declared: DeclaredConstraint, live: Check) -> DeclaredConstraint:
        known = declared.expression is not None and isinstance(live.expression, str)
        if not known or self.same(declared, live):
            return declared
        self.ask("check", str(declared.expression), str(live.expression))
        self.instead[type(live), live.name] = _replaced(live, expression=_NOTHING)
        return _replaced(declared, expression=_NOTHING)

    def index(self, declared: DeclaredIndex, live: Table) -> DeclaredIndex:
        there = next((i for i in live.indexes if i.name == declared.name), None)
        if there is None or self.same(declared, there):
            return declared
        said = _Creation.of(declared.sql or "")
        if said is None or not len(said.keys) == len(there.keys) == len(declared.keys):
            return declared
        keys, own = [], []
        for name, text, key in zip(declared.keys, said.keys, there.keys, strict=True):
            expression = name is None and key.column is None and isinstance(key.expression, str)
            if expression:
                self.ask("expression", text, str(key.expression))
            own.append(_NOTHING if expression else text)
            keys.append(_replaced(key, expression=_NOTHING) if expression else key)
        predicate, where = there.predicate, said.where
        if where is not None and isinstance(predicate, str):
            self.ask("predicate", where, predicate)
            predicate = where = _NOTHING
        self.instead[Index, there.name] = _replaced(there, keys=tuple(keys), predicate=predicate)
        return _replaced(declared, sql=said.text(own, where))


class _Creation(msgspec.Struct, frozen=True):
    """CREATE INDEX … ON table (keys) [WHERE predicate], cut at its outermost parentheses and commas."""

    head: str
    keys: tuple[str, ...]
    where: str | None

    @classmethod
    def of(cls, sql: str) -> _Creation | None:
        head, on, tail = sql.partition(" ON ")
        pieces = _TOKEN.findall(tail)
        if not on or "(" not in pieces:
            return None
        start = pieces.index("(")
        keys, depth, end = [""], 0, start
        for end in range(start, len(pieces)):
            piece = pieces[end]
            depth += (piece == "(") - (piece == ")")
            if depth == 0:
                break
            if depth == 1 and piece == ",":
                keys.append("")
            elif end > start:
                keys[-1] += piece
        after = "".join(pieces[end + 1 :]).strip()
        if depth or (after and not after.startswith("WHERE ")):
            return None
        where = after.removeprefix("WHERE ") if after else None
        return cls(head + on + "".join(pieces[:start]), tuple(k.strip() for k in keys), where)

    def text(self, keys: list[str], where: str | None) -> str:
        return f"{self.head}({', '.join(keys)})" + (f" WHERE {where}" if where is not None else "")


def _whole(text: str) -> bool:
    """Whether the text stays within whatever parentheses it is put in."""
    depth = 0
    for token in _TOKEN.findall(text):
        depth += (token == "(") - (token == ")")
        if depth < 0 or token in (";", "#", '"', "'", "`"):
            return False
    return depth == 0 and "--" not in text and "/*" not in text
