"""What sequences give, beside what their columns hold."""

from kedge.compare.difference import Difference
from kedge.rules.rule import Ruling, rule, subject


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
