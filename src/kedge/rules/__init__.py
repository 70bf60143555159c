"""Which differences are findings, and how much they matter: one file per aspect."""

from kedge.rules import (
    beyond_tables,
    checks,
    columns,
    comments,
    constraints,
    definitions,
    enums,
    foreign_keys,
    indexes,
    keys,
    models,
    programs,
    revisions,
    security,
    tables,
    usage,
)
from kedge.rules.rule import RULES, Rule, Ruling, unclaimed

__all__ = [
    "RULES",
    "Rule",
    "Ruling",
    "beyond_tables",
    "checks",
    "columns",
    "comments",
    "constraints",
    "definitions",
    "enums",
    "foreign_keys",
    "indexes",
    "keys",
    "models",
    "programs",
    "revisions",
    "security",
    "tables",
    "unclaimed",
    "usage",
]
