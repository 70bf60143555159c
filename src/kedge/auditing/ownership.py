"""Who else keeps objects in the audited database: what the configuration says, platforms, migration tools."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

import msgspec

from kedge.auditing.platforms import Platform, platforms
from kedge.catalog import Catalog, Object, ObjectPath, Table, TableKey
from kedge.errors import UsageError
from kedge.objects import DefaultPrivilege, EventTrigger, Grant, Revocation, Trigger


class Pattern(msgspec.Struct, frozen=True):
    """`schema.name`, or a name in any schema; * and ? stand for what they do in file names."""

    text: str
    owner: str | None = None

    def fits(self, schema: str, name: str) -> bool:
        home, dot, own = self.text.partition(".")
        return fnmatchcase(schema, home) and fnmatchcase(name, own) if dot else fnmatchcase(name, home)


def pattern_of(text: str) -> Pattern:
    """A pattern as options give it: `billing.*`, or `billing.*=the billing team`."""
    shape, _, owner = text.partition("=")
    if not shape.strip() or shape.strip().strip("*.") == "":
        raise UsageError(
            f"owned-by-others: {text!r} would leave nothing to audit",
            hint="write a schema (billing.*), or names (celery_*)",
        )
    return Pattern(shape.strip(), owner.strip() or None)


class Ownership:
    """Which objects of one live catalog are somebody else's, and whose."""

    def __init__(self, live: Catalog, patterns: Iterable[str] = (), wanted: Sequence[str] = ()) -> None:
        self.live = live
        self.patterns, wanted = checked(patterns, wanted)
        self.platforms = tuple(_chosen(live, wanted))
        self.by_name = frozenset(wanted)
        self._owners: dict[TableKey, str | None] = {}

    def owner(self, schema: str, name: str) -> str | None:
        """Whose the object of this name is; None where nobody else claims it."""
        key = schema, name
        if key not in self._owners:
            self._owners[key] = self._owner(*key)
        return self._owners[key]

    def _owner(self, schema: str, name: str) -> str | None:
        for pattern in self.patterns:
            if pattern.fits(schema, name):
                return pattern.owner or pattern.text
        for platform in self.platforms:
            if any(Pattern(text).fits(schema, name) for text in platform.tables):
                return platform.title
        return None

    def owns(self, path: ObjectPath, one: Object) -> bool:
        """Whether an object beyond tables is somebody else's: by its name, or by what it calls or serves."""
        if self.owner(*_named(path, one)) is not None:
            return True
        if isinstance(one, Trigger | EventTrigger):
            schema, _, name = one.function.rpartition(".")
            if self.owner(schema.strip('"'), name.strip('"')) is not None:
                return True
        if isinstance(one, Grant):
            return self.has_role(one.role)
        if isinstance(one, DefaultPrivilege):
            return self.has_role(one.to) or (one.role is not None and self.has_role(one.role))
        return path.schema is None and self.named(path.name)

    def has_role(self, name: str) -> bool:
        return any(fnmatchcase(name, role) for p in self.platforms for role in p.roles)

    def named(self, name: str | None) -> bool:
        return any(fnmatchcase(name or "", other) for p in self.platforms for other in p.others)

    def of(self, keys: Iterable[TableKey]) -> dict[TableKey, str]:
        return {key: owner for key in keys if (owner := self.owner(*key)) is not None}

    def said(self, gone: dict[TableKey, str]) -> Iterator[str]:
        """What was passed over and why, one sentence for each owner; and which patterns fit nothing."""
        for owner, names in _by_owner(gone).items():
            count, shown = f"{len(names)} table{'s' if len(names) > 1 else ''}", _some(names)
            platform = next((p for p in self.platforms if p.title == owner), None)
            if platform is None:
                yield f"{count} left out as owned by others ({owner}): {shown}"
            elif platform.name in self.by_name:
                yield f"{count} left out as {owner}'s own: {shown}"
            else:
                yield (
                    f"{owner} is here (found by {_signs(platform, self.live)}), and {count} left out as its own:"
                    f' {shown}; platform = ["no-{platform.name}"] audits them'
                )
        for pattern in self.patterns:
            if not any(pattern.fits(*name) for name in self.names()):
                yield f"owned-by-others: {pattern.text} fits nothing in the database; is it spelled right?"

    def names(self) -> Iterator[TableKey]:
        """Whatever a pattern may speak of."""
        yield from (*self.live.tables, *self.live.enums, *self.live.sequences)
        yield from (_named(path, one) for path, one in self.live.objects.items())


def _named(path: ObjectPath, one: Object) -> TableKey:
    """The schema and the name by which an object is somebody's; a right is whose that is which it is on."""
    on = one.on if isinstance(one, Grant | Revocation) else path
    return on.schema or "", on.table or on.name or ""


def bookkeeping(live: Catalog) -> dict[TableKey, str]:
    """Tables of migration tools, by name and by what they look like; and whose they are."""
    return {key: tool for key, table in live.tables.items() if (tool := _tool(table)) is not None}


def _tool(table: Table) -> str | None:
    columns = [c.name for c in table.columns]
    if columns == ["version_num"]:
        return "Alembic"
    wanted = _bookkeeping().get(table.name)
    return table.name if wanted and set(wanted) <= set(columns) else None


@cache
def _bookkeeping() -> dict[str, list[str]]:
    text = files("kedge.auditing").joinpath("bookkeeping.toml").read_text("utf-8")
    tables: dict[str, list[str]] = tomllib.loads(text)["tables"]
    return tables


def _chosen(live: Catalog, wanted: Sequence[str]) -> Iterator[Platform]:
    """The platforms that are named, and those that show themselves; `no-NAME` and `none` switch that off."""
    for name, platform in platforms().items():
        shows = "none" not in wanted and f"no-{name}" not in wanted and bool(_signs(platform, live))
        if name in wanted or shows:
            yield platform


def checked(patterns: Iterable[str], wanted: Sequence[str]) -> tuple[tuple[Pattern, ...], Sequence[str]]:
    """The patterns, and the platforms' names; raises `UsageError` for what cannot be meant."""
    words = {"none", *platforms(), *(f"no-{name}" for name in platforms())}
    for word in wanted:
        if word not in words:
            raise UsageError(
                f"platform: {word} is not known",
                hint=f"there are {', '.join(platforms())}; no-NAME switches one off, none all that are not named",
            )
    return tuple(map(pattern_of, patterns)), wanted


def _signs(platform: Platform, live: Catalog) -> str:
    """By what the platform shows itself; empty where it does not."""
    signs = platform.found_by
    installed = {e.name for e in live.profile.extensions}
    if there := [e for e in signs.extensions if e in installed]:
        return f"the extension {there[0]}"
    if signs.schemas and set(signs.schemas) <= set(live.schemas):
        return "the schemas " + ", ".join(signs.schemas)
    found = [next((k for k in live.tables if Pattern(t).fits(*k)), None) for t in signs.tables]
    if found and all(found):
        return "the tables " + ", ".join(".".join(k) for k in found if k)
    return ""


def _by_owner(gone: dict[TableKey, str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for key, owner in sorted(gone.items()):
        names[owner].append(".".join(key))
    return names


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def theirs(
    tables: Iterable[Table], ours: Iterable[Table], catalog: Catalog
) -> tuple[set[TableKey], set[TableKey]]:
    """The enums and sequences that only others' tables use."""
    foreign, own = _used(tables), _used(ours)
    enums = {k for k, e in catalog.enums.items() if e.spelling in foreign and e.spelling not in own}
    named = {s for s in foreign - own if s is not None}
    sequences = {k for k, s in catalog.sequences.items() if s.spelling in named}
    return enums, sequences


def _used(tables: Iterable[Table]) -> set[str | None]:
    """The types of all columns, and the sequences they draw from."""
    columns = [c for t in tables for c in t.columns]
    types: set[str | None] = {c.type.removesuffix("[]") for c in columns if isinstance(c.type, str)}
    return types | {c.identity.sequence for c in columns if c.identity}
