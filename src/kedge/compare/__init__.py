"""Walks two catalogs together and yields the `Difference`s between them, folded: one change is one difference.

Knows no rule and no database. Expressions whose texts differ become `Question`s; with the judge's `Answers`
the walk is repeated until nothing is left to ask.
"""

from __future__ import annotations

from collections.abc import Iterable

from kedge.catalog import Catalog, TableKey
from kedge.compare.beside import compare_enums, compare_sequences
from kedge.compare.difference import Answers, Asking, Comparison, Difference, Form, Question
from kedge.compare.fold import fold, fold_refusal
from kedge.compare.hints import NO_HINTS, Hint, Hints
from kedge.compare.objects import compare_objects
from kedge.compare.renames import Rename, Undone
from kedge.compare.tables import TableComparison

__all__ = [
    "Answers",
    "Comparison",
    "Difference",
    "Form",
    "Hint",
    "Hints",
    "Question",
    "compare",
    "fold_refusal",
]


def compare(
    models: Catalog,
    database: Catalog,
    answers: Answers,
    *,
    others: frozenset[TableKey],
    hints: Hints = NO_HINTS,
    schemas: Iterable[Rename[str]] = (),
) -> Comparison:
    """Compare all of `models` with `database`, which holds only what is audited.

    `others` are tables that are declared elsewhere (by another metadata), so not extra here. `hints` are what
    people say was renamed, `schemas` those that bear another name in the database.
    """
    asking = Asking(answers)
    undone = Undone(models, database, others, hints, schemas)
    tables = TableComparison(models, undone.database, others, asking)
    found = [
        *undone.differences,
        *tables.differences(),
        *compare_enums(models, undone),
        *compare_sequences(models, undone),
        *compare_objects(models, undone.database, asking, undone.table_names),
    ]
    folded = fold(found, models, undone.database)
    return Comparison(
        tuple(map(undone.restored, folded)),
        frozenset(asking.questions),
        tuple(tables.notes),
        tuple(tables.reordered),
    )
