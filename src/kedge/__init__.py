"""Kedge audits drift between SQLAlchemy models and the live database behind them.

This module is the only public API. Its names are read on first use,
so that `kedge --help` imports neither SQLAlchemy nor Alembic. It imports nothing itself: it is what the program
runs first, before it can say anything about a Ctrl-C.
"""

from __future__ import annotations

TYPE_CHECKING = False  # known to type checkers; importing typing takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

# public name -> the module that defines it
_PUBLIC: dict[str, str] = {
    "audit": "kedge._api",
    "Report": "kedge.findings",
    "Finding": "kedge.findings",
    "KedgeError": "kedge.errors",
}

__all__ = ["Finding", "KedgeError", "Report", "__version__", "audit"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_PUBLIC[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
