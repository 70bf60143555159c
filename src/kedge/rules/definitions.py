"""Domains, composite types, statistics, publications, event triggers and scheduled events: what they are made of."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, rule, subject


@rule("domain", "type")
def domain_type(d: Difference) -> Ruling:
    """A domain rests on another type or collation."""
    return Ruling(
        "error",
        f"{subject(d)} is {both(d)}: every column of it stores and compares other values.",
        "decide",
        "The type of a domain cannot be altered: make a new one, and alter the columns to it.",
        risk="medium",
    )


@rule("domain", "default")
def domain_default(d: Difference) -> Ruling:
    """A domain has another default."""
    return Ruling(
        "warning",
        f"{subject(d)} has the default {both(d)}: inserts that leave its columns out store something else.",
        "decide",
        "ALTER DOMAIN … SET DEFAULT changes it for rows to come.",
    )


@rule("domain", "nullable")
def domain_nullable(d: Difference) -> Ruling:
    """A domain takes NULL on one side only."""
    return Ruling(
        "error",
        f"{subject(d)} "
        + ("takes NULL in the database only" if d.database.value else "refuses NULL in the database only")
        + ": values are let in, or refused, against the code.",
        "decide",
        "ALTER DOMAIN … SET or DROP NOT NULL; look for NULLs first, all tables that use it are read.",
    )


@rule("domain", "checks")
def domain_checks(d: Difference) -> Ruling:
    """A domain tests other things."""
    return Ruling(
        "warning",
        f"{subject(d)} tests {both(d, 'nothing')}: values are let in, or refused, against the code.",
        "decide",
        "Look for values that break it, then ALTER DOMAIN … ADD CONSTRAINT … NOT VALID, and validate.",
    )


@rule("composite-type", "attributes")
def attributes(d: Difference) -> Ruling:
    """A composite type has other attributes."""
    return Ruling(
        "error",
        f"{subject(d)} has {both(d)}: rows of it are built and read wrongly.",
        "decide",
        "ALTER TYPE … ADD, DROP or ALTER ATTRIBUTE; with CASCADE it rewrites the tables that use it.",
        risk="medium",
    )


@rule("statistics", "definition")
def statistics(d: Difference) -> Ruling:
    """Extended statistics gather something else."""
    return Ruling(
        "info",
        f"{subject(d)} gathers {both(d)}: only plans change.",
        "decide",
        "Drop it and create it anew, then ANALYZE.",
    )


@rule("publication", "definition")
def publication(d: Difference) -> Ruling:
    """A publication sends something else."""
    return Ruling(
        "error",
        f"{subject(d)} sends {both(d)}: subscribers miss changes, or get what they should not.",
        "decide",
        "ALTER PUBLICATION, then refresh the subscriptions.",
        risk="medium",
    )


@rule("event", "definition")
def event(d: Difference) -> Ruling:
    """An event trigger fires on something else, or calls something else."""
    return Ruling(
        "warning",
        f"{subject(d)} runs {both(d)}: DDL does something else than the code counts on.",
        "decide",
        "Drop it and create it anew.",
    )


@rule("event", "enabled")
def event_enabled(d: Difference) -> Ruling:
    """An event trigger is switched off, or on, on one side only."""
    return Ruling(
        "warning",
        f"{subject(d)} is {both(d)}.",
        "decide",
        "ALTER EVENT TRIGGER … ENABLE or DISABLE.",
    )


@rule("scheduled-event", "definition")
def scheduled_event(d: Difference) -> Ruling:
    """A scheduled event runs something else, or at other times."""
    return Ruling(
        "warning",
        f"{subject(d)} runs {both(d)}: something is done too often, too rarely, or otherwise.",
        "decide",
        "ALTER EVENT changes both at once.",
    )


@rule("scheduled-event", "enabled")
def scheduled_event_enabled(d: Difference) -> Ruling:
    """A scheduled event is switched off, or on, on one side only."""
    return Ruling(
        "warning",
        f"{subject(d)} is {both(d)}: something is done, or not done, against the code.",
        "decide",
        "ALTER EVENT … ENABLE or DISABLE.",
    )
