"""Bodies of functions without the way they are laid out: a DDL text in Python is indented as its file is."""

from __future__ import annotations

import re

from kedge.objects import Routine

_LANGUAGES = ("sql", "plpgsql")
# A comment to the end of its line, what is kept to the letter, and what only separates.
_PIECE = re.compile(
    r"""(?P<line>--[^\n]*)(?:\n\s*|\Z)|(?P<kept>/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\3)|\s+""",
    re.DOTALL | re.ASCII,
)
# In some databases one escapes a quote, the other begins a comment: nothing is left out there.
_UNSURE = ("\\", "#")


def body_read(one: Routine) -> str:
    """The body as its language reads it: spaces between words are one; literals, names and comments stay."""
    if one.language not in _LANGUAGES or any(sign in one.body for sign in _UNSURE):
        return one.body
    return _PIECE.sub(_laid_out, one.body).strip()


def _laid_out(piece: re.Match[str]) -> str:
    if piece["line"]:
        return piece["line"].rstrip() + "\n"
    return piece["kept"] or " "
