"""Decides whether two spellings are one thing, by asking a scratch server.

Useful on its own: `with Judge.open(dialect, scratch) as judge: judge.build([metadata], live)`. A judge holds one
scratch database in which the declared tables stand; structure is judged by reading them back, expressions by
letting the server parse both texts over those tables. Answers are remembered for the judge's life.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kedge.catalog import Catalog, TableKey, Unknown
from kedge.declared import DeclaredMetadata
from kedge.dialects import Dialect
from kedge.dialects.base import BEYOND_TABLES, Built, Question
from kedge.scratch import Scratch


class Judge:
    """One scratch database, and what it has answered so far."""

    def __init__(self, dialect: Dialect, connection: Any) -> None:
        self.dialect = dialect
        self.connection = connection
        self.answers: dict[Question, bool | None] = {}
        self.reasons: dict[Question, str] = {}
        """Why there is no answer, where that is known."""
        self.lent = False

    @classmethod
    @contextmanager
    def open(cls, dialect: Dialect, scratch: Scratch) -> Iterator[Judge]:
        """A judge over a fresh database of `scratch`, which is dropped afterwards."""
        with scratch.database() as url, dialect.connect(url, timeout=30, autocommit=True) as connection:
            yield cls(dialect, connection)

    def build(self, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
        """What is declared, made in the scratch and read back. Call it once."""
        return self.dialect.build(self.connection, layer, live)

    def lay(self, catalog: Catalog, tables: Collection[TableKey]) -> None:
        """Make these tables of a catalog, bare, so that questions about them can be asked. Instead of `build`."""
        self.dialect.lay(self.connection, catalog, tables)

    def ask(self, doubts: Iterable[Question], live: Catalog) -> None:
        """Find the answers to questions over live tables; in a database where nothing was built."""
        self.answers |= self.dialect.ask(self.connection, doubts, live)

    def lend(self, questions: Iterable[Question], models: Catalog, live: Catalog) -> None:
        """Make what these questions may mention beyond tables; the tables that do not stand yet, too."""
        if not self.lent and any(q.form in BEYOND_TABLES for q in questions):
            self.lent = True
            self.dialect.lend(self.connection, models, live)

    def settle(self, questions: Iterable[Question]) -> None:
        """Find the answers to questions not asked before."""
        new = [q for q in questions if q not in self.answers]
        if not new:
            return
        for question, answer in self.dialect.settle(self.connection, new).items():
            if isinstance(answer, Unknown):
                self.reasons[question] = answer.reason
            self.answers[question] = None if isinstance(answer, Unknown) else answer
