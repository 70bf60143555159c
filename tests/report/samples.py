# ruff: noqa: E501, PERF401, SIM905
"""Reports made by hand, as large and as odd as reports get."""

from __future__ import annotations

import random
from typing import Any

from kedge.findings import (
    Advice,
    Cause,
    Environment,
    Finding,
    FindingOrigins,
    MetadataRef,
    Models,
    Names,
    NoteRef,
    ObjectRef,
    OriginRef,
    Report,
    SideValue,
    Summary,
    Target,
    Tool,
    Values,
)

MISSING = SideValue(state="missing")


def value(said: Any, written: str | None = None) -> SideValue:
    return SideValue(state="value", value=said, written=written)


def finding(
    rule: str,
    table: str | None,
    name: str | None,
    models: SideValue,
    database: SideValue,
    *,
    message: str,
    severity: Any = "warning",
    kind: str = "column",
    attribute: str = "type",
    place: tuple[str, int] | None = None,
    action: str = "edit-model",
    reason: str = "",
    risk: Any = "low",
    **more: Any,
) -> Finding:
    fingerprint = f"{rule}:{table}:{name}:{attribute}"
    given: dict[str, Any] = {
        "fingerprint": fingerprint,
        "digest": fingerprint,
        "rule": rule,
        "severity": severity,
        "confidence": "certain",
        "confirmed": True,
        "object": ObjectRef(kind, "public", table, name),
        "names": None,
        "attribute": attribute,
        "values": Values(models=models, database=database),
        "message": message,
        "candidates": (),
        "implied_by": None,
        "group": None,
        "cause": Cause(),
        "origins": FindingOrigins(models=(OriginRef(path=place[0], line=place[1]),) if place else ()),
        "advice": Advice("database", action, reason, risk),
        "suppressed": None,
    }
    return Finding(**(given | more))


def report(*findings: Finding, notes: tuple[NoteRef, ...] = (), complete: bool = True) -> Report:
    roots = [f for f in findings if f.implied_by is None and not f.suppressed]
    return Report(
        complete=complete,
        tool=Tool(version="0.1.0", generated_at="2026-01-02T03:04:05Z"),
        target=Target(
            "jobboard",
            "postgresql://app:***@db.internal/jobboard",
            "postgresql",
            "postgresql",
            "15.18",
            ("public",),
        ),
        models=Models((MetadataRef("jobboard.models:Base.metadata", "alembic.ini", True, 14),)),
        environments=(
            Environment("alembic.ini", "alembic", "alembic_version", 6, ("9f3",), ("8c2",), ("9f3",)),
        ),
        findings=findings,
        notes=notes,
        summary=Summary(
            len(roots),
            len(findings) - len(roots),
            sum(not f.confirmed for f in roots),
            sum(bool(f.suppressed) for f in findings),
            {},
            {},
            {},
        ),
    )


def uuid_for_integer() -> Finding:
    return finding(
        "column-type",
        "applications",
        "candidate_id",
        value("uuid", "UUID(as_uuid=True)"),
        value("integer"),
        severity="error",
        place=("jobboard/models/application.py", 31),
        message="The code sends a uuid to an integer column: every query that filters or inserts by candidate_id fails.",
        reason="the database's foreign key to candidates.id is integer, and rows are there; make the model Integer.",
    )


def one() -> Report:
    return report(uuid_for_integer())


def twelve() -> Report:
    """The ordinary case: a dozen findings of every kind, some going with others, one rename, one unsure."""
    dropped = finding(
        "column-presence",
        "jobs",
        "salary_currency",
        value("character varying(3) not null default 'EUR'::character varying", "String(3)"),
        MISSING,
        severity="error",
        attribute="presence",
        place=("jobboard/models/job.py", 48),
        message="Every query of Job fails: the database has no column salary_currency.",
        action="write-revision",
        reason="add the column; it has a server default, so rows already there are filled.",
    )
    return report(
        uuid_for_integer(),
        dropped,
        finding(
            "index-presence", "jobs", "ix_jobs_salary", value("index (salary_currency)"), MISSING,
            kind="index", attribute="presence", message="", implied_by=dropped.fingerprint,
        ),
        finding(
            "check-presence", "jobs", "ck_jobs_currency", value("check salary_currency <> ''"), MISSING, kind="check", attribute="presence",
            message="", implied_by=dropped.fingerprint,
        ),
        finding(
            "enum-values", None, "application_status",
            value(["draft", "sent", "interview", "withdrawn"], "Enum(ApplicationStatus)"),
            value(["draft", "sent", "interview"]),
            severity="error", kind="enum", attribute="values", place=("jobboard/models/application.py", 12),
            message="The database refuses 'withdrawn': saving an application with that status fails.",
            action="write-revision", reason="ALTER TYPE application_status ADD VALUE 'withdrawn'.",
        ),
        finding(
            "column-name", "companies", "web_site", value("website"), value("web_site"), severity="error",
            attribute="name", names=Names("website", "web_site"), confidence="likely",
            candidates=("same type varchar(255)", "same position", "no other column is left over"),
            place=("jobboard/models/company.py", 19),
            message="The column was renamed in the database: every query of Company fails.",
            reason="rename the attribute's column: mapped_column(\"web_site\", …) keeps the Python name.",
        ),
        finding(
            "column-presence", "companies", "legal_form", MISSING,
            value("character varying(40) not null"), severity="error",
            attribute="presence",
            message="Inserts fail: the database demands legal_form, and the model never sends it.",
            action="edit-model", reason="add the column to Company, or give it a default in the database.",
        ),
        finding(
            "check-expression", "jobs", "ck_jobs_salary_range",
            value("salary_min >= 0 AND salary_max >= salary_min AND salary_max <= 500000"),
            value("salary_min >= 0 AND salary_max >= salary_min"),
            kind="check", attribute="expression", confirmed=False, place=("jobboard/models/job.py", 61),
            message="The database accepts salaries above 500000, which the code believes impossible.",
            action="decide", reason="tighten the CHECK in a revision, after looking for rows above it.", risk="medium",
        ),
        finding(
            "foreign-key-on-delete", "interviews", "interviews_application_id_fkey", value("cascade", 'ondelete="CASCADE"'),
            value("no action"), kind="foreign-key", attribute="on_delete", place=("jobboard/models/interview.py", 22),
            message="Deleting an application that has interviews fails in the database; the code expects them to go too.",
            action="write-revision", reason="replace the foreign key by one with ON DELETE CASCADE.",
        ),
        finding(
            "index-presence", "jobs", "ix_jobs_company_id", value("index (company_id)"),
            MISSING, kind="index", attribute="presence", place=("jobboard/models/job.py", 30),
            message="Listing a company's jobs reads the whole table.", action="write-revision",
            reason="CREATE INDEX CONCURRENTLY ix_jobs_company_id.",
        ),
        finding(
            "column-type", "users", "email", value("character varying(120)", "String(120)"),
            value("character varying(320)"), place=("jobboard/models/user.py", 14),
            message="The database holds longer addresses than the model says.", reason="make the model String(320).",
        ),
        finding(
            "column-nullable", "users", "phone", value(True), value(False), attribute="nullable",
            place=("jobboard/models/user.py", 19), severity="error",
            message="Saving a user without a phone fails: the database refuses NULL.",
        ),
        finding(
            "table-presence", "audit_log", None, MISSING, value("table"), kind="table",
            severity="info", attribute="presence", action="create-model",
            message="The database has this table, and no model declares it.",
            reason="or say in [tool.kedge] that it belongs to somebody else.",
        ),
        finding(
            "column-default", "users", "created_at", value(None), value("now()"), attribute="default", severity="info",
            place=("jobboard/models/user.py", 23), message="Only the database fills this in.",
            reason="add server_default=func.now(), so that the models tell the whole story.",
        ),
        notes=(
            NoteRef("not-compared", ObjectRef("column", "public", "companies", "location"),
                    "its type geography needs PostGIS, which the scratch server does not have."),
            NoteRef("not-compared", ObjectRef("column", "public", "jobs", "area"),
                    "its type geography needs PostGIS, which the scratch server does not have."),
            NoteRef("model-not-loaded", None, "jobboard/models/referral.py declares 1 table that no import reaches."),
        ),
    )  # fmt: skip


EXTRA = """api_keys applications_archive audit_logs background_jobs builder_awards builder_communities builder_credentials
builder_documents builder_home_plans builder_portfolio builder_team_members builders buyer_documents buyer_preferences
buyer_tours buying_timelines comments community_admin_links community_admins community_amenities community_awards
community_builders community_documents community_events community_phases community_topics disputes email_queue
email_verifications error_logs favorite_properties feature_flags file_uploads financing_statuses follows health_checks
invoices likes loan_programs lots messages notifications payments phase_maps rate_limits sessions webhook_logs""".split()


def extra_tables() -> list[Finding]:
    return [
        finding(
            "table-presence", name, None, MISSING, value("table"), kind="table", severity="info",
            attribute="presence", action="create-model", message=f"The database has {name}, and no model declares it.",
            reason="or say in [tool.kedge] that they belong to somebody else.",
        )
        for name in EXTRA
    ]  # fmt: skip


def five_hundred() -> Report:
    """A neglected database: many tables, the same few mistakes over and over, and 47 tables without a model."""
    draw = random.Random(7)
    base = twelve()
    found = [*base.findings, *extra_tables()]
    tables = [f"{a}_{b}" for a in ("shop", "crm", "billing", "stock", "hr", "web") for b in
              ("accounts", "lines", "events", "notes", "prices", "labels", "teams", "rates", "locks", "drafts", "visits")]  # fmt: skip
    for table in tables:
        place = f"erp/models/{table.split('_')[0]}.py"
        for name in ("created_at", "updated_at"):
            found.append(finding(
                "column-type", table, name, value("timestamp without time zone", "DateTime"),
                value("timestamp with time zone"), place=(place, draw.randint(9, 400)),
                message=f"{name} keeps a time zone in the database, which the model throws away.",
                reason="make the models DateTime(timezone=True)."))  # fmt: skip
        for number in range(draw.randint(0, 5)):
            size = draw.choice((50, 80, 100, 255))
            found.append(finding(
                "column-type", table, f"field_{number}", value(f"character varying({size})", f"String({size})"),
                value(f"character varying({size + number * 7 + 5})"), place=(place, draw.randint(9, 400)),
                message="The database holds longer texts than the model says.", reason="widen the model."))  # fmt: skip
        for number in range(draw.randint(0, 4)):
            found.append(finding(
                "column-comment", table, f"field_{number}", value(None), value(f"Number {number} of the {table}"),
                attribute="comment", severity="info", message="Only the database has this comment."))  # fmt: skip
        if draw.random() < 0.25:
            found.append(finding(
                "column-presence", table, "legacy_code", MISSING,
                value("text not null"), severity="error", attribute="presence",
                message="Inserts fail: the database demands legacy_code, and the model never sends it.",
                reason="add the column to the model, or give it a default in the database."))  # fmt: skip
        if draw.random() < 0.5:
            found.append(finding(
                "index-presence", table, f"ix_{table}_created_at", MISSING,
                value("index (created_at desc)"), kind="index", attribute="presence",
                severity="info", message="Only the database has this index."))  # fmt: skip
    return report(*found, notes=base.notes, complete=False)
