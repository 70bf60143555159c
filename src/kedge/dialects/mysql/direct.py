"""Says without a server that a declared table and a live one are the same.

Sound, not complete: it may suspect too much, never too little. Only what a server certainly prints in one way is
settled here: plain types, literals, keys and indexes on whole columns. What it does not settle, the judge does.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from kedge.catalog import (
    Check,
    Column,
    Computed,
    Counter,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    PrimaryKey,
    ServerProfile,
    Table,
    TableKey,
    Unique,
)
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable
from kedge.dialects.direct import direct_constraint, direct_table
from kedge.dialects.mysql.words import name_of, tokens

# https://mariadb.com/kb/en/data-types/: the words models use, as the reader says them.
_TYPES = {
    "INTEGER": "int", "BIGINT": "bigint", "SMALLINT": "smallint", "MEDIUMINT": "mediumint", "TINYINT": "tinyint",
    "INTEGER UNSIGNED": "int unsigned", "BIGINT UNSIGNED": "bigint unsigned", "BOOL": "tinyint(1)",
    "TEXT": "text", "TINYTEXT": "tinytext", "MEDIUMTEXT": "mediumtext", "LONGTEXT": "longtext", "BLOB": "blob",
    "MEDIUMBLOB": "mediumblob", "LONGBLOB": "longblob", "JSON": "json", "DATE": "date", "TIME": "time",
    "DATETIME": "datetime", "FLOAT": "float", "DOUBLE": "double", "NUMERIC": "decimal(10,0)",
}  # fmt: skip
_SIZED = (
    (re.compile(r"VARCHAR\((\d+)\)"), "varchar({})"),
    (re.compile(r"CHAR\((\d+)\)"), "char({})"),
    (re.compile(r"NUMERIC\((\d+), (\d+)\)"), "decimal({},{})"),
    (re.compile(r"DATETIME\(([1-6])\)"), "datetime({})"),
    (re.compile(r"ENUM\(((?:'[\w ]*',)*'[\w ]*')\)"), "enum({})"),
)
_INTEGERS = (
    "int",
    "bigint",
    "smallint",
    "mediumint",
    "tinyint",
    "int unsigned",
    "bigint unsigned",
    "tinyint(1)",
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)")
_PLAIN_STRING = re.compile(r"'[\w .,:;/@#+*=<>{}\[\]()!?&-]*'")
_NOW = ("now()", "(now())", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP()", "current_timestamp()")
_PLAIN_NAME = re.compile(r"[a-zA-Z_]\w*")
_KEYWORDS = {"and", "or", "not", "is", "null", "between", "like"}


def settled(declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
    """Whether the two are certainly one; False says nothing."""
    special = declared.error or declared.prefixes or declared.is_view
    if special or live.kind != "table" or live.options or live.partitioning:
        return False
    if dict(profile.settings).get("default_storage_engine", "InnoDB") != "InnoDB":
        return False
    here = {c.name: c for c in live.columns}
    names = {c.name.lower() for c in declared.columns}
    return (
        _suffix(declared, live)
        and len(here) == len(declared.columns)
        and all(c.name in here and _column(c, here[c.name], names) for c in declared.columns)
        and _parts(declared, live, profile.default_schema)
    )


def known(declared: DeclaredTable, key: TableKey, live: Table | None) -> Table:
    """The table where no server can spell it: what is certainly the live part is that, whatever it is called."""
    names = {c.name.lower() for c in declared.columns}

    def same(one: Any, other: Any) -> bool:
        if isinstance(other, Column):
            return _column(one, other, names)
        if isinstance(other, Index):
            return one.error is None and _index(one, other)
        if isinstance(other, PrimaryKey):
            return bool(one.kind == "primary-key" and one.columns == other.columns)
        return bool(one.kind != "primary-key" and not one.error and _constraint(one, other, key[0], names))

    return direct_table(declared, key, live, same)


def _suffix(declared: DeclaredTable, live: Table) -> bool:
    """Nothing, or what is there in any case."""
    comment = declared.comment or ""
    if comment != (live.comment or "") or (comment and not _PLAIN_STRING.fullmatch(f"'{comment}'")):
        return False
    said = declared.suffix.replace("ENGINE=InnoDB", "")
    return said.replace(f"COMMENT='{comment}'", "").strip() == ""


# -- columns


def _column(declared: DeclaredColumn, live: Column, names: set[str]) -> bool:
    plain = not (declared.error or declared.fetched or declared.collation)
    type_ = canonical_type(declared.type or "")
    return (
        plain
        and type_ is not None
        and type_ == live.type
        and _same_computed(declared, live, names)
        and live.collation is None
        and live.on_update is None
        and not live.invisible
        and (declared.nullable and not declared.primary_key) == live.nullable
        and (declared.comment or None) == live.comment
        and _said(declared, live, type_)
    )


@lru_cache(maxsize=4096)
def canonical_type(written: str) -> str | None:
    """A compiled type as the reader spells it; None where that is not certain."""
    if written in _TYPES:
        return _TYPES[written]
    for pattern, spelling in _SIZED:
        if found := pattern.fullmatch(written):
            return spelling.format(*found.groups())
    return None


def _said(declared: DeclaredColumn, live: Column, type_: str) -> bool:
    """Whether the whole clause says the name, the type, and what the live column has; nothing more."""
    name, _, rest = (declared.spec or "").partition(f" {declared.type}")
    if name_of(name) != declared.name:
        return False
    if declared.computed is not None:
        stored = {None: "", True: " STORED", False: " VIRTUAL"}[declared.computed_stored]
        source = f" GENERATED ALWAYS AS ({declared.computed}){stored}"
        if not rest.startswith(source) or live.default is not None:
            return False
        rest = rest.removeprefix(source)
    if rest.startswith(" NOT NULL") != (not declared.nullable):
        return False
    rest = rest.removeprefix(" NOT NULL")
    if declared.comment:
        if not _PLAIN_STRING.fullmatch(f"'{declared.comment}'"):
            return False
        rest = rest.replace(f" COMMENT '{declared.comment}'", "", 1)
    if rest == " AUTO_INCREMENT":
        return live.identity == Identity("auto_increment", Counter(type="")) and live.default is None
    if live.identity is not None:
        return False
    if rest == "":
        return live.default is None
    default = rest.removeprefix(" DEFAULT ")
    return default != rest and isinstance(live.default, str) and _default(default, type_) == live.default


def _same_computed(declared: DeclaredColumn, live: Column, names: set[str]) -> bool:
    """Nothing, or an expression in the server's own words; VIRTUAL where nothing is said."""
    if declared.computed is None or not isinstance(live.computed, Computed):
        return declared.computed is None and live.computed is None
    same = _same_text(declared.computed, live.computed.expression, names)
    return same and bool(declared.computed_stored) == live.computed.stored


def _default(written: str, type_: str) -> str | None:
    """A literal, or the present time, as MariaDB prints it; None where that is not certain."""
    inner = written[1:-1] if _PLAIN_STRING.fullmatch(written) else written
    if type_ in _INTEGERS and _NUMBER.fullmatch(inner):
        return None if inner == "-0" else inner
    if type_ == "tinyint(1)" and written in ("true", "false"):
        return "1" if written == "true" else "0"
    if type_.startswith("varchar(") and _PLAIN_STRING.fullmatch(written):
        return written
    if type_.startswith("enum(") and f",{written}," in f",{type_[5:-1]},":
        return written
    if type_ == "datetime" and written in _NOW:
        return "current_timestamp()"
    if type_.startswith("decimal("):
        scale = int(type_[8:-1].split(",")[1])
        try:
            exact = Decimal(inner)
        except InvalidOperation:
            return None
        text = f"{exact:.{scale}f}"
        return text if exact.is_finite() and Decimal(text) == exact and not text.startswith("-0") else None
    return None


# -- constraints and indexes


def _parts(declared: DeclaredTable, live: Table, schema: str) -> bool:
    """Every declared part has its own equal live one, and none is left over but what the server made by itself."""
    rest: list[object] = [*live.uniques, *live.foreign_keys, *live.checks, *live.indexes]
    primary = [c for c in declared.constraints if c.kind == "primary-key"]
    if [c.columns for c in primary] != ([live.primary_key.columns] if live.primary_key else []):
        return False
    columns = {c.name.lower() for c in declared.columns}
    for constraint in declared.constraints:
        if constraint.kind != "primary-key":
            same = (p for p in rest if _constraint(constraint, p, schema, columns))
            if constraint.error or constraint.sql is None or not _taken(rest, next(same, None)):
                return False
    for index in declared.indexes:
        if index.error or not _taken(rest, next((p for p in rest if _index(index, p)), None)):
            return False
    return all(isinstance(p, Index) and p.automatic for p in rest)


def _taken(rest: list[object], match: object | None) -> bool:
    if match is None:
        return False
    rest.remove(match)
    return True


def _constraint(declared: DeclaredConstraint, live: object, schema: str, columns: set[str]) -> bool:
    if declared.options or declared.comment or declared.deferrable or declared.initially or declared.match:
        return False
    if not isinstance(live, Unique | ForeignKey | Check) or declared.name not in (None, live.name):
        return False
    if isinstance(live, Check):
        return (
            declared.kind == "check"
            and live.enforced
            and _same_text(declared.expression, live.expression, columns)
        )
    expected = direct_constraint(declared, schema)
    if isinstance(expected, ForeignKey) and isinstance(live, ForeignKey):
        one = {f: "no action" for f in ("on_delete", "on_update") if getattr(expected, f) == "restrict"}
        expected = msgspec.structs.replace(expected, name=live.name, **one)
        return expected == live
    if isinstance(expected, Unique) and isinstance(live, Unique):
        return msgspec.structs.replace(expected, name=live.name) == live
    return False


def _same_text(declared: object, live: object, columns: set[str]) -> bool:
    """Equal but for backticks and the case of keywords, where every word is a column or a plain keyword."""
    left, right = (_words(text, columns) for text in (declared, live))
    return left is not None and left == right


def _words(text: object, columns: set[str]) -> list[str] | None:
    found = []
    for token in tokens(text) if isinstance(text, str) else [""]:
        if token.isspace():
            continue
        word = name_of(token).lower()
        if token[:1] == "'":
            if not _PLAIN_STRING.fullmatch(token):
                return None
            found.append(token)
        elif token[:1] == "`" or (word[:1].isalpha() and word not in _KEYWORDS) or word[:1] == "_":
            if word not in columns or word in _KEYWORDS:
                return None
            found.append(f"`{word}`")
        elif token[:1] == '"' or not token:
            return None
        else:
            found.append(word)
    return found


def _index(declared: DeclaredIndex, live: object) -> bool:
    """A plain index over whole columns, whose statement says nothing more."""
    if not declared.plain or declared.name is None:
        return False
    keys = [k for k in declared.keys if k is not None]
    found = [name_of(t) for t in tokens(declared.sql or "") if not t.isspace()]
    unique = ["UNIQUE"] if declared.unique else []
    listed = [w for k in keys for w in (k, ",")][:-1]
    head = ["CREATE", *unique, "INDEX", declared.name, "ON"]
    if found[: len(head)] != head or found[-len(listed) - 2 :] != ["(", *listed, ")"]:
        return False
    between = found[len(head) : -len(listed) - 2]
    if len(between) not in (1, 3) or (len(between) == 3 and between[1] != "."):
        return False
    if declared.unique:
        return live == Unique(declared.name, tuple(keys))
    if not isinstance(live, Index):
        return False
    expected = Index(declared.name, tuple(IndexKey(column=k) for k in keys), columns=tuple(keys))
    return msgspec.structs.replace(live, automatic=False) == expected
