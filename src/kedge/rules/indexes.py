"""Indexes."""

from kedge.compare.difference import Difference
from kedge.findings import Severity
from kedge.rules.rule import Ruling, both, only_in_models, rule, subject


def _differs(
    d: Difference, what: str, advice: str, severity: Severity = "warning", nothing: str = "the default"
) -> Ruling:
    return Ruling(severity, f"{subject(d)} on {d.path.table} {what}: {both(d, nothing)}.", "decide", advice)


@rule("index", "presence")
def presence(d: Difference) -> Ruling:
    """An index is on one side only."""
    words = str(d.models.value if only_in_models(d) else d.database.value)
    if only_in_models(d):
        unique = words.startswith("unique")
        return Ruling(
            "error" if unique else "warning",
            f"The database has no {words} on {d.path.table}: "
            + ("duplicates can come in." if unique else "queries that count on it are slow."),
            "write-revision",
            "Create it CONCURRENTLY in a revision." + (" Look for duplicates first." if unique else ""),
            "models",
        )
    return Ruling(
        "warning" if words.startswith("unique") else "info",
        f"{subject(d)} on {d.path.table} is in the database only ({words}): "
        + ("inserts the models allow are refused." if words.startswith("unique") else "autogenerate would drop it."),
        "edit-model",
        "Declare it if it serves: Index(…) beside the table.",
        "database",
    )


@rule("index", "unique")
def unique(d: Difference) -> Ruling:
    """An index is unique on one side only."""
    if d.models.value:
        return Ruling(
            "error",
            f"{subject(d)} on {d.path.table} is not unique in the database: duplicates can come in.",
            "write-revision",
            "Look for duplicates, then create it anew as a unique index, CONCURRENTLY.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is unique in the database only: inserts the models allow are refused.",
        "edit-model",
        "Declare it with unique=True.",
        "database",
    )


@rule("index", "columns")
def columns(d: Difference) -> Ruling:
    """An index has other keys, or in another order."""
    return _differs(d, "has other keys", "Decide which queries it is for; a unique index enforces only its own keys.")


@rule("index", "method")
def method(d: Difference) -> Ruling:
    """An index uses another access method."""
    return _differs(d, "uses another method", "The method decides which operators can use it.")


@rule("index", "predicate")
def predicate(d: Difference) -> Ruling:
    """A partial index covers other rows."""
    advice = "Decide which rows it is for; a unique index enforces only those."
    return _differs(d, "covers other rows", advice, nothing="every row")


@rule("index", "opclass")
def opclass(d: Difference) -> Ruling:
    """An index key has another operator class."""
    return _differs(d, "has another operator class", "The operator class decides which queries can use it.")


@rule("index", "collation")
def collation(d: Difference) -> Ruling:
    """An index key has another collation."""
    return _differs(d, "has another collation", "An index serves only queries of its collation.")


@rule("index", "sorting")
def sorting(d: Difference) -> Ruling:
    """An index key sorts the other way."""
    return _differs(d, "sorts differently", "It matters to multi-column ORDER BY.", "info")


@rule("index", "options")
def options(d: Difference) -> Ruling:
    """An index has other storage parameters."""
    return _differs(d, "has other storage parameters", "Declare them if they are meant.", "info")


@rule("index", "valid")
def valid(d: Difference) -> Ruling:
    """An index is INVALID: a CREATE INDEX CONCURRENTLY failed."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} is INVALID: no query uses it, a unique one enforces nothing reliably,"
        " and writes still pay for it.",
        "write-revision",
        "Drop it and create it again CONCURRENTLY.",
        "models",
    )
