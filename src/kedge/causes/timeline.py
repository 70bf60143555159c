"""A fact's timeline: what it was after each revision, and whether that is what the models or the database have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from kedge.catalog import MISSING, Catalog, ObjectPath, Struct, Table, TableKey, Value
from kedge.causes.lens import Ask, Forms, Lens, Unit, part_named, unit_of
from kedge.compare import Difference, Hints, Question, compare
from kedge.compare.renames import columns_using
from kedge.compare.words import column_words, part_words
from kedge.history import History

# Facts that stand for one: a column's value comes from one of these, a foreign key points by both.
_SLOTS = {"identity": "source", "default": "source", "computed": "source"}
# What hides other facts of an object from `compare`.
_MASKS = {
    "columns": {"opclass", "collation", "sorting", "length"},
    "target": {"columns"},
    "valid": {"unique", "method", "columns", "include", "predicate", "options"},
    "kind": {"columns", "type", "nullable"},
}


class Moment(Struct, frozen=True):
    """A fact after one step: its value, and whether it is the models' and the database's; None where unsettled."""

    value: Value
    models: bool | None
    database: bool | None


class Timeline(Struct, frozen=True, gc=True):
    """One fact through one history, a moment for each step."""

    history: History
    moments: tuple[Moment, ...]

    @property
    def at_database(self) -> Moment | None:
        return self._at(self.history.at_database)

    @property
    def at_head(self) -> Moment | None:
        return self._at(self.history.at_head)

    def _at(self, index: int | None) -> Moment | None:
        return None if index is None else self.moments[index]

    @property
    def changes(self) -> tuple[int, ...]:
        """The steps that made or changed the fact."""
        return tuple(
            at
            for at, moment in enumerate(self.moments)
            if (moment != self.moments[at - 1] if at else moment.value.state != "missing")
        )

    def revision(self, at: int) -> str | None:
        return self.history.steps[at].revision


class Timelines:
    """All timelines of one audit: the models and the database beside each history."""

    def __init__(
        self,
        models: Catalog,
        database: Catalog,
        history: History,
        ask: Ask = lambda questions: dict.fromkeys(questions),
    ) -> None:
        self.models, self.database, self.history = models, database, history
        known = frozenset(models.tables) | frozenset(database.tables)
        hints = Hints(forms=Forms((models, database, *(step.catalog for step in history.steps))))
        self.by_models = Lens(models, history.steps, known, ask, hints, declared=True)
        self.by_database = Lens(database, history.steps, known, ask, hints, declared=False)
        self.ask = ask
        self.changed: dict[int, tuple[Difference, ...]] = {}

    def of(self, difference: Difference) -> Timeline:
        """The timeline of a fact on which models and database differ."""
        mine = difference.model_path or difference.path
        one = self.by_models.differences(self.unit(mine))
        two = self.by_database.differences(self.unit(difference.path, once=mine))
        if difference.attribute == "presence":
            moments = self._presence(difference, one, two)
        else:
            moments = tuple(_moment(difference, one[at], two[at]) for at in range(len(self.history.steps)))
        return Timeline(self.history, moments)

    def of_agreed(self, difference: Difference) -> Timeline:
        """The timeline of a fact on which models and database agree; `difference` is the history against them.

        There the history stands on the models' side.
        """
        found = self.by_database.differences(self.unit(difference.path))
        steps = self.history.steps
        if difference.attribute == "presence":
            there = difference.database.state != "missing"
            moments = []
            for at in range(len(steps)):
                has = (
                    not _absent(found[at], difference.path)
                    if there
                    else self._holds(at, difference.model_path or difference.path)
                )
                value = self._words(at, difference) if has else MISSING
                moments.append(Moment(value, has == there, has == there))
            return Timeline(self.history, tuple(moments))
        return Timeline(
            self.history,
            tuple(
                msgspec.structs.replace(m, models=m.database)
                for m in (_moment(difference, None, found[at]) for at in range(len(steps)))
            ),
        )

    def unit(self, path: ObjectPath, once: ObjectPath | None = None) -> Unit:
        """Where a fact is compared; `once` is its path under the other side's name of the table."""
        if once is not None and once.table not in (None, path.table) and path.table is not None:
            names = frozenset({(once.schema or "", once.table or "")})
            return msgspec.structs.replace(unit_of(path, {}), once=names)
        users: dict[ObjectPath, frozenset[TableKey]] = {}
        if path.kind == "enum":
            key = path.schema or "", path.name or ""
            using = {
                (schema, table)
                for side in (self.models, self.database)
                if key in side.enums
                for schema, table, _ in columns_using(side, side.enums[key])
            }
            users[path] = frozenset(using)
        return unit_of(path, users)

    # -- what one revision did, and what of it the database has

    def changes_of(self, at: int) -> tuple[Difference, ...]:
        """What a step changed, each once; before the first step there was nothing."""
        if at not in self.changed:
            after = self.history.steps[at].catalog
            before = (
                self.history.steps[at - 1].catalog
                if at
                else Catalog(profile=after.profile, schemas=after.schemas)
            )
            changed = {
                k for k in {*before.tables, *after.tables} if before.tables.get(k) != after.tables.get(k)
            }
            one, two = (_only(side, changed) for side in (before, after))
            answers: dict[Question, bool | None] = {}
            comparison = compare(one, two, answers, others=frozenset())
            while new := comparison.questions - set(answers):
                answers |= dict.fromkeys(new) | dict(self.ask(new))
                comparison = compare(one, two, answers, others=frozenset())
            self.changed[at] = tuple(d for d in comparison.differences if d.implied_by is None)
        return self.changed[at]

    def present(self, at: int) -> tuple[int, int]:
        """Of how many changes of a step the database has how many: (present, all)."""
        changes = self.changes_of(at)
        absent = sum(1 for change in changes if self._lacks(at, change))
        return len(changes) - absent, len(changes)

    def _lacks(self, at: int, change: Difference) -> bool:
        """Whether the database differs from the step in the very fact that the step changed."""
        found = self.by_database.differences(self.unit(change.path))[at]
        gone = _table_gone(found, change.path)
        if change.path.kind != "table" and gone:
            return change.database.state != "missing"
        return any(
            change.path in (d.path, d.model_path)
            and (_slot(d) == _slot(change) or d.attribute in ("presence", "name"))
            for d in found
        )

    # -- presence

    def _presence(self, d: Difference, one: Sequence[Any], two: Sequence[Any]) -> tuple[Moment, ...]:
        """There or not, told by the side that has it: unnamed parts are found by what they are."""
        in_models = d.models.state != "missing"
        moments = []
        for at in range(len(self.history.steps)):
            found = one[at] if in_models else two[at]
            own = (d.model_path or d.path) if in_models else d.path
            has = not _absent(found, own, d)
            value = self._words(at, d) if has else MISSING
            moments.append(Moment(value, has == in_models, has != in_models))
        return tuple(moments)

    def _holds(self, at: int, path: ObjectPath) -> bool:
        catalog = self.history.steps[at].catalog
        key = path.schema or "", path.table or ""
        if path in catalog.objects:
            return True
        if path.table is None:
            return any(
                (path.schema or "", path.name or "") in getattr(catalog, field)
                for field in ("enums", "sequences")
            )
        table = catalog.tables.get(key)
        return table is not None and (path.kind == "table" or part_named(table, path) is not None)

    def _words(self, at: int, d: Difference) -> Value:
        """An object as the step has it, in the words of a report; else as the side that has it says."""
        shown = d.models if d.models.state == "value" else d.database
        for path in (d.path, d.model_path):
            table = path and self.history.steps[at].catalog.tables.get((path.schema or "", path.table or ""))
            if path is None or not isinstance(table, Table):
                continue
            if path.kind == "table":
                return Value("value", f"{table.kind} with {len(table.columns)} columns")
            part = part_named(table, path)
            if part is not None:
                return Value("value", (column_words if path.kind == "column" else part_words)(part))
        return shown


def _moment(d: Difference, one: Sequence[Difference] | None, two: Sequence[Difference]) -> Moment:
    models, shown = (None, None) if one is None else _seen(d, one, d.model_path or d.path, declared=True)
    database, other = _seen(d, two, d.path, declared=False)
    if models:
        return Moment(d.models, True, False if database is True and d.models != d.database else database)
    if database:
        return Moment(d.database, models, True)
    return Moment(shown or other or Value("unknown", reason="not told apart"), models, database)


def _seen(
    d: Difference, found: Sequence[Difference], own: ObjectPath, *, declared: bool
) -> tuple[bool | None, Value | None]:
    """Whether the side is as the step was, and what the step had."""
    if d.path.kind != "table" and own.table is not None and _table_gone(found, own):
        return False, MISSING
    mine = [x for x in found if _about(x, own, d, declared=declared)]
    theirs = [(x, x.database if declared else x.models) for x in mine]
    for x, value in theirs:
        if x.attribute == "presence":
            return False, value
    if d.attribute in ("name", "schema"):
        for x, _ in theirs:
            if x.attribute == d.attribute or (d.attribute == "name" and x.names):
                names = x.names or (None, None)
                return False, Value("value", names[1] if declared else names[0])
        return True, None
    for x, value in theirs:
        if _slot(x) == _slot(d):
            return (False if x.confirmed else None), value
        if d.attribute in _MASKS.get(x.attribute, ()):
            return False, None
    return True, None


def _about(x: Difference, own: ObjectPath, d: Difference, *, declared: bool) -> bool:
    """Whether another comparison's difference is about the same object."""
    path = (x.model_path or x.path) if declared else x.path
    if (path.schema, path.table) != (own.schema, own.table) or not _alike(path.kind, own.kind):
        return False
    if path.name is not None or own.name is not None:
        return path.name == own.name
    return (
        own.kind in ("table", "primary-key")
        or bool(_columns(x) & _columns(d))
        or not (_columns(x) or _columns(d))
    )


def _absent(found: Sequence[Difference], own: ObjectPath, d: Difference | None = None) -> bool:
    """Whether the step lacks an object that the side has."""
    if own.table is not None and _table_gone(found, own):
        return True
    for x in found:
        if x.attribute != "presence":
            continue
        paths = (x.path, x.model_path)
        if own.name is None and d is not None and own.kind not in ("table", "primary-key"):
            same = own in paths and (x.models == d.models or _columns(x) == _columns(d))
        else:
            same = own in paths
        if same:
            return True
    return False


def _table_gone(found: Iterable[Difference], own: ObjectPath) -> bool:
    table = ObjectPath("table", own.schema, own.table)
    return any(x.attribute in ("presence", "kind") and table in (x.path, x.model_path) for x in found)


def _alike(one: str, two: str) -> bool:
    return one == two or {one, two} == {"unique", "index"}


def _slot(d: Difference) -> str:
    return _SLOTS.get(d.attribute, d.attribute)


def _columns(d: Difference) -> set[str | None]:
    own = d.model_path or d.path
    return {r.name for r in d.refs if r.kind == "column" and r.table in (own.table, d.path.table)}


def _only(catalog: Catalog, keys: Iterable[TableKey]) -> Catalog:
    tables = {k: catalog.tables[k] for k in keys if k in catalog.tables}
    return msgspec.structs.replace(catalog, tables=tables)
