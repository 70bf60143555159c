"""Indexes."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, only_in_models, rule, where


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "none" if value is None else str(value)


def _differs(d: Difference, what: str, advice: str, severity: str = "warning") -> Ruling:
    return Ruling(
        severity,  # type: ignore[arg-type]
        f"{where(d)} on {d.path.table} {what}: {_words(d.models.value)} in the models,"
        f" {_words(d.database.value)} in the database.",
        "decide",
        advice,
    )


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
        f"{where(d)} on {d.path.table} is in the database only: {words}.",
        "edit-model",
        "Declare it if it serves; autogenerate would drop it.",
        "database",
    )


@rule("index", "unique")
def unique(d: Difference) -> Ruling:
    """An index is unique on one side only."""
    if d.models.value:
        return Ruling("error", f"{where(d)} on {d.path.table} is not unique in the database: duplicates can come in.",
                      "write-revision", "Look for duplicates, then make it unique.", "models", "medium")  # fmt: skip
    return Ruling("error", f"{where(d)} on {d.path.table} is unique in the database: inserts the models allow are refused.",
                  "edit-model", "Declare it unique.", "database")  # fmt: skip


@rule("index", "columns")
def columns(d: Difference) -> Ruling:
    """An index has other keys, or in another order."""
    return _differs(d, "has other keys", "Decide which queries it is for.")


@rule("index", "method")
def method(d: Difference) -> Ruling:
    """An index uses another access method."""
    return _differs(d, "uses another method", "The method decides which operators can use it.")


@rule("index", "predicate")
def predicate(d: Difference) -> Ruling:
    """A partial index covers other rows."""
    return _differs(d, "covers other rows", "Decide which rows it is for; a unique index enforces only those.")


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
        f"{where(d)} on {d.path.table} is INVALID: no query uses it, a unique one enforces nothing reliably,"
        " and writes still pay for it.",
        "write-revision",
        "Drop it and create it again CONCURRENTLY.",
        "models",
    )
