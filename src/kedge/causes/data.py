"""What the rows say, in counts and lengths; never a value of anybody's."""

from __future__ import annotations

from collections.abc import Iterator

from kedge.catalog import Struct


class Data(Struct, frozen=True):
    """What was counted for one finding; None is what was not asked, or not answered in time.

    `outside` are rows whose value the other side's type cannot hold, `orphans` rows that point at nothing,
    `duplicates` rows beyond the first with the same key, `breaking` rows that a check refuses.
    """

    rows: int | None = None
    nulls: int | None = None
    longest: int | None = None
    outside: int | None = None
    orphans: int | None = None
    duplicates: int | None = None

    def words(self) -> Iterator[str]:
        """Each count as a line of evidence."""
        if self.rows is not None:
            yield f"the table has {self.rows} rows"
        if self.nulls is not None:
            yield f"{self.nulls} of them are NULL here"
        if self.longest is not None:
            yield f"the longest value has {self.longest} characters"
        if self.outside is not None:
            yield f"{self.outside} values do not fit the models' type"
        if self.orphans is not None:
            yield f"{self.orphans} rows point at nothing"
        if self.duplicates is not None:
            yield f"{self.duplicates} rows have a key that another row has"


NO_DATA = Data()
