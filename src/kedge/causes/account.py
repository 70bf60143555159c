"""What is told of one fact: its cause in a sentence, and evidence a person can check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kedge.catalog import ObjectPath, Origin, Origins, Struct, TableKey, Value
from kedge.causes.commits import Commits
from kedge.causes.edited import edited
from kedge.causes.lines import line_in, passed_over, uses_project
from kedge.causes.table import Asked, Fact, Kind, Named, named
from kedge.causes.timeline import Moment, Timeline, Timelines
from kedge.compare import Difference
from kedge.findings import Cause, OriginRef, SideValue
from kedge.history import History, Revision


class Unloaded(Struct, frozen=True):
    """Why a table has no loaded model, and where that can be checked."""

    kind: Any
    evidence: str


class Account(Struct, frozen=True, gc=True):
    """The cause of one fact. `present` counts the changes of the deciding revision that the database has, of all.

    `named` is for advice: `changed_later` says that the model's line is younger than the last revision of the fact,
    None where nobody knows.
    """

    cause: Cause
    at_database: SideValue
    at_head: SideValue
    origins: tuple[OriginRef, ...] = ()
    revision: str | None = None
    present: tuple[int, int] | None = None
    changed_later: bool | None = None
    agree: bool = False


class Accounts:
    """The causes of one audit's findings."""

    def __init__(
        self,
        timelines: Iterable[Timelines],
        *,
        origins: Origins,
        root: Path,
        commits: Commits,
        unloaded: Mapping[TableKey, Unloaded] | None = None,
        homes: Mapping[TableKey, str] | None = None,
    ) -> None:
        self.timelines = tuple(timelines)
        self.origins, self.root, self.commits = origins, root, commits
        self.unloaded = unloaded or {}
        self.homes = homes or {}

    def of(self, difference: Difference) -> Account | None:
        """Why models and database differ; None where no history was read."""
        lines = self.home(difference)
        if lines is None:
            return None
        if difference.path.kind == "model":
            said = "A server such as this one refuses the declaration, so no revision can have made it here."
            return Account(Cause("unmigrated-model", said), SideValue("missing"), SideValue("missing"))
        return _Teller(self, lines, lines.of(difference), difference, agree=False).account()

    def of_agreed(self, lines: Timelines, difference: Difference) -> Account:
        """Why the history differs from what models and database agree on."""
        return _Teller(self, lines, lines.of_agreed(difference), difference, agree=True).account()

    def home(self, difference: Difference) -> Timelines | None:
        """The history that a fact belongs to: of a table its environment's, else the one that ever made it."""
        paths = [p for p in (difference.model_path, difference.path) if p is not None]
        if makers := [t for t in self.timelines if _makes_beside(t, paths)]:
            return makers[0]
        keys = [(p.schema or "", p.table) for p in paths if p.table is not None]
        names = {self.homes[key] for key in keys if key in self.homes}
        own = [t for t in self.timelines if t.history.environment in names]
        making = [
            t
            for t in own or self.timelines
            if any(k in s.catalog.tables for s in t.history.steps for k in keys)
        ]
        return next(iter(making or own or self.timelines), None)


def _makes_beside(lines: Timelines, paths: Iterable[ObjectPath]) -> bool:
    """Whether it ever made an object that is no table's part: a view, a trigger, an enum."""
    catalogs = [step.catalog for step in lines.history.steps]
    for path in paths:
        key = path.schema or "", path.name or ""
        beside = path.table is None and any(key in c.enums or key in c.sequences for c in catalogs)
        if beside or any(path in c.objects for c in catalogs):
            return True
    return False


class _Teller:
    def __init__(
        self, accounts: Accounts, lines: Timelines, timeline: Timeline, difference: Difference, *, agree: bool
    ) -> None:
        self.accounts, self.lines, self.timeline = accounts, lines, timeline
        self.history: History = timeline.history
        self.d, self.agree = difference, agree

    def account(self) -> Account:
        d, agree = self.d, self.agree
        table = d.path.schema or "", d.path.table or ""
        unloaded = self.accounts.unloaded.get(table) if d.path.kind == "table" else None
        fact = Fact(
            d.path.kind,
            d.attribute,
            missing=self.missing(),
            agree=agree,
            unsaid=not agree and d.attribute != "presence" and d.models.state == "missing",
            loaded=unloaded.kind if unloaded else None,
        )
        asked = Asked(self.undone, self.edited, self.removed, self.later, self.tainted)
        found = self.failed_silently(named(self.timeline, fact, asked))
        revision = None if found.step is None else self.timeline.revision(found.step)
        decided = self.history.revisions.get(revision or "")
        present = None
        if found.step is not None and found.kind in ("applied-by-hand", "not-applied", "manual-change"):
            present = self.lines.present(found.step)
        cause = Cause(
            found.kind,
            self.summary(found, present),
            tuple(self.evidence(found, decided, present, unloaded if found.kind == fact.loaded else None)),
        )
        return Account(
            cause,
            _side(self.timeline.at_database),
            _side(self.timeline.at_head),
            self.history_origins(found.step),
            revision if decided else None,
            present,
            self.changed_later(),
            agree,
        )

    def failed_silently(self, found: Named) -> Named:
        """What a revision tries, and lets fail without a word, was not taken back by anybody."""
        revision = self.revision_at(found.step)
        if found.kind != "manual-change" or found.step is None or revision is None or revision.path is None:
            return found
        before = self.timeline.moments[found.step - 1].database if found.step else False
        line = passed_over(self.accounts.root / revision.path, self.names()) if before else None
        if line is None:
            return found
        return Named(
            "not-applied",
            found.step,
            f"{self.revision_words(found.step)} lets this fail without a word (except at line {line}), and here it"
            " did, or was taken back",
        )

    def missing(self) -> Any:
        if self.d.attribute != "presence":
            return None
        if self.agree:
            return "database" if self.d.database.state == "missing" else None
        if self.d.database.state == "missing":
            return "database"
        return "models" if self.d.models.state == "missing" else None

    # -- what the table asks for

    def undone(self, step: int) -> bool:
        present, _ = self.lines.present(step)
        return present == 0

    def edited(self) -> int | None:
        return edited(self.timeline, self.d, self.accounts.commits, self.accounts.root)

    def removed(self) -> bool:
        """Whether it points at a table whose model is gone, or git knows a time when the model's file said its name."""
        if self.of_removed_table():
            return True
        name = self.d.path.name
        table = ObjectPath("table", self.d.path.schema, self.d.path.table)
        places = self.accounts.origins.get(table, ())
        return bool(name) and any(
            p.path and self.accounts.commits.ever_said(p.path, name or "") for p in places
        )

    def of_removed_table(self) -> bool:
        here = self.lines.database.tables.get((self.d.path.schema or "", self.d.path.table or ""))
        declared = self.lines.models.tables
        return self.d.path.kind == "column" and any(
            self.d.path.name in key.columns and (key.target_schema, key.target_table) not in declared
            for key in (here.foreign_keys if here is not None else ())
        )

    def later(self, step: int) -> bool:
        return self.written_after(step) is True

    def tainted(self, step: int) -> bool:
        """What a revision made may be today's models' doing: by `create_all`, or by a name it takes from them."""
        revision = self.revision_at(step)
        if revision is None or revision.path is None or "create_all" in (revision.live or ""):
            return True
        return uses_project(
            self.accounts.root / revision.path, self.names(), whole=self.d.attribute == "presence"
        )

    def names(self) -> tuple[str, ...]:
        paths = [p for p in (self.d.path, self.d.model_path) if p is not None]
        return tuple(n for p in reversed(paths) for n in (p.table, p.name) if n)

    def written_after(self, step: int | None) -> bool | None:
        """Whether a step's revision came into the project after the model's line; None where git does not know."""
        revision = self.revision_at(step)
        place = self.model_place()
        if revision is None or revision.path is None or place is None or place.path is None or not place.line:
            return None
        line = self.accounts.commits.of_line(place.path, place.line)
        added = self.accounts.commits.added(revision.path)
        if (
            line is None
            and added is not None
            and (place.path, place.line) in self.accounts.commits.uncommitted
        ):
            return False
        if line is None or added is None or line.id == added.id:
            return None
        return added.at > line.at

    def changed_later(self) -> bool | None:
        changes = [at for at in self.timeline.changes if self.timeline.revision(at)]
        if not changes:
            return None
        after = self.written_after(changes[-1])
        return None if after is None else not after

    def revision_at(self, step: int | None) -> Revision | None:
        return None if step is None else self.history.revisions.get(self.timeline.revision(step) or "")

    def model_place(self) -> Origin | None:
        path = self.d.model_path or (self.d.path if self.agree else None)
        found = self.accounts.origins.get(path, ()) if path else ()
        return next((o for o in found if o.path), None)

    # -- words

    def summary(self, found: Named, present: tuple[int, int] | None) -> str:
        step = found.step
        name = self.revision_words(step)
        if found.kind == "unexplained":
            where = f" since {name}" if step is not None else ""
            return f"The revisions do not tell{where}: {found.reason}."
        if found.kind == "not-applied" and found.reason is not None:
            return f"{found.reason[0].upper()}{found.reason[1:]}."
        cur = self.timeline.at_database
        if found.kind == "manual-change" and cur is not None and cur.models and not self.agree:
            of_history = "of-history" in self.d.traits
            told = "The revisions tell of it" if of_history else "Models and revisions agree on it"
            return f"{told}; it was changed in the database itself."
        if found.kind == "model-removed" and self.d.path.kind not in ("table", "model"):
            return f"It was made by {name}, and the model no longer has it; no revision drops it."
        return _SENTENCES[found.kind].format(
            revision=name,
            changes=_counted(present[1] if present else 0, "change"),
            here=self.shown(cur.value if cur else None),
        )

    def revision_words(self, step: int | None) -> str:
        if step is None:
            return "no revision"
        revision = self.timeline.revision(step)
        return (
            f"revision {revision}"
            if revision
            else self.history.start or "what was there before the first revision"
        )

    def evidence(
        self,
        found: Named,
        decided: Revision | None,
        present: tuple[int, int] | None,
        unloaded: Unloaded | None,
    ) -> Iterator[str]:
        if unloaded is not None:
            yield unloaded.evidence
        for step in self.told_steps(found.step):
            yield self.step_words(step)
        partly = present is not None and (present[0] < present[1] or found.kind != "manual-change")
        if present is not None and decided is not None and partly:
            yield f"the database has {present[0]} of the {_counted(present[1], 'change')} of {decided.revision}"
        place = self.model_place()
        if place is not None and place.path and place.line:
            commit = self.accounts.commits.of_line(place.path, place.line)
            if commit is not None:
                yield f"{place.path}:{place.line} was last changed by {commit}"
            elif (place.path, place.line) in self.accounts.commits.uncommitted:
                yield f"{place.path}:{place.line} was changed and is not committed"

    def told_steps(self, decisive: int | None) -> list[int]:
        """The step that made the fact, the one that last changed it, and the deciding one, in their order."""
        changes = self.timeline.changes
        return sorted({*changes[:1], *changes[-1:], *([decisive] if decisive is not None else [])})

    def step_words(self, step: int) -> str:
        before = self.timeline.moments[step - 1].value if step else Value("missing")
        after = self.timeline.moments[step].value
        revision = self.revision_at(step)
        pending = self.history.at_database is not None and step > self.history.at_database
        origin = self.origin(step)
        where = f"{origin.path}:{origin.line}" if origin.path and origin.line else origin.path or "revision"
        name = self.timeline.revision(step) or "the start"
        said = f" “{revision.message}”" if revision and revision.message else ""
        waits = ", not run here" if pending else ""
        return f"{where} {name}{said}{waits}: {self.shown(before)} → {self.shown(after)}"

    def shown(self, value: Value | None) -> str:
        if value is None or value.state == "unknown":
            return "something else"
        if value.state == "missing":
            return "nothing"
        if self.d.attribute == "nullable":
            return "NULL" if value.value else "NOT NULL"
        if isinstance(value.value, list):
            return f"({', '.join(map(str, value.value))})"
        return str(value.value)

    # -- places

    def history_origins(self, decisive: int | None) -> tuple[OriginRef, ...]:
        """The deciding step first, then what made the fact and what last changed it."""
        steps = self.told_steps(decisive)
        if decisive is not None:
            steps = [decisive, *(s for s in steps if s != decisive)]
        return tuple(self.origin(s) for s in steps if self.timeline.revision(s))

    def origin(self, step: int) -> OriginRef:
        revision = self.revision_at(step)
        if revision is None:
            return OriginRef(revision=self.timeline.revision(step), environment=self.history.environment)
        return OriginRef(
            revision.path,
            self.line_of(revision),
            environment=self.history.environment,
            revision=revision.revision,
        )

    def line_of(self, revision: Revision) -> int | None:
        found = line_in(self.accounts.root / revision.path, self.names()) if revision.path else None
        path = self.d.path
        site = revision.site(*[n for n in (path.table, path.name) if n]) if found is None else None
        return found or (site.line if site else revision.line)


_SENTENCES: dict[Kind, str] = {
    "pending-revision": "The models are ahead on purpose: {revision} makes it so, and this database has not run it.",
    "applied-by-hand": "Somebody did by hand what {revision} is still to do: the next upgrade runs into it.",
    "model-not-loaded": "Its model is declared, and env.py does not load the module.",
    "metadata-not-tracked": "Its model is declared on a metadata that env.py does not pass to Alembic.",
    "model-removed": "It was made by {revision}, and its model was taken out of the code; no revision drops it.",
    "out-of-band": "No revision ever made it: it was made in the database itself.",
    "not-applied": "The database is recorded as having run {revision}, and has none of its {changes}:"
    " it was stamped, or rolled back.",
    "manual-change": "The revisions make it {here}; somebody changed it in the database itself.",
    "unrecorded-change": "Models and database agree on it, and no revision makes it so:"
    " a database made from the revisions has {here}.",
    "revision-edited": "An earlier text of {revision} made it so; the revision was edited after it had run here.",
    "model-behind": "The model does not say what {revision} made.",
    "unmigrated-model": "No revision ever made what the model says.",
    "never-migrated": "The model declares it, and no revision ever made it.",
    "overridden": "{revision} was written after the model's line, and made it {here} on purpose.",
    "conflict": "Models, revisions and database each say something else: the revisions make it {here}.",
}


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _side(moment: Moment | None) -> SideValue:
    if moment is None:
        return SideValue("not-read")
    value = moment.value
    return (
        SideValue("value", value.value)
        if value.state == "value"
        else SideValue(value.state, reason=value.reason)
    )
