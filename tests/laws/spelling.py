"""Names and quoting: everything a name may be that hurts."""

from __future__ import annotations

from collections.abc import Callable

NAME_BYTES = 63
RESERVED = ("user", "order", "select", "table", "group", "check", "default", "primary", "offset", "end")

STYLES: dict[str, Callable[[str, int], str]] = {
    "plain": lambda word, n: f"{word}{n}",
    "capitals": lambda word, n: f"{word.title()}{n}",
    "space": lambda word, n: f"{word} {n}",
    "quote": lambda word, n: f'{word}"{n}',
    "apostrophe": lambda word, n: f"{word}'{n}",
    "unicode": lambda word, n: f"{word}é名{n}",
    "reserved": lambda word, n: RESERVED[n % len(RESERVED)],
    "percent": lambda word, n: f"{word}%{n}",
    "dot": lambda word, n: f"{word}.{n}",
    "parentheses": lambda word, n: f"{word}({n})",
    "60 bytes": lambda word, n: f"{word}{n}_".ljust(60, "x"),
    "63 bytes, cut in a character": lambda word, n: f"{word}{n}_".ljust(62, "y") + "é",
    "70 bytes": lambda word, n: f"{word}{n}_".ljust(56, "z") + "é" * 7,  # 63 characters
}


def clipped(name: str) -> str:
    """As the server keeps it."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


def quoted(*names: str) -> str:
    return ".".join('"' + n.replace('"', '""') + '"' for n in names)


def literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
