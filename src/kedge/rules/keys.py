"""Primary keys and unique constraints."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, only_in_models, rule, subject


@rule("primary-key", "presence")
def key_presence(d: Difference) -> Ruling:
    """A table has a primary key on one side only."""
    if "kept-apart" in d.traits:
        return Ruling(
            "warning",
            f"{d.path.table} has no primary key in the database; another unique key keeps its rows apart,"
            " and what asks for a primary key (replication, tools) finds none.",
            "write-revision",
            "Add the primary key with a revision: there can be no duplicates.",
            "models",
        )
    if only_in_models(d):
        return Ruling(
            "error",
            f"{d.path.table} has no primary key in the database: duplicate rows can come in,"
            " and updates may hit many.",
            "write-revision",
            "Look for duplicates, then add the primary key with a revision.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{d.path.table} has a {d.database.value} in the database only:"
        " inserts the models allow are refused.",
        "edit-model",
        "Declare it with primary_key=True.",
        "database",
    )


@rule("primary-key", "columns")
def key_columns(d: Difference) -> Ruling:
    """The primary key has other columns, or another order."""
    reordered = _same_columns(d)
    return Ruling(
        "warning" if reordered else "error",
        f"The primary key of {d.path.table} is {both(d)}: "
        + (
            "only its index differs."
            if reordered
            else "what is one row to the models is several to the database, or is refused."
        ),
        "edit-model",
        "The identity of rows is what the database enforces;"
        " let the model follow unless duplicates say otherwise.",
        "database",
        "low" if reordered else "high",
    )


@rule("unique", "presence")
def unique_presence(d: Difference) -> Ruling:
    """A unique constraint is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The database does not enforce {d.models.value} on {d.path.table}: duplicates can come in.",
            "write-revision",
            "Look for duplicates, then add the constraint with a revision.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is in the database only, {d.database.value}:"
        " inserts the models allow are refused.",
        "edit-model",
        "Declare it with UniqueConstraint; autogenerate would drop it.",
        "database",
    )


@rule("unique", "columns")
def unique_columns(d: Difference) -> Ruling:
    """A unique constraint covers other columns, or in another order."""
    if _same_columns(d):
        return Ruling(
            "info",
            f"{subject(d)} on {d.path.table} covers the same columns in another order: {both(d)}.",
            "decide",
            "The same rows are refused; the order matters to the index only.",
            risk="low",
        )
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} covers {both(d)}: duplicates can come in, or good rows are refused.",
        "decide",
        "Decide which columns must be unique together, and look for duplicates before the revision.",
        risk="medium",
    )


@rule("unique", "representation")
def unique_representation(d: Difference) -> Ruling:
    """Uniqueness is a constraint on one side and an index on the other."""
    models, database = str(d.models.value), str(d.database.value)
    if _enforces_all(models) and not _enforces_all(database):
        return Ruling(
            "error",
            f"{d.path.table} has {models} in the models and only {database} in the database:"
            " duplicates can come in.",
            "write-revision",
            "Look for duplicates, then make the uniqueness whole with a revision.",
            "models",
            "medium",
        )
    if _enforces_all(database) and not _enforces_all(models):
        return Ruling(
            "warning",
            f"{d.path.table} has {models} in the models and {database} in the database:"
            " inserts the models allow are refused.",
            "decide",
            "Decide which rows must be unique; a partial unique index cannot be a constraint.",
        )
    return Ruling(
        "info",
        f"{d.path.table} has {models} in the models and {database} in the database:"
        " both refuse the same rows.",
        "edit-model",
        "Declare it as the database has it: UniqueConstraint(…) or Index(…, unique=True).",
        "database",
    )


def _same_columns(d: Difference) -> bool:
    return sorted(d.models.value or ()) == sorted(d.database.value or ())


def _enforces_all(part: str) -> bool:
    return part.startswith("unique") and " where " not in part
