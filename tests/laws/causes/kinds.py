"""The facts that drift in a scenario, each alone in a table of its own, each with three values.

A fact of presence has two: absent, and there. What an object is like has no value where the object is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

ABSENT, THERE = "absent", "there"


class Kind(NamedTuple):
    """One kind of fact: `add` writes a value into a table's arguments; `name` is the object's name in its table."""

    kind: str
    attribute: str
    values: tuple[str, ...]
    add: Callable[[list[Any], dict[str, Any], str], None]
    name: Callable[[str], str | None]

    @property
    def presence(self) -> bool:
        return self.attribute == "presence"


def _type(parts: list[Any], options: dict[str, Any], value: str) -> None:
    types = {"one": sa.Integer(), "two": sa.BigInteger(), "three": sa.Numeric(10, 2)}
    parts.append(sa.Column("fact", types[value]))


def _nullable(parts: list[Any], options: dict[str, Any], value: str) -> None:
    parts.append(sa.Column("fact", sa.Integer, nullable=value == "one"))


def _default(parts: list[Any], options: dict[str, Any], value: str) -> None:
    numbers = {"one": "1", "two": "2", "three": "3"}
    parts.append(sa.Column("fact", sa.Integer, server_default=sa.text(numbers[value])))


def _check(parts: list[Any], options: dict[str, Any], value: str) -> None:
    least = {"one": 1, "two": 2, "three": 3}[value]
    parts.append(sa.CheckConstraint(f"other > {least}", name="ck_fact"))


def _on_delete(parts: list[Any], options: dict[str, Any], value: str) -> None:
    action = {"one": None, "two": "CASCADE", "three": "SET NULL"}[value]
    parts.append(sa.ForeignKeyConstraint(["other"], ["base.id"], name="fk_fact", ondelete=action))


def _index_columns(parts: list[Any], options: dict[str, Any], value: str) -> None:
    columns = {"one": ["other"], "two": ["third"], "three": ["other", "third"]}[value]
    parts.append(sa.Index("ix_fact_" + options["table"], *columns))


def _column(parts: list[Any], options: dict[str, Any], value: str) -> None:
    if value == THERE:
        parts.append(sa.Column("fact", sa.String(40)))


def _index(parts: list[Any], options: dict[str, Any], value: str) -> None:
    if value == THERE:
        parts.append(sa.Index("ix_fact_" + options["table"], "other"))


def _unique(parts: list[Any], options: dict[str, Any], value: str) -> None:
    if value == THERE:
        parts.append(sa.UniqueConstraint("other", "third", name="uq_fact_" + options["table"]))


def _foreign_key(parts: list[Any], options: dict[str, Any], value: str) -> None:
    if value == THERE:
        parts.append(sa.ForeignKeyConstraint(["other"], ["base.id"], name="fk_" + options["table"]))


def _table(parts: list[Any], options: dict[str, Any], value: str) -> None:
    options["there"] = value == THERE


def _own(name: str) -> Callable[[str], str | None]:
    return lambda table: name.format(table=table)


_THREE, _TWO = ("one", "two", "three"), (ABSENT, THERE)
KINDS = {
    "column-type": Kind("column", "type", _THREE, _type, _own("fact")),
    "column-nullable": Kind("column", "nullable", ("one", "two"), _nullable, _own("fact")),
    "column-default": Kind("column", "default", _THREE, _default, _own("fact")),
    "check-expression": Kind("check", "expression", _THREE, _check, _own("ck_fact")),
    "foreign-key-on-delete": Kind("foreign-key", "on-delete", _THREE, _on_delete, _own("fk_fact")),
    "index-columns": Kind("index", "columns", _THREE, _index_columns, _own("ix_fact_{table}")),
    "column": Kind("column", "presence", _TWO, _column, _own("fact")),
    "index": Kind("index", "presence", _TWO, _index, _own("ix_fact_{table}")),
    "unique": Kind("unique", "presence", _TWO, _unique, _own("uq_fact_{table}")),
    "foreign-key": Kind("foreign-key", "presence", _TWO, _foreign_key, _own("fk_{table}")),
    "table": Kind("table", "presence", _TWO, _table, lambda table: None),
}


def metadata_of(world: dict[str, tuple[str, str]], noise: int = 0) -> sa.MetaData:
    """The whole schema: `world` is table → (kind, value); `noise` is how many other things stand beside."""
    metadata = sa.MetaData()
    sa.Table("base", metadata, sa.Column("id", sa.Integer, primary_key=True))
    for number in range(noise):
        sa.Table(
            f"noise_{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("said", sa.Text),
        )
    for table, (kind, value) in world.items():
        parts: list[Any] = []
        options: dict[str, Any] = {"table": table, "there": True}
        KINDS[kind].add(parts, options, value)
        if options["there"]:
            sa.Table(
                table,
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("other", sa.Integer),
                sa.Column("third", sa.Integer),
                *parts,
            )
    return metadata
