"""The table of causes: a fact's timeline, and which of its two sides it is like, become one word. First match wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from kedge.catalog import Struct
from kedge.causes.timeline import Moment, Timeline

Kind: TypeAlias = Literal[
    "unexplained",
    "pending-revision",
    "applied-by-hand",
    "model-not-loaded",
    "metadata-not-tracked",
    "model-removed",
    "out-of-band",
    "not-applied",
    "manual-change",
    "unrecorded-change",
    "revision-edited",
    "model-behind",
    "unmigrated-model",
    "never-migrated",
    "overridden",
    "conflict",
]


class Fact(Struct, frozen=True):
    """What the table has to know of a fact beside its timeline.

    `unsaid` is of an attribute, such as a default, of which the models say nothing where the database has one.
    `missing` is the side that lacks the object, for presence; `agree` says that models and database agree on it.
    `loaded` is what code and environments say of a table that no loaded model declares.
    """

    kind: str
    attribute: str
    missing: Literal["models", "database"] | None = None
    agree: bool = False
    unsaid: bool = False
    loaded: Literal["model-not-loaded", "metadata-not-tracked"] | None = None


class Named(Struct, frozen=True):
    """A cause, the step that decided it, and why nothing better can be said, where nothing can."""

    kind: Kind
    step: int | None = None
    reason: str | None = None


class Asked(Struct, frozen=True):
    """What is asked beside the timeline, and only where the answer decides.

    `undone` says whether the database has none of a step's changes. `edited` whether git has an earlier text of a
    revision with the database's value; `removed` whether the model once had the object; `later` whether the step's
    revision was written after the model's line, and `tainted` whether what it made may be today's models' doing.
    """

    undone: Callable[[int], bool] = lambda step: False
    edited: Callable[[], int | None] = lambda: None
    removed: Callable[[], bool] = lambda: False
    later: Callable[[int], bool] = lambda step: False
    tainted: Callable[[int], bool] = lambda step: False


def named(timeline: Timeline, fact: Fact, asked: Asked) -> Named:
    """The cause of a fact."""
    return _Table(timeline, fact, asked).named()


class _Table:
    def __init__(self, timeline: Timeline, fact: Fact, asked: Asked) -> None:
        self.line, self.fact, self.asked = timeline, fact, asked
        self.history = timeline.history
        self.moments = timeline.moments

    def named(self) -> Named:
        if (why := self.unknown()) is not None:
            return why
        assert self.history.at_database is not None
        self.here = self.history.at_database
        self.cur = self.moments[self.here]
        self.head = self.line.at_head
        return (
            self.pending()
            or self.by_hand_ahead()
            or self.without_model()
            or self.unstamped()
            or self.gone_back()
            or self.changed_by_hand()
            or self.behind()
            or self.unmigrated()
            or self.conflict()
        )

    # -- nothing can be said

    def unknown(self) -> Named | None:
        history = self.history
        if history.at_database is None:
            return Named("unexplained", None, self.stopped() or "the database's revision is not in the chain")
        for step in self.line.changes:
            made = history.revisions.get(self.line.revision(step) or "")
            like_models = self.moments[step].models or (self.fact.agree and self.moments[step].database)
            if made is not None and made.live and like_models and self.asked.tainted(step):
                return Named("unexplained", step, f"{made.live}, so what it once did is not known")
        asked = [self.moments[history.at_database], *([self.line.at_head] if self.line.at_head else [])]
        if any(m.database is None or (m.models is None and not self.fact.agree) for m in asked):
            return Named("unexplained", None, "no server could tell whether the revisions' value is the same")
        return None

    def stopped(self) -> str | None:
        failed = self.history.failed
        return f"the replay stopped at {failed[0]}, as a note says" if failed else None

    # -- the rows

    def pending(self) -> Named | None:
        head = self.head
        if head is None and self.history.failed:  # what was replayed of the pending ones says so much
            head = self.moments[-1]
        if self.cur.database and head is not None and head.models and not head.database:
            return Named("pending-revision", self.last_pending())
        return None

    def by_hand_ahead(self) -> Named | None:
        if not self.history.database_revisions:
            return None
        head = self.head
        if not self.cur.database and head is not None and head.database:
            return Named("applied-by-hand", self.last_pending())
        return None

    def without_model(self) -> Named | None:
        if self.fact.missing != "models":
            return None
        if self.fact.loaded is not None and self.fact.kind == "table":
            return Named(self.fact.loaded, self.last_change())
        if not any(m.database for m in self.moments):
            return Named("out-of-band")
        if not self.cur.database:
            return None
        made = self.last_change()
        if self.fact.kind == "table":
            return Named("model-removed", made)
        return Named("model-removed", made) if self.asked.removed() else None

    def unstamped(self) -> Named | None:
        """A database that records no revision and yet has what is in question stands nobody knows where."""
        if self.history.database_revisions or self.cur.database:
            return None
        return Named("unexplained", None, "the database does not record which revisions it has run")

    def gone_back(self) -> Named | None:
        if self.cur.database:
            return None
        older = [at for at in range(self.here) if self.moments[at].database]
        if self.starts_missing() and not older:
            older = [-1]
        if not older:
            ahead = [at for at in range(self.here + 1, len(self.moments)) if self.moments[at].database]
            return Named("applied-by-hand", ahead[0]) if ahead else None
        step = next(at for at in self.line.changes if older[-1] < at <= self.here)
        return Named("not-applied" if self.asked.undone(step) else "manual-change", step)

    def starts_missing(self) -> bool:
        """Before the first step nothing is there, whatever the first step is."""
        absent = self.fact.missing == "database" and self.history.start is None
        return absent and bool(self.line.changes) and self.line.changes[0] == 0

    def changed_by_hand(self) -> Named | None:
        if self.cur.database:
            return None
        if not (self.fact.agree or self.cur.models):
            return None
        if (edited := self.asked.edited()) is not None:
            return Named("revision-edited", edited)
        if self.fact.agree:
            return Named("unrecorded-change", self.last_change())
        if self.head is None:
            return Named(
                "unexplained", None, self.stopped() or "the revisions after the database's are not known"
            )
        return Named("manual-change", self.last_change())

    def behind(self) -> Named | None:
        if not self.cur.database:
            return None
        older = [at for at in range(self.here) if self.moments[at].models]
        lacking = self.fact.missing == "models" or self.fact.unsaid
        never = lacking and self.last_change() is not None
        if not older and not never:
            return None
        after = older[-1] if older else -1
        step = next((at for at in self.line.changes if after < at <= self.here), None)
        return Named("model-behind", step)

    def unmigrated(self) -> Named | None:
        if not self.cur.database or any(m.models for m in self.moments):
            return None
        if self.head is None:
            return Named(
                "unexplained", None, self.stopped() or "the revisions after the database's are not known"
            )
        if self.fact.missing == "database":
            return Named("never-migrated")
        step = self.last_change()
        later = step is not None and self.asked.later(step)
        return Named("overridden" if later else "unmigrated-model", step)

    def conflict(self) -> Named:
        return Named("conflict", self.last_change())

    # -- steps

    def last_change(self) -> int | None:
        """The step that last made or changed the fact, of those that the database has."""
        return next((at for at in reversed(self.line.changes) if at <= self.here), None)

    def last_pending(self) -> int | None:
        return next((at for at in reversed(self.line.changes) if at > self.here), None)


__all__ = ["Asked", "Fact", "Kind", "Moment", "Named", "named"]
