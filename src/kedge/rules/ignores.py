"""Ignores that do nothing any more, or never did: silence that nobody means is a finding too."""

from __future__ import annotations

from kedge.rules.rule import Ruling

# name -> what it says; these rules judge decisions, not differences
IGNORES: dict[str, str] = {
    "ignore-unused": "An ignore matches no finding any more.",
    "ignore-expired": "An ignore is past its date, and suppresses nothing.",
    "ignore-invalid": "An ignore cannot be understood, and suppresses nothing.",
}


def unused(said: str, action: str) -> Ruling:
    return Ruling(
        "warning",
        f"{said} matches no finding: the day the drift comes back, it would be hidden without anybody deciding.",
        action,
        "Take the ignore out: what it was for is gone.",
        "models",
    )


def expired(said: str, date: str, covered: int, action: str) -> Ruling:
    hidden = f"the {covered} findings it hid are" if covered != 1 else "the finding it hid is"
    shown = f"{hidden} shown again" if covered else "and it matches nothing"
    return Ruling(
        "warning",
        f"{said} was to last until {date}: {shown}.",
        action,
        "Mend what it was for, or decide anew with another date." if covered else "Take the ignore out.",
        "models",
    )


def invalid(said: str, problem: str, action: str) -> Ruling:
    return Ruling(
        "warning",
        f"{said} suppresses nothing: {problem}.",
        action,
        "Write it so that it can be followed, or take it out.",
        "models",
    )
