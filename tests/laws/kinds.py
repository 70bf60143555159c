"""The column types that are drawn, each with the family that says what else can be drawn on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


class Trimmed(sa.TypeDecorator[str]):
    """A project's own type."""

    impl = sa.String(40)
    cache_ok = True


class Kind(NamedTuple):
    name: str
    family: str
    make: Callable[[], Any]


def _kinds() -> dict[str, Kind]:
    table: dict[str, dict[str, Callable[[], Any]]] = {
        "integer": {
            "smallint": sa.SmallInteger,
            "integer": sa.Integer,
            "bigint": sa.BigInteger,
            "bigint as a variant": lambda: sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
        },
        "numeric": {
            "numeric": sa.Numeric,
            "numeric(10,2)": lambda: sa.Numeric(10, 2),
            "numeric(12)": lambda: sa.Numeric(12),
        },
        "float": {
            "float": sa.Float,
            "float(24)": lambda: sa.Float(24),
            "float(53)": lambda: sa.Float(53),
            "real": sa.REAL,
            "double": sa.Double,
        },
        "text": {
            "varchar": sa.String,
            "varchar(20)": lambda: sa.String(20),
            "text": sa.Text,
            "unicode(30)": lambda: sa.Unicode(30),
            "type decorator": Trimmed,
            "variant of another dialect": lambda: sa.String(50).with_variant(sa.Text(), "sqlite"),
            'varchar(20) collate "C"': lambda: sa.String(20, collation="C"),
            'text collate "POSIX"': lambda: sa.Text(collation="POSIX"),
        },
        "char": {"char": sa.CHAR, "char(3)": lambda: sa.CHAR(3)},
        "boolean": {
            "boolean": sa.Boolean,
            "boolean with a constraint": lambda: sa.Boolean(create_constraint=True, name="is_boolean"),
        },
        "timestamp": {"timestamp": sa.DateTime, "timestamp(3)": lambda: pg.TIMESTAMP(precision=3)},
        "timestamptz": {
            "timestamptz": lambda: sa.DateTime(timezone=True),
            "timestamptz(0)": lambda: pg.TIMESTAMP(timezone=True, precision=0),
        },
        "date": {"date": sa.Date},
        "time": {"time": sa.Time, "time(2)": lambda: pg.TIME(precision=2)},
        "timetz": {"timetz": lambda: sa.Time(timezone=True)},
        "interval": {
            "interval": sa.Interval,
            "interval(3)": lambda: pg.INTERVAL(precision=3),
            "interval day to second": lambda: pg.INTERVAL(fields="DAY TO SECOND"),
        },
        "uuid": {"uuid": sa.Uuid, "UUID": pg.UUID},
        "json": {"json": sa.JSON},
        "jsonb": {"jsonb": pg.JSONB},
        "integers": {
            "integer[]": lambda: pg.ARRAY(sa.Integer),
            "integer[][]": lambda: pg.ARRAY(sa.Integer, dimensions=2),
        },
        "texts": {"varchar(10)[]": lambda: pg.ARRAY(sa.String(10)), "text[]": lambda: sa.ARRAY(sa.Text)},
        "bytea": {"bytea": sa.LargeBinary},
        "inet": {"inet": pg.INET, "cidr": pg.CIDR},
        "macaddr": {"macaddr": pg.MACADDR},
        "tsvector": {"tsvector": pg.TSVECTOR},
        "range": {"int4range": pg.INT4RANGE, "int8range": pg.INT8RANGE, "numrange": pg.NUMRANGE},
        "time range": {"tstzrange": pg.TSTZRANGE, "daterange": pg.DATERANGE},
        "multirange": {"int4multirange": pg.INT4MULTIRANGE},
        "bit": {"bit(3)": lambda: pg.BIT(3)},
        "varbit": {"varbit": lambda: pg.BIT(varying=True), "varbit(5)": lambda: pg.BIT(5, varying=True)},
        "money": {"money": pg.MONEY},
    }
    return {name: Kind(name, family, make) for family, kinds in table.items() for name, make in kinds.items()}


KINDS = _kinds()
NUMBERS = ("integer", "numeric", "float")
# Families without a default operator class for btree, so without ORDER BY, UNIQUE and key.
WITHOUT_ORDER = ("json",)
WITHOUT_HASH = ("json", "tsvector", "bit", "varbit", "money")
