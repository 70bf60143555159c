"""The words of a report: objects, values and advice as a person would say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kedge.findings import Finding, ObjectRef, SideValue

ACTIONS = {
    "edit-model": "edit the model",
    "write-revision": "write a revision",
    "upgrade": "upgrade the database",
    "load-module": "load the module",
    "generate-model": "generate a model",
    "track-metadata": "give the metadata to Alembic",
    "leave": "leave it",
    "none": "nothing to do",
    "decide": "decide",
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


def owner(ref: ObjectRef, schemas: Sequence[str]) -> str:
    """The table an object belongs to, or the object itself where it belongs to none."""
    name = ref.table or (ref.name or ref.kind)
    if ref.schema and (len(schemas) != 1 or ref.schema not in schemas):
        name = f"{ref.schema}.{name}"
    return name if ref.table else f"{ref.kind} {name}"


def part(finding: Finding) -> str:
    """The object within its table: `email`, `old → new`, `unnamed check`."""
    ref = finding.object
    if finding.names and finding.names.models != finding.names.database:
        return f"{finding.names.models} → {finding.names.database}"
    if ref.name:
        return ref.name
    if ref.kind == "table" or not ref.table:
        return ref.kind
    return ref.kind if ref.kind == "primary-key" else f"unnamed {ref.kind}"


def place(finding: Finding) -> str:
    """`app/models/user.py:12` of the first model origin that has a file, or nothing."""
    for origin in finding.origins.models:
        if origin.path:
            return f"{origin.path}:{origin.line}" if origin.line else origin.path
    return ""


def side(value: SideValue, attribute: str, which: str) -> str:
    """One side's value in a line. `which` is "models" or "database"."""
    if value.state == "missing":
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
        return _object(value)
    if isinstance(value, list | tuple):
        if attribute == "values" or attribute.startswith("enum"):
            return ", ".join(f"'{item}'" for item in value)
        return ", ".join(spelled(item) for item in value) or "none"
    return " ".join(str(value).split()) if value != "" else "''"


def _object(value: Mapping[str, Any]) -> str:
    """A whole object (a column, a key, an index …) in a line, recognised by its fields."""
    for field, say in _SHAPES.items():
        if field in value:
            return " ".join(word for word in say(value) if word)
    return ", ".join(
        f"{key} {spelled(item, key)}" for key, item in value.items() if item not in (None, False, [])
    )


def _columns(value: Mapping[str, Any]) -> str:
    columns = value.get("columns") or ()
    if any(isinstance(column, Mapping) for column in columns):
        return count(len(columns), "column")
    return f"({', '.join(columns)})"


def _flags(value: Mapping[str, Any]) -> list[str]:
    said = [f"INCLUDE ({', '.join(value['include'])})"] if value.get("include") else []
    if value.get("nulls_not_distinct"):
        said.append("NULLS NOT DISTINCT")
    if value.get("deferrable"):
        said.append("DEFERRABLE")
    if value.get("initially_deferred"):
        said.append("INITIALLY DEFERRED")
    if value.get("validated") is False:
        said.append("NOT VALID")
    return said


def _foreign_key(value: Mapping[str, Any]) -> list[str]:
    said = [_columns(value), f"→ {value['target_table']} ({', '.join(value.get('target_columns') or ())})"]
    for event in ("delete", "update"):
        action = value.get(f"on_{event}")
        if action and action != "no action":
            said.append(f"ON {event.upper()} {str(action).upper()}")
    return said + _flags(value)


def _key(key: Any) -> str:
    if not isinstance(key, Mapping):
        return str(key)
    text = str(key.get("column") or spelled(key.get("expression")))
    words = [text, key.get("opclass") or "", "DESC" if key.get("descending") else ""]
    return " ".join(word for word in words if word)


def _index(value: Mapping[str, Any]) -> list[str]:
    method = value.get("method")
    where = value.get("predicate")
    return [
        "UNIQUE" if value.get("unique") else "",
        method if method and method != "btree" else "",
        f"({', '.join(map(_key, value.get('keys') or ()))})",
        *_flags(value),
        f"WHERE {spelled(where)}" if where else "",
    ]


def _column(value: Mapping[str, Any]) -> list[str]:
    default = value.get("default")
    identity = value.get("identity")
    said = [spelled(value["type"]), "" if value.get("nullable", True) else "NOT NULL"]
    if identity:
        said.append(str(identity.get("kind", "identity")) if isinstance(identity, Mapping) else str(identity))
    elif default is not None:
        said.append(f"DEFAULT {spelled(default)}")
    return said


def _enum(value: Mapping[str, Any]) -> list[str]:
    return [spelled(value["values"], "values")]


def _check(value: Mapping[str, Any]) -> list[str]:
    return [spelled(value["expression"]), *_flags(value)]


# the field that gives an object away -> how it is said; the first that is there decides
_SHAPES: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "target_table": _foreign_key,
    "keys": _index,
    "nullable": _column,
    "expression": _check,
    "values": _enum,
    "columns": lambda value: [_columns(value), *_flags(value)],
    "reason": lambda value: [f"unknown: {value['reason']}"],
}
