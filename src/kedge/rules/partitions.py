"""Partitioned tables and their partitions."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, subject


@rule("table", "partitioning")
def partitioning(d: Difference) -> Ruling:
    """A table is partitioned by another key, or in another way."""
    models, database = (f"partitioned by {v.value}" for v in (d.models, d.database))
    return Ruling(
        "warning",
        f"{subject(d)} is {models} in the models and {database} in the database:"
        " queries by the declared key read every partition, and its unique keys obey other rules.",
        "decide",
        "Partitioning cannot be altered in place: declare what the database has, or move the rows.",
        risk="high",
    )


@rule("table", "partition-of")
def partition_of(d: Difference) -> Ruling:
    """A table is a partition on one side only, or of another table."""
    name, models, database = d.path.table, d.models.value, d.database.value
    if models is None:
        return Ruling(
            "warning",
            f"{name} is a partition of {database} in the database, and a table of its own in the models:"
            f" its rows are those of {database} too, and what is altered there is altered here.",
            "edit-model",
            "Declare it as a partition, with the event that attaches it, or detach it.",
            "database",
        )
    if "of-history" in d.traits and database is None:
        return put_away(f"{name} is a partition of {models} in the revisions, and none in the database")
    instead = f"a partition of {database}" if database else "a table of its own"
    return Ruling(
        "error",
        f"{name} is a partition of {models} in the models, and {instead} in the database:"
        f" queries on {models} do not see its rows, and new rows for it are refused or go elsewhere.",
        "decide",
        "Attach it again, or stop declaring it if it was put away on purpose.",
        risk="medium",
    )


@rule("table", "partition-bound")
def partition_bound(d: Difference) -> Ruling:
    """A partition holds other rows: its bound differs."""
    models, database = (_rows(v.value) for v in (d.models, d.database))
    return Ruling(
        "warning",
        f"Partition {d.path.table} holds the rows {models} in the models and those {database} in the database:"
        " rows that fit nowhere are refused, others go to another partition.",
        "decide",
        "Declare the database's bound, or detach the partition and attach it with the declared one.",
        risk="medium",
    )


def put_away(what: str) -> Ruling:
    """A partition that only revisions declare may be gone on purpose."""
    return Ruling(
        "info",
        f"{what}: old rows were put away, or new rows for it are refused.",
        "decide",
        "Leave it if a job puts old partitions away; make or attach it again if rows for it are still to come.",
    )


def _rows(bound: str | None) -> str:
    return "that fit nowhere else" if bound in (None, "DEFAULT") else str(bound).removeprefix("FOR VALUES ")
