"""Which differences are findings, and how much they matter: one file per aspect."""

from kedge.rules import (
    checks,
    columns,
    comments,
    constraints,
    enums,
    foreign_keys,
    indexes,
    keys,
    revisions,
    tables,
)
from kedge.rules.rule import RULES, Rule, Ruling, unclaimed

__all__ = [
    "RULES",
    "Rule",
    "Ruling",
    "checks",
    "columns",
    "comments",
    "constraints",
    "enums",
    "foreign_keys",
    "indexes",
    "keys",
    "revisions",
    "tables",
    "unclaimed",
]
