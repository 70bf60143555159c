"""Recognises what was renamed, and gives the database the models' names so that the rest can be compared.

A rename is never claimed by name alone: the type must be the same, and something else must speak for it.
"""

from kedge.compare.renames.rename import Rename
from kedge.compare.renames.schemas import schema_renames
from kedge.compare.renames.types import columns_using
from kedge.compare.renames.undone import Undone

__all__ = ["Rename", "Undone", "columns_using", "schema_renames"]
