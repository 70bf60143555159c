"""The JSON Schema of the report, made from its types: `python -m kedge.report.schema` prints it.

Lists of words are open: a reader must accept members that it does not know, so they are examples, not enums.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from kedge.findings import SEVERITIES, Report

ID = "https://kedge.readthedocs.io/report.schema.json"

KINDS = (
    "table", "column", "primary-key", "unique", "foreign-key", "check", "exclusion", "index", "enum", "domain",
    "composite-type", "sequence", "view", "materialized-view", "routine", "trigger", "policy", "grant",
    "revocation", "default-privilege", "owner", "extension", "statistics", "publication", "event",
    "scheduled-event", "schema",
    "model", "attribute", "import", "metadata", "environment", "revision",
)  # fmt: skip
CAUSES = (
    "not-read", "unexplained", "pending-revision", "applied-by-hand", "model-not-loaded", "metadata-not-tracked",
    "model-removed", "out-of-band", "not-applied", "manual-change", "unrecorded-change", "revision-edited",
    "model-behind", "unmigrated-model", "never-migrated", "overridden", "conflict", "revision-file",
)  # fmt: skip
ACTIONS = (
    "edit-model", "write-revision", "load-module", "track-metadata", "create-model", "delete-model", "rename",
    "ignore", "decide",
)  # fmt: skip
RISKS = ("low", "medium", "high")
CONFIDENCES = ("certain", "likely", "guess")
SUPPRESSIONS = ("baseline", "config", "info", "inline")
NOTES = (
    "baseline-changed", "baseline-stale", "changed-while-reading", "code-not-read", "column-order",
    "connection-refused",
    "empty-metadata", "env-failed-late", "environment-not-read", "excluded", "filter-failed",
    "history-not-read", "history-partial",
    "metadata-not-tracked", "not-compared", "not-described", "not-metadata", "not-modelled", "not-read",
    "not-run", "owned-by-others", "read-with-help", "rename-unknown", "revision-pending", "revision-unknown",
    "revisions-not-read", "schema-not-audited", "stand-in", "untested-version",
)  # fmt: skip

# definition, member -> the words it may be
LISTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ObjectRef", "kind"): KINDS,
    ("Cause", "kind"): CAUSES,
    ("Advice", "action"): ACTIONS,
    ("Advice", "risk"): RISKS,
    ("Advice", "risk_of_leaving"): RISKS,
    ("Finding", "severity"): SEVERITIES,
    ("Finding", "confidence"): CONFIDENCES,
    ("Suppression", "by"): SUPPRESSIONS,
    ("NoteRef", "kind"): NOTES,
}


def schema() -> dict[str, Any]:
    (_,), found = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    for (definition, member), words in LISTS.items():
        said = found[definition]["properties"][member]
        said.pop("enum", None)
        # known words first; any other is to be accepted
        said |= {"type": "string", "anyOf": [{"enum": list(words)}, {"type": "string"}]}
    several = {
        "type": "object",
        "properties": {
            "format": {"const": 1},
            "reports": {"type": "array", "items": {"$ref": "#/$defs/Report"}},
        },
        "required": ["format", "reports"],
    }
    found["Report"]["properties"]["format"] = {"const": 1}
    found["Report"]["required"] = ["format", *found["Report"]["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Kedge's report, format 1",
        "description": "The audit of one database, or of several. Accept members and words that you do not know.",
        "anyOf": [{"$ref": "#/$defs/Report"}, several],
        "$defs": found,
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
