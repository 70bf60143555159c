"""Row security and rules of tables."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, rule, subject


@rule("table", "row-security")
def row_security(d: Difference) -> Ruling:
    """Row level security is on, forced or off on one side only."""
    if d.models.value == "off":
        return Ruling(
            "info",
            f"Row security is {d.database.value} for {d.path.table} in the database, and no DDL of the models says so:"
            " queries see only the rows its policies admit.",
            "decide",
            "Declare it with a DDL event beside the table, so that every database gets it.",
        )
    return Ruling(
        "error",
        f"Row security of {d.path.table} is {both(d)}: rows are open to roles that should not see them.",
        "write-revision",
        "ALTER TABLE … ENABLE (and FORCE) ROW LEVEL SECURITY; look at the policies first.",
        "models",
        "medium",
    )


@rule("table", "rules")
def rules(d: Difference) -> Ruling:
    """A table has rewrite rules on one side only: statements do something else than they say."""
    models, database = (f"{len(v.value)} rules" if v.value else "no rules" for v in (d.models, d.database))
    return Ruling(
        "warning",
        f"{subject(d)} has {models} in the models and {database} in the database, or others:"
        " statements do something else than they say, and the count of rows they report is wrong.",
        "decide",
        "Drop the rule, or declare it with a DDL event; a trigger is nearly always the better way.",
        risk="medium",
    )


@rule("policy", "expression")
def expression(d: Difference) -> Ruling:
    """A policy admits other rows."""
    return Ruling(
        "error",
        f"{subject(d)} admits other rows in the database than in the models: rows are seen or"
        " written on one side that the other refuses.",
        "decide",
        "Find out which is meant; ALTER POLICY … USING (…) WITH CHECK (…) changes it at once.",
        risk="high",
    )


@rule("policy", "command")
def command(d: Difference) -> Ruling:
    """A policy is for other commands, or permissive on one side and restrictive on the other."""
    return Ruling(
        "error",
        f"{subject(d)} is {both(d)}: rows are seen or written on one side that the other refuses.",
        "decide",
        "Neither can be altered: drop the policy and create it anew, in one transaction.",
        risk="high",
    )


@rule("policy", "roles")
def roles(d: Difference) -> Ruling:
    """A policy is for other roles."""
    return Ruling(
        "error",
        f"{subject(d)} is for {both(d)}: a role sees rows it should not, or does not see its own.",
        "decide",
        "ALTER POLICY … TO changes it at once.",
        risk="high",
    )
