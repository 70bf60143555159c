"""Changes of partitioned tables and of their partitions."""

from __future__ import annotations

from tests.laws.live import Live, LivePartition
from tests.laws.mutations.mutation import Change, Pick, mutation
from tests.laws.spelling import quoted

ONE = ("partition: one",)


def _change(one: LivePartition, *sql: str) -> Change:
    return Change(sql, "table", one.schema, one.name, None)


def _detached(one: LivePartition) -> str:
    return f"ALTER TABLE {one.parent} DETACH PARTITION {one.sql}"


@mutation("table-partitioning", "Table.partitioning", needs=("table: partitioned",))
def partitioning_changed(live: Live, pick: Pick) -> Change | None:
    """Where nothing depends on it yet."""
    parents = {(p.parent_schema, p.parent_name) for p in live.partitions}
    found = pick([one for one in live.partitioned if one not in parents])
    if found is None:
        return None
    table, other = quoted(*found), quoted(found[0], "other")
    return Change(
        (
            f"CREATE TABLE {other} (LIKE {table} INCLUDING ALL) PARTITION BY RANGE (label)",
            f"DROP TABLE {table}",
            f"ALTER TABLE {other} RENAME TO {quoted(found[1])}",
        ),
        "table",
        *found,
        None,
    )


@mutation("table-partition-of", "Table.partition_of", needs=ONE)
def partition_detached(live: Live, pick: Pick) -> Change | None:
    one = pick(live.partitions)
    return one and _change(one, _detached(one))


@mutation("table-partition-bound", "Table.bound", needs=ONE)
def partition_attached_for_other_rows(live: Live, pick: Pick) -> Change | None:
    one = pick([p for p in live.partitions if not p.key.startswith("RANGE") and p.bound != "DEFAULT"])
    bound = one and ("WITH (MODULUS 16, REMAINDER 5)" if one.key.startswith("HASH") else "IN ('1000')")
    return one and _change(
        one, _detached(one), f"ALTER TABLE {one.parent} ATTACH PARTITION {one.sql} FOR VALUES {bound}"
    )


@mutation("table-partition-bound", needs=(*ONE, "partitioned by: RANGE (part)"))
def partition_of_a_range_attached_as_default(live: Live, pick: Pick) -> Change | None:
    defaults = {p.parent for p in live.partitions if p.bound == "DEFAULT"}
    one = pick([p for p in live.partitions if p.key.startswith("RANGE") and p.parent not in defaults])
    return one and _change(
        one, _detached(one), f"ALTER TABLE {one.parent} ATTACH PARTITION {one.sql} DEFAULT"
    )


@mutation("table-presence", needs=ONE)
def partition_dropped(live: Live, pick: Pick) -> Change | None:
    one = pick([p for p in live.partitions if p.leaf])
    return one and _change(one, f"DROP TABLE {one.sql}")


@mutation("table-presence", needs=ONE)
def partitioned_table_dropped_with_its_partitions(live: Live, pick: Pick) -> Change | None:
    found = pick(live.partitioned)
    return found and Change((f"DROP TABLE {quoted(*found)}",), "table", *found, None)


@mutation("column-presence", needs=ONE)
def column_added_to_a_partitioned_table(live: Live, pick: Pick) -> Change | None:
    found = pick(live.partitioned)
    return found and Change((f"ALTER TABLE {quoted(*found)} ADD more text",), "column", *found, "more")


@mutation("column-type", needs=ONE)
def column_of_a_partitioned_table_retyped(live: Live, pick: Pick) -> Change | None:
    """Only one that no key, check or index uses can be altered."""
    found = pick(live.partitioned)
    return found and Change(
        (f"ALTER TABLE {quoted(*found)} ALTER day TYPE timestamp",), "column", *found, "day"
    )


@mutation("column-default", needs=ONE)
def default_of_a_partitioned_table_changed(live: Live, pick: Pick) -> Change | None:
    found = pick(live.partitioned)
    return found and Change(
        (f"ALTER TABLE {quoted(*found)} ALTER label SET DEFAULT 'another'",), "column", *found, "label"
    )


@mutation("column-default", needs=ONE)
def default_of_a_partition_changed(live: Live, pick: Pick) -> Change | None:
    one = pick([p for p in live.partitions if p.leaf])
    return one and Change(
        (f"ALTER TABLE {one.sql} ALTER label SET DEFAULT 'another'",), "column", one.schema, one.name, "label"
    )


@mutation("index-presence", needs=ONE)
def index_added_to_a_partitioned_table(live: Live, pick: Pick) -> Change | None:
    """It is made on every partition, too, or takes one that is there."""
    found = pick(live.partitioned)
    return found and Change(
        (f"CREATE INDEX added_here ON {quoted(*found)} (day, part)",), "index", *found, "added_here"
    )


@mutation("index-presence", needs=("partition: own index",))
def index_of_a_partition_dropped(live: Live, pick: Pick) -> Change | None:
    found = pick([(p, i) for p in live.partitions for i in p.indexes])
    if found is None:
        return None
    one, name = found
    return Change((f"DROP INDEX {quoted(one.schema, name)}",), "index", one.schema, one.name, name)


@mutation("check-presence", needs=("partition: own check",))
def check_of_a_partition_dropped(live: Live, pick: Pick) -> Change | None:
    found = pick([(p, c) for p in live.partitions for c in p.checks])
    if found is None:
        return None
    one, name = found
    sql = f"ALTER TABLE {one.sql} DROP CONSTRAINT {quoted(name)}"
    return Change((sql,), "check", one.schema, one.name, name)


@mutation("check-presence", needs=ONE)
def check_added_to_a_partitioned_table(live: Live, pick: Pick) -> Change | None:
    found = pick(live.partitioned)
    return found and Change(
        (f"ALTER TABLE {quoted(*found)} ADD CONSTRAINT added_here CHECK (label <> 'never')",),
        "check",
        *found,
        "added_here",
    )


@mutation("table-name", needs=ONE)
def partition_renamed(live: Live, pick: Pick) -> Change | None:
    one = pick(live.partitions)
    if one is None:
        return None
    sql = f'ALTER TABLE {one.sql} RENAME TO "New name"'
    return Change((sql,), "table", one.schema, "New name", None)


@mutation("table-name", needs=ONE)
def partitioned_table_renamed(live: Live, pick: Pick) -> Change | None:
    found = pick(live.partitioned)
    return found and Change(
        (f'ALTER TABLE {quoted(*found)} RENAME TO "New name"',), "table", found[0], "New name", None
    )
