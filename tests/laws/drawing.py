"""What all draws share: choices that can be forced, the facts that were drawn, names that are used once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from hypothesis import strategies as st
from tests.laws.kinds import Kind
from tests.laws.spelling import STYLES, clipped, quoted
from tests.laws.texts import Text

T = TypeVar("T")

# What SQLAlchemy's text() would take for a parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
FACTS: set[str] = {f"name: {style}" for style in STYLES}


class Cell(NamedTuple):
    """A column of a table being drawn. `free` says that parts may still be put on it."""

    column: sa.Column[Any]
    kind: Kind
    computed: bool = False

    @property
    def sql(self) -> str:
        return quoted(clipped(self.column.name))


@dataclass
class Drawn:
    """A MetaData, the facts in it, and which of its texts have another spelling."""

    metadata: sa.MetaData
    facts: list[str] = field(default_factory=list)
    respellings: list[tuple[sa.TextClause, str]] = field(default_factory=list)
    schemas: tuple[str, ...] = ()

    @contextmanager
    def respelled(self) -> Iterator[None]:
        """Meanwhile every text that has another spelling is spelled so."""
        before = [(clause, clause.text) for clause, _ in self.respellings]
        try:
            for clause, text in self.respellings:
                clause.text = text
            yield
        finally:
            for clause, text in before:
                clause.text = text

    def __repr__(self) -> str:
        return f"Drawn({', '.join(self.facts)})"


class Drawing:
    """One draw in progress. A fact in `want` is drawn at its first opportunity, whatever chance says."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], want: Sequence[str]) -> None:
        self.draw = draw
        self.want = set(want)
        unknown = self.want - FACTS
        assert not unknown, f"facts that cannot be drawn: {unknown}"
        self.drawn = Drawn(sa.MetaData())
        self.used: set[str] = set()
        self.count = 0
        self.convention: Mapping[str, str] = {}
        self.enums: list[sa.Enum] = []

    def fact(self, name: str) -> None:
        assert name in FACTS, name
        self.want.discard(name)
        self.drawn.facts.append(name)

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def maybe(self, fact: str, percent: int) -> bool:
        """Whether this fact is to be; it is noted when it is."""
        if fact in self.want or self.chance(percent):
            self.fact(fact)
            return True
        return False

    def one(self, items: Sequence[T]) -> T:
        return self.draw(st.sampled_from(list(items)))

    def named(self, prefix: str, table: Mapping[str, T]) -> T:
        """One of a table's values, a wanted one first; the fact is "<prefix>: <key>"."""
        wanted = [k for k in table if f"{prefix}: {k}" in self.want]
        key = wanted[0] if wanted else self.one(list(table))
        self.fact(f"{prefix}: {key}")
        return table[key]

    def name(self, word: str, plain: int = 45) -> str:
        """A name not used before in this draw."""
        self.count += 1
        styles = [k for k in STYLES if k != "plain"]
        wanted = any(f"name: {s}" in self.want for s in styles)
        if wanted or not self.chance(plain):
            key = next((s for s in styles if f"name: {s}" in self.want), None) or self.one(styles)
        else:
            key = "plain"
        name = STYLES[key](word, self.count)
        if clipped(name) in self.used:
            key, name = "plain", STYLES["plain"](word, self.count)
        self.used.add(clipped(name))
        self.fact(f"name: {key}")
        return name

    def first(self, kind: str, table: sa.Table, columns: Sequence[Any]) -> bool:
        """Whether nothing of this kind was drawn on these columns yet: a convention would name both alike."""
        key = f"{kind} {table.key} {[c.name for c in columns]}"
        fresh = key not in self.used
        self.used.add(key)
        return fresh

    def text(self, text: Text) -> sa.TextClause:
        clause = sa.text(_PARAMETER.sub(r"\\:\1", text.text))
        if text.respelled is not None:
            self.drawn.respellings.append((clause, _PARAMETER.sub(r"\\:\1", text.respelled)))
        return clause
