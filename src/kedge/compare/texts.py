"""SQL texts cut into pieces: which names they mention, and the same text with columns renamed."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SQL_TOKEN = re.compile(
    r"""E?'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|.""",
    re.DOTALL,
)


def tokens(expression: str) -> list[str]:
    """An SQL text cut into literals, names and single characters, nothing lost."""
    return _SQL_TOKEN.findall(expression)


def renamed_text(expression: str, names: Mapping[str, str]) -> str:
    """The expression with columns renamed; literals, function names and types are not touched."""
    parts = tokens(expression)
    out = []
    for position, token in enumerate(parts):
        quote = token[0] if token[0] in '"`' else ""
        name = token[1:-1].replace(quote * 2, quote) if quote else token
        after = parts[position + 1] if position + 1 < len(parts) else ""
        before = parts[position - 1] if position else ""
        if name in names and after != "(" and before not in (".", ":"):
            new = names[name]
            plain = quote != "`" and re.fullmatch(r"[a-z_][a-z0-9_]*", new)
            quote = quote or '"'
            out.append(new if plain else quote + new.replace(quote, quote * 2) + quote)
        else:
            out.append(token)
    return "".join(out)


def mentioned(expression: str) -> set[str]:
    """The names an SQL text mentions, of columns, functions and types alike."""
    return {t[1:-1].replace('""', '"') if t.startswith('"') else t for t in tokens(expression)}
