"""Where a finding is pointed at: a file of the repository, always."""

from __future__ import annotations

from kedge.findings import Finding, ObjectRef, OriginRef, Report


def place(finding: Finding, report: Report) -> tuple[str, int | None]:
    """The model's file and line; else the revision's; else the Alembic configuration; else pyproject.toml."""
    for origin in (*finding.origins.models, *finding.origins.history):
        if origin.path:
            return origin.path, origin.line
    return fallback(report), None


def fallback(report: Report) -> str:
    """A file that every report of this project can point at."""
    for name in (*(e.name for e in report.environments), *(m.environment for m in report.models.metadata)):
        if name:
            return name.partition(":")[0]
    return "pyproject.toml"


def others(finding: Finding) -> tuple[OriginRef, ...]:
    """Further places: a second class that maps the table, the revision that made it."""
    placed = [o for o in (*finding.origins.models, *finding.origins.history) if o.path]
    return tuple(placed[1:])


def full_name(ref: ObjectRef) -> str:
    """`public.users.email`"""
    name = None if ref.kind == "table" and ref.table else ref.name
    return ".".join(word for word in (ref.schema, ref.table, name) if word)
