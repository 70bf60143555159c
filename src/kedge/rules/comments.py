"""Comments, on whatever bears one."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, where

DECLARED = ("table", "column", "primary-key", "unique", "foreign-key", "check")
# What PostgreSQL keeps a comment on, and SQLAlchemy has no `comment=` for.
UNDECLARED = ("exclusion", "index", "enum", "sequence")
# What only DDL declares.
BEYOND_TABLES = (
    "view",
    "materialized-view",
    "routine",
    "trigger",
    "policy",
    "domain",
    "composite-type",
    "statistics",
    "publication",
    "event",
    "scheduled-event",
    "schema",
)


def _comment(d: Difference) -> Ruling:
    """The comment differs."""
    if d.path.kind in UNDECLARED:
        advice = "SQLAlchemy cannot declare it: take its words into the code, and leave the database's alone."
    elif d.path.kind in BEYOND_TABLES:
        advice = "Take the words you want to keep into the DDL that makes it."
    else:
        advice = "Take over the comment you want to keep."
    return Ruling("info", f"The comment on {where(d)} differs.", "edit-model", advice)


for _kind in (*DECLARED, *UNDECLARED, *BEYOND_TABLES):
    rule(_kind, "comment")(_comment)
