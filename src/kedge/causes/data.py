"""What the rows say, in counts and lengths; never a value of anybody's."""

from __future__ import annotations

from collections.abc import Iterator

from kedge.catalog import Struct


class Data(Struct, frozen=True):
    """What was counted for one finding; None is what was not asked, or not answered in time.

    `outside` are rows whose value the other side's type cannot hold, `orphans` rows that point at nothing,
    `duplicates` rows beyond the first with the same key.
    """

    rows: int | None = None
    nulls: int | None = None
    longest: int | None = None
    outside: int | None = None
    orphans: int | None = None
    duplicates: int | None = None

    def words(self) -> Iterator[str]:
        """Each count as a line of evidence."""
        for said, number in (
            ("rows in the table", self.rows),
            ("rows that are NULL here", self.nulls),
            ("characters of the longest value", self.longest),
            ("values that the models' type cannot hold", self.outside),
            ("rows that point at nothing", self.orphans),
            ("rows whose key another row has", self.duplicates),
        ):
            if number is not None:
                yield f"{said}: {number}"


NO_DATA = Data()
