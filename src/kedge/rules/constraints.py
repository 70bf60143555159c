"""Exclusions, and the facts that several kinds of constraints and indexes share."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, kind_words, only_in_models, rule, subject


@rule("exclusion", "presence")
def exclusion_presence(d: Difference) -> Ruling:
    """An exclusion constraint is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The database does not enforce {d.models.value} on {d.path.table}:"
            " rows that exclude each other can come in.",
            "write-revision",
            "Look for conflicting rows, then add it.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is in the database only, {d.database.value}:"
        " inserts the models allow are refused.",
        "edit-model",
        "Declare it with ExcludeConstraint.",
        "database",
    )


@rule("exclusion", "definition")
def exclusion_definition(d: Difference) -> Ruling:
    """An exclusion constraint excludes something else."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} is {both(d)}: conflicting rows can come in,"
        " or good ones are refused.",
        "decide",
        "Decide which rows must not stand together, and look for conflicts before the revision.",
        risk="medium",
    )


def _validated(d: Difference) -> Ruling:
    """The rows that were there before the constraint were never checked against it."""
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is NOT VALID in the database: rows older than it may break it.",
        "write-revision",
        "Look for rows that break it, then ALTER TABLE … VALIDATE CONSTRAINT.",
        "models",
    )


def _deferrable(d: Difference) -> Ruling:
    """When the constraint is checked differs: at once, or at commit."""
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is {both(d)}:"
        " a transaction that passes on one side fails on the other.",
        "decide",
        "Decide whether it is checked at each statement or at commit.",
    )


def _name(d: Difference) -> Ruling:
    """Only the name differs."""
    return Ruling(
        "info",
        f"The {kind_words(d.path.kind)} of {d.path.table} is named {d.models.value} in the models"
        f" and {d.database.value or 'not at all'} in the database; nothing else differs.",
        "rename",
        "Give the models the database's name, or rename it in the database: both are cheap.",
        "database",
    )


def _include(d: Difference) -> Ruling:
    """The columns carried along (INCLUDE) differ."""
    return Ruling(
        "info",
        f"{subject(d)} on {d.path.table} includes {both(d, 'nothing')}:"
        " other queries are answered from it alone.",
        "decide",
        "Decide which queries it is for; INCLUDE changes no result.",
    )


def _nulls(d: Difference) -> Ruling:
    """Whether two NULLs count as duplicates differs."""
    if d.models.value:
        return Ruling(
            "error",
            f"{subject(d)} on {d.path.table} lets any number of NULLs in, and the models want one at most:"
            " duplicates can come in.",
            "write-revision",
            "Look for rows that differ in nothing but their NULLs,"
            " then make it anew with NULLS NOT DISTINCT.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is NULLS NOT DISTINCT in the database only:"
        " a second NULL that the models allow is refused.",
        "edit-model",
        "Declare it with postgresql_nulls_not_distinct=True.",
        "database",
    )


@rule("check", "enforced")
def check_enforced(d: Difference) -> Ruling:
    """A check is there and switched off: nobody tests it."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} is NOT ENFORCED in the database: values it forbids come in.",
        "write-revision",
        "Look for rows that break it, then make it anew, enforced.",
        "models",
        "medium",
    )


for _kind in ("foreign-key", "check"):
    rule(_kind, "validated")(_validated)
for _kind in ("primary-key", "unique", "foreign-key", "exclusion"):
    rule(_kind, "deferrable")(_deferrable)
for _kind in ("primary-key", "unique", "foreign-key", "exclusion", "check", "index"):
    rule(_kind, "name")(_name)
for _kind in ("primary-key", "unique", "index"):
    rule(_kind, "include")(_include)
for _kind in ("unique", "index"):
    rule(_kind, "nulls-not-distinct")(_nulls)
