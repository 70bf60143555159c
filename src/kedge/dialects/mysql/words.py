"""The words of MariaDB's and MySQL's SQL: cut apart without loss, quoted, unquoted, renamed.

https://mariadb.com/kb/en/string-literals/ and https://mariadb.com/kb/en/identifier-names/, as they are with an
empty sql_mode: a backslash escapes in strings, double quotes are strings, backticks are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|[\w$\u0080-\uffff]+(?:\.\d+)?|\s+|.""",
    re.DOTALL,
)
# /*!80023 INVISIBLE */ and /*M!100301 COMPRESSED*/: what is inside counts.
# https://dev.mysql.com/doc/refman/8.0/en/comments.html
_VERSIONED = re.compile(r"/\*M?!\d*\s*|\s*\*/")
# Comments that mean nothing: not /*! … */ and /*+ … */.
_SPACE = re.compile(r"(?:\s+|/\*(?!!|\+|M!).*?\*/|--(?=\s|\Z)[^\n]*|#[^\n]*)+", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def name_of(token: str) -> str:
    """The name a token spells."""
    return token[1:-1].replace("``", "`") if token.startswith("`") else token


def string_of(token: str) -> str:
    """The text a string literal spells."""
    quote, inner = token[0], token[1:-1]

    def plain(found: re.Match[str]) -> str:
        escaped = found[1]
        if escaped is None:
            return quote
        # \% and \_ stay as they are: only LIKE reads them
        return found[0] if escaped in "%_" else _ESCAPES.get(escaped, escaped)

    return re.sub(r"\\(.)|" + re.escape(quote) * 2, plain, inner, flags=re.DOTALL)


def literal(text: str) -> str:
    """A text as a string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def tokens(text: str) -> list[str]:
    """Literals, names, white space and signs; joined they are the text."""
    return _TOKEN.findall(text)


def bare(line: str) -> str:
    """The line without the brackets of versioned comments; what is between them stays, strings are not touched."""
    if "*/" not in line:
        return line
    strings: list[str] = []
    kept = []
    for token in tokens(line):
        if token[0] in "'\"`":
            strings.append(token)
            kept.append(f"'{len(strings) - 1}'")
        else:
            kept.append(token)
    stripped = _VERSIONED.sub(" ", "".join(kept))
    return "".join(strings[int(t[1:-1])] if t[0] == "'" else t for t in tokens(stripped))


def requalified(text: str, names: Mapping[str, str]) -> str:
    """The text with databases renamed wherever they qualify something; strings are not touched."""
    if not names:
        return text
    found = tokens(text)
    out = []
    for position, token in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else ""
        before = found[position - 1] if position else ""
        if following == "." and before != "." and token[0] not in "'\"" and name_of(token) in names:
            out.append(quoted(names[name_of(token)]))
        else:
            out.append(token)
    return "".join(out)


def mentioned(text: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Which of these columns the text names, in their order."""
    found = {name_of(t).lower() for t in tokens(text) if t[0] not in "'\""}
    return tuple(c for c in columns if c.lower() in found)


def squeezed(text: str) -> str:
    """The text of a program without comments, with white space where it means something: x'41' is not x '41'.

    Around signs it never does, in a text that a server has taken; a comma and a semicolon have one space behind them.
    """
    found: list[str] = []
    position, spaced = 0, False
    while position < len(text):
        match = _SPACE.match(text, position)
        token = match or _TOKEN.match(text, position)
        assert token is not None
        position = token.end()
        if match is None:
            apart = found and (found[-1] in ",;" or (spaced and _is_word(found[-1]) and _is_word(token[0])))
            found += [" ", token[0]] if apart else [token[0]]
        spaced = match is not None
    return "".join(found)


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] in "_$`'\"" or token[0] >= "\x80"


def unqualified(text: str, schema: str) -> str:
    """`app`.`users`.`id` as `users`.`id`, and `app`.`users` as `users`."""
    found = tokens(text)
    out: list[str] = []
    position = 0
    while position < len(found):
        qualifies = found[position + 1 : position + 2] == ["."] and (not out or out[-1] != ".")
        if qualifies and found[position][0] == "`" and name_of(found[position]) == schema:
            position += 2
        out.append(found[position])
        position += 1
    return "".join(out)
