"""A server that no test has met is named; those between two tested ones are not."""

from __future__ import annotations

import pytest

from kedge.catalog import ServerProfile
from kedge.dialects.tested import untested


def profile(flavour: str, version: str) -> ServerProfile:
    return ServerProfile(flavour, flavour, version, tuple(map(int, version.split("."))), "app", "public")


@pytest.mark.parametrize(
    ("flavour", "version", "said"),
    [
        ("postgresql", "15.18", None),
        ("postgresql", "18.1", None),
        ("postgresql", "14.2", "postgresql 14.2 is outside of what Kedge is tested with (15 to 18)"),
        ("postgresql", "19.0", "postgresql 19.0 is outside of what Kedge is tested with (15 to 18)"),
        ("mariadb", "10.11.19", None),
        ("mariadb", "10.5.8", "mariadb 10.5.8 is outside of what Kedge is tested with (10.6 to 11)"),
        ("mysql", "8.0.36", "MySQL 8.0.36 is read by its manual: no test of Kedge has met a server of it"),
        ("sqlite", "3.40.1", None),
    ],
)
def test_untested(flavour: str, version: str, said: str | None) -> None:
    assert untested(profile(flavour, version)) == said
