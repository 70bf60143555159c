"""Views, routines and triggers: what the database runs by itself."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, rule, subject, where

ALIKE = "Take over the text you want to keep: into the declaration, or into a revision."


def _view_definition(d: Difference) -> Ruling:
    """A view selects something else."""
    return Ruling(
        "warning",
        f"{subject(d)} selects something else in the database than the models declare:"
        " code that reads it gets other rows or columns.",
        "decide",
        ALIKE + " CREATE OR REPLACE VIEW only adds columns at the end; for more, drop it and create it anew.",
    )


def _view_kind(d: Difference) -> Ruling:
    """A view is materialized on one side only."""
    stale = d.database.value == "materialized-view"
    hurts = (
        "its rows are as old as its last refresh"
        if stale
        else "every query computes it anew, and REFRESH fails"
    )
    return Ruling(
        "warning",
        f"{where(d).partition(' view ')[2] or d.path.name} is a {str(d.models.value).replace('-', ' ')} in the models"
        f" and a {str(d.database.value).replace('-', ' ')} in the database: {hurts}.",
        "decide",
        "Drop it and create what is meant; what selects from it has to be made again.",
    )


for _kind in ("view", "materialized-view"):
    rule(_kind, "definition")(_view_definition)
    rule(_kind, "kind")(_view_kind)


@rule("view", "options")
def view_options(d: Difference) -> Ruling:
    """A view differs in whose rights it reads with, in what it lets write, or in how it is computed."""
    return Ruling(
        "warning",
        f"{subject(d)} has the options {both(d)}: rows may be seen or written that one side refuses.",
        "decide",
        "ALTER VIEW changes them at once.",
        risk="medium",
    )


@rule("materialized-view", "options")
def storage(d: Difference) -> Ruling:
    """A materialized view is stored in another way."""
    return Ruling(
        "info",
        f"{subject(d)} is stored with {both(d, 'the default')}: no result changes.",
        "decide",
        "Declare how it is stored, or alter it.",
    )


@rule("materialized-view", "indexes")
def indexes(d: Difference) -> Ruling:
    """A materialized view has other indexes."""
    return Ruling(
        "warning",
        f"{subject(d)} has other indexes in the database: queries are slower,"
        " or REFRESH … CONCURRENTLY fails for want of a unique one.",
        "decide",
        "Create what is missing with CREATE INDEX CONCURRENTLY; declare what you want to keep.",
    )


@rule("routine", "definition")
def routine_definition(d: Difference) -> Ruling:
    """A function or procedure takes, gives or does something else."""
    return Ruling(
        "warning",
        f"{subject(d)} does something else in the database than the models declare, or takes or gives something else.",
        "decide",
        ALIKE,
    )


@rule("routine", "volatility")
def volatility(d: Difference) -> Ruling:
    """A function promises another volatility: immutable, stable or volatile."""
    return Ruling(
        "warning",
        f"{subject(d)} is {both(d)}: indexes and plans trust the word,"
        " and are wrong where the function does not keep it.",
        "decide",
        "Look at what it reads: only what depends on nothing but its arguments is IMMUTABLE.",
        risk="medium",
    )


@rule("routine", "security-definer")
def security_definer(d: Difference) -> Ruling:
    """A function runs with the rights of its owner on one side, and of its caller on the other."""
    if d.database.value:
        return Ruling(
            "error",
            f"{subject(d)} is SECURITY DEFINER in the database only: whoever may call it acts with its owner's rights.",
            "write-revision",
            "Make it SECURITY INVOKER, unless somebody can say why not.",
            "models",
            "high",
        )
    return Ruling(
        "error",
        f"{subject(d)} is SECURITY DEFINER in the models only: callers without rights of their own are refused.",
        "write-revision",
        "Make it SECURITY DEFINER; on PostgreSQL with SET search_path = …, pg_temp.",
        "models",
        "medium",
    )


@rule("routine", "settings")
def settings(d: Difference) -> Ruling:
    """A function runs under other settings (SET search_path and their like)."""
    return Ruling(
        "warning",
        f"{subject(d)} runs with {both(d)}: a name in it may mean something else,"
        " which with SECURITY DEFINER is a way in.",
        "decide",
        "ALTER FUNCTION … SET search_path = … (or RESET) makes them alike.",
        risk="medium",
    )


@rule("routine", "options")
def routine_options(d: Difference) -> Ruling:
    """A function differs in STRICT, LEAKPROOF or PARALLEL, or in DETERMINISTIC and how it uses data."""
    said = " ".join(str(v.value) for v in (d.models, d.database))
    if "strict" in said:
        hurts = "NULL arguments give something else."
    elif "deterministic" in said or "sql" in said:
        hurts = "the server trusts the word where it replicates and plans."
    else:
        hurts = "only plans change."
    return Ruling(
        "info" if hurts.startswith("only") else "warning",
        f"{subject(d)} is {both(d, 'without options')}: {hurts}",
        "decide",
        "ALTER FUNCTION changes each at once.",
    )


@rule("trigger", "definition")
def trigger_definition(d: Difference) -> Ruling:
    """A trigger fires on something else."""
    return Ruling(
        "warning",
        f"{subject(d)} fires {both(d)}: it runs where the code expects nothing, or not where it counts on it.",
        "decide",
        ALIKE,
    )


@rule("trigger", "function")
def trigger_function(d: Difference) -> Ruling:
    """A trigger runs something else: another function, other arguments, other statements."""
    return Ruling(
        "warning",
        f"{subject(d)} runs {both(d)}: writes do something else.",
        "decide",
        ALIKE,
    )


@rule("trigger", "order")
def trigger_order(d: Difference) -> Ruling:
    """Triggers of one moment fire in another order."""
    return Ruling(
        "info",
        f"{subject(d)} fires {both(d)}: what one writes, the next one sees.",
        "decide",
        "Drop it and create it anew with FOLLOWS or PRECEDES.",
    )


@rule("trigger", "enabled")
def trigger_enabled(d: Difference) -> Ruling:
    """A trigger is switched off, or fires in other sessions."""
    if d.database.value in ("disabled", "replica"):
        return Ruling(
            "error",
            f"{subject(d)} is {both(d)}: ordinary writes no longer do what it did.",
            "write-revision",
            "ALTER TABLE … ENABLE TRIGGER; then see to the rows written meanwhile.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{subject(d)} is {both(d)}: it fires where the models say it should not.",
        "decide",
        "ALTER TABLE … ENABLE or DISABLE TRIGGER, or declare it as it is.",
    )
