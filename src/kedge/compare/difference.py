"""A `Difference`: one fact on which two sides disagree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from kedge.catalog import MISSING, ObjectPath, Struct, Unknown, Value
from kedge.dialects.base import Form, Question

__all__ = [
    "Answers",
    "Asking",
    "Comparison",
    "Confidence",
    "Difference",
    "Form",
    "Question",
    "implied",
    "value",
]

Confidence: TypeAlias = Literal["certain", "likely", "guess"]
Key: TypeAlias = tuple[ObjectPath, str]


class Difference(Struct, frozen=True):
    """`path` bears the database's name, or the models' where the database has no such object.

    `refs` are the objects it depends on; `implied_by` is the difference it is a consequence of.
    `confirmed` is False where no server could settle it. `traits` are what else a rule has to know of the object:
    "unique" of an index, "not-null" of a column.
    """

    path: ObjectPath
    attribute: str
    models: Value
    database: Value
    names: tuple[str, str] | None = None
    model_path: ObjectPath | None = None
    refs: tuple[ObjectPath, ...] = ()
    confidence: Confidence = "certain"
    confirmed: bool = True
    evidence: tuple[str, ...] = ()
    implied_by: Key | None = None
    traits: frozenset[str] = frozenset()

    @property
    def key(self) -> Key:
        return self.path, self.attribute


Answers: TypeAlias = Mapping[Question, bool | None]


class Comparison(Struct, frozen=True, gc=True):
    """What a walk found, and which expressions it could not tell apart by their text."""

    differences: tuple[Difference, ...]
    questions: frozenset[Question]
    notes: tuple[tuple[str, ObjectPath, str], ...] = ()
    reordered: tuple[ObjectPath, ...] = ()


class Asking:
    """Tells whether two expressions are one thing, by text first, then by the answers so far."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.questions: set[Question] = set()

    def same(self, question: Question) -> bool | None:
        """True, False, or None where nobody could tell. Unanswered questions are kept, and count as False."""
        if question.models == question.database:
            return True
        if question not in self.answers:
            self.questions.add(question)
            return False
        return self.answers[question]


def value(fact: Any) -> Value:
    """A fact as a `Value`: None is missing."""
    if fact is None:
        return MISSING
    if isinstance(fact, Unknown):
        return Value("unknown", reason=fact.reason)
    return Value("value", fact)


def implied(difference: Difference, by: Difference) -> Difference:
    return msgspec.structs.replace(difference, implied_by=by.key)
