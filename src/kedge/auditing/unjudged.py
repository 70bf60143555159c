"""What can be said of the models where no throw-away server is there to judge: differences, none of them confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from kedge.catalog import Catalog, Enum, Note, Sequence, Table, TableKey
from kedge.compare import Answers, Comparison
from kedge.declared import DeclaredMetadata
from kedge.dialects import Dialect
from kedge.dialects.base import Question


def known_models(
    dialect: Dialect, suspects: Iterable[DeclaredMetadata], same: Mapping[TableKey, Table], live: Catalog
) -> Catalog:
    """The models as they can be read without a server; `same` are those that are certainly the live ones."""
    default = live.profile.default_schema
    tables, enums, sequences = dict(same), {}, {}
    for metadata in suspects:
        for declared in metadata.tables:
            key = declared.schema or default, declared.name
            table = dialect.known(declared, key, live.tables.get(key), live.profile)
            tables[table.schema, table.name] = table
        for enum in metadata.enums:
            key = enum.schema or default, enum.name
            there = live.enums.get(key)
            enums[key] = Enum(*key, enum.values, there.comment if there else None)
        for sequence in metadata.sequences:
            key = sequence.schema or default, sequence.name
            sequences[key] = live.sequences.get(key) or Sequence(*key)
    return Catalog(profile=live.profile, tables=tables, enums=enums, sequences=sequences)


def unconfirmed(compared: Callable[[Answers], Comparison]) -> Comparison:
    """The comparison in which nobody can answer a question, and nothing that differs is confirmed."""
    answers: Answers = {}
    while not (comparison := compared(answers)).questions <= set(answers):
        answers = {**answers, **dict.fromkeys(comparison.questions)}
    differences = (msgspec.structs.replace(d, confirmed=False) for d in comparison.differences)
    return msgspec.structs.replace(comparison, differences=tuple(differences))


def unsettled(reasons: Mapping[Question, str], comparison: Comparison) -> list[Note]:
    """Which findings are unconfirmed because the judge lacks something, one note for each reason."""
    tables = {(d.path.schema, d.path.table) for d in comparison.differences if not d.confirmed}
    found: dict[str, list[str]] = {}
    for question, reason in sorted(reasons.items(), key=lambda item: str(item[0])):
        if question.table in tables:
            where = ".".join((*question.table, question.column or ""))
            found.setdefault(reason, []).append(f"{question.form} of {where.rstrip('.')}")
    return [
        Note("stand-in", f"{reason}: unconfirmed is the {', '.join(dict.fromkeys(names))}")
        for reason, names in found.items()
    ]
