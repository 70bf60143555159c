"""SQL cut by SQLite's lexical rules. https://www.sqlite.org/lang.html"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<space>(?:\s+|--[^\n]*|/\*.*?(?:\*/|\Z))+)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])'
    r"|(?P<blob>[xX]'[0-9a-fA-F]*')"
    r"|(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d][\w$]*)"
    r"|(?P<sign><>|<=|>=|!=|==|<<|>>|\|\||->>|->|.)",
    re.DOTALL,
)


# A text that both sides have, as create_all and op.create_table write it, is cut once.
CUT = 32768


class NotUnderstood(Exception):
    """A text that cannot be cut into its clauses."""


class Token(NamedTuple):
    kind: str
    text: str
    spaced: bool  # whether something stood before it that means nothing

    @property
    def word(self) -> str:
        """The keyword, if it is one: quoted it is a name."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """The name without its quotes, of which SQLite knows four."""
        if self.kind == "word":
            return self.text
        quote = self.text[0]
        if quote == "[":
            return self.text[1:-1]
        return self.text[1:-1].replace(quote * 2, quote)

    @property
    def names(self) -> bool:
        return self.kind in ("word", "name", "string")


def tokens(sql: str) -> list[Token]:
    """The text in tokens; comments and white space are gone."""
    found: list[Token] = []
    spaced = False
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "sign"
        if kind == "space":
            spaced = True
            continue
        found.append(Token(kind, match[0], spaced))
        spaced = False
    return found


def spelled(parts: Sequence[Token]) -> str:
    """Tokens as text again, one space wherever anything stood between two."""
    return "".join((" " if t.spaced and n else "") + t.text for n, t in enumerate(parts))


def mentions(parts: Iterable[Token]) -> frozenset[str]:
    """Every name in an expression, in lower case: SQLite's names have no case."""
    return frozenset(t.value.lower() for t in parts if t.kind in ("word", "name"))


def closing(parts: Sequence[Token], start: int) -> int:
    """Where the parenthesis at `start` closes."""
    depth = 0
    for position in range(start, len(parts)):
        text = parts[position].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return position
    raise NotUnderstood("a parenthesis that does not close")


def split(parts: Sequence[Token]) -> list[list[Token]]:
    """Cuts at the commas that stand in no parenthesis."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in parts:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return items
