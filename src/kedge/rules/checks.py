"""Check constraints."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, only_in_models, rule, where


@rule("check", "presence")
def presence(d: Difference) -> Ruling:
    """A check is on one side only."""
    if only_in_models(d):
        return Ruling(
            "warning",
            f"The database does not enforce {d.models.value} on {d.path.table}: values the models forbid can come in.",
            "write-revision",
            "Look for rows that break it, then add it NOT VALID and validate.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{where(d)} on {d.path.table} is in the database only: values the models allow are refused.",
        "edit-model",
        "Declare it with CheckConstraint.",
        "database",
    )


@rule("check", "expression")
def expression(d: Difference) -> Ruling:
    """A check tests something else."""
    return Ruling(
        "warning",
        f"{where(d)} on {d.path.table} tests something else in the database: values pass on one side and fail on the other.",
        "decide",
        "Compare both expressions; the rows in the table satisfy the database's.",
        risk="medium",
    )


@rule("check", "no-inherit")
def no_inherit(d: Difference) -> Ruling:
    """A check is passed on to child tables on one side only."""
    return Ruling("info", f"{where(d)} is NO INHERIT on one side only.", "decide", "It matters to child tables only.")


@rule("model", "invalid")
def invalid(d: Difference) -> Ruling:
    """The database server refuses what the models declare."""
    return Ruling(
        "error",
        f"The database server refuses what the models declare: {d.database.value}.",
        "edit-model",
        "Correct the declaration; create_all and any revision made from it would fail the same way.",
        "database",
    )
