"""What is to be said of the revisions themselves: as differences, between what a chain says and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kedge.catalog import MISSING, Catalog, ObjectPath, Table, TableKey, Value
from kedge.compare import Difference
from kedge.findings import Cause, Finding, OriginRef
from kedge.history import History, Revision

Atom = tuple[str, TableKey, str]


def differences(history: History, live: Catalog, *, known: bool) -> Iterator[Difference]:
    """Everything a rule may judge. `known` is whether the database's own revisions could be read."""
    yield from _heads(history)
    if known:
        yield from _where(history)
        yield from _not_run(history, live)
    for revision in history.revisions.values():
        yield from _of_file(revision)
        yield from _downgrade(revision, history)


def revision_path(revision: str) -> ObjectPath:
    return ObjectPath("revision", name=revision)


def _environment(
    history: History, attribute: str, files: object, database: object, **more: object
) -> Difference:
    return Difference(
        ObjectPath("environment", name=history.environment),
        attribute,
        Value("value", files) if files else MISSING,
        Value("value", database) if database else MISSING,
        **more,  # type: ignore[arg-type]
    )


# -- the chain


def _heads(history: History) -> Iterator[Difference]:
    """Several heads that one branch leads to, where no label says that they are meant."""
    parted: set[str] = set()
    heads = history.heads
    for number, one in enumerate(heads):
        for other in heads[number + 1 :]:
            left = history.ancestors([one], depended=False)
            right = history.ancestors([other], depended=False)
            if left & right and not (_labelled(history, left - right) and _labelled(history, right - left)):
                parted |= {one, other}
    if parted:
        yield _environment(history, "heads", sorted(parted), list(history.database_revisions))


def _labelled(history: History, revisions: frozenset[str]) -> bool:
    return any(history.revisions[r].labels for r in revisions)


def _where(history: History) -> Iterator[Difference]:
    """Revisions the database is at, or is not yet at."""
    for revision in history.unknown:
        yield Difference(revision_path(revision), "presence", MISSING, Value("value", history.environment))
    at = history.database_revisions
    covered = [r for r in at if any(r in history.ancestors([o], depended=False) for o in at if o != r)]
    if covered:
        yield _environment(history, "overlap", [r for r in at if r not in covered], list(at))
    if pending := history.pending:
        evidence = tuple(_said(history.revisions[r]) for r in pending[:8])
        more = (f"and {len(pending) - 8} more",) if len(pending) > 8 else ()
        yield _environment(
            history, "pending", list(pending), list(history.database_revisions), evidence=evidence + more
        )


def _said(revision: Revision) -> str:
    message = revision.message.splitlines()[0] if revision.message else ""
    return f"{revision.revision} {message}".strip() + (f" ({revision.path})" if revision.path else "")


# -- files


def _of_file(revision: Revision) -> Iterator[Difference]:
    path = revision_path(revision.revision)
    if revision.does_nothing and len(revision.down) == 1 and not revision.labels:
        yield Difference(path, "empty", Value("value", "pass"), MISSING)
    if revision.live and "create_all" in revision.live:
        yield Difference(path, "create-all", Value("value", revision.live), MISSING)
    elif revision.live:
        yield Difference(path, "imports", Value("value", revision.live), MISSING)


def _downgrade(revision: Revision, history: History) -> Iterator[Difference]:
    """What a trial left behind; without one, what the file says."""
    path = revision_path(revision.revision)
    tried = history.traces.get(revision.revision) if history.traces else None
    if tried:
        yield Difference(path, "downgrade", MISSING, Value("value", list(tried)))
    elif tried is None and revision.downgrade == "empty" and not revision.does_nothing:
        yield Difference(path, "downgrade", Value("value", "pass"), MISSING)


# -- what ran


def _not_run(history: History, live: Catalog) -> Iterator[Difference]:
    """Revisions the database is past, of whose effects it has not one."""
    if history.at_database is None:
        return
    current = history.steps[history.at_database].catalog
    for before, after in zip(history.steps, history.steps[1 : history.at_database + 1], strict=False):
        if after.revision is None:
            continue
        lost = _absent(before.catalog, after.catalog, current, live)
        if lost:
            yield Difference(
                revision_path(after.revision),
                "applied",
                Value("value", sorted(map(_words, lost))),
                MISSING,
                confidence="certain" if len(lost) > 1 else "likely",
            )


def _absent(before: Catalog, after: Catalog, current: Catalog, live: Catalog) -> list[Atom]:
    """What a revision changed, if the database has all of it as it was before; nothing otherwise."""
    lost = []
    for key in {*before.tables, *after.tables}:
        old, new = before.tables.get(key), after.tables.get(key)
        if old is new or key[1].startswith("alembic_version"):
            continue
        for atom in _changed(key, old, new):
            value = _value(after, atom)
            if _value(current, atom) != value:  # a later revision changed it again
                continue
            here = _value(live, atom)
            gone = key not in live.tables
            if gone and (atom[0] != "table" or (new is not None and _elsewhere(new, current, live))):
                return []
            if here == value or here != _value(before, atom):
                return []
            lost.append(atom)
    return lost


def _elsewhere(table: Table, current: Catalog, live: Catalog) -> bool:
    """Whether a table that no revision made has the very columns of one: renamed, so not undone."""
    columns = {c.name for c in table.columns}
    return any(
        {c.name for c in t.columns} == columns for k, t in live.tables.items() if k not in current.tables
    )


def _changed(key: TableKey, old: Table | None, new: Table | None) -> Iterator[Atom]:
    if old is None or new is None:
        yield "table", key, ""
        return
    then, now = _parts(old), _parts(new)
    for kind, name in {*then, *now}:
        if then.get((kind, name)) != now.get((kind, name)):
            yield kind, key, name


def _parts(table: Table) -> dict[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {("column", c.name): c for c in table.columns}
    for kind, parts in (
        ("unique", table.uniques),
        ("foreign-key", table.foreign_keys),
        ("check", table.checks),
        ("index", table.indexes),
    ):
        for part in parts:
            found[kind, part.name or _unnamed(part)] = part
    if table.primary_key:
        found["primary-key", ""] = table.primary_key
    return found


def _unnamed(part: Any) -> str:
    """Parts without a name are told apart by what they are on."""
    columns = getattr(part, "columns", None)
    return f"({', '.join(columns) if columns else getattr(part, 'expression', '')})"


def _value(catalog: Catalog, atom: Atom) -> object:
    kind, key, name = atom
    table = catalog.tables.get(key)
    if kind == "table":
        return table is not None
    return _parts(table).get((kind, name)) if table is not None else None


def _words(atom: Atom) -> str:
    kind, (_, table), name = atom
    if kind == "table":
        return f"table {table}"
    if kind == "column":
        return f"{table}.{name}"
    own = bool(name) and not name.startswith("(")
    return f"{kind.replace('-', ' ')} {name if own else f'{name} of {table}'.strip()}"


# -- where it is written


def placed(findings: tuple[Finding, ...], histories: tuple[History, ...]) -> tuple[Finding, ...]:
    """Findings about revisions with their files and lines, and the cause that they are themselves."""
    files = {
        r.revision: OriginRef(r.path, r.line, environment=h.environment, revision=r.revision)
        for h in histories
        for r in h.revisions.values()
        if r.path
    }
    return tuple(_placed(f, files) if f.object.kind in ("revision", "environment") else f for f in findings)


def _placed(finding: Finding, files: dict[str, OriginRef]) -> Finding:
    names = [finding.object.name or ""]
    if isinstance(finding.values.models.value, list) and finding.object.kind == "environment":
        names = [str(v) for v in finding.values.models.value[:8]]
    kind = _CAUSES.get(finding.rule, "revision-file")
    summary = {
        "pending-revision": "The revisions are there, and the database is before them.",
        "not-applied": "The revision is recorded as run, and did not run, or was undone.",
    }.get(kind, "The revision files say so.")
    origins = msgspec.structs.replace(
        finding.origins, models=(), history=tuple(files[n] for n in names if n in files)
    )
    return msgspec.structs.replace(finding, origins=origins, cause=Cause(kind, summary, finding.candidates))


_CAUSES = {"environment-pending": "pending-revision", "revision-applied": "not-applied"}
