"""What the revisions build: the schema after each of them, and what each one's file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kedge.catalog import Catalog, Struct


class Revision(Struct, frozen=True):
    """One revision file. `path` is relative to the project's root when it lies inside it.

    `line` is where `def upgrade` stands. `live` says why its effect depends on today's models: it calls
    `create_all`, or imports them. `downgrade` is what its file promises: code, nothing (`pass`), or a refusal.
    """

    revision: str
    down: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    path: str | None = None
    line: int | None = None
    live: str | None = None
    downgrade: Literal["code", "empty", "refused", "missing"] = "code"


class Step(Struct, frozen=True, gc=True):
    """The schema after one revision; `revision` is None for what was there before the first."""

    revision: str | None
    catalog: Catalog


class History(Struct, frozen=True, gc=True):
    """The chain of one environment, replayed from nothing.

    `steps` stand in the order of the replay, which goes to the database's own revisions first and on to the heads
    from there. `at_database` and `at_head` are indexes into `steps`; None where the replay did not come so far, or
    where the database stands at a revision the chain does not know. `failed` is the revision that could not be run,
    and the error's words. `start` says what the replay began from, where that is not an empty database.
    """

    environment: str
    version_table: str = "alembic_version"
    revisions: Mapping[str, Revision] = {}
    heads: tuple[str, ...] = ()
    database_revisions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    at_database: int | None = None
    at_head: int | None = None
    failed: tuple[str, str] | None = None
    start: str | None = None

    @property
    def complete(self) -> bool:
        """Whether every revision up to the heads was replayed."""
        return self.failed is None and self.at_head is not None
