"""From the sequences that stand behind their columns to differences."""

from __future__ import annotations

from collections.abc import Iterable

from kedge.compare import Difference
from kedge.compare.difference import value
from kedge.dialects import Behind


def differences(found: Iterable[Behind], known: Iterable[Difference] = ()) -> list[Difference]:
    """The values say the same on every day; the numbers stand in the evidence.

    What models give no numbers by themselves is not behind: it follows from that difference, which is `known`.
    """
    unnumbered = {d.path: d.key for d in known if d.attribute == "identity" and d.models.state == "missing"}
    return [
        Difference(
            one.path,
            "value",
            value("past its column"),
            value("behind its column"),
            model_path=one.column,
            refs=(one.column,),
            evidence=(
                f"the next number is {one.next}, and {one.column.table}.{one.column.name} goes up to {one.greatest}",
            ),
            traits=frozenset({"taken"}) if one.taken else frozenset(),
            implied_by=unnumbered.get(one.column),
        )
        for one in found
    ]
