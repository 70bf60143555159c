"""What a server refuses is said once, and what would help."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from kedge import audit
from kedge.scratch import Scratch


class Geometry(sa.types.UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "geometry(POINT,4326)"


def test_an_index_of_a_refused_column_is_not_refused_beside_it(postgres: Scratch) -> None:
    """What stands in for the column is of another type, which the index cannot be on: that says nothing of it."""
    metadata = sa.MetaData()
    places = sa.Table(
        "places", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("geom", Geometry())
    )
    sa.Index("ix_places_geom", places.c.geom, postgresql_using="gist")
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE places (id integer PRIMARY KEY)")
        report = audit([metadata], url, scratch=postgres)
    (refused,) = [f for f in report.findings if f.rule == "model-invalid"]
    assert refused.object.name == "geom"
    assert "CREATE EXTENSION postgis" in refused.advice.reason
    assert refused.advice.action == "write-revision"


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_a_name_that_nobody_gave_is_never_said(server: str, request: pytest.FixtureRequest) -> None:
    scratch: Scratch = request.getfixturevalue(server)
    metadata = sa.MetaData()
    sa.Table("owners", metadata, sa.Column("id", sa.String(36), primary_key=True))
    sa.Table(
        "places", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.Integer, sa.ForeignKey("owners.id")),
    )  # fmt: skip
    with scratch.database() as url:
        report = audit([metadata], url, scratch=scratch)
    (refused,) = [f for f in report.findings if f.rule == "model-invalid"]
    assert "FOREIGN KEY" in str(refused.values.models.value)
    assert "kedge_part" not in f"{refused.values} {refused.message}"
