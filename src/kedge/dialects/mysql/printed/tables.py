"""A printed table: its lines, and what several of them say together."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kedge.catalog import Check, Column, ForeignKey, Index, PrimaryKey, Table, Unique
from kedge.dialects.mysql.printed.columns import read_column
from kedge.dialects.mysql.printed.line import Line, NotUnderstood
from kedge.dialects.mysql.printed.options import read_options
from kedge.dialects.mysql.printed.parts import read_check, read_foreign_key, read_index, read_primary_key
from kedge.dialects.mysql.printed.setting import Setting
from kedge.dialects.mysql.words import mentioned, name_of, tokens

_JSON = re.compile(r"json_valid\(`(?:[^`]|``)*`\)")


def read_table(text: str, setting: Setting) -> Table:
    """The table of one SHOW CREATE TABLE."""
    head, *lines = text.split("\n")
    opening = [t for t in tokens(head) if not t.isspace()]
    if [w.upper() for w in opening[:2]] not in (["CREATE", "TABLE"], ["CREATE", "TEMPORARY"]):
        raise NotUnderstood(head)
    end = next((n for n, line in enumerate(lines) if line.startswith(")")), None)
    if end is None:
        raise NotUnderstood(head)
    return _Printed(name_of(opening[-2]), lines[end:], setting).table(lines[:end])


class _Printed:
    def __init__(self, name: str, tail: list[str], setting: Setting) -> None:
        self.name = name
        self.setting = setting
        self.options = read_options(tail, setting)
        self.stored = dict(self.options.stored)
        self.columns: list[Column] = []
        self.primary_key: PrimaryKey | None = None
        self.uniques: list[Unique] = []
        self.indexes: list[Index] = []
        self.foreign_keys: list[ForeignKey] = []
        self.checks: list[Check] = []

    def table(self, lines: list[str]) -> Table:
        for line in lines:
            if line.lstrip().startswith("`"):
                self.columns.append(self.column(line))
            else:
                self.part(Line(line))
        names = [c.name for c in self.columns]
        self.checks = [
            msgspec.structs.replace(c, columns=mentioned(str(c.expression), names)) for c in self.checks
        ]
        self.columns = [self.with_json(c) for c in self.columns]
        order: Any = lambda part: part.name  # noqa: E731
        return Table(
            schema=self.setting.schema,
            name=self.name,
            kind="partitioned-table" if self.options.partitioning else "table",
            columns=tuple(self.columns),
            primary_key=self.primary_key,
            uniques=tuple(sorted(self.uniques, key=order)),
            foreign_keys=tuple(sorted(self.foreign_keys, key=order)),
            checks=tuple(sorted(self.checks, key=order)),
            indexes=tuple(sorted(map(self.automatic, self.indexes), key=order)),
            comment=self.options.comment,
            partitioning=self.options.partitioning,
            options=tuple(sorted(self.stored.items())),
        )

    # -- one line

    def column(self, line: str) -> Column:
        collation = self.options.collation
        known = self.setting.columns.get((line, collation))
        if known is None:
            known, checks = read_column(Line(line), self.setting, collation)
            self.checks += checks
            if not checks:  # a check beside the column belongs to this table alone
                self.setting.columns[line, collation] = known
        return known

    def part(self, said: Line) -> None:
        setting = self.setting
        if said.skip("PRIMARY", "KEY"):
            self.primary_key = read_primary_key(said, setting)
        elif said.skip("CONSTRAINT"):
            name = name_of(said.take())
            if said.skip("CHECK"):
                self.checks.append(read_check(name, said, setting))
            else:
                said.demand("FOREIGN", "KEY")
                self.foreign_keys.append(read_foreign_key(name, said, setting))
        elif said.skip("CHECK"):
            self.checks.append(read_check(f"{self.name}_check", said, setting))
        elif said.skip("PERIOD", "FOR"):
            name = name_of(said.take())
            self.stored[f"period {name}"] = ", ".join(name_of(w) for w in said.group() if w != ",")
        else:
            index = read_index(said, setting)
            if isinstance(index, Unique):
                self.uniques.append(index)
            else:
                self.indexes.append(index)

    # -- what several lines say together

    def with_json(self, column: Column) -> Column:
        """MariaDB's JSON is LONGTEXT in utf8mb4_bin with a check. https://mariadb.com/kb/en/json-data-type/"""
        if column.type != "longtext":
            return column
        for check in self.checks:
            if _JSON.fullmatch(str(check.expression)) and check.columns == (column.name,):
                self.checks.remove(check)
                own = column.collation or self.options.collation
                collation = None if own == "utf8mb4_bin" else own
                return msgspec.structs.replace(column, type="json", collation=collation)
        return column

    def automatic(self, index: Index) -> Index:
        """InnoDB makes an index for a foreign key that has none, named after the constraint or its first column.

        https://mariadb.com/kb/en/foreign-keys/
        """
        plain = all(k.column and not (k.descending or k.length) for k in index.keys)
        if index.unique or not plain or index.method != "btree" or index.options or index.comment:
            return index
        for key in self.foreign_keys:
            if key.columns != index.columns:
                continue
            named = index.name == key.name or re.fullmatch(
                re.escape(key.columns[0]) + r"(_\d+)?", index.name or ""
            )
            if named:
                return msgspec.structs.replace(index, automatic=True)
        return index
