"""A database made from a MetaData, and the audit of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from tests.laws.coverage import COVERAGE
from tests.laws.drawing import Drawn
from tests.laws.spelling import quoted

from kedge._api import audit
from kedge.findings import Finding, Report
from kedge.scratch import Scratch


@contextmanager
def created(server: Scratch, drawn: Drawn) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """A fresh database made by create_all, and a connection to it."""
    with server.database() as url, psycopg.connect(url, autocommit=True) as connection:
        for schema in drawn.schemas:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}".encode())
        engine = sa.create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool
        )
        drawn.metadata.create_all(engine)
        COVERAGE.facts.update(drawn.facts)
        yield url, connection


def audited(server: Scratch, drawn: Drawn, url: str) -> Report:
    return audit([drawn.metadata], url, scratch=server)


def words(finding: Finding) -> str:
    ref = finding.object
    path = ".".join(map(str, (ref.schema, ref.table, ref.name)))
    values = f"{finding.values.models.value!r} | {finding.values.database.value!r}"
    state = "" if finding.confirmed else " UNCONFIRMED"
    return f"{finding.rule} {ref.kind} {path}: {values}{state}{' (implied)' if finding.implied_by else ''}"


def assert_silent(report: Report) -> None:
    said = [words(f) for f in report.findings]
    said += [f"{n.kind}: {n.reason}" for n in report.notes if n.kind != "schema-not-audited"]
    assert not said, "\n".join(said)
    assert report.complete
