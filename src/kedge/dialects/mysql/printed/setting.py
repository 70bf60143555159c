"""What a printed table leaves unsaid."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from kedge.catalog import Column, Struct
from kedge.dialects.mysql.words import requalified


class Setting(Struct, frozen=True):
    """What a printed table leaves unsaid: its database, that one's collation, each character set's own collation.

    `names` are databases that are to be called otherwise.
    """

    schema: str
    collation: str
    defaults: Mapping[str, str]
    names: Mapping[str, str] = {}
    columns: dict[tuple[str, str], Column] = msgspec.field(default_factory=dict)
    """Columns by their line and the table's collation: what is printed alike is read once."""

    def expression(self, text: str) -> str:
        return requalified(text, self.names)


def collation_name(name: str) -> str:
    """utf8 has been utf8mb3 all the time. https://mariadb.com/kb/en/unicode/"""
    return re.sub(r"^utf8(?=_|$)", "utf8mb3", name.lower())
