"""Columns: there or not, type, nullability, defaults, what numbers or computes them."""

import re

from kedge.compare.difference import Difference
from kedge.rules.numbering import other_cache
from kedge.rules.rule import Ruling, only_in_database, only_in_models, rule, where
from kedge.rules.types import holds


@rule("column", "presence")
def presence(d: Difference) -> Ruling:
    """A column is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The models declare {where(d)}, and the table has no such column:"
            " every query on the model fails.",
            "write-revision",
            "Add the column with a revision, or take it out of the model.",
            "models",
        )
    words = str(d.database.value)
    if "not null" in words and not any(w in words for w in ("default", "serial", "nextval", "generated")):
        return Ruling(
            "error",
            f"{where(d)} is NOT NULL without a default, and no model knows it:"
            " every insert through the model fails.",
            "edit-model",
            "Declare the column, or give it a default.",
            "database",
            "medium",
        )
    return Ruling(
        "warning",
        f"The table has {where(d)}, and the model does not:"
        " autogenerate would propose to drop it with its data.",
        "edit-model",
        "Declare the column; drop it only when nothing reads it any more.",
        "database",
        "high",
    )


@rule("column", "name")
def name(d: Difference) -> Ruling:
    """A column was renamed on one side."""
    guess = "" if d.confidence == "certain" else " It looks like a rename; see the evidence."
    return Ruling(
        "error",
        f"The model says {d.models.value}, the table says {d.database.value}:"
        f" queries on the model fail.{guess}",
        "rename",
        f'Map the attribute to the real name with mapped_column("{d.database.value}"), or rename the column.'
        " A drop and an add would lose the data.",
        risk="medium",
    )


# Texts without a length, where a type is no more than a word.
_UNBOUNDED = {"TEXT", "VARCHAR", "CHAR", "CLOB", "NVARCHAR", "NCHAR"}


def _stored_alike(d: Difference, models: str, database: str) -> Ruling:
    """Where a type is a word, from which follows how a value is stored and nothing else."""
    said = f"{where(d)} is {models} in the models and {database} in the database"
    if {models, database} <= _UNBOUNDED:
        return Ruling(
            "info",
            f"{said}: two words for one type here.",
            "ignore",
            "Nothing hangs on it; let the model follow where the word is in the way.",
            "database",
        )
    return Ruling(
        "warning",
        f"{said}, which stores both alike and checks neither: rows that only one of the two allows come in unseen.",
        "decide",
        "Declare the type the rows have, on both sides.",
    )


@rule("column", "type")
def type_(d: Difference) -> Ruling:
    """A column's type differs."""
    models, database = str(d.models.value), str(d.database.value)
    if "stored-alike" in d.traits:
        return _stored_alike(d, models, database)
    fits = holds(database, models)
    if fits is None:
        return Ruling(
            "error",
            f"{where(d)} is {models} in the models and {database} in the database:"
            " values of one are not values of the other.",
            "decide",
            "See which type the data and the foreign keys have; that side is usually right.",
            risk="high",
        )
    if not fits:
        return Ruling(
            "error",
            f"{where(d)} is {models} in the models, but the database's {database} cannot hold all of it:"
            " such values are refused or rounded.",
            "decide",
            "Widen the column with a revision, or narrow the model to what the database holds.",
            risk="medium",
        )
    if holds(models, database):
        hurts = "they hold the same values, and compare, sort or print them differently"
    else:
        hurts = "altering the database to the models could lose data"
    return Ruling(
        "warning",
        f"{where(d)} is {models} in the models and {database} in the database: {hurts}.",
        "edit-model",
        "Let the model follow the database.",
        "database",
        "low" if holds(models, database) else "high",
    )


@rule("column", "nullable")
def nullable(d: Difference) -> Ruling:
    """A column may be NULL on one side and not on the other."""
    if d.database.value == "not valid":
        return Ruling(
            "warning",
            f"{where(d)} is NOT NULL, and NOT VALID in the database: rows older than that may be NULL.",
            "write-revision",
            "Look for NULLs, then ALTER TABLE … VALIDATE CONSTRAINT.",
            "models",
        )
    if d.models.value:
        return Ruling(
            "error",
            f"{where(d)} may be NULL in the models, and the database refuses NULL: such inserts fail.",
            "edit-model",
            "Declare it NOT NULL, or drop the constraint with a revision.",
            "database",
        )
    return Ruling(
        "warning",
        f"{where(d)} is NOT NULL in the models, and the database accepts NULL:"
        " code that trusts the model may meet one.",
        "decide",
        "Count the NULLs; then set NOT NULL with a revision, or make the model nullable.",
        risk="medium",
    )


_FROZEN = re.compile(r"'\d{4}-\d\d-\d\d[^']*'::(timestamp|date|time)")
_MOMENT = re.compile(
    r"\(*((?P<quoted>'\s*(now|today|tomorrow|yesterday))|now\(\)|CURRENT_|LOCALTIME|timezone\(|\w+_timestamp\(\))",
    re.IGNORECASE,
)


@rule("column", "default")
def default(d: Difference) -> Ruling:
    """A column's server default differs."""
    if only_in_database(d):
        return Ruling(
            "info",
            f"{where(d)} has the default {d.database.value} in the database only:"
            " a database made from the models leaves it empty.",
            "edit-model",
            "Add server_default to the model, so that autogenerate and tests know it.",
            "database",
        )
    if only_in_models(d):
        refused = "not-null" in d.traits
        return Ruling(
            "error" if refused else "warning",
            f"{where(d)} has the server default {d.models.value} in the models only: inserts that rely on it"
            + (" are refused, for it is NOT NULL." if refused else " store NULL."),
            "write-revision",
            "Set the default with a revision.",
            "models",
        )
    if _FROZEN.match(str(d.database.value)) and (moment := _MOMENT.match(str(d.models.value))):
        read_once = moment["quoted"] is not None
        return Ruling(
            "error",
            f"{where(d)} has a frozen default: every new row gets {d.database.value}, the moment the default was"
            + (
                f" made, for {d.models.value} in quotes is read once."
                if read_once
                else f" made, not {d.models.value}."
            ),
            "edit-model" if read_once else "write-revision",
            "Declare server_default=func.now() (not a text in quotes), and set the default with a revision;"
            " rows written since hold the wrong moment.",
            "unknown" if read_once else "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{where(d)} defaults to {d.models.value} in the models and to {d.database.value} in the database:"
        " new rows get the database's.",
        "decide",
        "Decide which default is meant; rows written so far have the database's.",
    )


@rule("column", "identity")
def identity(d: Difference) -> Ruling:
    """What numbers a column (serial or identity) differs."""
    if not (only_in_models(d) or only_in_database(d)) and (cached := other_cache(d)):
        return cached
    if only_in_models(d) or (str(d.models.value).startswith(("serial", "generated", "auto")) and
                             str(d.database.value).startswith("default")):  # fmt: skip
        return Ruling(
            "error",
            f"{where(d)} numbers itself in the models ({d.models.value}), not in the database:"
            " inserts without a value fail.",
            "write-revision",
            "Give the column its sequence or identity back.",
            "models",
            "medium",
        )
    if only_in_database(d) and str(d.database.value).startswith("generated always"):
        return Ruling(
            "error",
            f"{where(d)} is {d.database.value} in the database, and the models expect to give the number:"
            " every insert that does is refused.",
            "edit-model",
            "Declare it with Identity(always=True), or make it BY DEFAULT with a revision.",
            "database",
        )
    if only_in_database(d):
        return Ruling(
            "info",
            f"{where(d)} numbers itself in the database only ({d.database.value}):"
            " inserts that give the number go on working.",
            "edit-model",
            "Declare it with Identity() or autoincrement.",
            "database",
        )
    return Ruling(
        "warning",
        f"{where(d)} is {d.models.value or 'a plain column'} in the models"
        f" and {d.database.value} in the database.",
        "decide",
        "Make both sides number the column alike.",
    )


@rule("column", "computed")
def computed(d: Difference) -> Ruling:
    """A generated column's expression differs, or it is generated on one side only."""
    models, database = (
        words if words.endswith((" stored", " virtual")) else None
        for words in (str(d.models.value), str(d.database.value))
    )
    if database is None:
        return Ruling(
            "error",
            f"{where(d)} is {models} in the models and {d.database.value or 'a plain column'} in the database:"
            " rows written through the model get another value there, or none.",
            "write-revision",
            "A plain column cannot become a generated one: it is dropped and added,"
            " which rewrites the table.",
            "models",
            "medium",
        )
    if models is None:
        return Ruling(
            "error",
            f"{where(d)} is {database} in the database and {d.models.value or 'a plain column'} in the models:"
            " every write that names it is refused.",
            "edit-model",
            "Declare it with Computed(…), or ALTER COLUMN … DROP EXPRESSION to keep its values and"
            " let code write it.",
            "database",
        )
    return Ruling(
        "warning",
        f"{where(d)} is {models} in the models and {database} in the database: it holds something else.",
        "decide",
        "Decide which expression is meant; changing the database's drops and adds the column,"
        " which rewrites the table.",
        risk="medium",
    )


@rule("column", "on-update")
def on_update(d: Difference) -> Ruling:
    """What the server writes into a column on every update of the row differs."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"{where(d)} is ON UPDATE {d.models.value} in the models only:"
            " rows that are changed keep their old time.",
            "write-revision",
            "MODIFY the column with its whole definition, ON UPDATE included; rows changed meanwhile stay as they are.",
            "models",
            "medium",
        )
    if only_in_database(d):
        return Ruling(
            "warning",
            f"{where(d)} is ON UPDATE {d.database.value} in the database only:"
            " any update of a row overwrites its value.",
            "decide",
            "If the value should stay, take ON UPDATE away with a revision; if not, declare it in server_default.",
            risk="medium",
        )
    return Ruling(
        "warning",
        f"{where(d)} is ON UPDATE {d.models.value} in the models and {d.database.value} in the database.",
        "decide",
        "Decide to what precision the time of a change is kept.",
    )


@rule("column", "invisible")
def invisible(d: Difference) -> Ruling:
    """A column is invisible (left out of SELECT *) on one side only."""
    side = "database" if d.database.value else "models"
    return Ruling(
        "warning" if d.database.value else "info",
        f"{where(d)} is INVISIBLE in the {side} only: SELECT * and INSERT without a column list"
        + (" pass it over there." if d.database.value else " have it in the database."),
        "decide",
        "Name the columns in queries; then decide on which side it should be seen.",
    )


@rule("column", "collation")
def collation(d: Difference) -> Ruling:
    """A column sorts and compares by another collation."""
    return Ruling(
        "warning",
        f"{where(d)} has collation {d.models.value or 'default'} in the models"
        f" and {d.database.value or 'default'} in the database: sorting and uniqueness may differ.",
        "decide",
        "Declare the collation the database has, or rebuild the column's indexes with the other.",
    )


@rule("column", "plaintext")
def plaintext(d: Difference) -> Ruling:
    """The model declares in plain text what the database keeps encrypted."""
    return Ruling(
        "error",
        f"The model of {d.path.table} declares {d.models.value} in plain text, and the database has"
        f" {d.database.value}: queries fail, and whoever adds the column puts secrets beside their cipher.",
        "edit-model",
        f"Declare {str(d.database.value).partition(' ')[0]}, and give the class a property {d.path.name}"
        " that encrypts and decrypts.",
        "database",
        "high",
    )
