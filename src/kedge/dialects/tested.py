"""Which servers Kedge was tested with; of any other it says so."""

from __future__ import annotations

from kedge.catalog import ServerProfile

# From and to, by flavour: versions between two tested ones count as tested.
TESTED = {"postgresql": ((15,), (18,)), "mariadb": ((10, 6), (11,))}


def untested(profile: ServerProfile) -> str | None:
    """What a reader has to know of a server that no test has met."""
    if profile.flavour == "mysql":
        return f"MySQL {profile.version} is read by its manual: no test of Kedge has met a server of it"
    low, high = TESTED.get(profile.flavour, (None, None))
    if low is None or high is None or low <= profile.version_info <= (*high, 999):
        return None
    span = f"{'.'.join(map(str, low))} to {'.'.join(map(str, high))}"
    return f"{profile.flavour} {profile.version} is outside of what Kedge is tested with ({span})"
