"""What tables have since PostgreSQL 18: as declared it is silent, and one change of it is one finding."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from cases import corpus
from sqlalchemy.dialects import postgresql as pg
from tests.laws.stage import words

from kedge import audit
from kedge.scratch import Scratch

MODELS = sa.MetaData()
sa.Table(
    "rooms",
    MODELS,
    sa.Column("room", pg.INT4RANGE, nullable=False),
    sa.Column("during", pg.DATERANGE, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.CheckConstraint("name <> ''", name="named"),
)
sa.Table(
    "stays",
    MODELS,
    sa.Column("room", pg.INT4RANGE),
    sa.Column("during", pg.DATERANGE),
    sa.Column("until", sa.Date, sa.Computed("upper(during)", persisted=False)),
)
for sql in (
    "ALTER TABLE rooms ADD CONSTRAINT rooms_key PRIMARY KEY (room, during WITHOUT OVERLAPS)",
    "ALTER TABLE stays ADD CONSTRAINT stays_key UNIQUE (room, during WITHOUT OVERLAPS)",
    "ALTER TABLE stays ADD CONSTRAINT stays_room"
    " FOREIGN KEY (room, PERIOD during) REFERENCES rooms (room, PERIOD during)",
):
    sa.event.listen(MODELS, "after_create", sa.DDL(sql))

PLAIN_KEY = (
    "ALTER TABLE stays DROP CONSTRAINT stays_room",
    "ALTER TABLE rooms DROP CONSTRAINT rooms_key, ADD CONSTRAINT rooms_key PRIMARY KEY (room, during)",
)
PLAIN_UNIQUE = "ALTER TABLE stays DROP CONSTRAINT stays_key, ADD CONSTRAINT stays_key UNIQUE (room, during)"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), []),
        (
            (
                "ALTER TABLE rooms ALTER name DROP NOT NULL, ADD NOT NULL name NOT VALID",
                "ALTER TABLE rooms DROP CONSTRAINT named, ADD CONSTRAINT named CHECK (name <> '') NOT ENFORCED",
                "ALTER TABLE stays ALTER until SET EXPRESSION AS (lower(during))",
                "ALTER TABLE stays ALTER CONSTRAINT stays_room NOT ENFORCED",
                PLAIN_UNIQUE,
            ),
            [
                "check-enforced check public.rooms.named: True | False",
                "column-computed column public.stays.until:"
                " 'generated always as upper(during) virtual' | 'generated always as lower(during) virtual'",
                "column-nullable column public.rooms.name: False | 'not valid'",
                "foreign-key-enforced foreign-key public.stays.stays_room: True | False",
                "unique-columns unique public.stays.stays_key:"
                " ['room', 'during without overlaps'] | ['room', 'during']",
            ],
        ),
        (
            (
                *PLAIN_KEY,
                "ALTER TABLE stays ADD CONSTRAINT stays_room FOREIGN KEY (room, during) REFERENCES rooms",
            ),
            [
                "foreign-key-columns foreign-key public.stays.stays_room:"
                " ['during → during', 'room → room', 'over a period'] | ['during → during', 'room → room']",
                "primary-key-columns primary-key public.rooms.rooms_key:"
                " ['room', 'during without overlaps'] | ['room', 'during']",
            ],
        ),
    ],
    ids=["as declared", "one of each", "plain keys"],
)
def test_one_change_is_one_finding(embedded: Scratch, changes: tuple[str, ...], expected: list[str]) -> None:
    with embedded.database() as url:
        MODELS.create_all(sa.create_engine(corpus.driver(url), poolclass=sa.NullPool))
        with psycopg.connect(url, autocommit=True) as connection:
            for change in changes:
                connection.execute(change.encode())
        report = audit([MODELS], url, scratch=embedded)
    assert sorted(map(words, report.findings)) == expected
    assert report.complete
