"""Finds `# kedge: ignore[rule] reason` in a source file, and the line it speaks of."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kedge.decisions.ignores import NO_REASON

_COMMENT = re.compile(r"#\s*kedge\s*:\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_IGNORE = re.compile(r"ignore\s*\[(?P<rules>[^\]]*)\]\s*:?\s*(?P<reason>.*)", re.DOTALL)
HOW = "it is written as # kedge: ignore[column-type] the reason"
_LAYOUT = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


class Comment(msgspec.Struct, frozen=True):
    """One rule of one comment. `lines` are those it may speak of, the nearest first."""

    rule: str
    reason: str
    line: int
    lines: tuple[int, ...]
    problem: str | None = None

    def speaks_of(self, declared: set[int]) -> int:
        """The first of its lines on which something is declared."""
        return next((line for line in self.lines if line in declared), self.lines[0])


def comments(path: Path) -> list[Comment]:
    """Those of a file; none where it cannot be read, as a file of another machine."""
    try:
        with tokenize.open(path) as file:
            text = file.read()
        return list(_comments(text)) if "kedge" in text else []
    except (OSError, SyntaxError, ValueError, tokenize.TokenError):
        return []


def _comments(text: str) -> Iterator[Comment]:
    """A comment beside code speaks of its line or the statement's lines above it; alone, of the code below it."""
    start = last = 0
    waiting: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if not _COMMENT.match(token.string):
                continue
            if line == last:
                yield from _parsed(token.string, line, tuple(range(line, (start or line) - 1, -1)))
            else:
                waiting.append(token)
        elif token.type == tokenize.NEWLINE:
            start = 0
        elif token.type == tokenize.ENDMARKER:
            for held in waiting:
                yield from _parsed(held.string, held.start[0], (held.start[0],))
        elif token.type not in _LAYOUT:
            start = start or line
            for held in waiting:
                below = (line, *range(line - 1, start - 1, -1))
                yield from _parsed(held.string, held.start[0], below)
            waiting = []
            last = token.end[0]


def _parsed(comment: str, line: int, lines: tuple[int, ...]) -> Iterator[Comment]:
    said = _COMMENT.match(comment)
    assert said
    rest = said["rest"].strip()
    found = _IGNORE.fullmatch(rest)
    if not found:
        yield Comment(rest or "?", "", line, lines, HOW)
        return
    rules = [rule.strip() for rule in found["rules"].split(",") if rule.strip()]
    reason = found["reason"].strip()
    for rule in rules or ["?"]:
        yield Comment(rule, reason, line, lines, (None if reason else NO_REASON) if rules else HOW)
