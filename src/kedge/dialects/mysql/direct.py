"""Says without a server that a declared table and a live one are the same.

It may suspect too much, never too little.
"""

from __future__ import annotations

from kedge.catalog import ServerProfile, Table
from kedge.declared import DeclaredTable


def settled(declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
    """Whether the two are certainly one; False says nothing."""
    return False
