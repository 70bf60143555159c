"""Comments, on whatever bears one."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, where

DECLARED = ("table", "column", "primary-key", "unique", "foreign-key", "check")
# What PostgreSQL keeps a comment on, and SQLAlchemy has no `comment=` for.
UNDECLARED = ("exclusion", "index", "enum", "sequence")


def _comment(d: Difference) -> Ruling:
    """The comment differs."""
    if d.path.kind in UNDECLARED:
        advice = "SQLAlchemy cannot declare it: take its words into the code, and leave the database's alone."
    else:
        advice = "Take over the comment you want to keep."
    return Ruling("info", f"The comment on {where(d)} differs.", "edit-model", advice)


for _kind in (*DECLARED, *UNDECLARED):
    rule(_kind, "comment")(_comment)
