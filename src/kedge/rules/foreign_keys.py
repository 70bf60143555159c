"""Foreign keys: from where to where, and what happens to the children."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, only_in_models, rule, subject


@rule("foreign-key", "presence")
def presence(d: Difference) -> Ruling:
    """A foreign key is on one side only."""
    if only_in_models(d):
        return Ruling(
            "warning",
            f"The database has no foreign key {d.models.value} on {d.path.table}: orphans can come in,"
            " and no delete reaches the children.",
            "write-revision",
            "Look for orphans, then add it (on PostgreSQL NOT VALID first, then validate).",
            "models",
            "medium",
        )
    if "twice" in d.traits:
        return Ruling(
            "warning",
            f"{subject(d)} on {d.path.table} is there twice ({d.evidence[0]}):"
            " every write is checked twice, and a drop of one changes nothing.",
            "write-revision",
            "Drop the one that nobody declares; the other goes on checking.",
            "models",
        )
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is in the database only, {d.database.value}:"
        " deletes and inserts the models allow are refused.",
        "edit-model",
        "Declare it with ForeignKey; autogenerate would drop it.",
        "database",
    )


@rule("foreign-key", "target")
def target(d: Difference) -> Ruling:
    """A foreign key points at another table or column."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} points at {both(d)}: rows that suit one are refused by the other.",
        "decide",
        "See which table the stored values are in; that side is right.",
        risk="medium",
    )


@rule("foreign-key", "columns")
def columns(d: Difference) -> Ruling:
    """A foreign key starts from other columns, or pairs them differently."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} pairs {both(d)}: the wrong column is checked,"
        " and joins find other rows.",
        "decide",
        "See which columns hold the parents' keys; that side is right.",
        risk="medium",
    )


@rule("foreign-key", "on-delete")
def on_delete(d: Difference) -> Ruling:
    """What happens to rows whose parent is deleted differs."""
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} says on delete {both(d)}:"
        " deleting a parent does something else than the code says.",
        "decide",
        "Decide what a delete should do; changing it in the database makes the constraint anew.",
        risk="medium",
    )


@rule("foreign-key", "on-update")
def on_update(d: Difference) -> Ruling:
    """What happens to rows whose parent's key changes differs."""
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} says on update {both(d)}:"
        " changing a parent's key does something else than the code says.",
        "decide",
        "Decide what a change of the key should do; keys that never change make it harmless.",
    )


@rule("foreign-key", "match")
def match(d: Difference) -> Ruling:
    """A composite foreign key treats partly NULL references differently."""
    lax = d.models.value == "full"
    return Ruling(
        "warning",
        f"{subject(d)} on {d.path.table} is match {both(d)}: partly NULL references "
        + ("are let through unchecked." if lax else "the models allow are refused."),
        "decide",
        "Decide whether a reference may be partly NULL; MATCH FULL refuses it.",
    )


@rule("foreign-key", "enforced")
def enforced(d: Difference) -> Ruling:
    """A foreign key is there and switched off: nobody checks it."""
    return Ruling(
        "error",
        f"{subject(d)} on {d.path.table} is switched off in the database (its triggers are disabled, or it is"
        " NOT ENFORCED): orphans come in, and deletes do not reach the children.",
        "write-revision",
        "Look for orphans, then switch its triggers on again.",
        "models",
        "medium",
    )
