"""Ignores: which findings are accepted, why, by whom and until when; from the configuration and the models."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from kedge.findings import Finding, IgnoreRef, ObjectRef, Suppression
from kedge.rules import RULES

# keys of one [[tool.kedge.ignore]]
FIELDS = ("rule", "object", "reason", "owner", "expires", "target")
# what stands behind "kedge:" in a comment, without its brackets: rule, then the reason
_WORDS = re.compile(r"\s*(?P<rule>[^\s:]+)\s*:?\s*(?P<reason>.*)", re.DOTALL)


class Ignore(msgspec.Struct, frozen=True, kw_only=True):
    """One ignore. `object` is a pattern on `schema.table.name`; in the models it is a place or a path instead.

    `problem` says why it cannot be followed: then it suppresses nothing.
    """

    by: str
    rule: str
    reason: str
    object: str | None = None
    ref: ObjectRef | None = None
    owner: str | None = None
    expires: datetime.date | None = None
    target: str | None = None
    path: str | None = None
    line: int | None = None
    at: int | None = None
    problem: str | None = None

    def covers(self, finding: Finding) -> bool:
        if self.problem or not fnmatchcase(finding.rule, self.rule):
            return False
        if self.by == "inline":
            return any(o.path == self.path and o.line == self.at for o in finding.origins.models)
        if self.ref is not None:
            return _within(self.ref, finding)
        return any(fnmatchcase(name, self.object or "") for name in _names(finding))

    def expired(self, today: datetime.date) -> bool:
        return self.expires is not None and today > self.expires

    def suppression(self) -> Suppression:
        return Suppression(
            by=self.by,
            reason=self.reason,
            rule=self.rule,
            object=self.object,
            owner=self.owner,
            expires=self.expires.isoformat() if self.expires else None,
            path=self.path,
            line=self.line,
        )

    def spelled(self) -> str:
        """As the person who wrote it would recognise it."""
        return " ".join(word for word in (f"ignore[{self.rule}]", self.object, self.reason) if word)


def configured_ignores(entries: Iterable[tuple[Any, int | None]], path: str) -> tuple[Ignore, ...]:
    """The `[[tool.kedge.ignore]]` of a file, with the line each stands in."""
    return tuple(_configured(entry, path, line) for entry, line in entries)


def of_models(refs: Iterable[IgnoreRef]) -> tuple[Ignore, ...]:
    """The ignores that a report brings along from the models."""
    return tuple(
        Ignore(
            by=r.by,
            rule=r.rule,
            reason=r.reason,
            ref=r.object,
            path=r.path,
            line=r.line,
            at=r.at,
            problem=r.problem or unknown_rule(r.rule),
        )
        for r in refs
    )


def parsed(text: str) -> tuple[str, str, str | None]:
    """`column-type the driver needs it` as rule, reason and, where it cannot be followed, why."""
    found = _WORDS.fullmatch(text)
    if not found:
        return text, "", "it names no rule"
    rule, reason = found["rule"], found["reason"].strip()
    return rule, reason, None if reason else NO_REASON


NO_REASON = "it gives no reason, and in a year nobody will know one"


def unknown_rule(pattern: str) -> str | None:
    names = [*RULES, "unclaimed"]
    if any(fnmatchcase(name, pattern) for name in names):
        return None
    near = difflib.get_close_matches(pattern, names, 1)
    return f"no rule is called {pattern}" + (f"; did you mean {near[0]}?" if near else "")


def _configured(entry: Any, path: str, line: int | None) -> Ignore:
    if not isinstance(entry, Mapping):
        return Ignore(
            by="config", rule="?", reason="", path=path, line=line, problem=f"it is no table: {entry!r}"
        )
    texts = {key: entry[key] for key in FIELDS if isinstance(entry.get(key), str)}
    expires, late = _date(entry.get("expires"))
    return Ignore(
        by="config",
        rule=texts.get("rule", "?"),
        object=texts.get("object"),
        reason=texts.get("reason", "").strip(),
        owner=texts.get("owner"),
        target=texts.get("target"),
        expires=expires,
        path=path,
        line=line,
        problem=_objection(entry, texts) or late,
    )


def _objection(entry: Mapping[str, Any], texts: Mapping[str, str]) -> str | None:
    for key in entry:
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, 1)
            return f"it has an unknown key {key}" + (f"; did you mean {near[0]}?" if near else "")
    for key in ("rule", "object", "owner", "target"):
        if key in entry and key not in texts:
            return f"{key} must be a text"
    for key in ("rule", "object"):
        if not texts.get(key):
            return f"it has no {key}"
    if not texts.get("reason", "").strip():
        return NO_REASON
    return unknown_rule(texts["rule"])


def _date(value: Any) -> tuple[datetime.date | None, str | None]:
    """An end date: a TOML date, or its text."""
    if value is None:
        return None, None
    if isinstance(value, datetime.datetime):
        return value.date(), None
    if isinstance(value, datetime.date):
        return value, None
    try:
        return datetime.date.fromisoformat(value), None
    except (TypeError, ValueError):
        return None, f"expires is no date: {value!r}; it is written as 2027-01-31"


def _names(finding: Finding) -> set[str]:
    """What a pattern may match: the object's full name under either side's name, and its table's."""
    ref = finding.object
    named = {ref.name} | ({finding.names.models} if finding.names else set())
    if ref.kind == "table":
        tables = {ref.table} | (named - {None})
        return {_dotted(ref.schema, table) for table in tables}
    full = {_dotted(ref.schema, ref.table, name) for name in named}
    return full | ({_dotted(ref.schema, ref.table)} if ref.table else set())


def _dotted(*words: str | None) -> str:
    return ".".join(word for word in words if word)


def _within(ref: ObjectRef, finding: Finding) -> bool:
    """Whether the finding is about that object of the models; a table stands for everything in it."""
    found = finding.object
    names = {found.name} | ({finding.names.models} if finding.names else set())
    if ref.kind == "table":
        tables = {found.table} | (names if found.kind == "table" else set())
        return found.schema == ref.schema and ref.table in tables
    return (found.schema, found.table) == (ref.schema, ref.table) and ref.name in names
