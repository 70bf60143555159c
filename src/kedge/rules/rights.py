"""Whose an object is, and who may do what with it."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, both, only_in_models, rule, subject


@rule("grant", "presence")
def presence(d: Difference) -> Ruling:
    """A role was granted something on one side only."""
    role, on = _role(d), _on(d)
    if only_in_models(d):
        return Ruling(
            "warning",
            f"{role} is granted {_said(d)} on {on} in the models, and not in the database: it is refused.",
            "write-revision",
            "GRANT it with a revision, or drop the declaration if nobody needs it.",
            "models",
        )
    return Ruling(
        "info",
        f"{role} is granted {_said(d)} on {on} in the database only; nothing declares it,"
        " so it may do more than the code says.",
        "decide",
        "Leave it where those who run the server keep it; otherwise declare it with a DDL event, or REVOKE it.",
    )


@rule("grant", "privileges")
def privileges(d: Difference) -> Ruling:
    """A role may do something else with a table, sequence, routine, schema or type."""
    return Ruling(
        "warning",
        f"{_role(d)} is granted {both(d, 'nothing')} on {_on(d)}: statements are refused,"
        " or more is allowed than declared.",
        "decide",
        "GRANT what is missing, REVOKE what nobody wants.",
        risk="medium",
    )


@rule("grant", "columns")
def columns(d: Difference) -> Ruling:
    """A role may do something else with single columns of a table."""
    return Ruling(
        "warning",
        f"{_role(d)} is granted {both(d, 'nothing')} on columns of {_on(d)}: statements that name others are refused,"
        " or columns can be read that should not.",
        "decide",
        "GRANT SELECT (…) ON …, REVOKE SELECT (…) ON …: a right on the whole table goes before those on columns.",
        risk="medium",
    )


def _role(d: Difference) -> str:
    return (d.path.name or "").partition(" on ")[0]


def _on(d: Difference) -> str:
    own = (d.path.name or "").partition(" on ")[2]
    if d.path.table is None:
        return own
    return f"the sequence of {d.path.table}.{own.removeprefix('sequence of ')}" if own else d.path.table


def _said(d: Difference) -> str:
    whole = d.models.value if only_in_models(d) else d.database.value
    return str(whole).removesuffix(f" to {_role(d)}")


@rule("revocation", "presence")
def revocation_presence(d: Difference) -> Ruling:
    """What everybody may do with a routine, type or schema was taken away on one side only."""
    right, _, what = (d.path.name or "").partition(" on ")
    right = right.upper()
    if only_in_models(d):
        definer = "security-definer" in d.traits
        return Ruling(
            "error" if definer else "warning",
            f"{right} on {what} is taken from PUBLIC in the models, and not in the database: every role may use it"
            + (", with the rights of its owner." if definer else "."),
            "write-revision",
            f"REVOKE {right} ON … FROM PUBLIC, then GRANT it to those who need it.",
            "models",
            "medium",
        )
    return Ruling(
        "info",
        f"{right} on {what} is taken from PUBLIC in the database only; nothing declares it,"
        " so a role may be refused that the code counts on.",
        "decide",
        "Declare it with a DDL event beside the object: a fresh database lets everybody in.",
    )


@rule("default-privilege", "privileges")
def default_privileges(d: Difference) -> Ruling:
    """Objects that are made later are given other rights."""
    return Ruling(
        "warning",
        f"{subject(d)} is {both(d)}: the next table, sequence or function that is made is refused to"
        " those who count on it, or open to more.",
        "decide",
        "ALTER DEFAULT PRIVILEGES … GRANT or REVOKE; what is there already keeps its rights.",
        risk="medium",
    )


@rule("owner", "role")
def owner(d: Difference) -> Ruling:
    """A table, view, sequence, routine, type, schema, publication or another object belongs to another role."""
    what = subject(d)
    definer = "security-definer" in d.traits
    hurts = (
        "it runs with the rights of another role"
        if definer
        else "only its owner may alter or drop it, and row security and grants do not bind him"
    )
    return Ruling(
        "error" if definer else "warning",
        f"{what} is {both(d, 'nobody')}: {hurts}.",
        "decide",
        "ALTER … OWNER TO makes them alike; it takes a member of both roles, or a superuser.",
        risk="medium",
    )
