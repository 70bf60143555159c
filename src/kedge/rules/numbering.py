"""What sequences give, beside what their columns hold."""

import re

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, subject

_CACHE = re.compile(r"(, | ?\()?cache \d+(?P<end>\))?")


def other_cache(d: Difference) -> Ruling | None:
    """What counts alike, but for how many numbers a session takes at once."""
    models, database = (str(v.value or "") for v in (d.models, d.database))
    if _but_for_cache(models) != _but_for_cache(database):
        return None
    return Ruling(
        "info",
        f"{subject(d)} takes another number of values at once: {models or 'one'} in the models and"
        f" {database or 'one'} in the database. Sessions leave other gaps, and nothing else differs.",
        "decide",
        "Declare the cache, or set it with ALTER SEQUENCE … CACHE.",
    )


def _but_for_cache(words: str) -> str:
    return _CACHE.sub(lambda m: ")" if m["end"] and m[1] == ", " else "", words).strip()


@rule("sequence", "value")
def sequence_value(d: Difference) -> Ruling:
    """A sequence is behind its column: it gives numbers that are there already."""
    now = "taken" in d.traits
    return Ruling(
        "error" if now else "warning",
        f"{subject(d)} is behind its column ({d.evidence[0] if d.evidence else 'its numbers are there'}): "
        + ("the next insert without a number fails." if now else "an insert fails when it gets there."),
        "decide",
        "Set it past the column with setval; find out what writes numbers of its own.",
        "models",
        "low",
    )
