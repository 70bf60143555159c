"""Models that declare every kind of object: silent against what they make, and against a restored dump of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from cases import corpus

from kedge import audit
from kedge.scratch import Scratch, open_scratch

SQL = (Path(__file__).parent / "every_object.sql").read_text()
# Models declare these; all else is DDL beside them.
OF_TABLES = "CREATE TABLE users"


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10)),
        sa.Column("born", sa.Date),
        sa.Column("tenant", sa.Integer, server_default="1"),
        sa.Column("boss", sa.ForeignKey("users.id")),
    )
    head, _, rest = SQL.partition(OF_TABLES)
    rest = rest.partition(");")[2]
    for when, text in (("before_create", head), ("after_create", rest)):
        # One statement each, as people write them; % is what DDL fills in.
        statements = [s for s in text.replace("%", "%%").split(";\n") if s.strip()]
        for statement in statements:
            sa.event.listen(metadata, when, sa.DDL(statement))
    return metadata


def make(url: str) -> None:
    engine = sa.create_engine(corpus.driver(url), poolclass=sa.NullPool)
    models().create_all(engine)


def test_what_they_make_is_silent(postgres: Scratch) -> None:
    with postgres.database() as url:
        make(url)
        report = audit([models()], url, scratch=postgres)
    assert [(f.rule, str(f.object), f.message) for f in report.findings] == []
    assert [n.reason for n in report.notes if n.kind != "schema-not-audited"] == []


@pytest.mark.slow
@pytest.mark.parametrize("major", [15, 18])
def test_a_restored_dump_is_silent_whatever_server_judges(postgres: Scratch, major: int) -> None:
    with (
        postgres.database() as url,
        postgres.database() as copy,
        open_scratch("postgresql", major=major) as scratch,
    ):
        make(url)
        corpus.restore(url, copy)
        report = audit([models()], copy, scratch=scratch)
    assert scratch.major == major
    assert [(f.rule, str(f.object), f.message) for f in report.findings] == []
    assert [n.reason for n in report.notes if n.kind != "schema-not-audited"] == []
