"""Enum types and sequences: what stands beside the tables."""

from __future__ import annotations

from collections.abc import Iterator

from kedge.catalog import Catalog, Enum, ObjectPath, Sequence
from kedge.compare.difference import Difference, value
from kedge.compare.renames import Undone
from kedge.compare.words import sequence_words


def compare_enums(models: Catalog, undone: Undone) -> Iterator[Difference]:
    renamed = {(e.schema, e.name) for e in undone.enums.values()}
    for key, enum in models.enums.items():
        here = undone.enums.get(key) or undone.database.enums.get(key)
        if here is None:
            yield _difference(enum, "presence", list(enum.values), None)
            continue
        if enum.values != here.values:
            yield _difference(enum, "values", list(enum.values), list(here.values), here.path)
        if enum.comment != here.comment:
            yield _difference(enum, "comment", enum.comment, here.comment, here.path)
    for key, here in undone.database.enums.items():
        if key not in models.enums and key not in renamed:
            yield _difference(here, "presence", None, list(here.values))


def compare_sequences(models: Catalog, undone: Undone) -> Iterator[Difference]:
    """Those that belong to a column are compared with it."""
    renamed = {(s.schema, s.name) for s in undone.sequences.values()}
    for key, sequence in models.sequences.items():
        here = undone.database.sequences.get(key)
        if sequence.owner is not None or key in undone.sequences:
            continue
        if here is None:
            yield _difference(sequence, "presence", sequence_words(sequence), None)
        elif sequence.counter != here.counter:
            yield _difference(sequence, "definition", sequence_words(sequence), sequence_words(here))
        elif sequence.owner != here.owner:
            yield _difference(sequence, "owner", None, ".".join(here.owner) if here.owner else None)
        elif sequence.comment != here.comment:
            yield _difference(sequence, "comment", sequence.comment, here.comment)
    for key, here in undone.database.sequences.items():
        if key not in models.sequences and here.owner is None and key not in renamed:
            yield _difference(here, "presence", None, sequence_words(here))


def _difference(
    item: Enum | Sequence, attribute: str, models: object, database: object, path: ObjectPath | None = None
) -> Difference:
    return Difference(
        path or item.path,
        attribute,
        value(models),
        value(database),
        model_path=item.path if models is not None else None,
        refs=(item.path,),
    )
