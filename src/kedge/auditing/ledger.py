"""What an audit has found so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kedge.catalog import Note, ObjectPath
from kedge.compare import Difference


class Ledger:
    """Differences and notes, each once, in the order in which they came.

    A difference stands under its key, and with what the models say where two metadatas may say two things.
    """

    def __init__(self) -> None:
        self.notes: dict[Note, None] = {}
        self.differences: dict[Any, Difference] = {}

    def note(self, kind: str, reason: str, path: ObjectPath | None = None) -> None:
        self.notes[Note(kind, reason, path)] = None

    def add(self, differences: Iterable[Difference]) -> None:
        self.differences |= {d.key: d for d in differences}
