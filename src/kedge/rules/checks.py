"""Check constraints, and what the server refuses to make of the models."""

import re

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, kind_words, only_in_models, rule, subject


@rule("check", "presence")
def presence(d: Difference) -> Ruling:
    """A check is on one side only."""
    if only_in_models(d):
        return Ruling(
            "warning",
            f"The database does not enforce {d.models.value} on {d.path.table}:"
            " values the models forbid can come in.",
            "write-revision",
            "Look for rows that break it, then add it (on PostgreSQL NOT VALID first, then validate).",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is in the database only, {d.database.value}:"
        " values the models allow are refused.",
        "edit-model",
        "Declare it with CheckConstraint.",
        "database",
    )


@rule("check", "expression")
def expression(d: Difference) -> Ruling:
    """A check tests something else."""
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} tests something else in the database:"
        " values pass on one side and fail on the other.",
        "decide",
        "Compare both expressions; the rows in the table satisfy the database's.",
        risk="medium",
    )


@rule("check", "no-inherit")
def no_inherit(d: Difference) -> Ruling:
    """A check is passed on to child tables on one side only."""
    side = "database" if d.database.value else "models"
    return Ruling(
        "info",
        f"{subject(d)} on {d.path.table} is NO INHERIT in the {side} only: child tables do not get it there.",
        "decide",
        "Without child tables nothing happens; with them, decide whether their rows must pass it.",
    )


@rule("model", "invalid")
def invalid(d: Difference) -> Ruling:
    """The database server refuses what the models declare."""
    path = d.model_path or d.path
    kind = kind_words(path.kind)
    if path.name and path.table:
        what = f"the {kind} {path.name} of {path.table}"
    elif path.table and path.kind != "table":
        what = f"an unnamed {kind} of {path.table}"
    else:
        what = f"the {kind} {path.name or path.table}"
    said = str(d.database.value)
    absent = _TYPE.search(said)
    extension = _OF_EXTENSIONS.get(absent[1]) if absent else None
    return Ruling(
        "error",
        f"The server refuses {what} as the models declare it: {said}"
        + ("" if said.endswith((".", ".)")) else "."),
        "write-revision" if extension else "edit-model",
        f"The type is of the extension {extension}: CREATE EXTENSION {extension} comes before it."
        if extension
        else "Correct the declaration; create_all and any revision made from it would fail the same way.",
        "models" if extension else "database",
    )


_TYPE = re.compile(r'type "(?:\w+\.)?(\w+)(?:\[\])?" does not exist')
_OF_EXTENSIONS = {
    "geometry": "postgis",
    "geography": "postgis",
    "citext": "citext",
    "hstore": "hstore",
    "ltree": "ltree",
    "cube": "cube",
    "vector": "vector",
    "halfvec": "vector",
}
