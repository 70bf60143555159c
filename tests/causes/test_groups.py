"""Findings of one cause are one group; what one naming convention named is one row."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from tests.laws.causes.stage import engine_of

from kedge.auditing.run import Audit
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.report import Look
from kedge.report.as_text import render
from kedge.scratch import Scratch
from kedge.sources.models import describe_in_process

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
TABLES = 25


def schema(convention: dict[str, str]) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=convention)
    sa.Table("base", metadata, sa.Column("id", sa.Integer, primary_key=True))
    for number in range(TABLES):
        sa.Table(
            f"things_{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("base", sa.ForeignKey("base.id")),
            sa.Column("code", sa.Integer, unique=True),
        )
    return metadata


def test_what_a_naming_convention_named_is_one_row(postgres: Scratch) -> None:
    declared = schema(CONVENTION)

    def declare(live: Catalog, _: Scratch) -> Declared:
        return describe_in_process([declared], live.profile)

    with postgres.database() as url:
        schema({}).create_all(engine_of(url))
        report = Audit(url, declare, root=Path("/nonexistent"), scratch=postgres).report()
    named = [f for f in report.findings if f.attribute == "name"]
    assert len(named) == len(report.findings) == 3 * TABLES + 1
    (group,) = report.groups
    assert (group.findings, {f.group for f in named}, group.row) == (len(named), {group.id}, True)
    text = render(report, Look(width=80))
    assert text.count("naming convention") == 1
    assert len(text.splitlines()) < 25
    assert max(map(len, text.splitlines())) <= 80
