"""What the revisions build: the schema after each of them, and what each one's file says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from kedge.catalog import Catalog, Struct


class Site(Struct, frozen=True):
    """One statement of a revision's upgrade: the texts it mentions (names, SQL), and the comment on it."""

    line: int
    names: tuple[str, ...] = ()
    comment: str | None = None


class Revision(Struct, frozen=True):
    """One revision file. `path` is relative to the project's root when it lies inside it.

    `line` is where `def upgrade` stands. `live` says why its effect depends on today's models: it calls
    `create_all`, or imports them. `downgrade` is what its file promises: code, nothing (`pass`), or a refusal.
    `does_nothing` is of an upgrade that is only `pass`. None of these is known where the file cannot be read.
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
    does_nothing: bool = False
    sites: tuple[Site, ...] = ()

    def site(self, *names: str) -> Site | None:
        """The statement that mentions all of these, the one that mentions least beside them; SQL texts come last."""
        found = [s for s in self.sites if all(_mentions(s, name) for name in names)]
        return min(found, key=lambda s: (not set(names) <= set(s.names), len(s.names), s.line), default=None)


def _mentions(site: Site, name: str) -> bool:
    """By itself, or as a word of a longer text such as SQL."""
    if name in site.names:
        return True
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return any(" " in text and word.search(text) for text in site.names)


class Step(Struct, frozen=True, gc=True):
    """The schema after one revision; `revision` is None for what was there before the first.

    `heads` is what the version table then holds.
    """

    revision: str | None
    catalog: Catalog
    heads: tuple[str, ...] = ()


class History(Struct, frozen=True, gc=True):
    """The chain of one environment, replayed from nothing.

    `revisions` stand in the chain's order, from the base. `steps` stand in the order of the replay, which goes to
    the database's own revisions first and on to the heads from there.
    `at_database` and `at_head` are indexes into `steps`; None where the replay did not come so far, or
    where the database stands at a revision the chain does not know. `failed` is the revision that could not be run,
    and the error's words. `start` says what the replay began from, where that is not an empty database.
    `traces` are what a revision left behind that was run up, down and up again; None where that was not tried.
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
    traces: Mapping[str, tuple[str, ...]] | None = None

    @property
    def complete(self) -> bool:
        """Whether every revision up to the heads was replayed."""
        return self.failed is None and self.at_head is not None

    def ancestors(self, of: Iterable[str], *, depended: bool = True) -> frozenset[str]:
        """These revisions and all before them, as far as they are known; with what they depend on, or without."""
        found: set[str] = set()
        waiting = [r for r in of if r in self.revisions]
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                revision = self.revisions[one]
                before = (*revision.down, *(revision.depends_on if depended else ()))
                waiting += [r for r in before if r in self.revisions]
        return frozenset(found)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Revisions the database is at, and no file has."""
        return tuple(r for r in self.database_revisions if r not in self.revisions)

    @property
    def pending(self) -> tuple[str, ...]:
        """The revisions that lead from the database to the heads, in the chain's order."""
        if self.unknown:
            return ()
        done = self.ancestors(self.database_revisions)
        wanted = self.ancestors(self.heads)
        return tuple(r for r in self.revisions if r in wanted and r not in done)
