"""Says without a server that a declared table and a live one are the same.

Sound, not complete: it may suspect too much, never too little. Texts count as equal only when their tokens are,
after the rewrites listed here; no parenthesis, cast or case is dropped. What it does not settle, the judge does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from kedge.catalog import (
    Check,
    Column,
    Counter,
    ForeignKey,
    Identity,
    Index,
    PrimaryKey,
    ServerProfile,
    Table,
    TableKey,
    Unique,
    Unknown,
)
from kedge.declared import DeclaredColumn, DeclaredConstraint, DeclaredIndex, DeclaredTable, TypeRef
from kedge.dialects.direct import Same, direct_constraint, direct_table
from kedge.dialects.postgresql.names import clipped
from kedge.dialects.postgresql.stored import kept_as_declared

# https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE : the words models use, as the catalog says them.
_WORDS = {
    "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "REAL": "real",
    "DOUBLE PRECISION": "double precision", "FLOAT": "double precision", "BOOLEAN": "boolean", "TEXT": "text",
    "UUID": "uuid", "JSON": "json", "JSONB": "jsonb", "BYTEA": "bytea", "DATE": "date", "INTERVAL": "interval",
    "INET": "inet", "CIDR": "cidr", "MACADDR": "macaddr", "TSVECTOR": "tsvector", "XML": "xml", "MONEY": "money",
    "VARCHAR": "character varying", "CHAR": "character(1)", "NUMERIC": "numeric",
    "SERIAL": "integer", "BIGSERIAL": "bigint", "SMALLSERIAL": "smallint",
    "TIMESTAMP WITHOUT TIME ZONE": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIME WITHOUT TIME ZONE": "time without time zone", "TIME WITH TIME ZONE": "time with time zone",
}  # fmt: skip
_SIZED = (
    (re.compile(r"VARCHAR\((\d+)\)"), "character varying({})"),
    (re.compile(r"CHAR\((\d+)\)"), "character({})"),
    (re.compile(r"NUMERIC\((\d+), (\d+)\)"), "numeric({},{})"),
    (re.compile(r"NUMERIC\((\d+)\)"), "numeric({},0)"),
    (re.compile(r"TIMESTAMP\((\d)\) (WITH|WITHOUT) TIME ZONE"), "timestamp({}) {} time zone"),
)
_TEXT_TYPES = re.compile(r"character varying(\(\d+\))?|text")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_STRING = re.compile(r"'(?:[^'\\]|'')*'")
_NUMBER = re.compile(r"\d+")
_SMALL_NUMBER = re.compile(r"0|[1-9]\d{0,8}")
_DECIMAL = re.compile(r"'(0|[1-9]\d{0,20})(\.\d{1,20})?'")
_NUMERIC = re.compile(r"numeric(\(\d+,\d+\))?")
_CALLS = {
    "now()": "now()",
    "CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP",
    "gen_random_uuid()": "gen_random_uuid()",
}
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\s+|.", re.DOTALL)


OUT_OF_THE_ORDINARY = (
    "partition_of",
    "unlogged",
    "inherits",
    "options",
    "replica_identity",
    "tablespace",
    "access_method",
)


def settled(declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
    """Whether the two are certainly one; False says nothing."""
    elsewhere = declared.tablespace or declared.using
    special = declared.error or declared.prefixes or declared.suffix.strip() or declared.is_view or elsewhere
    if (
        special
        or any(getattr(live, field) for field in OUT_OF_THE_ORDINARY)
        or live.kind != "table"
        or (declared.comment or None) != live.comment
    ):
        return False
    here = {c.name: c for c in live.columns}
    if len(here) != len(declared.columns) or live.exclusions:
        return False
    schema = profile.default_schema
    return (
        all(c.name in here and _column(c, here[c.name], schema) for c in declared.columns)
        and _constraints(declared, live, schema)
        and _indexes(declared.indexes, live.indexes)
    )


def same_as(profile: ServerProfile) -> Same:
    """Whether a declared column, constraint or index is certainly a live one."""

    def same(one: Any, other: Any) -> bool:
        if isinstance(one, DeclaredColumn):
            return _column(one, other, profile.default_schema)
        if isinstance(one, DeclaredIndex):
            return one.name == other.name and _index(one, other)
        return _constraint(one, other, profile.default_schema)

    return same


def known(declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile) -> Table:
    """A declared table as far as it is known without a server."""
    table = direct_table(declared, (clipped(key[0]), clipped(key[1])), live, same_as(profile))
    here = {c.name: c for c in live.columns} if live else {}
    sources = {c.name: c for c in declared.columns}
    columns = tuple(_spelled(c, sources[c.name], here.get(c.name), profile) for c in table.columns)
    return kept_as_declared(msgspec.structs.replace(table, columns=columns), declared, profile)


def _spelled(column: Column, declared: DeclaredColumn, live: Column | None, profile: ServerProfile) -> Column:
    """With the type, and the default, as the catalog prints them, where that is certain."""
    if isinstance(column.type, str) and column is not live:
        type_ = canonical_type(column.type, declared.types, profile.default_schema) or column.type
        column = msgspec.structs.replace(column, type=type_)
        if live is not None and declared.default is not None and _default(declared, live):
            column = msgspec.structs.replace(column, default=live.default)
    return msgspec.structs.replace(column, name=clipped(column.name))


# -- columns


def _column(declared: DeclaredColumn, live: Column, schema: str) -> bool:
    plain = not (declared.error or declared.fetched or declared.collation)
    return (
        plain
        and declared.type is not None
        and canonical_type(declared.type, declared.types, schema) == live.type
        and _computed(declared, live)
        and live.collation is None
        and not live.unvalidated
        and (declared.nullable and not declared.primary_key) == live.nullable
        and (declared.comment or None) == live.comment
        and _numbering(declared) == live.identity
        and (declared.serial or _default(declared, live))
        and _says_no_more(declared)
    )


def _says_no_more(declared: DeclaredColumn) -> bool:
    """Whether the whole clause is made of the pieces that were compared."""
    if declared.serial or declared.identity:
        return True
    source = f" DEFAULT {declared.default}" if declared.default is not None else ""
    if declared.computed is not None:
        source = f" GENERATED ALWAYS AS ({declared.computed}) STORED"
    said = f" {declared.type}{source}"
    return (declared.spec or "").removesuffix(" NOT NULL").removesuffix(" NULL").endswith(said)


@lru_cache(maxsize=4096)
def canonical_type(written: str, types: tuple[TypeRef, ...], schema: str) -> str | None:
    """A compiled type as `format_type` prints it with an empty search path; None where that is not certain."""
    base = written
    while base.endswith("[]"):
        base = base[:-2]
    array = "[]" if base != written else ""
    if base in _WORDS:
        return _WORDS[base] + array
    for pattern, spelling in _SIZED:
        if found := pattern.fullmatch(base):
            return spelling.format(*(g.lower() for g in found.groups())) + array
    for type_ in types:
        home = type_.schema or schema
        if base in (type_.name, f"{type_.schema}.{type_.name}") and _plain(type_.name) and _plain(home):
            return f"{home}.{type_.name}{array}"
    return None


def _numbering(declared: DeclaredColumn) -> Identity | None:
    if declared.serial:
        return Identity("serial", Counter(type=""))
    identity = declared.identity
    if identity is None:
        return None
    options = (identity.start, identity.increment, identity.minimum, identity.maximum, identity.cycle)
    if any(o not in (None, False) for o in (*options, identity.cache)):
        return Identity("serial", sequence="what this cannot tell")
    return Identity("always" if identity.always else "by default", Counter(type=""))


def _computed(declared: DeclaredColumn, live: Column) -> bool:
    """A stored expression in the server's own words."""
    if declared.computed is None or live.computed is None:
        return declared.computed is None and live.computed is None
    if isinstance(live.computed, Unknown) or declared.default is not None or live.default is not None:
        return False
    return (
        declared.computed_stored is True
        and live.computed.stored
        and _same_text(declared.computed, live.computed.expression)
    )


def _default(column: DeclaredColumn, live: Column) -> bool:
    """Numbers, truth values, text literals and the calls that servers print as they were written."""
    declared = column.default
    if declared is None or live.default is None:
        return declared is live.default
    if not isinstance(live.default, str):
        return False
    if declared in _CALLS:
        return _CALLS[declared] == live.default
    if declared in ("true", "false"):
        return live.type == "boolean" and live.default == declared
    if _NUMBER.fullmatch(declared):
        return live.type in ("integer", "smallint", "bigint") and live.default == declared
    # A quoted number is one to an integer column; the empty json is spelled in one way only.
    if live.type == "integer" and _NUMBER.fullmatch(declared.strip("'")):
        return live.default == declared.strip("'")
    # A numeric keeps the digits it was given: https://www.postgresql.org/docs/current/datatype-numeric.html
    if _NUMERIC.fullmatch(str(live.type)):
        if _SMALL_NUMBER.fullmatch(declared):
            return live.default == declared
        if _DECIMAL.fullmatch(declared):
            return live.default == f"{declared}::numeric"
    if len(column.types) == 1 and column.types[0].kind == "enum" and _STRING.fullmatch(declared):
        return not str(live.type).endswith("[]") and live.default == f"{declared}::{live.type}"
    if live.type in ("json", "jsonb") and declared in ("'{}'", "'[]'"):
        return live.default == f"{declared}::{live.type}"
    if _STRING.fullmatch(declared) and _TEXT_TYPES.fullmatch(str(live.type)):
        return live.default == f"{declared}::{str(live.type).partition('(')[0]}"
    return False


# -- constraints and indexes


def _constraints(declared: DeclaredTable, live: Table, schema: str) -> bool:
    """Every declared constraint has its own equal live one, and none is left over."""
    keys = [live.primary_key] if live.primary_key else []
    rest: list[object] = [*keys, *live.uniques, *live.foreign_keys, *live.checks]
    enforced: set[tuple[str, ...]] = set()
    for constraint in declared.constraints:
        if constraint.kind in ("primary-key", "unique"):
            if constraint.columns in enforced:
                return False
            enforced.add(constraint.columns)
        match = next((p for p in rest if _constraint(constraint, p, schema)), None)
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _constraint(declared: DeclaredConstraint, live: object, schema: str) -> bool:
    if declared.error or declared.sql is None or declared.not_valid or declared.options:
        return False
    if not isinstance(live, PrimaryKey | Unique | ForeignKey | Check):
        return False
    if declared.name not in (None, live.name) or (declared.comment or None) != live.comment:
        return False
    if isinstance(live, Check):
        return declared.kind == "check" and _check(declared, live)
    if isinstance(live, ForeignKey) and (declared.on_delete or "").upper() not in _PLAIN_ACTIONS:
        return False
    expected = direct_constraint(declared, schema)
    if type(expected) is not type(live):
        return False
    return msgspec.structs.replace(expected, name=live.name, comment=live.comment) == live


_PLAIN_ACTIONS = ("", "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


def _check(declared: DeclaredConstraint, live: Check) -> bool:
    """Equal but for the parentheses the server puts around the whole."""
    plain = live.validated and live.enforced and not live.no_inherit and isinstance(live.expression, str)
    if not plain or declared.expression is None:
        return False
    return _same_text(declared.expression, str(live.expression))


def _same_text(declared: str, printed: str) -> bool:
    """Token by token what the server prints, but for parentheses around the whole."""
    if declared == printed:
        return True
    said, there = _tokens(declared), _tokens(printed)
    return said == there or (there[:1] + there[-1:] == ["(", ")"] and there[1:-1] == said and _balanced(said))


def _balanced(tokens: list[str]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth < 0:
            return False
    return depth == 0


def _tokens(text: str) -> list[str]:
    """Literals, names and signs; what stands between them does not count, but that something does may."""
    return [" " if t.isspace() else t for t in _TOKEN.findall(text.strip())]


def _indexes(declared: tuple[DeclaredIndex, ...], live: tuple[Index, ...]) -> bool:
    here = {i.name: i for i in live}
    return len(declared) == len(here) and all(
        i.name is not None and i.name in here and _index(i, here[i.name]) for i in declared
    )


def _index(declared: DeclaredIndex, live: Index) -> bool:
    """A btree on columns and on expressions in the server's own words, whose statement says nothing more."""
    if declared.error or declared.sql is None or not declared.keys or declared.tablespace:
        return False
    simple = all(
        isinstance(k.column or k.expression, str)
        and not (k.opclass or k.collation or k.descending or k.nulls_first)
        for k in live.keys
    )
    expected = Index(
        name=live.name,
        keys=live.keys,
        unique=declared.unique,
        predicate=live.predicate,
        columns=live.columns,
        comment=None,
    )
    same_keys = [k.column for k in live.keys] == list(declared.keys)
    return simple and same_keys and live == expected and _says_all(declared, live)


def _says_all(declared: DeclaredIndex, live: Index) -> bool:
    """Whether the statement is CREATE INDEX name ON table (keys) [WHERE predicate] with just these keys."""
    listed = ", ".join(_quoted(k.column) if k.column else str(k.expression) for k in live.keys)
    unique = "UNIQUE " if declared.unique else ""
    head, on, tail = str(declared.sql).partition(" ON ")
    if not head.startswith(f"CREATE {unique}INDEX ") or not on:
        return False
    if live.predicate is not None:
        tail, where, said = tail.rpartition(" WHERE ")
        if not where or not _same_text(said, str(live.predicate)):
            return False
    table = tail[: -len(listed) - 2].strip()
    return tail.endswith(f"({listed})") and _TABLE.fullmatch(table) is not None


_TABLE = re.compile(r'(?:"(?:[^"]|"")*"|[\w$]+)(?:\.(?:"(?:[^"]|"")*"|[\w$]+))?')


def _quoted(name: str) -> str:
    return name if _plain(name) else '"' + name.replace('"', '""') + '"'


def _plain(name: str) -> bool:
    return _PLAIN_NAME.fullmatch(name) is not None
