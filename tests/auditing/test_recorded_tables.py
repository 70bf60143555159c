"""Where the models are silent, the revisions say which partitions a table has, and how it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import corpus
from tests.history.chain import ENV, Audited, migrate, project, revision

from kedge.scratch import Scratch

MODELS = """
    from datetime import date
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class Visit(Base):
        __tablename__ = "visits"
        __table_args__ = {"postgresql_partition_by": "RANGE (day)"}
        day: Mapped[date] = mapped_column(primary_key=True)
"""
VISITS = """
op.execute("CREATE TABLE visits (day date, CONSTRAINT visits_pkey PRIMARY KEY (day)) PARTITION BY RANGE (day)")
op.execute("CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')")
op.execute("CREATE TABLE visits_2 PARTITION OF visits DEFAULT PARTITION BY RANGE (day)")
op.execute("CREATE TABLE visits_3 PARTITION OF visits_2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')")
op.execute("ALTER TABLE visits REPLICA IDENTITY FULL")
op.execute("CREATE FOREIGN DATA WRAPPER none")
op.execute("CREATE SERVER nowhere FOREIGN DATA WRAPPER none")
op.execute("CREATE FOREIGN TABLE afar (a int) SERVER nowhere")
op.execute("CREATE FOREIGN TABLE away (a int) SERVER nowhere")
"""
EXTRA = "CREATE TABLE visits_4 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
DETACHED = "ALTER TABLE visits DETACH PARTITION visits_1"
ATTACHED = "ALTER TABLE visits ATTACH PARTITION visits_1 FOR VALUES FROM ('2024-01-01') TO ('2024-07-01')"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(EXTRA, [], marks=pytest.mark.slow),
        (
            f"{DETACHED}; DROP TABLE visits_3; ALTER TABLE visits REPLICA IDENTITY DEFAULT; DROP FOREIGN TABLE away",
            [
                ("table-presence", "away", "error"),
                ("table-replica-identity", "visits", "warning"),
                ("table-partition-of", "visits_1", "info"),
                ("table-presence", "visits_3", "info"),
            ],
        ),
        pytest.param(
            f"{DETACHED}; {ATTACHED}; ALTER TABLE visits_3 RENAME TO visits_2025",
            [("table-partition-bound", "visits_1", "warning"), ("table-name", "visits_2025", "error")],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_revisions_speak_for_the_models(
    tmp_path: Path, postgres: Scratch, sql: str, expected: list[tuple[str, str, str]]
) -> None:
    root = project(tmp_path, models=MODELS)
    revision(root, "a1", VISITS, downgrade='op.drop_table("visits")')
    with postgres.database() as url:
        migrate(root, url)
        corpus.run_sql(url, sql)
        report = Audited(root, url, scratch=postgres).report
    found = [f for f in report.findings if f.implied_by is None]
    assert [(f.rule, f.object.table, f.severity) for f in found] == expected
    assert {f.cause.kind for f in found} <= {"manual-change"}
    assert all(f.confirmed for f in found)
    assert all("models" not in f.message for f in found)


def test_partitions_that_env_py_leaves_out_are_not_missed(tmp_path: Path, postgres: Scratch) -> None:
    env = ENV.replace(
        "target_metadata=",
        "include_object=lambda o, name, *a: not str(name).startswith('visits_'), target_metadata=",
    )
    root = project(tmp_path, env=env, models=MODELS)
    revision(root, "a1", VISITS, downgrade='op.drop_table("visits")')
    with postgres.database() as url:
        migrate(root, url)
        report = Audited(root, url, scratch=postgres).report
    assert [f.message for f in report.findings if f.object.table != "visits"] == []
