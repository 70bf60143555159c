"""What a rule is: it claims one fact of one kind of object, and says how much a difference in it matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from kedge.compare.difference import Difference
from kedge.findings import Severity

Truth: TypeAlias = Literal["models", "database", "unknown"]
Risk: TypeAlias = Literal["low", "medium", "high"]


class Ruling(NamedTuple):
    """How much one difference matters, to whom, and what to do: the words a tired engineer reads."""

    severity: Severity
    message: str
    action: str
    advice: str
    truth: Truth = "unknown"
    risk: Risk = "low"


Judgement: TypeAlias = Callable[[Difference], Ruling]


class Rule(NamedTuple):
    name: str
    summary: str
    judgement: Judgement


RULES: dict[str, Rule] = {}


# What is called otherwise than after its object and attribute.
_CALLED = {"column-plaintext": "plaintext-for-encrypted"}


def called(kind: str, attribute: str) -> str:
    """The name of the rule that claims a fact."""
    return _CALLED.get(f"{kind}-{attribute}", f"{kind}-{attribute}")


def rule(kind: str, attribute: str) -> Callable[[Judgement], Judgement]:
    """Claim (kind, attribute). The rule is called `<kind>-<attribute>`; its docstring is its summary.

    Raises TypeError when another rule has claimed the fact already.
    """

    def claim(judgement: Judgement) -> Judgement:
        name = called(kind, attribute)
        if name in RULES:
            raise TypeError(f"two rules claim {name}")
        RULES[name] = Rule(name, (judgement.__doc__ or "").strip(), judgement)
        return judgement

    return claim


def where(difference: Difference) -> str:
    """The object in words: `users.email`, `index ix_users_email`."""
    path = difference.path
    if path.kind == "column":
        return f"{path.table}.{path.name}"
    if path.kind == "table":
        return f"table {path.table}"
    kind = kind_words(path.kind)
    if path.kind in ("trigger", "policy") or (path.kind == "grant" and path.table):
        return f"{kind} {path.name} on {path.table}"
    if path.kind == "owner":
        return f"{kind} {path.name or f'table {path.table}'}"
    if path.kind == "default-privilege":
        return f"{kind} {path.name}" + (f" in schema {path.schema}" if path.schema else "")
    return f"{kind} {path.name}" if path.name else f"{kind} of {path.table}"


_WORDS = {
    "event": "event trigger",
    "statistics": "extended statistics",
    "grant": "what was granted to",
    "revocation": "what was taken from everybody of",
    "default-privilege": "what is granted by default on",
    "owner": "the owner of",
}


def kind_words(kind: str) -> str:
    """A kind as people call it: `foreign key`, `unique constraint`."""
    if kind in _WORDS:
        return _WORDS[kind]
    return kind.replace("-", " ") + (" constraint" if kind in ("unique", "check", "exclusion") else "")


def subject(difference: Difference) -> str:
    """The object in words at the start of a sentence; a column or table keeps the name it has."""
    words = where(difference)
    return words if difference.path.kind == "column" else words[0].upper() + words[1:]


def words(value: object, nothing: str = "none") -> str:
    """A value as a sentence says it."""
    if isinstance(value, list):
        return f"({', '.join(map(str, value))})" if value else nothing
    return nothing if value is None else str(value)


def both(difference: Difference, nothing: str = "none") -> str:
    models, database = words(difference.models.value, nothing), words(difference.database.value, nothing)
    return f"{models} in the models and {database} in the database"


def only_in_models(difference: Difference) -> bool:
    return difference.database.state == "missing"


def only_in_database(difference: Difference) -> bool:
    return difference.models.state == "missing"


def unclaimed(difference: Difference) -> Ruling:
    """A difference that no rule knows is still a finding."""
    return Ruling(
        "warning",
        f"{where(difference)} differs in {difference.attribute}, which no rule of this version knows.",
        "decide",
        "Compare both values, and report this as a bug of Kedge.",
    )
