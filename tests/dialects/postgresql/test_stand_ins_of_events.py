"""What models make by DDL events rests on stand-ins too, and that is named."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa

from kedge import audit
from kedge.scratch import Scratch


def test_an_index_made_by_an_event_is_named(postgres: Scratch, embedded: Scratch) -> None:
    metadata = sa.MetaData()
    words = sa.Table(
        "words", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.Text)
    )
    sa.event.listen(
        words, "after_create", sa.DDL("CREATE INDEX words_trgm ON words USING gin (lower(word) gin_trgm_ops)")
    )
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        metadata.create_all(
            sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
        )
        report = audit([metadata], url, scratch=embedded)
    assert [f.message for f in report.findings] == []
    assert any(
        n.kind == "stand-in"
        and n.reason.startswith("pg_trgm")
        and "index public.words.words_trgm" in n.reason
        for n in report.notes
    )
