"""The revisions: where the database stands among them, and what their files will do to whoever runs them."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule


def _listed(value: object, most: int = 6) -> str:
    names = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _number(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


@rule("environment", "heads")
def heads(d: Difference) -> Ruling:
    """The chain ends in several heads that one branch leads to, and no label says that they are meant."""
    return Ruling(
        "warning",
        f"{d.path.name} has several heads, {_listed(d.models.value)}: `alembic upgrade head` refuses to run,"
        " so the next deployment stops.",
        "write-revision",
        "Join them with `alembic merge heads`, or give one another down_revision if it has not run anywhere.",
        "models",
    )


@rule("environment", "pending")
def pending(d: Difference) -> Ruling:
    """The database is behind the revisions: some have not run."""
    number = _number(d.models.value)
    ran = f"{number} revisions have" if number != 1 else "1 revision has"
    if d.database.state == "missing":
        return Ruling(
            "info",
            f"The database says of no revision that it has run; {d.path.name} has {number}:"
            " the next `alembic upgrade head` begins with the first.",
            "decide",
            "If the tables were made in another way, `alembic stamp` says where they stand.",
        )
    return Ruling(
        "warning",
        f"The database is at {_listed(d.database.value)}, and {ran} not run there: {_listed(d.models.value)}."
        " Code that was written for them meets the older schema.",
        "decide",
        "Run `alembic upgrade head`.",
        "models",
    )


@rule("environment", "overlap")
def overlap(d: Difference) -> Ruling:
    """The database records a revision beside one that already contains it."""
    recorded, own = list(d.database.value or ()), list(d.models.value or ())
    extra = [r for r in recorded if r not in own]
    return Ruling(
        "error",
        f"The database records {_listed(recorded)}, and {_listed(own)} contains {_listed(extra)}:"
        ' `alembic upgrade` refuses to run ("overlaps with other requested revisions").',
        "decide",
        f"Take the row of {_listed(extra)} out of the version table, if what {_listed(own)} does is there.",
    )


@rule("revision", "presence")
def presence(d: Difference) -> Ruling:
    """The database is at a revision that no file has."""
    return Ruling(
        "error",
        f"The database is at revision {d.path.name}, and {d.database.value} has no such file: every alembic command"
        ' on this database fails with "Can\'t locate revision".',
        "decide",
        "The code is older than the database (deploy the newer one), the file is on another branch, or it was"
        " deleted: bring the file back. Stamp another revision only when you know what the lost one did.",
    )


@rule("revision", "applied")
def applied(d: Difference) -> Ruling:
    """The database says that a revision has run, and nothing of what it does is there."""
    return Ruling(
        "error",
        f"Revision {d.path.name} is recorded as run, and nothing of it is in the database"
        f" ({_listed(d.models.value)}): alembic will never run it again.",
        "decide",
        "It was stamped instead of run, or undone by hand. Stamp the revision before it and upgrade,"
        " or write a revision that does what is missing.",
        "models",
        "medium",
    )


@rule("revision", "empty")
def empty(d: Difference) -> Ruling:
    """A revision does nothing, and joins no branches."""
    return Ruling(
        "info",
        f"Revision {d.path.name} does nothing: autogenerate found no change, or somebody forgot to write it.",
        "decide",
        "Write what it was made for, or take it out of the chain before it has run anywhere.",
    )


@rule("revision", "create-all")
def create_all(d: Difference) -> Ruling:
    """A revision calls create_all: what it builds is whatever the models say on the day it runs."""
    return Ruling(
        "warning",
        f"Revision {d.path.name} builds whatever the models say on the day it runs, because {d.models.value}:"
        " every database it makes is another one, and later revisions fail on the newer ones.",
        "write-revision",
        "Write down what it made then, as operations: a dump of a database that it made is the source.",
        "database",
        "medium",
    )


@rule("revision", "imports")
def imports(d: Difference) -> Ruling:
    """A revision imports live models, which change without it."""
    return Ruling(
        "info",
        f"Revision {d.path.name} depends on today's models, because {d.models.value}: the day they change,"
        " a new database can no longer be made.",
        "write-revision",
        "Declare in the revision itself the few columns it needs, with sa.table() and sa.column().",
        "models",
    )


@rule("revision", "edited")
def edited(d: Difference) -> Ruling:
    """A revision was edited after others were built on it."""
    return Ruling(
        "info",
        f"Revision {d.path.name} was edited after another was built on it ({d.models.value}): databases that ran it"
        " before have what it said then, those made since have what it says now, and both are at the same revision.",
        "decide",
        "Put back what it said, and say the change in a new revision; or see that every database was made since.",
    )


@rule("revision", "downgrade")
def downgrade(d: Difference) -> Ruling:
    """A revision's downgrade does not undo its upgrade."""
    if d.database.state == "value":
        return Ruling(
            "warning",
            f"Revision {d.path.name} up, down and up again leaves traces: {_listed(d.database.value)}.",
            "write-revision",
            "Let downgrade undo what upgrade does, or raise in it.",
            "models",
        )
    return Ruling(
        "info",
        f"The downgrade of revision {d.path.name} does nothing, and its upgrade does something: after"
        " `alembic downgrade` the database is said to be where it is not.",
        "write-revision",
        'Write it, or let it refuse: raise NotImplementedError("cannot be undone").',
        "models",
    )
