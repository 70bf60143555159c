"""Reads the CREATE texts that SQLite keeps: names, CHECKs, collations and whatever else its pragmas do not tell.

SQLite has accepted every one of these texts, so they are only cut into their clauses, by its own lexical rules;
no expression is understood here. A text that cannot be cut is `NotUnderstood`, never guessed at.
https://www.sqlite.org/lang_createtable.html
"""

from kedge.dialects.sqlite.text.index import IndexText, KeyExpression, index_text
from kedge.dialects.sqlite.text.table import (
    CheckText,
    ColumnText,
    ForeignText,
    KeyText,
    TableText,
    table_text,
)
from kedge.dialects.sqlite.text.tokens import NotUnderstood, Token, closing, mentions, spelled, split, tokens

__all__ = [
    "CheckText",
    "ColumnText",
    "ForeignText",
    "IndexText",
    "KeyExpression",
    "KeyText",
    "NotUnderstood",
    "TableText",
    "Token",
    "closing",
    "forget",
    "index_text",
    "mentions",
    "spelled",
    "split",
    "table_text",
    "tokens",
]


def forget() -> None:
    """Before a reading: what was cut for another database is not kept."""
    table_text.cache_clear()
    index_text.cache_clear()
