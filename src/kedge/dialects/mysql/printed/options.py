"""What follows the last parenthesis of a printed table."""

from __future__ import annotations

from kedge.catalog import Struct
from kedge.dialects.mysql.printed.line import Line, NotUnderstood
from kedge.dialects.mysql.printed.setting import Setting, collation_name
from kedge.dialects.mysql.words import name_of, string_of


class TableOptions(Struct, frozen=True):
    """`collation` is the table's own or what it takes from its database; `stored` as `kedge.catalog.Table.options`."""

    collation: str
    stored: dict[str, str]
    comment: str | None = None
    partitioning: str | None = None


def read_options(tail: list[str], setting: Setting) -> TableOptions:
    """ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=… COLLATE=… COMMENT='…', then partitions."""
    said = Line(" ".join(tail))
    said.demand(")")
    found: dict[str, str] = {}
    charset = collation = comment = partitioning = None
    while said.next():
        if said.skip("PARTITION", "BY"):
            partitioning = _partitioning(said)
            break
        if said.skip("WITH", "SYSTEM", "VERSIONING"):
            found["system_versioning"] = ""
            continue
        said.skip("DEFAULT")
        name = name_of(said.take()).lower()
        if not said.skip("=") and name not in ("tablespace", "storage", "collate"):
            raise NotUnderstood(said.line)
        word = said.take()
        if word == "(":
            raise NotUnderstood(said.line)
        value = string_of(word) if word[0] == "'" else name_of(word)
        if name == "comment":
            comment = value or None
        elif name == "charset":
            charset = collation_name(value)
        elif name == "collate":
            collation = collation_name(value)
        elif name == "engine":
            if value.lower() != "innodb":
                found["engine"] = value
        elif name not in ("auto_increment", "connection"):  # a connection may hold a password
            found[name] = value
    collation = collation or setting.defaults.get(charset or "", setting.collation)
    if collation != setting.collation:
        found["collate"] = collation
    if found.get("engine") == "Aria" and found.get("page_checksum") == "1":
        del found["page_checksum"]  # printed whether said or not
    return TableOptions(collation, found, comment, partitioning)


def _partitioning(said: Line) -> str:
    """By what, not into what: new partitions come with time."""
    start = said.at
    while said.next() and said.next() != "(":
        said.take()
    said.group()
    text = said.text(start)
    if said.next_upper() == "PARTITIONS":
        said.take()
        text += f" partitions {said.take()}"
    said.at = len(said.words)
    return text
