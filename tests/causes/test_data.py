"""What rows say is counted, never read, and decides what is advised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.history.chain import driven

from kedge.auditing.run import Audit
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.findings import Finding, Report
from kedge.options import Options
from kedge.scratch import Scratch, open_scratch
from kedge.sources.models import describe_in_process

SECRET = "nobody-may-read-this"


@pytest.fixture(scope="module", params=["postgresql", "mariadb", "sqlite"])
def server(request: pytest.FixtureRequest) -> Iterator[Scratch]:
    if request.param == "sqlite":
        with open_scratch("sqlite") as scratch:
            yield scratch
        return
    yield request.getfixturevalue({"postgresql": "postgres"}.get(request.param, request.param))


def schema(*, models: bool) -> sa.MetaData:
    """As the models have it, and as the database has it: looser, longer, and with something more."""
    metadata = sa.MetaData()
    keys = [sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_owner")] if models else []
    keys += [sa.UniqueConstraint("code", name="uq_code")] if models else []  # type: ignore[list-item]
    sa.Table("owners", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "things",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Integer),
        sa.Column("code", sa.Integer),
        sa.Column("name", sa.String(10 if models else 50)),
        sa.Column("said", sa.Integer, nullable=not models),
        *keys,
    )
    if not models:
        sa.Table("left_over", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def audited(server: Scratch, rows: list[dict[str, object]], *, probe: bool) -> Report:
    declared, made = schema(models=True), schema(models=False)
    with server.database() as url:
        engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
        made.create_all(engine)
        with engine.begin() as connection:
            connection.execute(made.tables["owners"].insert(), [{"id": 1}])
            connection.execute(made.tables["things"].insert(), rows)

        def declare(live: Catalog, _: Scratch) -> Declared:
            return describe_in_process([declared], live.profile)

        return Audit(
            url, declare, root=Path("/nonexistent"), scratch=server, options=Options(probe_data=probe)
        ).report()


def of(report: Report, table: str, name: str | None) -> Finding:
    (finding,) = [f for f in report.findings if (f.object.table, f.object.name) == (table, name)]
    return finding


def test_rows_are_counted_and_never_shown(server: Scratch) -> None:
    rows: list[dict[str, object]] = [
        {"id": 1, "owner": 1, "code": 5, "name": SECRET, "said": None},
        {"id": 2, "owner": 77, "code": 5, "name": "b", "said": 1},
        {"id": 3, "owner": None, "code": 6, "name": None, "said": 1},
    ]
    report = audited(server, rows, probe=True)
    assert SECRET not in msgspec.json.encode(report).decode()

    name = of(report, "things", "name")
    assert f"characters of the longest value: {len(SECRET)}" in name.cause.evidence
    assert name.advice.action in ("edit-model", "decide")

    said = of(report, "things", "said")
    assert "rows that are NULL here: 1" in said.cause.evidence
    assert said.advice.action == "decide"

    key = next(f for f in report.findings if f.object.kind == "foreign-key")
    assert "rows that point at nothing: 1" in key.cause.evidence
    assert key.advice.action == "decide"

    unique = next(f for f in report.findings if f.object.kind in ("unique", "index"))
    assert "rows whose key another row has: 1" in unique.cause.evidence

    left = of(report, "left_over", None)
    assert "rows in the table: 0" in left.cause.evidence


def test_nothing_is_counted_unless_asked(server: Scratch) -> None:
    report = audited(server, [{"id": 1, "owner": 1, "code": 1, "name": "a", "said": 1}], probe=False)
    assert not any("rows" in line for f in report.findings for line in f.cause.evidence)


def test_without_such_rows_nothing_stands_against_it(server: Scratch) -> None:
    report = audited(server, [{"id": 1, "owner": 1, "code": 1, "name": "a", "said": 1}], probe=True)
    key = next(f for f in report.findings if f.object.kind == "foreign-key")
    assert key.advice.action == "write-revision"
    assert "rows that point at nothing: 0" in key.cause.evidence
