"""How and where tables are kept: what no query sees, and replicas and disks do."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, subject


@rule("table", "replica-identity")
def replica_identity(d: Difference) -> Ruling:
    """Logical replication is told of updated and deleted rows in another way."""
    models, database = (_identity(v.value) for v in (d.models, d.database))
    words = f"{subject(d)} identifies rows for replicas by {models} in the models and by {database} in the database: "
    if d.models.value is None:
        return Ruling(
            "info",
            words + "somebody set it for logical replication.",
            "ignore",
            "Record it in a revision, so that a database built anew has it too.",
            "database",
        )
    return Ruling(
        "warning",
        words + "who follows its changes misses what they count on, and without any identity"
        " UPDATE and DELETE fail once it is published.",
        "write-revision",
        "ALTER TABLE … REPLICA IDENTITY; it costs no rewrite.",
        "models",
    )


@rule("table", "tablespace")
def tablespace(d: Difference) -> Ruling:
    """A table stands in another tablespace."""
    return _kept(d, "stands in", "the default tablespace", "no result changes, but disks and their speed do")


@rule("index", "tablespace")
def index_tablespace(d: Difference) -> Ruling:
    """An index stands in another tablespace."""
    return _kept(d, "stands in", "the default tablespace", "no result changes, but disks and their speed do")


@rule("table", "access-method")
def access_method(d: Difference) -> Ruling:
    """A table's rows are kept by another access method."""
    return _kept(d, "is kept by", "heap", "what it costs to read and write it, and what it can do, differ")


@rule("table", "clustered-on")
def clustered_on(d: Difference) -> Ruling:
    """CLUSTER sorts a table by another index."""
    return _kept(d, "is sorted by", "no index", "CLUSTER without a name sorts it, or passes it over")


@rule("column", "storage")
def column_storage(d: Difference) -> Ruling:
    """A column is kept, compressed or estimated in another way."""
    return _kept(d, "has", "what is usual for its type", "no result changes, but size, speed and plans do")


def _kept(d: Difference, how: str, usual: str, effect: str) -> Ruling:
    models, database = d.models.value or usual, d.database.value or usual
    silent = d.models.value is None
    return Ruling(
        "info",
        f"{subject(d)} {how} {models} in the models, {database} in the database: {effect}.",
        "ignore" if silent else "decide",
        "Leave it to who runs the database, or declare it." if silent else "Move it, or stop declaring it.",
        "database" if silent else "unknown",
    )


def _identity(value: str | None) -> str:
    return {None: "the primary key", "full": "the whole row"}.get(value, str(value))
