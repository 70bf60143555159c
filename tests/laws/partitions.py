"""Draws a partitioned table and its partitions, made by DDL events, as models have to make them."""

from __future__ import annotations

import sqlalchemy as sa
from tests.laws.drawing import FACTS, Drawing
from tests.laws.spelling import clipped, quoted

# The key, and bounds of partitions that may stand beside each other.
KEYS = {
    "LIST (part)": ("IN (1, NULL)", "IN (30, 4)"),
    "LIST (lower(label))": ("IN ('a', 'b,''c', NULL)", "IN ('x ')"),
    "RANGE (part)": ("FROM (MINVALUE) TO (10)", "FROM (10) TO (20)"),
    "RANGE (part, day)": (
        "FROM (1, MINVALUE) TO (1, '2024-01-01')",
        "FROM (1, '2024-01-01') TO (5, MAXVALUE)",
    ),
    "RANGE (day)": ("FROM ('2024-01-01') TO ('2024-02-01')", "FROM ('2024-02-01') TO ('2024-03-01')"),
    'HASH (label COLLATE "C")': ("WITH (MODULUS 4, REMAINDER 0)", "WITH (MODULUS 8, REMAINDER 2)"),
}
FACTS |= {f"partitioned by: {key}" for key in KEYS}
FACTS |= {
    "table: partitioned",
    "partition: one",
    "partition: default",
    "partition: attached",
    "partition: of a partition",
    "partition: own default",
    "partition: own check",
    "partition: own index",
    "partition: clustered",
    "partition: storage",
}


def partitioned(d: Drawing) -> None:
    """A partitioned table, which can have little of what others have."""
    d.fact("table: partitioned")
    by = next((key for key in KEYS if f"partitioned by: {key}" in d.want), None) or d.one(list(KEYS))
    d.fact(f"partitioned by: {by}")
    made = sa.Table(
        d.name("parts"),
        d.drawn.metadata,
        sa.Column("part", sa.Integer(), nullable=d.chance(50)),
        sa.Column("label", sa.Text(), server_default=d.one([None, "it's"])),
        sa.Column("day", sa.Date()),
        postgresql_partition_by=by,
    )
    if d.chance(50):
        made.append_constraint(sa.CheckConstraint(made.c.part > 1, name=d.name("ck")))
    if d.chance(40):
        sa.Index(d.name("ix"), made.c.label)
    wanted = any(w.startswith("partition: ") for w in d.want)
    if wanted or d.chance(60):
        partitions(d, made, by)


def partitions(d: Drawing, parent: sa.Table, by: str) -> None:
    schema = parent.schema or "public"
    whole = quoted(schema, clipped(parent.name))
    for bound in KEYS[by][: d.number(1, 2)]:
        d.fact("partition: one")
        own = quoted(schema, clipped(d.name("part")))
        if d.maybe("partition: attached", 30):
            _ddl(parent, f"CREATE TABLE {own} (LIKE {whole} INCLUDING ALL)")
            _ddl(parent, f"ALTER TABLE {whole} ATTACH PARTITION {own} FOR VALUES {bound}")
        else:
            _ddl(parent, f"CREATE TABLE {own} PARTITION OF {whole}{_own_parts(d)} FOR VALUES {bound}")
        if "partition: clustered" in d.want or d.maybe("partition: own index", 30):
            index = quoted(clipped(d.name("ix")))
            _ddl(parent, f"CREATE INDEX {index} ON {own} (day, part)")
            if d.maybe("partition: clustered", 20):
                _ddl(parent, f"ALTER TABLE {own} CLUSTER ON {index}")
        if d.maybe("partition: storage", 15):
            _ddl(parent, f"ALTER TABLE {own} ALTER label SET STORAGE external")
    if not by.startswith("HASH") and d.maybe("partition: default", 30):
        own, below = (quoted(schema, clipped(d.name("part"))) for _ in range(2))
        if d.maybe("partition: of a partition", 40):
            _ddl(parent, f"CREATE TABLE {own} PARTITION OF {whole} DEFAULT PARTITION BY LIST (label)")
            _ddl(parent, f"CREATE TABLE {below} PARTITION OF {own} FOR VALUES IN ('m')")
        else:
            _ddl(parent, f"CREATE TABLE {own} PARTITION OF {whole} DEFAULT")


def _own_parts(d: Drawing) -> str:
    parts = ["label DEFAULT 'own'"] if d.maybe("partition: own default", 25) else []
    if d.maybe("partition: own check", 25):
        parts.append(f"CONSTRAINT {quoted(clipped(d.name('ck')))} CHECK (part NOT IN (77, 78))")
    return f" ({', '.join(parts)})" if parts else ""


def _ddl(table: sa.Table, sql: str) -> None:
    sa.event.listen(table, "after_create", sa.DDL(sql.replace("%", "%%")))
