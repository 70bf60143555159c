"""The words of a report: objects, values and advice as a person would say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kedge.findings import Finding, ObjectRef, SideValue

ACTIONS = {
    "create-model": "declare it",
    "decide": "decide",
    "edit-model": "edit the model",
    "rename": "rename one side",
    "write-revision": "write a revision",
}

DIALECTS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


def count(number: int, noun: str) -> str:
    """`1 table`, `3 tables`, `2 indexes`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("x", "s", "h")):
        return f"{number} {noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"


def severities(errors: int, warnings: int, infos: int) -> list[str]:
    """`["2 errors", "1 warning"]`, without what there is none of."""
    said = [(errors, "error"), (warnings, "warning")]
    return [count(n, noun) for n, noun in said if n] + ([f"{infos} info"] if infos else [])


# What is said of an object, and has the object's kind and name in its own.
_OF_OBJECTS = {"owner": "of", "grant": "to", "revocation": "of", "default-privilege": "on"}


def owner(ref: ObjectRef, schemas: Sequence[str]) -> str:
    """The table an object belongs to, or the object itself where it belongs to none."""
    name = ref.table or (ref.name or ref.kind)
    elsewhere = ref.schema and (len(schemas) != 1 or ref.schema not in schemas)
    if not ref.table and ref.kind in _OF_OBJECTS:
        told = not elsewhere or name.endswith(f"schema {ref.schema}")
        return f"{ref.kind} {_OF_OBJECTS[ref.kind]} {name}" + ("" if told else f" in {ref.schema}")
    if elsewhere:
        name = f"{ref.schema}.{name}"
    return name if ref.table else f"{ref.kind} {name}"


# Their names are sentences: "execute on routine add(integer)".
MANY, FIRST = 24, 12  # what is longer is cut, after so many
_RIGHTS = ("grant", "revocation", "default-privilege", "owner")


def section(ref: ObjectRef, schemas: Sequence[str]) -> str:
    """Under which title a finding stands: its owner, or the schema of a right that is on no table."""
    if ref.table or ref.kind not in _RIGHTS:
        return owner(ref, schemas)
    shown = ref.schema and (len(schemas) != 1 or ref.schema not in schemas)
    return f"owners and rights in schema {ref.schema}" if shown else "owners and rights"


def part(finding: Finding) -> str:
    """The object within its table: `email`, `old → new`, `unnamed check`."""
    ref = finding.object
    if finding.names and finding.names.models != finding.names.database:
        return f"{finding.names.models} → {finding.names.database}"
    if ref.name:
        return ref.name
    if ref.kind in ("table", "model") or not ref.table:
        return ref.kind
    return ref.kind if ref.kind in ("primary-key", "owner") else f"unnamed {ref.kind}"


def advised(finding: Finding) -> tuple[str, str]:
    """What to do in two or three words, and how; no words where the sentence itself begins with them."""
    action, how = finding.advice.action, finding.advice.reason
    words = ACTIONS.get(action, action.replace("-", " "))
    if how.lower().startswith(words):
        return how[: len(words)], how[len(words) :]
    return words, f"  {how}" if how else ""


def whole_table(finding: Finding) -> bool:
    """Whether a side lacks the table itself."""
    return (finding.object.kind, finding.attribute) == (
        "table",
        "presence",
    ) or finding.rule == "model-missing"


def cause(finding: Finding, *, brief: bool = False) -> str:
    """The cause in a sentence (`brief`: in a word), with the revision's line; nothing where no revision was read."""
    if finding.cause.kind == "not-read":
        return ""
    said = finding.cause.kind if brief else f"{finding.cause.kind}: {finding.cause.summary}"
    origin = next((o for o in finding.origins.history if o.path), None)
    if origin is None:
        return said
    return f"{said} ({origin.path}{f':{origin.line}' if origin.line else ''})"


def common_cause(findings: Sequence[Finding]) -> str:
    """The cause that all of them have: in a sentence where that is one too, else in a word, else nothing."""
    kinds = {finding.cause.kind for finding in findings}
    if len(kinds) != 1 or "not-read" in kinds:
        return ""
    summaries = {finding.cause.summary for finding in findings}
    return f"{kinds.pop()}: {summaries.pop()}" if len(summaries) == 1 else kinds.pop()


def place(finding: Finding) -> str:
    """`app/models/user.py:12` of the first model origin that has a file, or nothing."""
    for origin in finding.origins.models:
        if origin.path:
            return f"{origin.path}:{origin.line}" if origin.line else origin.path
    return ""


def side(value: SideValue, attribute: str, which: str) -> str:
    """One side's value in a line. `which` is "models" or "database"."""
    if value.state == "missing":
        if attribute != "presence":
            return "none"
        return "not declared" if which == "models" else "not there"
    if value.state == "unknown":
        return f"unknown: {value.reason}" if value.reason else "unknown"
    if value.state == "not-read":
        return "not read"
    return spelled(value.value, attribute)


def spelled(value: Any, attribute: str = "") -> str:
    """A fact's value as the database would say it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        if attribute == "nullable":
            return "NULL" if value else "NOT NULL"
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {spelled(item, key)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        if attribute == "values" or attribute.startswith("enum"):
            return ", ".join(f"'{item}'" for item in value)
        more = [f"and {len(value) - FIRST} more"] if len(value) > MANY else []
        first = value[:FIRST] if more else value
        return ", ".join([*(spelled(item) for item in first), *more]) or "none"
    return " ".join(str(value).split()) if value != "" else "''"
