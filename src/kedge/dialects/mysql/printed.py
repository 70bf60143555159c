"""Reads what SHOW CREATE TABLE prints: the server's own canonical form, one definition to a line.

This is no parser of SQL: the server prints one fixed format, whatever statement made the table, and this reader
knows exactly that. What it does not know raises `NotUnderstood`; nothing is passed over.
https://mariadb.com/kb/en/show-create-table/, https://dev.mysql.com/doc/refman/8.0/en/show-create-table.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from kedge.catalog import (
    Action,
    Check,
    Column,
    Computed,
    Counter,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    PrimaryKey,
    Sequence,
    Struct,
    Table,
    Unique,
)
from kedge.dialects.mysql.words import bare, mentioned, name_of, requalified, string_of, tokens

# InnoDB knows no other way to refuse: NO ACTION, RESTRICT and nothing are one.
# https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html#foreign-key-referential-actions
ACTIONS: dict[str, Action] = {
    "NO ACTION": "no action",
    "RESTRICT": "no action",
    "CASCADE": "cascade",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_METHODS = {"FULLTEXT": "fulltext", "SPATIAL": "spatial"}
_COLUMN_WORDS = {
    "NOT", "NULL", "DEFAULT", "AUTO_INCREMENT", "COMMENT", "CHARACTER", "COLLATE", "GENERATED", "INVISIBLE",
    "CHECK", "ON", "COMPRESSED", "WITHOUT", "SRID", "COLUMN_FORMAT", "STORAGE",
}  # fmt: skip
_JSON = re.compile(r"json_valid\(`(?:[^`]|``)*`\)")


class NotUnderstood(Exception):
    """A line that is not of the known format."""


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


def read_table(text: str, setting: Setting) -> Table:
    """The table of one SHOW CREATE TABLE."""
    head, *lines = text.split("\n")
    opening = [t for t in tokens(head) if not t.isspace()]
    if [w.upper() for w in opening[:2]] not in (["CREATE", "TABLE"], ["CREATE", "TEMPORARY"]):
        raise NotUnderstood(head)
    end = next((n for n, line in enumerate(lines) if line.startswith(")")), None)
    if end is None:
        raise NotUnderstood(head)
    return _Printed(name_of(opening[-2]), lines[:end], lines[end:], setting).table()


def collation_name(name: str) -> str:
    """utf8 has been utf8mb3 all the time. https://mariadb.com/kb/en/unicode/"""
    return re.sub(r"^utf8(?=_|$)", "utf8mb3", name.lower())


class _Words:
    """The words of one line, taken from the left."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.pieces = tokens(bare(line))
        self.words = [t for t in self.pieces if not t.isspace()]
        if self.words and self.words[-1] == ",":
            self.words.pop()
        self.begin()

    def begin(self) -> None:
        """From the left; an empty word stands after the last."""
        self.upper = [*(w.upper() for w in self.words), ""]
        self.at = 0

    def next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def next_upper(self) -> str:
        return self.upper[self.at]

    def take(self) -> str:
        if self.at >= len(self.words):
            raise NotUnderstood(self.line)
        self.at += 1
        return self.words[self.at - 1]

    def skip(self, *expected: str) -> bool:
        """Take these words, if they are the next ones."""
        if self.upper[self.at] != expected[0]:
            return False
        end = self.at + len(expected)
        if tuple(self.upper[self.at : end]) != expected:
            return False
        self.at = end
        return True

    def demand(self, *expected: str) -> None:
        if not self.skip(*expected):
            raise NotUnderstood(self.line)

    def group(self) -> list[str]:
        """The words between the next parentheses."""
        self.demand("(")
        depth, start = 1, self.at
        while depth:
            word = self.take()
            depth += (word == "(") - (word == ")")
        return self.words[start : self.at - 1]

    def text(self, start: int) -> str:
        """The line from this word to the next one, as it was printed."""
        found, spaces = [], iter(_spaced(self.pieces))
        for position in range(self.at):
            piece = next(spaces)
            if position >= start:
                found.append(piece)
        return "".join(found).strip()

    def enclosed(self) -> str:
        """What stands between the next parentheses, as it was printed."""
        start = self.at + 1
        self.group()
        return self.text(start)[:-1].rstrip()


def _spaced(pieces: list[str]) -> list[str]:
    """Each word with the space before it."""
    found: list[str] = []
    space = ""
    for token in pieces:
        if token.isspace():
            space = token
        else:
            found.append(space + token)
            space = ""
    return found


class _Printed:
    def __init__(self, name: str, lines: list[str], tail: list[str], setting: Setting) -> None:
        self.name = name
        self.lines = lines
        self.setting = setting
        self.columns: list[Column] = []
        self.primary_key: PrimaryKey | None = None
        self.uniques: list[Unique] = []
        self.indexes: list[Index] = []
        self.foreign_keys: list[ForeignKey] = []
        self.checks: list[Check] = []
        self.comment: str | None = None
        self.partitioning: str | None = None
        self.options = self.table_options(tail)

    def table(self) -> Table:
        for line in self.lines:
            if line.lstrip().startswith("`"):
                self.columns.append(self.column_of(line))
            else:
                self.line(_Words(line))
        names = [c.name for c in self.columns]
        self.checks = [
            msgspec.structs.replace(c, columns=mentioned(str(c.expression), names)) for c in self.checks
        ]
        self.columns = [self.with_json(c) for c in self.columns]
        order: Any = lambda part: part.name  # noqa: E731
        return Table(
            schema=self.setting.schema,
            name=self.name,
            kind="partitioned-table" if self.partitioning else "table",
            columns=tuple(self.columns),
            primary_key=self.primary_key,
            uniques=tuple(sorted(self.uniques, key=order)),
            foreign_keys=tuple(sorted(self.foreign_keys, key=order)),
            checks=tuple(sorted(self.checks, key=order)),
            indexes=tuple(sorted(map(self.automatic, self.indexes), key=order)),
            comment=self.comment,
            partitioning=self.partitioning,
            options=self.options,
        )

    # -- what follows the last parenthesis

    def table_options(self, tail: list[str]) -> tuple[tuple[str, str], ...]:
        """ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=… COLLATE=… COMMENT='…', then partitions."""
        said = _Words(" ".join(tail))
        said.demand(")")
        found: dict[str, str] = {}
        charset = collation = None
        while said.next():
            if said.skip("PARTITION", "BY"):
                self.partitioning = self.partition_words(said)
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
                self.comment = value or None
            elif name == "charset":
                charset = collation_name(value)
            elif name == "collate":
                collation = collation_name(value)
            elif name == "engine":
                if value.lower() != "innodb":
                    found["engine"] = value
            elif name not in ("auto_increment", "connection"):  # a connection may hold a password
                found[name] = value
        self.collation = collation or self.setting.defaults.get(charset or "", self.setting.collation)
        if self.collation != self.setting.collation:
            found["collate"] = self.collation
        if found.get("engine") == "Aria" and found.get("page_checksum") == "1":
            del found["page_checksum"]  # printed whether said or not
        return tuple(sorted(found.items()))

    def partition_words(self, said: _Words) -> str:
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

    # -- one line

    def line(self, said: _Words) -> None:
        if said.skip("PRIMARY", "KEY"):
            self.primary_key = self.primary(said)
        elif said.skip("CONSTRAINT"):
            name = name_of(said.take())
            if said.skip("CHECK"):
                self.check(name, said)
            else:
                said.demand("FOREIGN", "KEY")
                self.foreign_key(name, said)
        elif said.skip("CHECK"):
            self.check(f"{self.name}_check", said)
        elif said.skip("PERIOD", "FOR"):
            name = name_of(said.take())
            columns = ", ".join(name_of(w) for w in said.group() if w != ",")
            self.options = tuple(sorted((*self.options, (f"period {name}", columns))))
        else:
            self.index(said)

    def column_of(self, line: str) -> Column:
        known = self.setting.columns.get((line, self.collation))
        if known is None:
            checks = len(self.checks)
            known = self.column(_Words(line))
            if len(self.checks) == checks:  # a check beside the column belongs to this table alone
                self.setting.columns[line, self.collation] = known
        return known

    def column(self, said: _Words) -> Column:
        name = name_of(said.take())
        type_ = self.type_(said)
        charset = collation = default = on_update = comment = None
        nullable, numbered, invisible = True, False, False
        computed: Computed | None = None
        extras: list[str] = []
        while said.next():
            if said.skip("NOT", "NULL"):
                nullable = False
            elif said.skip("NULL"):
                pass
            elif said.skip("CHARACTER", "SET"):
                charset = collation_name(said.take())
            elif said.skip("COLLATE"):
                collation = collation_name(said.take())
            elif said.skip("GENERATED", "ALWAYS", "AS", "ROW"):
                extras.append("row " + said.take().lower())
            elif said.skip("GENERATED", "ALWAYS", "AS"):
                expression = self.expression(said.enclosed())
                stored = said.skip("STORED") or said.skip("PERSISTENT")
                computed = Computed(expression, stored or not said.skip("VIRTUAL"))
            elif said.skip("INVISIBLE"):
                invisible = True
            elif said.skip("AUTO_INCREMENT"):
                numbered = True
            elif said.skip("DEFAULT"):
                default = self.default(said)
            elif said.skip("ON", "UPDATE"):
                on_update = self.default(said)
            elif said.skip("COMMENT"):
                comment = string_of(said.take()) or None
            elif said.skip("CHECK"):
                self.check(name, said)
            elif said.skip("WITHOUT", "SYSTEM", "VERSIONING"):
                extras.append("without system versioning")
            elif said.skip("COMPRESSED"):
                extras.append("compressed")
            elif said.skip("SRID") or said.skip("REF_SYSTEM_ID", "="):
                extras.append(f"srid {said.take()}")
            else:
                raise NotUnderstood(said.line)
        if extras:
            type_ = " ".join((type_, *extras))
        own = collation or (self.setting.defaults.get(charset) if charset else None)
        return Column(
            name=name,
            type=type_,
            nullable=nullable,
            default=None if default == "NULL" else default,
            identity=Identity("auto_increment", Counter(type="")) if numbered else None,
            computed=computed,
            collation=own if own != self.collation else None,
            comment=comment,
            on_update=on_update,
            invisible=invisible,
        )

    def type_(self, said: _Words) -> str:
        """The type as both flavours spell it: display widths say nothing, but for TINYINT(1) and ZEROFILL.

        https://dev.mysql.com/doc/refman/8.0/en/numeric-type-attributes.html
        """
        base = said.take().lower()
        if base == "double" and said.skip("PRECISION"):
            pass
        arguments = ""
        if said.next() == "(":
            arguments = "(" + ",".join(w for w in said.group() if w != ",") + ")"
        unsigned, zerofill = said.skip("UNSIGNED"), said.skip("ZEROFILL")
        keeps = zerofill or (base == "tinyint" and arguments == "(1)")
        if (base in _INTEGERS and not keeps) or base == "year":
            arguments = ""
        return base + arguments + (" unsigned" if unsigned else "") + (" zerofill" if zerofill else "")

    def default(self, said: _Words) -> str:
        """A literal, or an expression with or without parentheses around it."""
        start = said.at
        if said.next() == "(":
            said.group()
        else:
            said.take()
            while said.next() and said.next_upper() not in _COLUMN_WORDS:
                if said.next() == "(":
                    said.group()
                else:
                    said.take()
        return self.expression(said.text(start))

    def expression(self, text: str) -> str:
        return requalified(text, self.setting.names)

    def primary(self, said: _Words) -> PrimaryKey:
        keys = self.keys(said)
        self.index_options(said)
        return PrimaryKey(name="PRIMARY", columns=tuple(k.column or "" for k in keys))

    def index(self, said: _Words) -> None:
        kind = said.take().upper() if said.next_upper() in ("UNIQUE", *_METHODS) else ""
        if not (said.skip("KEY") or said.skip("INDEX")):
            raise NotUnderstood(said.line)
        name = name_of(said.take())
        method = _METHODS.get(kind, "btree")
        keys = self.keys(said)
        options = self.index_options(said)
        method = options.pop("using", method)
        comment = options.pop("comment", None)
        ignored = bool(options.pop("ignored", ""))
        columns = tuple(k.column for k in keys if k.column)
        plain = all(k.column and not (k.descending or k.length or k.expression) for k in keys)
        if kind == "UNIQUE" and plain and method == "btree" and not (options or ignored):
            self.uniques.append(Unique(name, columns, comment=comment))
            return
        self.indexes.append(
            Index(
                name=name,
                keys=keys,
                unique=kind == "UNIQUE",
                method=method,
                options=tuple(f"{k}={v}" if v else k for k, v in sorted(options.items())),
                columns=columns,
                comment=comment,
                ignored=ignored,
            )
        )

    def keys(self, said: _Words) -> tuple[IndexKey, ...]:
        """(`a`,`b`(10) DESC,(lower(`c`)))"""
        inner = _Words("")
        inner.line, inner.words = said.line, said.group()
        inner.begin()
        found = []
        while inner.next():
            column = expression = length = None
            if inner.next() == "(":
                expression = self.expression(" ".join(inner.group()))
            else:
                column = name_of(inner.take())
                if inner.next() == "(":
                    length = int(inner.group()[0])
            descending = inner.skip("DESC")
            inner.skip("ASC")
            if inner.skip("WITHOUT", "OVERLAPS"):
                expression, column = f"{column} without overlaps", None
            found.append(
                IndexKey(
                    column=column,
                    expression=expression,
                    descending=descending,
                    nulls_first=descending,
                    length=length,
                )
            )
            if inner.next() and inner.take() != ",":
                raise NotUnderstood(said.line)
        return tuple(found)

    def index_options(self, said: _Words) -> dict[str, str]:
        found: dict[str, str] = {}
        while said.next():
            if said.skip("USING"):
                found["using"] = said.take().lower()
            elif said.skip("COMMENT"):
                found["comment"] = string_of(said.take())
            elif said.skip("IGNORED") or said.skip("INVISIBLE"):
                found["ignored"] = "yes"
            elif said.skip("WITH", "PARSER"):
                found["parser"] = name_of(said.take())
            else:
                name = name_of(said.take()).lower()
                if not said.skip("="):
                    raise NotUnderstood(said.line)
                found[name] = name_of(said.take())
        return found

    def check(self, name: str, said: _Words) -> None:
        expression = self.expression(said.enclosed())
        enforced = not said.skip("NOT", "ENFORCED")
        # A check that is not enforced says as much of the rows as one that was never validated.
        self.checks.append(Check(name, expression, validated=enforced))

    def foreign_key(self, name: str, said: _Words) -> None:
        columns = tuple(name_of(w) for w in said.group() if w != ",")
        said.demand("REFERENCES")
        schema, table = self.setting.schema, name_of(said.take())
        if said.skip("."):
            schema, table = table, name_of(said.take())
            schema = self.setting.names.get(schema, schema)
        targets = tuple(name_of(w) for w in said.group() if w != ",")
        actions: dict[str, Action] = {}
        while said.skip("ON"):
            event = said.take().upper()
            action = said.take().upper()
            if action in ("SET", "NO"):
                action += " " + said.take().upper()
            if event not in ("DELETE", "UPDATE") or action not in ACTIONS:
                raise NotUnderstood(said.line)
            actions[event] = ACTIONS[action]
        if said.next():
            raise NotUnderstood(said.line)
        self.foreign_keys.append(
            ForeignKey(
                name=name,
                columns=columns,
                target_schema=schema,
                target_table=table,
                target_columns=targets,
                on_update=actions.get("UPDATE", "no action"),
                on_delete=actions.get("DELETE", "no action"),
            )
        )

    # -- what several lines say together

    def with_json(self, column: Column) -> Column:
        """MariaDB's JSON is LONGTEXT in utf8mb4_bin with a check. https://mariadb.com/kb/en/json-data-type/"""
        if column.type != "longtext":
            return column
        for check in self.checks:
            if _JSON.fullmatch(str(check.expression)) and check.columns == (column.name,):
                self.checks.remove(check)
                own = column.collation or self.collation
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


_SEQUENCE = re.compile(
    r"start with (?P<start>-?\d+) minvalue (?P<low>-?\d+) maxvalue (?P<high>-?\d+) increment by (?P<step>-?\d+)"
    r" (?:cache \d+|nocache) (?P<cycle>cycle|nocycle)"
)


def read_sequence(schema: str, name: str, text: str) -> Sequence:
    """The sequence of one SHOW CREATE SEQUENCE. https://mariadb.com/kb/en/create-sequence/"""
    found = _SEQUENCE.search(text)
    if found is None:
        raise NotUnderstood(text)
    low, high, step = int(found["low"]), int(found["high"]), int(found["step"])
    natural_low, natural_high = (1, 2**63 - 2) if step > 0 else (-(2**63) + 1, -1)
    return Sequence(
        schema=schema,
        name=name,
        counter=Counter(
            start=int(found["start"]),
            increment=step,
            minimum=None if low == natural_low else low,
            maximum=None if high == natural_high else high,
            cycle=found["cycle"] == "cycle",
        ),
    )
