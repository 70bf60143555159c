"""The values a report is made of: the JSON contract (format 1) in types.

`msgspec.json.encode(report)` is the JSON report; every other format is a map of it.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Struct(msgspec.Struct, frozen=True):
    pass


class SideValue(Struct, frozen=True, omit_defaults=True):
    """One side's value of a fact. `value` is there for state "value", `reason` for "unknown"."""

    state: Literal["value", "missing", "unknown", "not-read"]
    value: Any = msgspec.UNSET
    written: str | None = None
    reason: str | None = None


NOT_READ = SideValue(state="not-read")


class Values(Struct, frozen=True):
    models: SideValue
    history_at_database: SideValue = NOT_READ
    history_at_head: SideValue = NOT_READ
    database: SideValue = NOT_READ


class ObjectRef(Struct, frozen=True):
    kind: str
    schema: str | None
    table: str | None
    name: str | None


class Names(Struct, frozen=True):
    models: str
    database: str


class Cause(Struct, frozen=True):
    kind: str = "not-read"
    summary: str = "The revisions were not read, so who changed it is not known."
    evidence: tuple[str, ...] = ()


class OriginRef(Struct, frozen=True, omit_defaults=True):
    path: str | None = None
    line: int | None = None
    metadata: str | None = None
    environment: str | None = None
    revision: str | None = None


class FindingOrigins(Struct, frozen=True):
    models: tuple[OriginRef, ...] = ()
    history: tuple[OriginRef, ...] = ()


class Advice(Struct, frozen=True):
    truth: Literal["models", "database", "unknown"]
    action: str
    reason: str
    risk: Literal["low", "medium", "high"]
    """Of doing it."""
    risk_of_leaving: Literal["low", "medium", "high"] = "medium"


class Suppression(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a finding counts no more: an ignore with its reason, or the baseline."""

    by: str
    reason: str
    rule: str | None = None
    object: str | None = None
    owner: str | None = None
    expires: str | None = None
    path: str | None = None
    line: int | None = None


class Finding(Struct, frozen=True):
    """A difference that matters."""

    fingerprint: str
    digest: str
    rule: str
    severity: Severity
    confidence: Literal["certain", "likely", "guess"]
    confirmed: bool
    object: ObjectRef
    names: Names | None
    attribute: str
    values: Values
    message: str
    candidates: tuple[str, ...]
    implied_by: str | None
    group: str | None
    cause: Cause
    origins: FindingOrigins
    advice: Advice
    suppressed: Suppression | None


class Group(Struct, frozen=True):
    """Findings with one reason. `row` says that its summary says it all, so that people read it as one row."""

    id: str
    cause: str
    summary: str
    findings: int
    row: bool = True


class NoteRef(Struct, frozen=True):
    kind: str
    object: ObjectRef | None
    reason: str


class Tool(Struct, frozen=True):
    name: str = "kedge"
    version: str = ""
    generated_at: str | msgspec.UnsetType = msgspec.UNSET


class Target(Struct, frozen=True):
    name: str
    url: str
    dialect: str
    flavour: str
    server_version: str
    schemas: tuple[str, ...]
    tables: tuple[str, ...] = ()
    """`schema.table` of every table that either side has."""


class MetadataRef(Struct, frozen=True):
    target: str
    environment: str | None
    tracked: bool
    tables: int


class IgnoreRef(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An ignore that stands in the models: a comment (`inline`) or an `info`. `at` is the line it speaks of."""

    by: str
    rule: str
    reason: str
    object: ObjectRef | None = None
    path: str | None = None
    line: int | None = None
    at: int | None = None
    problem: str | None = None


class Models(Struct, frozen=True):
    metadata: tuple[MetadataRef, ...] = ()
    ignores: tuple[IgnoreRef, ...] = ()


class Environment(Struct, frozen=True):
    name: str
    script_location: str | None
    version_table: str
    revisions: int
    heads: tuple[str, ...]
    database_revisions: tuple[str, ...]
    pending: tuple[str, ...]


class Summary(Struct, frozen=True):
    """`findings` counts those that stand on their own; `implied` those that go with another."""

    findings: int
    implied: int
    unconfirmed: int
    suppressed: int
    by_rule: dict[str, int]
    by_cause: dict[str, int]
    by_severity: dict[str, int]


class CoverageRow(Struct, frozen=True):
    """One file that declares tables: how many are loaded, tracked, in the database, and in agreement with it."""

    path: str
    tables: tuple[str, ...]
    loaded: int
    tracked: int
    in_database: int
    agreeing: int


class Report(Struct, frozen=True, kw_only=True):
    """The audit of one database."""

    format: int = 1
    complete: bool
    tool: Tool
    target: Target
    models: Models
    environments: tuple[Environment, ...] = ()
    findings: tuple[Finding, ...] = ()
    groups: tuple[Group, ...] = ()
    notes: tuple[NoteRef, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    summary: Summary
