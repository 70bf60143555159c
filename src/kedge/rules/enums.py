"""Enum types."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, only_in_models, rule, where


@rule("enum", "presence")
def presence(d: Difference) -> Ruling:
    """An enum type is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The models use {where(d)}, and the database has no such type: statements that name it fail.",
            "write-revision",
            "Create the type with a revision.",
            "models",
        )
    return Ruling(
        "info",
        f"The database has {where(d)}, which no model uses.",
        "decide",
        "See whether a column or other code uses it before you drop it.",
    )


@rule("enum", "values")
def values(d: Difference) -> Ruling:
    """An enum type has other values."""
    models, database = list(d.models.value or ()), list(d.database.value or ())
    missing = [v for v in models if v not in database]
    extra = [v for v in database if v not in models]
    if missing:
        also = f" It also has {', '.join(extra)}, which the models do not know." if extra else ""
        return Ruling(
            "error",
            f"The database's {where(d)} lacks {', '.join(missing)}: writing it fails.{also}",
            "write-revision",
            "Add the value with ALTER TYPE … ADD VALUE (or RENAME VALUE if it was renamed).",
            "models",
            "medium" if extra else "low",
        )
    if extra:
        return Ruling(
            "warning",
            f"The database's {where(d)} has {', '.join(extra)}, which the models do not know:"
            " reading such a row raises LookupError.",
            "edit-model",
            "Add it to the Python enum; a value cannot be dropped from a PostgreSQL type.",
            "database",
        )
    return Ruling(
        "info",
        f"The values of {where(d)} stand in another order, so they sort differently.",
        "decide",
        "Only ORDER BY and comparisons notice.",
    )


@rule("enum", "name")
def name(d: Difference) -> Ruling:
    """An enum type has another name in the database."""
    return Ruling(
        "warning",
        f"The models call the type {d.models.value}, the database {d.database.value}:"
        " casts to the models' name fail,"
        " and asyncpg casts every value.",
        "rename",
        "Give the Enum the database's name, or ALTER TYPE … RENAME.",
        "database",
    )


@rule("enum", "schema")
def schema(d: Difference) -> Ruling:
    """An enum type stands in another schema."""
    return Ruling(
        "warning",
        f"The models declare {where(d)} in schema {d.models.value},"
        f" and it stands in schema {d.database.value}:"
        " casts to the models' name fail, and asyncpg casts every value.",
        "decide",
        "Declare the schema in the Enum, or move the type with ALTER TYPE … SET SCHEMA.",
    )
