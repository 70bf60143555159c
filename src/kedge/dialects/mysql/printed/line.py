"""One line of what the server prints, word by word."""

from __future__ import annotations

from kedge.dialects.mysql.words import bare, tokens


class NotUnderstood(Exception):
    """A line that is not of the known format."""


class Line:
    """The words of one line, taken from the left."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.pieces = tokens(bare(line))
        self.words = [t for t in self.pieces if not t.isspace()]
        if self.words and self.words[-1] == ",":
            self.words.pop()
        self.begin()

    def begin(self) -> None:
        """From the left; an empty word stands after the last."""
        self.upper = [*(w.upper() for w in self.words), ""]
        self.at = 0

    def next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def next_upper(self) -> str:
        return self.upper[self.at]

    def take(self) -> str:
        if self.at >= len(self.words):
            raise NotUnderstood(self.line)
        self.at += 1
        return self.words[self.at - 1]

    def skip(self, *expected: str) -> bool:
        """Take these words, if they are the next ones."""
        if self.upper[self.at] != expected[0]:
            return False
        end = self.at + len(expected)
        if tuple(self.upper[self.at : end]) != expected:
            return False
        self.at = end
        return True

    def demand(self, *expected: str) -> None:
        if not self.skip(*expected):
            raise NotUnderstood(self.line)

    def group(self) -> list[str]:
        """The words between the next parentheses."""
        self.demand("(")
        depth, start = 1, self.at
        while depth:
            word = self.take()
            depth += (word == "(") - (word == ")")
        return self.words[start : self.at - 1]

    def text(self, start: int) -> str:
        """The line from this word to the next one, as it was printed."""
        found, spaces = [], iter(_spaced(self.pieces))
        for position in range(self.at):
            piece = next(spaces)
            if position >= start:
                found.append(piece)
        return "".join(found).strip()

    def enclosed(self) -> str:
        """What stands between the next parentheses, as it was printed."""
        start = self.at + 1
        self.group()
        return self.text(start)[:-1].rstrip()


def _spaced(pieces: list[str]) -> list[str]:
    """Each word with the space before it."""
    found: list[str] = []
    space = ""
    for token in pieces:
        if token.isspace():
            space = token
        else:
            found.append(space + token)
            space = ""
    return found
