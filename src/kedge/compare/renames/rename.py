"""One thing under two names."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Generic, Literal, NamedTuple, TypeVar

from kedge.catalog import ObjectPath
from kedge.compare.difference import Confidence, Difference, value

T = TypeVar("T")
SIMILAR = 0.6


class Rename(NamedTuple, Generic[T]):
    """What the models call one thing and the database another, and what speaks for it being one."""

    models: T
    database: T
    confidence: Confidence
    evidence: tuple[str, ...]
    attribute: Literal["name", "schema"] = "name"


def name_difference(
    path: ObjectPath,
    models_path: ObjectPath,
    names: tuple[str, str],
    confidence: Confidence,
    evidence: tuple[str, ...],
    attribute: str = "name",
) -> Difference:
    """The difference that is a rename: both names, and what speaks for it."""
    return Difference(
        path,
        attribute,
        value(names[0]),
        value(names[1]),
        names=names,
        model_path=models_path,
        confidence=confidence,
        evidence=evidence,
    )


def similarity(one: str, two: str) -> float:
    one, two = one.lower(), two.lower()
    if min(len(one), len(two)) > 3 and (one in two or two in one):
        return 0.9
    return SequenceMatcher(None, one, two).ratio()
