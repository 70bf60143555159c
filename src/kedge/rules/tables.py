"""Tables and sequences: there or not, what kind, under which name."""

from kedge.catalog import Value
from kedge.compare.difference import Difference
from kedge.rules.numbering import other_cache
from kedge.rules.partitions import put_away
from kedge.rules.rule import Ruling, only_in_models, rule, subject, where


@rule("table", "presence")
def presence(d: Difference) -> Ruling:
    """A table is declared by no model, or a model's table is not in the database."""
    if only_in_models(d) and "of-history" in d.traits and not _is_foreign(d.models):
        return put_away(f"A revision makes {where(d)}, a partition, and the database has no such table")
    if only_in_models(d):
        return Ruling(
            "error",
            f"The models declare {where(d)}, and the database has no such table: every query on it fails.",
            "write-revision",
            "Create the table with a revision, or delete the model if the feature is gone.",
            "models",
        )
    if _is_foreign(d.database):
        return _foreign(d)
    return Ruling(
        "warning",
        f"The database has {where(d)}, and no model declares it: autogenerate would propose to drop it.",
        "create-model",
        "Declare it, load the module that does, or exclude it on purpose. Do not drop it unseen.",
        "database",
        "high",
    )


def _is_foreign(side: Value) -> bool:
    return str(side.value).startswith("foreign-table")


def _foreign(d: Difference) -> Ruling:
    """Nobody's rows are in it, and autogenerate does not see it."""
    return Ruling(
        "info",
        f"The database has {where(d)}, whose rows another server or a module keeps, and neither models nor revisions"
        " make it: a database built anew lacks it.",
        "decide",
        "Record it in a revision if code reads it.",
    )


@rule("table", "kind")
def kind(d: Difference) -> Ruling:
    """The models' table is a view, a foreign table or a partitioned table in the database."""
    models, database = (str(v.value).replace("-", " ") for v in (d.models, d.database))
    if "partitioned" in models + database:
        hurts = "its keys and indexes obey other rules"
        advice = "Declare it with postgresql_partition_by, or make the table anew and move the rows."
    else:
        hurts = "writes may fail, and its columns are not compared"
        advice = 'Declare a view with info={"is_view": True}; if it should be a table, make it one.'
    return Ruling(
        "warning",
        f"{d.path.table} is a {models} in the models and a {database} in the database: {hurts}.",
        "edit-model",
        advice,
        "database",
    )


@rule("table", "name")
def name(d: Difference) -> Ruling:
    """The table has another name in the database."""
    return Ruling(
        "error",
        f"The models call it {d.models.value}, the database {d.database.value}:"
        " queries on the model's name fail.",
        "rename",
        "Rename one side; a drop and an add would lose the rows.",
        risk="medium",
    )


@rule("schema", "name")
def schema_name(d: Difference) -> Ruling:
    """A schema has another name in the database."""
    return Ruling(
        "error",
        f"The models call the schema {d.models.value}, the database {d.database.value}:"
        " queries on the models' name fail.",
        "rename",
        "Rename one side; dropped and added, its tables would lose their rows.",
        risk="medium",
    )


@rule("table", "schema")
def schema(d: Difference) -> Ruling:
    """The table stands in another schema of the database."""
    return Ruling(
        "error",
        f"The models declare {d.path.table} in schema {d.models.value},"
        f" and it stands in schema {d.database.value}:"
        " queries on the model do not find it.",
        "decide",
        "Declare the schema in the model, or move the table with ALTER TABLE … SET SCHEMA.",
        risk="medium",
    )


@rule("sequence", "presence")
def sequence_presence(d: Difference) -> Ruling:
    """A sequence is on one side only."""
    if only_in_models(d):
        return Ruling(
            "error",
            f"The models draw from {where(d)}, and the database has no such sequence: inserts fail.",
            "write-revision",
            "Create the sequence with a revision.",
            "models",
        )
    return Ruling(
        "info",
        f"The database has {where(d)}, which belongs to no column and no model.",
        "decide",
        "Declare it with Sequence(…) if code draws from it; otherwise leave it.",
    )


@rule("sequence", "definition")
def sequence_definition(d: Difference) -> Ruling:
    """A sequence counts differently: type, start, increment, bounds, cycle or cache."""
    if cached := other_cache(d):
        return cached
    return Ruling(
        "warning",
        f"{subject(d)} counts {d.models.value} in the models and {d.database.value} in the database:"
        " numbers collide, leave gaps or run out.",
        "decide",
        "Make both count alike before values collide or run out.",
    )


@rule("sequence", "owner")
def sequence_owner(d: Difference) -> Ruling:
    """A sequence is owned by a column on one side only, and so dropped with it."""
    return Ruling(
        "info",
        f"{subject(d)} belongs to {d.database.value or 'no column'} in the database"
        f" and to {d.models.value or 'no column'} in the models: it is dropped with the column that owns it.",
        "decide",
        "ALTER SEQUENCE … OWNED BY decides with what it goes.",
    )


@rule("sequence", "name")
def sequence_name(d: Difference) -> Ruling:
    """A sequence has another name in the database."""
    return Ruling(
        "error",
        f"The models draw from sequence {d.models.value}, the database calls it {d.database.value}:"
        " inserts fail.",
        "rename",
        "Give the Sequence the database's name, or ALTER SEQUENCE … RENAME TO.",
    )


# What somebody notices of how a table is stored.
_NOTICED = {
    "engine=": "another engine knows other foreign keys, locks and transactions, or none",
    "collate=": "its texts are compared, sorted and found equal by other rules",
}


@rule("table", "options")
def options(d: Difference) -> Ruling:
    """A table is stored in another way: fill factor, engine and their like."""
    models, database = d.models.value or "the default", d.database.value or "the default"
    binding = any(word in f"{models} {database}" for word in ("strict", "on conflict"))
    hurts = "rows that one side refuses come in on the other" if binding else "no result changes"
    if noticed := next((w for w in _NOTICED if w in f"{models} {database}"), None):
        return Ruling(
            "warning",
            f"{subject(d)} is stored with {models} in the models and with {database} in the database:"
            f" {_NOTICED[noticed]}.",
            "decide",
            "Declare how the table is stored, or convert it: that rewrites every row.",
            risk="medium",
        )
    return Ruling(
        "info",
        f"{subject(d)} is stored with {models} in the models and with {database} in the database: {hurts}.",
        "decide",
        "Declare how the table is stored, or alter it.",
    )


@rule("table", "unlogged")
def unlogged(d: Difference) -> Ruling:
    """A table is unlogged on one side only."""
    if d.models.value:
        return Ruling(
            "info",
            f"{subject(d)} is unlogged in the models only: its rows are safe, and written more slowly.",
            "decide",
            "Alter the table if its speed matters more than its rows.",
        )
    return Ruling(
        "error",
        f"{subject(d)} is unlogged in the database only:"
        " it is empty after a crash, and no standby has its rows.",
        "write-revision",
        "ALTER TABLE … SET LOGGED rewrites the table under an exclusive lock.",
        "models",
        "medium",
    )


@rule("table", "inherits")
def inherits(d: Difference) -> Ruling:
    """A table inherits from another table on one side only."""
    models, database = (", ".join(v.value or ["no table"]) for v in (d.models, d.database))
    return Ruling(
        "warning",
        f"{subject(d)} inherits from {models} in the models and from {database} in the database:"
        " queries on the parent see other rows.",
        "decide",
        "Declare postgresql_inherits, or ALTER TABLE … [NO] INHERIT.",
    )
