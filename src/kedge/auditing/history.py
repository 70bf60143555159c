"""The audit's step through the revisions: where the database stands in each chain, and what the chain builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from kedge.auditing.edited import edited
from kedge.auditing.places import relative
from kedge.auditing.revisions import differences
from kedge.catalog import Catalog, Note
from kedge.compare import Difference
from kedge.declared import Declared, DeclaredEnvironment
from kedge.dialects import Dialect
from kedge.findings import Environment
from kedge.history import History, Revision
from kedge.scratch import Scratch

Noting: TypeAlias = Callable[[str, str], None]
# What was read of every environment, given each one's revisions in the database (None: nobody may know).
Replay: TypeAlias = Callable[
    [Dialect, Declared, Catalog, Scratch, Mapping[str, tuple[str, ...] | None]],
    "list[tuple[History, tuple[Note, ...]]]",
]


class Chains:
    """The environments of one audit, each with its history; without a `replay`, with its chain alone."""

    def __init__(
        self,
        dialect: Dialect,
        connection: Any,
        declared: Declared,
        live: Catalog,
        scratch: Scratch,
        replay: Replay | None,
        note: Noting,
        root: Path,
    ) -> None:
        self.declared = declared
        self.live = live
        self.note = note
        self.root = root
        self.at = {e.name: self._versions(dialect, connection, e) for e in declared.environments}
        replayed = replay(dialect, declared, live, scratch, self.at) if replay else []
        found = {history.environment: history for history, _ in replayed}
        for _, notes in replayed:
            for one in notes:
                note(one.kind, one.reason)
        self.histories = tuple(
            found.get(e.name) or _chain(e, self.at[e.name] or (), root) for e in declared.environments
        )

    def _versions(self, dialect: Dialect, connection: Any, e: DeclaredEnvironment) -> tuple[str, ...] | None:
        """The revisions the database is at; None where nobody may know."""
        schema = e.version_table_schema or self.live.profile.default_schema
        current = dialect.versions(connection, schema, e.version_table)
        if current is None and e.version_table_schema is None:
            current = self._elsewhere(dialect, connection, e)
        if current is not None:
            return current
        if (schema, e.version_table) in self.live.tables:
            self.note(
                "revision-unknown", f"the role may not read {schema}.{e.version_table}: no revision is known"
            )
            return None
        return ()

    def _elsewhere(self, dialect: Dialect, connection: Any, e: DeclaredEnvironment) -> tuple[str, ...] | None:
        """What the one version table of that name in another schema says, if this chain has its revisions.

        The schema is env.py's to say, and env.py is not always run.
        """
        own = {revision.revision for revision in e.chain}
        found = [
            current
            for schema, name in self.live.tables
            if name == e.version_table
            and (current := dialect.versions(connection, schema, name))
            and own.issuperset(current)
        ]
        return found[0] if len(found) == 1 else None

    def differences(self) -> Iterator[Difference]:
        """What is to be said of the revisions themselves."""
        for history in self.histories:
            known = self.at[history.environment] is not None
            yield from differences(history, self.live, known=known)
            if known:
                yield from edited(history, self.root)

    def environments(self) -> list[Environment]:
        """As the report has them."""
        return [
            Environment(
                e.name,
                e.script_location,
                history.version_table,
                len(history.revisions),
                history.heads,
                history.database_revisions,
                history.pending if self.at[e.name] is not None else (),
            )
            for e, history in zip(self.declared.environments, self.histories, strict=True)
        ]


def _chain(e: DeclaredEnvironment, at: tuple[str, ...], root: Path) -> History:
    """What Alembic says of the revisions, without running one."""
    revisions = {
        r.revision: Revision(
            r.revision, r.down, r.depends_on, r.labels, r.message, relative(r.path, root) if r.path else None
        )
        for r in e.chain
    }
    return History(
        e.name,
        version_table=e.version_table,
        revisions=revisions,
        heads=e.heads,
        database_revisions=at,
    )
