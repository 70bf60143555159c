"""How much is drawn: `ci`, the same every time, or KEDGE_LAWS=deep, ten times as much and always anew."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

DEEP = os.environ.get("KEDGE_LAWS") == "deep"


def examples(number: int) -> int:
    return number * 10 if DEEP else number


def load() -> None:
    common: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
    settings.register_profile("ci", derandomize=True, phases=(Phase.explicit, Phase.generate), **common)
    settings.register_profile("deep", print_blob=True, **common)
    settings.load_profile("deep" if DEEP else "ci")
