"""Whether a revision was edited after it had run: git has an earlier text of it that says what the database has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from kedge.causes.commits import Commits
from kedge.causes.lines import call_of, upgrade_of
from kedge.causes.timeline import Timeline
from kedge.compare import Difference

_WORD = re.compile(r"\w+")


def edited(timeline: Timeline, d: Difference, commits: Commits, root: Path) -> int | None:
    """The step whose revision once said the database's value, by its own earlier text; None where none did.

    Only words that tell the two values apart count, in the call that names the object.
    """
    names = tuple(n for n in (d.path.table, d.path.name) if n)
    for step in timeline.changes:
        revision = timeline.history.revisions.get(timeline.revision(step) or "")
        if revision is None or revision.path is None:
            continue
        now = _said(_read(root / revision.path), names)
        telling = _words(d.database.value) - _words(timeline.moments[step].value.value)
        if d.attribute == "nullable":
            telling = {f"nullable={bool(d.database.value)}".lower()}
        for _, text in commits.earlier(revision.path):
            then = _said(text, names)
            if then and telling and telling <= then and not telling <= now:
                return step
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _said(text: str, names: tuple[str, ...]) -> set[str]:
    """The words of the call that names the object."""
    upgrade = upgrade_of(text)
    call = call_of(upgrade, names) if upgrade is not None else None
    if call is None:
        return set()
    source = ast.get_source_segment(text, call) or ""
    plain = source.replace(" ", "").lower()
    return _words(source) | {m for m in ("nullable=true", "nullable=false") if m in plain}


_PYTHON = {
    "character": "string",
    "varying": "string",
    "varchar": "string",
    "int": "integer",
    "bool": "boolean",
}


def _words(value: object) -> set[str]:
    """The words of a value as Python code says them."""
    return {_PYTHON.get(w, w) for w in _WORD.findall(str(value).lower())} if value is not None else set()
