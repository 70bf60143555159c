"""Primary keys, unique constraints, foreign keys and exclusions."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, only_in_models, rule, where


def _both(d: Difference) -> str:
    return f"{_words(d.models.value)} in the models, {_words(d.database.value)} in the database"


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "none" if value is None else str(value)


def _of(d: Difference) -> str:
    return f"the {d.path.kind.replace('-', ' ')} of {d.path.table}"


@rule("primary-key", "presence")
def key_presence(d: Difference) -> Ruling:
    """A table has a primary key on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"{d.path.table} has no primary key in the database: duplicate rows can come in, and updates may hit many.",
            "write-revision",
            "Look for duplicates, then add the primary key with a revision.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{d.path.table} has a primary key in the database only: {d.database.value}.",
        "edit-model",
        "Declare it.",
        "database",
    )


@rule("primary-key", "columns")
def key_columns(d: Difference) -> Ruling:
    """The primary key has other columns, or another order."""
    order = sorted(_list(d.models.value)) == sorted(_list(d.database.value))
    return Ruling(
        "warning" if order else "error",
        f"The primary key of {d.path.table} is ({_words(d.models.value)}) in the models"
        f" and ({_words(d.database.value)}) in the database.",
        "edit-model",
        "The identity of rows is what the database enforces; let the model follow unless duplicates say otherwise.",
        "database",
        "high",
    )


@rule("unique", "presence")
def unique_presence(d: Difference) -> Ruling:
    """A unique constraint is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The database does not enforce {d.models.value} on {d.path.table}: duplicates can come in.",
            "write-revision",
            "Look for duplicates, then add the constraint with a revision.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{where(d)} ({d.database.value}) is in the database only: inserts the models allow may be refused.",
        "edit-model",
        "Declare it; autogenerate would drop it.",
        "database",
    )


@rule("unique", "columns")
def unique_columns(d: Difference) -> Ruling:
    """A unique constraint covers other columns, or in another order."""
    order = sorted(_list(d.models.value)) == sorted(_list(d.database.value))
    return Ruling(
        "info" if order else "error",
        f"{where(d)} covers {_both(d)}.",
        "decide",
        "The order matters to the index only." if order else "Decide which columns must be unique together.",
    )


@rule("unique", "representation")
def unique_representation(d: Difference) -> Ruling:
    """Uniqueness is a constraint on one side and an index on the other."""
    weaker = not str(d.database.value).startswith("unique") or " where " in str(d.database.value)
    return Ruling(
        "error" if weaker and str(d.models.value).startswith("unique") and " where " not in str(d.models.value)
        else "info",
        f"{d.path.table}: {_both(d)}"
        + (": duplicates can come in." if weaker else ". Both enforce the same."),
        "write-revision" if weaker else "edit-model",
        "Declare it as the database has it: UniqueConstraint(…) or Index(…, unique=True)."
        if not weaker else "Look for duplicates, then make the uniqueness whole with a revision.",
        "models" if weaker else "database",
    )  # fmt: skip


@rule("foreign-key", "presence")
def foreign_key_presence(d: Difference) -> Ruling:
    """A foreign key is on one side only."""
    if only_in_models(d):
        return Ruling(
            "warning",
            f"The database has no foreign key {d.models.value} on {d.path.table}: orphans can come in.",
            "write-revision",
            "Look for orphans, then add it NOT VALID and validate.",
            "models",
            "medium",
        )
    return Ruling(
        "warning",
        f"{where(d)} {d.database.value} is in the database only: deletes and inserts the models allow may be refused.",
        "edit-model",
        "Declare it; autogenerate would drop it.",
        "database",
    )


@rule("foreign-key", "target")
def foreign_key_target(d: Difference) -> Ruling:
    """A foreign key points at another table or column."""
    return Ruling("error", f"{where(d)} points at {_both(d)}.", "decide", "Decide which table owns the key.", risk="medium")


@rule("foreign-key", "columns")
def foreign_key_columns(d: Difference) -> Ruling:
    """A foreign key starts from other columns, or pairs them differently."""
    return Ruling("error", f"{where(d)} pairs {_both(d)}.", "decide", "Decide which columns refer.", risk="medium")


@rule("foreign-key", "on-delete")
def on_delete(d: Difference) -> Ruling:
    """What happens to rows whose parent is deleted differs."""
    return Ruling(
        "warning",
        f"{where(d)} on {d.path.table} says on delete {_both(d)}: deleting a parent does something else than the code says.",
        "decide",
        "Decide what a delete should do; changing it in the database needs the constraint made anew.",
        risk="medium",
    )


@rule("foreign-key", "on-update")
def on_update(d: Difference) -> Ruling:
    """What happens to rows whose parent's key changes differs."""
    return Ruling("warning", f"{where(d)} says on update {_both(d)}.", "decide", "Decide what a change of the key should do.")


@rule("foreign-key", "match")
def match(d: Difference) -> Ruling:
    """A composite foreign key treats partly NULL references differently."""
    return Ruling("warning", f"{where(d)} matches {_both(d)}.", "decide", "MATCH FULL refuses partly NULL references.")


@rule("foreign-key", "validated")
def foreign_key_validated(d: Difference) -> Ruling:
    """A foreign key was never checked against the rows that were there before it."""
    return _validated(d, "orphans")


@rule("check", "validated")
def check_validated(d: Difference) -> Ruling:
    """A check was never tested on the rows that were there before it."""
    return _validated(d, "rows that break it")


def _validated(d: Difference, bad: str) -> Ruling:
    if d.database.value:
        return Ruling("info", f"{where(d)} is validated in the database, NOT VALID in the models.", "edit-model",
                      "Take NOT VALID out of the model.", "database")  # fmt: skip
    return Ruling(
        "warning",
        f"{where(d)} on {d.path.table} is NOT VALID in the database: older rows may still be {bad}.",
        "write-revision",
        f"Look for {bad}, then ALTER TABLE … VALIDATE CONSTRAINT.",
        "models",
    )


def _deferrable(d: Difference) -> Ruling:
    """When a constraint is checked differs: at once, or at commit."""
    return Ruling(
        "warning",
        f"{where(d)} is {_both(d)}: a transaction that passes on one side fails on the other.",
        "decide",
        "Decide when it is to be checked.",
    )


def _name(d: Difference) -> Ruling:
    """Only the name differs."""
    return Ruling(
        "info",
        f"{_of(d)[0].upper()}{_of(d)[1:]} is named {d.models.value} in the models and {d.database.value} in the database;"
        " nothing else differs.",
        "rename",
        "Give the models the database's name, or rename it in the database: both are cheap.",
        "database",
    )


def _comment(d: Difference) -> Ruling:
    """A comment differs."""
    return Ruling("info", f"The comment of {where(d)} differs.", "edit-model", "Take over the comment you want to keep.")


def _include(d: Difference) -> Ruling:
    """The columns carried along (INCLUDE) differ."""
    return Ruling("info", f"{where(d)} includes {_both(d)}.", "decide", "It changes which queries need the index alone.")


def _nulls(d: Difference) -> Ruling:
    """Whether two NULLs count as duplicates differs."""
    return Ruling(
        "error" if d.models.value else "warning",
        f"{where(d)} treats NULLs as {'equal' if d.models.value else 'distinct'} in the models and as"
        f" {'equal' if d.database.value else 'distinct'} in the database.",
        "decide",
        "Decide whether two NULLs are duplicates.",
    )


for _kind in ("primary-key", "unique", "foreign-key", "exclusion"):
    rule(_kind, "deferrable")(_deferrable)
for _kind in ("primary-key", "unique", "foreign-key", "exclusion", "check", "index"):
    rule(_kind, "name")(_name)
    rule(_kind, "comment")(_comment)
for _kind in ("unique", "index"):
    rule(_kind, "include")(_include)
    rule(_kind, "nulls-not-distinct")(_nulls)


@rule("exclusion", "presence")
def exclusion_presence(d: Difference) -> Ruling:
    """An exclusion constraint is on one side only."""
    if only_in_models(d):
        return Ruling("error", f"The database does not enforce {d.models.value} on {d.path.table}.", "write-revision",
                      "Look for conflicting rows, then add it.", "models", "medium")  # fmt: skip
    return Ruling("warning", f"{where(d)} ({d.database.value}) is in the database only.", "edit-model",
                  "Declare it with ExcludeConstraint.", "database")  # fmt: skip


@rule("exclusion", "definition")
def exclusion_definition(d: Difference) -> Ruling:
    """An exclusion constraint excludes something else."""
    return Ruling("error", f"{where(d)} is {_both(d)}.", "decide", "Decide which rows must not stand together.")


def _list(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list | tuple) else []
