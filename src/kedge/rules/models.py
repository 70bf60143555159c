"""Models beside the tables: declared and not loaded, not tracked, missing, or there twice."""

from __future__ import annotations

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule


@rule("model", "not-loaded")
def not_loaded(d: Difference) -> Ruling:
    """A model stands in the source, and env.py does not load it."""
    load = d.evidence[0] if d.evidence else "import its module in env.py"
    others = f" (only {d.evidence[1]})" if len(d.evidence) > 1 else ""
    if d.database.state == "missing":
        return Ruling(
            "warning",
            f"{d.models.value} declares {d.path.table}, env.py does not load it{others},"
            " and the database has no such table: code that uses it fails.",
            "decide",
            f"If it is meant, {load}, and create the table with a revision; else delete the model.",
        )
    return Ruling(
        "warning",
        f"{d.models.value} declares {d.path.table}, and env.py does not load it{others}: Alembic knows no model"
        " of the table, and autogenerate would propose to drop it.",
        "load-module",
        f"Let it be loaded: {load}.",
        "database",
    )


@rule("metadata", "not-tracked")
def not_tracked(d: Difference) -> Ruling:
    """A second MetaData or Base declares tables, and env.py does not pass it on."""
    told = f"{d.path.name} declares {d.models.value}, and no environment passes it to Alembic"
    if "there" in d.traits:
        return Ruling(
            "warning",
            f"{told}: no revision is ever made for them; the database has {d.database.value}.",
            "track-metadata",
            f"Give env.py both: target_metadata = [..., {(d.path.name or '').replace(':', '.')}].",
        )
    return Ruling(
        "info",
        f"{told}; the database has none of them.",
        "decide",
        "If they belong to this database, pass it in target_metadata; another database's needs nothing here.",
    )


@rule("model", "missing")
def missing(d: Difference) -> Ruling:
    """The database has a table that no model declares, loaded or not."""
    hurts = f"; {'; '.join(d.evidence)}" if d.evidence else ""
    risk = "high" if d.traits & {"used", "rows"} else "medium" if "referenced" in d.traits else "low"
    return Ruling(
        "warning",
        f"The database has {d.path.table}, and no model of the project declares it:"
        f" autogenerate would propose to drop it{hurts}.",
        "create-model",
        "Declare it, or leave it out on purpose if another program owns it. Do not drop it unseen.",
        "database",
        risk,  # type: ignore[arg-type]
    )


@rule("table", "never-created")
def never_created(d: Difference) -> Ruling:
    """A model that Alembic does not know has no table."""
    return Ruling(
        "warning",
        f"A model outside of Alembic's sight declares {d.path.table}, and the database has no such table:"
        " code that uses it fails.",
        "decide",
        "Track the model and create its table with a revision, or delete it if the feature is gone.",
    )


@rule("model", "duplicate")
def duplicate(d: Difference) -> Ruling:
    """Two models stand for one table, or for its name in a schema where it is not."""
    first, *others = d.models.value
    legacy = (
        f" {first} agrees best with the database and is used most; {' and '.join(others)} looks like the legacy one."
        if "clear" in d.traits
        else ""
    )
    return Ruling(
        "warning",
        f"{d.path.table} has several models: {' and '.join(d.models.value)}. What one knows the other misses.{legacy}",
        "delete-model" if legacy else "decide",
        "Keep one, and let everything import that one.",
        "unknown",
        "medium",
    )
