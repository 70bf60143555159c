"""One mutation kind per fact of the catalog."""

from tests.laws.mutations import (
    columns,
    constraints,
    indexes,
    numbering,
    objects,
    partitions,
    renames,
    storage,
)
from tests.laws.mutations.mutation import MUTATIONS, Change, Mutation, Pick

__all__ = [
    "MUTATIONS",
    "Change",
    "Mutation",
    "Pick",
    "columns",
    "constraints",
    "indexes",
    "numbering",
    "objects",
    "partitions",
    "renames",
    "storage",
]
