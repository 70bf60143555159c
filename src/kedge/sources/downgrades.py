"""Runs each revision up, down and up again, and looks what is left of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kedge.catalog import Catalog, Table, TableKey
from kedge.declared import DeclaredEnvironment
from kedge.errors import KedgeError
from kedge.sources.process import Answer
from kedge.sources.project import AlembicConfig
from kedge.sources.replaying import Replaying, Run


def traces(
    by: Replaying, config: AlembicConfig, environment: DeclaredEnvironment, order: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """For every revision that could be tried: what it left behind; nothing where its downgrade is true."""
    found: dict[str, tuple[str, ...]] = {}
    for _ in range(_MOST):
        run = _There(by, environment, [], {**order, "downgrades": True, "skip": list(found)})
        run.run(config)
        if run.error is not None:
            raise KedgeError(f"downgrades were not checked: {run.error.message}", hint=run.error.hint)
        found |= run.traces()
        if run.failed is None or run.failed[0] in found:
            break
        found[run.failed[0]] = (f"its upgrade fails after its downgrade: {run.failed[1]}",)
    return found


# A chain in which more upgrades fail the second time is known well enough.
_MOST = 25


class _There(Run):
    """A run that goes back and forth, and knows for each step which way it went."""

    def process(self, request: dict[str, object]) -> Answer:
        self.ups: list[bool] = []
        return super().process(request)

    def read_step(self, connection: Any, said: Answer) -> None:
        super().read_step(connection, said)
        self.ups.append(bool(said["up"]))

    def traces(self) -> dict[str, tuple[str, ...]]:
        """What is left of each revision that came back up."""
        failed = self.answer.get("back_failed") or {}
        found: dict[str, tuple[str, ...]] = {}
        for number in range(1, len(self.steps) - 1):
            up, down = self.steps[number : number + 2]
            if self.ups[number + 1] or up.revision != down.revision or up.revision is None:
                continue
            if up.revision in failed:
                reason = failed[up.revision]
                found[up.revision] = (f"its downgrade fails: {self.by.plain(str(reason))}",) if reason else ()
                continue
            if number + 2 == len(self.steps):
                continue
            before, again = self.steps[number - 1].catalog, self.steps[number + 2]
            left = (*_left(before, down.catalog, "down"), *_left(up.catalog, again.catalog, "up again"))
            found[up.revision] = tuple(dict.fromkeys(left))
        return found


def _left(wanted: Catalog, found: Catalog, way: str) -> Iterator[str]:
    """What is other than it was."""
    for key in {*wanted.tables, *found.tables}:
        old, new = wanted.tables.get(key), found.tables.get(key)
        if old != new and not key[1].startswith("alembic_version"):
            yield from (f"{words} ({way})" for words in _words(key, old, new))
    for kind in ("enums", "sequences"):
        old, new = getattr(wanted, kind), getattr(found, kind)
        for key in {*old, *new}:
            if old.get(key) != new.get(key):
                yield f"{kind[:-1]} {key[1]} {_how(old.get(key), new.get(key))} ({way})"


def _words(key: TableKey, old: Table | None, new: Table | None) -> Iterator[str]:
    if old is None or new is None:
        yield f"table {key[1]} {_how(old, new)}"
        return
    if {c.name for c in old.columns} == {c.name for c in new.columns} and sorted(
        old.columns, key=_name
    ) == sorted(new.columns, key=_name):
        others = [f for f in Table.__struct_fields__ if f != "columns" and getattr(old, f) != getattr(new, f)]
        if others:  # the order of the columns alone is no trace
            yield f"{key[1]}: {', '.join(f.replace('_', ' ') for f in others)} changed"
        return
    then, now = {c.name: c for c in old.columns}, {c.name: c for c in new.columns}
    for name in {*then, *now}:
        if then.get(name) != now.get(name):
            yield f"{key[1]}.{name} {_how(then.get(name), now.get(name))}"


def _name(column: Any) -> str:
    return str(column.name)


def _how(old: object, new: object) -> str:
    if old is None:
        return "is left"
    return "is missing" if new is None else "is another"
