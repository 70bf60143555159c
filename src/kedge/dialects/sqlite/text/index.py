"""A CREATE INDEX, cut into its keys. https://www.sqlite.org/lang_createindex.html"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kedge.catalog import Struct
from kedge.dialects.sqlite.text.tokens import (
    CUT,
    NotUnderstood,
    Token,
    closing,
    mentions,
    spelled,
    split,
    tokens,
)


class KeyExpression(NamedTuple):
    """One key of an index as written, without its collation and direction."""

    expression: str
    collation: str | None
    mentions: frozenset[str]
    descending: bool


class IndexText(Struct, frozen=True):
    keys: tuple[KeyExpression, ...]
    predicate: str | None
    mentions: frozenset[str]


@lru_cache(maxsize=CUT)
def index_text(sql: str) -> IndexText:
    """Raises `NotUnderstood`."""
    parts = tokens(sql)
    start = next((n for n, t in enumerate(parts) if t.text == "("), None)
    if start is None:
        raise NotUnderstood("an index without keys")
    end = closing(parts, start)
    keys = tuple(_key(k) for k in split(parts[start + 1 : end]))
    rest = parts[end + 1 :]
    if rest and rest[0].word != "WHERE":
        raise NotUnderstood(f"{rest[0].text} after the keys of an index")
    seen = mentions(parts[start + 1 :])
    return IndexText(keys=keys, predicate=spelled(rest[1:]) if rest else None, mentions=seen)


def _key(parts: list[Token]) -> KeyExpression:
    descending = bool(parts) and parts[-1].word == "DESC"
    if parts and parts[-1].word in ("ASC", "DESC"):
        parts = parts[:-1]
    collation = None
    if len(parts) > 2 and parts[-2].word == "COLLATE":
        collation = parts[-1].value.upper()
        parts = parts[:-2]
    return KeyExpression(spelled(parts), collation, mentions(parts), descending)
