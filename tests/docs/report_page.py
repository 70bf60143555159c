# ruff: noqa: E501 (prose)
"""docs/report.md, made of the report's JSON Schema; what a member means is said here."""

from __future__ import annotations

from typing import Any

from kedge.report.schema import schema

HEAD = """# The JSON report

<!-- in: shop -->

`--format json` writes the report that all other formats are made of. This page is made from its
[JSON Schema](report.schema.json), which is published and tested (`python -m tests.docs.write`).

```console
$ kedge audit --format json --output drift.json --quiet
$ python -c "import json; report = json.load(open('drift.json')); print(report['complete'], report['summary']['findings'])"
True 0
```

It is format 1. Members are added, never renamed, and lists of words grow: a reader accepts members and words that it does not know.
The audit of several databases is `{"format": 1, "reports": [ … ]}`.

`kedge explain --report drift.json FINDING` reads it again.
"""
MEANS = {
    "Report.complete": "false where a side, or a table, could not be read; the notes say what and why",
    "Report.findings": "what follows from another finding is in it too, and names it in `implied_by`",
    "Report.groups": "many findings of one cause",
    "Report.notes": "what was not compared, and why",
    "Tool.generated_at": "left out with `--reproducible`",
    "Target.name": "the database's logical name: `--name`, the target's, or its own",
    "Target.url": "without its password",
    "Target.flavour": "`mariadb` or `mysql` where the dialect is `mysql`",
    "Target.schemas": "those that were audited",
    "Target.tables": "`schema.table` of every table that either side has",
    "Models.ignores": "those that stand in the models",
    "MetadataRef.target": "`module:attribute`",
    "MetadataRef.environment": "the Alembic environment that was told of it",
    "MetadataRef.tracked": "whether some Alembic environment knows it",
    "IgnoreRef.at": "the line it speaks of",
    "IgnoreRef.problem": "why it cannot be understood",
    "ObjectRef.schema": "a namespace; on MariaDB a database",
    "ObjectRef.name": "the database's name for it, else the models'",
    "Environment.name": "its `alembic.ini`",
    "Environment.database_revisions": "what the database says it is at",
    "Environment.pending": "between that and the heads",
    "Finding.fingerprint": "of rule, object and attribute: the same as long as the finding is about the same thing",
    "Finding.digest": "fingerprint and values: what baselines and ignores hold on to",
    "Finding.confidence": "less than certain for renames, which are recognised by evidence",
    "Finding.confirmed": "false where no throw-away server could judge it",
    "Finding.names": "each side's name, where it is a rename",
    "Finding.attribute": "what of the object differs",
    "Finding.candidates": "the evidence for a rename",
    "Finding.implied_by": "the fingerprint of the finding it follows from",
    "Finding.group": "the `id` of its group",
    "Finding.suppressed": "why it does not count",
    "SideValue.state": "`value`, `missing` (that side does not have it), `unknown` (see `reason`), or `not-read`",
    "SideValue.value": "in the database's own spelling",
    "SideValue.written": "in its author's spelling",
    "Advice.truth": "which side is probably right",
    "Advice.action": "what to do",
    "OriginRef.path": "relative to the project",
    "Suppression.by": "what says so",
    "Summary.findings": "those that stand on their own and are not suppressed",
    "Summary.implied": "those that go with another",
}


def page() -> str:
    found = schema()["$defs"]
    names = ["Report", *sorted(name for name in found if name != "Report")]
    return HEAD + "".join(_section(name, found[name]) for name in names)


def unknown() -> set[str]:
    """Meanings of members that are no more."""
    found = schema()["$defs"]
    return set(MEANS) - {f"{name}.{member}" for name in found for member in found[name].get("properties", {})}


def _section(name: str, struct: dict[str, Any]) -> str:
    said = " ".join(struct.get("description", "").split())
    required = struct.get("required", ())
    rows = []
    for member, kind in struct["properties"].items():
        often = "" if member in required else "may be left out"
        meaning = "; ".join(filter(None, (MEANS.get(f"{name}.{member}", ""), _words(kind), often)))
        rows.append(f"| `{member}` | {_type(kind)} | {meaning} |")
    text = f"\n## {name}\n\n" + (f"{said}\n\n" if said else "")
    return text + "| member | type | |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _type(kind: dict[str, Any]) -> str:
    if reference := kind.get("$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in kind:
        return f"`{kind['const']}`"
    if kind.get("type") == "array":
        inner = kind.get("items") or {}
        return f"list of {_type(inner)}" if inner else "list"
    if kind.get("type") == "object":
        return f"object of {_type(kind.get('additionalProperties') or {})}"
    if "anyOf" in kind and "type" not in kind:
        return " or ".join(dict.fromkeys(_type(one) for one in kind["anyOf"]))
    if "enum" in kind and "type" not in kind:
        return "string"
    return str(kind.get("type", "any value"))


def _words(kind: dict[str, Any]) -> str:
    listed = [one["enum"] for one in [kind, *kind.get("anyOf", ())] if "enum" in one]
    return ", ".join(f"`{word}`" for word in listed[0]) if listed else ""
