"""Code that uses what is not there: attributes of models, and tables and columns in SQL that is written out."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule


@rule("attribute", "unknown")
def unknown(d: Difference) -> Ruling:
    """Code uses an attribute that neither the model nor its table has."""
    return Ruling(
        "error",
        f"{d.models.value} is used, and neither the model of {d.path.table} nor the table has {d.path.name}:"
        f" the code fails when it is run{_places(d)}.",
        "decide",
        _meant(d) or "Correct the name, or add the attribute to the model.",
    )


@rule("table", "in-sql")
def table_in_sql(d: Difference) -> Ruling:
    """SQL in the code names a table that the database does not have."""
    return Ruling(
        "error",
        f"SQL in the code names table {d.path.table}, and the database has no such table:"
        f" the statement fails{_places(d)}.",
        "decide",
        _meant(d) or "Correct the name, or take the statement out if its feature is gone.",
    )


@rule("column", "in-sql")
def column_in_sql(d: Difference) -> Ruling:
    """SQL in the code names a column that its table does not have."""
    return Ruling(
        "error",
        f"SQL in the code names {d.path.table}.{d.path.name}, and the table has no such column:"
        f" the statement fails{_places(d)}.",
        "decide",
        _meant(d) or "Correct the name, or add the column with a revision.",
    )


def _places(d: Difference) -> str:
    places = [e for e in d.evidence if " at " in e]
    if len(places) == 1:
        return f": {places[0]}"
    return f", in {len(places)} places: {places[0]}" if places else ""


def _meant(d: Difference) -> str:
    said = next((e for e in d.evidence if e.startswith("likely meant: ")), "")
    return f"Use {said.removeprefix('likely meant: ').split(', ')[0]} if that is meant." if said else ""
