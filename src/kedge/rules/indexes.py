"""Indexes."""

from kedge.compare.difference import Difference
from kedge.findings import Severity
from kedge.rules.rule import Ruling, both, only_in_models, rule, subject


def _differs(
    d: Difference,
    how: str,
    hurts: str,
    advice: str,
    severity: Severity = "warning",
    nothing: str = "the default",
) -> Ruling:
    message = f"{subject(d)} on {d.path.table} {how} {both(d, nothing)}: {hurts}."
    return Ruling(severity, message, "decide", advice)


@rule("index", "presence")
def presence(d: Difference) -> Ruling:
    """An index is on one side only."""
    words = str(d.models.value if only_in_models(d) else d.database.value)
    unique = words.startswith("unique")
    if only_in_models(d):
        return Ruling(
            "error" if unique else "warning",
            f"The database has no {words} on {d.path.table}: "
            + ("duplicates can come in." if unique else "queries that count on it read the whole table."),
            "write-revision",
            ("Look for duplicates, then create" if unique else "Create")
            + " it in a revision (on PostgreSQL CONCURRENTLY).",
            "models",
        )
    hurts = "inserts the models allow are refused" if unique else "autogenerate would drop it"
    if "twice" in d.traits:
        return Ruling(
            "warning" if unique else "info",
            f"{subject(d)} on {d.path.table} is there twice ({d.evidence[0]}):"
            " every write pays for both, and no query gains.",
            "write-revision",
            "Drop the one that nobody declares (on PostgreSQL CONCURRENTLY).",
            "models",
        )
    return Ruling(
        "warning" if unique else "info",
        f"{subject(d)} on {d.path.table} is in the database only, {words}: {hurts}.",
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
            "Look for duplicates, then create it anew as a unique index (on PostgreSQL CONCURRENTLY).",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is unique in the database only:"
        " inserts the models allow are refused.",
        "edit-model",
        "Declare it with unique=True.",
        "database",
    )


@rule("index", "columns")
def columns(d: Difference) -> Ruling:
    """An index has other keys, or in another order."""
    return _differs(
        d,
        "has the keys",
        "queries it was declared for read the whole table, and a unique one enforces something else",
        "Decide which queries it is for.",
        "error" if "unique" in d.traits else "warning",
    )


@rule("index", "method")
def method(d: Difference) -> Ruling:
    """An index uses another access method."""
    return _differs(
        d,
        "is",
        "operators that need the declared method read the whole table",
        "The method decides which operators can use it; see which one the queries have.",
    )


@rule("index", "predicate")
def predicate(d: Difference) -> Ruling:
    """A partial index covers other rows."""
    return _differs(
        d,
        "covers",
        "queries for the other rows go without it, and a unique one enforces nothing there",
        "Decide which rows it is for.",
        "error" if "unique" in d.traits else "warning",
        nothing="every row",
    )


@rule("index", "opclass")
def opclass(d: Difference) -> Ruling:
    """An index key has another operator class."""
    return _differs(
        d,
        "has the operator class",
        "queries that need the declared one, such as LIKE or @>, read the whole table",
        "See which operators the queries have; both indexes may be wanted.",
    )


@rule("index", "collation")
def collation(d: Difference) -> Ruling:
    """An index key has another collation."""
    return _differs(
        d,
        "is collated by",
        "queries of the other collation go without it",
        "Declare it as it is, or build one with the collation the queries have.",
    )


@rule("index", "sorting")
def sorting(d: Difference) -> Ruling:
    """An index key sorts the other way."""
    return _differs(
        d, "sorts", "only an ORDER BY over several keys notices", "Let the model follow the database.", "info"
    )


@rule("index", "length")
def length(d: Difference) -> Ruling:
    """An index covers more or fewer characters of a column."""
    return _differs(
        d,
        "covers the first characters",
        "a unique one refuses values that differ after them, others find less at once",
        "Decide how many characters tell the values apart.",
        nothing="all",
    )


@rule("index", "ignored")
def ignored(d: Difference) -> Ruling:
    """An index is hidden from queries (IGNORED, INVISIBLE) on one side only."""
    side = "database" if d.database.value else "models"
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is hidden in the {side} only: "
        + (
            "no query uses it, and every write pays for it."
            if d.database.value
            else "queries use it all the same."
        ),
        "decide",
        "ALTER TABLE … ALTER INDEX … NOT IGNORED (MySQL: VISIBLE) if queries need it; drop it if not.",
    )


@rule("index", "options")
def options(d: Difference) -> Ruling:
    """An index has other storage parameters."""
    return _differs(d, "is stored with", "no result changes", "Declare them if they are meant.", "info")


@rule("index", "valid")
def valid(d: Difference) -> Ruling:
    """An index is INVALID: a CREATE INDEX CONCURRENTLY failed."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} is INVALID: no query uses it,"
        " a unique one enforces nothing reliably,"
        " and writes still pay for it.",
        "write-revision",
        "Drop it and create it again CONCURRENTLY.",
        "models",
    )
