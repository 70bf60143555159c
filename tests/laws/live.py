"""The audited database as the mutations see it: read by plain SQL of their own, not by what is under test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from tests.laws.spelling import quoted

_SYSTEM = "nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
_TABLES = f"""
SELECT c.oid, nspname, relname, obj_description(c.oid, 'pg_class'), relpersistence = 'u', reloptions IS NOT NULL OR reltablespace <> 0,
       reltablespace <> 0,
       ARRAY(SELECT format('"%s"."%s"', replace(m.nspname, '"', '""'), replace(p.relname, '"', '""')) FROM pg_inherits
               JOIN pg_class p ON p.oid = inhparent JOIN pg_namespace m ON m.oid = p.relnamespace WHERE inhrelid = c.oid)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND NOT relispartition AND {_SYSTEM} ORDER BY 2, 3"""  # noqa: E501
_COLUMNS = """
SELECT attrelid, attnum, attname, format_type(atttypid, atttypmod), typname, typtype, attnotnull, attidentity, attgenerated,
       pg_get_expr(adbin, adrelid), col_description(attrelid, attnum),
       (SELECT collname FROM pg_collation l WHERE l.oid = attcollation),
       pg_get_serial_sequence(quote_ident(nspname) || '.' || quote_ident(relname), attname)
  FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid JOIN pg_class c ON c.oid = attrelid
  JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
 WHERE attrelid = ANY(%s) AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2"""  # noqa: E501
_CONSTRAINTS = """
SELECT conrelid, oid, conname, contype, pg_get_constraintdef(oid), conkey, confrelid, confkey, confupdtype, confdeltype,
       confmatchtype, condeferrable, condeferred, convalidated, connoinherit, conindid, obj_description(oid, 'pg_constraint')
  FROM pg_constraint WHERE conrelid = ANY(%s) ORDER BY 1, 3"""  # noqa: E501
_INDEXES = """
SELECT indrelid, indexrelid, relname, indisunique, pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class'),
       (SELECT ' TABLESPACE ' || spcname FROM pg_tablespace s WHERE s.oid = reltablespace),
       (SELECT array_agg(DISTINCT refobjsubid::int) FROM pg_depend WHERE classid = 'pg_class'::regclass
           AND objid = indexrelid AND refobjid = indrelid AND refobjsubid > 0)
  FROM pg_index JOIN pg_class c ON c.oid = indexrelid
 WHERE indrelid = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p','u','x'))
 ORDER BY 1, 3"""  # noqa: E501
_ENUMS = f"""
SELECT nspname, typname, array_agg(enumlabel::text ORDER BY enumsortorder), obj_description(t.oid, 'pg_type')
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace JOIN pg_enum e ON enumtypid = t.oid
 WHERE {_SYSTEM} GROUP BY 1, 2, t.oid ORDER BY 1, 2"""
_SEQUENCES = f"""
SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind = 'S' AND {_SYSTEM}
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype IN ('a', 'i') AND refobjsubid > 0) ORDER BY 1, 2"""  # noqa: E501
_PARTITIONED = (
    "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE relkind = 'p' AND NOT relispartition ORDER BY 1, 2"
)
_PARTITIONS = """
SELECT n.nspname, c.relname, m.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(p.oid),
       c.relkind = 'r', ARRAY(SELECT relname FROM pg_index JOIN pg_class i ON i.oid = indexrelid
                               WHERE indrelid = c.oid AND NOT relispartition ORDER BY 1)::text[],
       ARRAY(SELECT conname FROM pg_constraint WHERE conrelid = c.oid AND contype = 'c' AND conislocal
                AND coninhcount = 0 ORDER BY 1)::text[],
       EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisclustered),
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'label' AND attstorage = 'e')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits ON inhrelid = c.oid
  JOIN pg_class p ON p.oid = inhparent JOIN pg_namespace m ON m.oid = p.relnamespace
 WHERE c.relispartition AND c.relkind IN ('r', 'p') ORDER BY 1, 2"""
ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass(frozen=True)
class LiveColumn:
    name: str
    type: str
    type_name: str
    type_kind: str
    not_null: bool
    identity: str
    generated: str
    default: str | None
    comment: str | None
    collation: str | None
    sequence: str | None

    @property
    def plain(self) -> bool:
        return not self.identity and not self.generated and self.sequence is None


@dataclass(frozen=True)
class LiveConstraint:
    name: str
    kind: str
    definition: str
    columns: tuple[str, ...]
    target: tuple[str, str] | None
    target_columns: tuple[str, ...]
    on_update: str
    on_delete: str
    match: str
    deferrable: bool
    deferred: bool
    validated: bool
    no_inherit: bool
    referenced: bool
    comment: str | None


@dataclass(frozen=True)
class LiveIndex:
    """An index no constraint owns; `keys` and the clauses as the server prints them."""

    name: str
    unique: bool
    method: str
    keys: tuple[str, ...]
    include: str
    nulls: str
    storage: str
    where: str
    columns: tuple[str, ...]
    comment: str | None
    tablespace: str

    def sql(self, table: LiveTable) -> str:
        return (
            f"CREATE {'UNIQUE ' if self.unique else ''}INDEX {quoted(self.name)} ON {table.sql} USING {self.method}"
            f" ({', '.join(self.keys)}){self.include}{self.nulls}{self.storage}{self.tablespace}{self.where}"
        )


@dataclass
class LiveTable:
    schema: str
    name: str
    comment: str | None
    unlogged: bool = False
    stored_otherwise: bool = False
    elsewhere: bool = False
    parents: list[str] = field(default_factory=list)
    columns: list[LiveColumn] = field(default_factory=list)
    constraints: list[LiveConstraint] = field(default_factory=list)
    indexes: list[LiveIndex] = field(default_factory=list)

    @property
    def sql(self) -> str:
        return quoted(self.schema, self.name)

    def of(self, kind: str) -> list[LiveConstraint]:
        return [c for c in self.constraints if c.kind == kind]

    def column(self, name: str) -> LiveColumn:
        return next(c for c in self.columns if c.name == name)

    @property
    def free(self) -> list[LiveColumn]:
        """Columns that no constraint, index or computed column uses."""
        busy = {n for part in (*self.constraints, *self.indexes) for n in part.columns}
        texts = " ".join(
            [*(c.default or "" for c in self.columns if c.generated), *(i.include for i in self.indexes)]
        )
        texts += " ".join(c.definition for c in self.constraints)
        return [c for c in self.columns if c.name not in busy and not _mentions(texts, c.name)]


@dataclass(frozen=True)
class LivePartition:
    """A partition; `key` is its parent's, `leaf` says that it has none below, `indexes` and `checks` are its own."""

    schema: str
    name: str
    parent_schema: str
    parent_name: str
    bound: str
    key: str
    leaf: bool
    indexes: tuple[str, ...]
    checks: tuple[str, ...]
    clustered: bool
    stored: bool

    @property
    def sql(self) -> str:
        return quoted(self.schema, self.name)

    @property
    def parent(self) -> str:
        return quoted(self.parent_schema, self.parent_name)


@dataclass
class Live:
    tables: list[LiveTable]
    enums: list[tuple[str, str, list[str], str | None]]
    sequences: list[tuple[str, str]]
    partitioned: list[tuple[str, str]]
    partitions: list[LivePartition]
    # The names of parts that the models give themselves.
    named: frozenset[str] = frozenset()
    # Whether the models declare nothing NOT VALID.
    all_valid: bool = True


def _mentions(text: str, name: str) -> bool:
    return name in text or name.replace('"', '""') in text


def read(connection: psycopg.Connection[Any]) -> Live:
    tables = {oid: LiveTable(s, n, *facts) for oid, s, n, *facts in connection.execute(_TABLES.encode())}
    oids = list(tables)
    numbers: dict[int, dict[int, str]] = {oid: {} for oid in oids}
    for oid, number, name, *rest in connection.execute(_COLUMNS, [oids]):
        numbers[oid][number] = name
        tables[oid].columns.append(LiveColumn(name, *rest))
    rows = connection.execute(_CONSTRAINTS, [oids]).fetchall()
    targets = {(r[6], tuple(r[7] or ())) for r in rows if r[3] == "f"}
    for row in rows:
        oid, _, name, kind, definition, key, target, target_key = row[:8]
        tables[oid].constraints.append(
            LiveConstraint(
                name=name,
                kind=kind,
                definition=definition,
                columns=tuple(numbers[oid][n] for n in key or () if n),
                target=(tables[target].schema, tables[target].name) if target else None,
                target_columns=tuple(numbers[target][n] for n in target_key or ()),
                on_update=ACTIONS.get(row[8], ""),
                on_delete=ACTIONS.get(row[9], ""),
                match=row[10].strip(),
                deferrable=row[11],
                deferred=row[12],
                validated=row[13],
                no_inherit=row[14],
                referenced=any(t == oid and set(k) == set(key or ()) for t, k in targets),
                comment=row[16],
            )
        )
    for oid, _, name, unique, definition, comment, tablespace, depends in connection.execute(
        _INDEXES, [oids]
    ):
        columns = tuple(numbers[oid][n] for n in depends or ())
        tables[oid].indexes.append(_index(name, unique, definition, columns, comment, tablespace or ""))
    return Live(
        list(tables.values()),
        [tuple(r) for r in connection.execute(_ENUMS.encode())],  # type: ignore[misc]
        [tuple(r) for r in connection.execute(_SEQUENCES.encode())],  # type: ignore[misc]
        [tuple(r) for r in connection.execute(_PARTITIONED.encode())],  # type: ignore[misc]
        [LivePartition(*r) for r in connection.execute(_PARTITIONS.encode())],
    )


def _index(
    name: str, unique: bool, definition: str, columns: tuple[str, ...], comment: str | None, tablespace: str
) -> LiveIndex:
    """Takes apart what pg_get_indexdef prints: … USING method (keys) [INCLUDE (…)] [NULLS …] [WITH (…)] [WHERE …]."""
    start = _outside_quotes(definition, " USING ")
    method, rest = definition[start + 7 :].split(" ", 1)
    keys, rest = _parenthesised(rest)
    clauses = {"include": "", "nulls": "", "storage": "", "where": ""}
    if rest.startswith(" INCLUDE "):
        inner, rest = _parenthesised(rest[9:])
        clauses["include"] = f" INCLUDE ({', '.join(inner)})"
    if rest.startswith(" NULLS NOT DISTINCT"):
        clauses["nulls"], rest = " NULLS NOT DISTINCT", rest[19:]
    if rest.startswith(" WITH "):
        inner, rest = _parenthesised(rest[6:])
        clauses["storage"] = f" WITH ({', '.join(inner)})"
    clauses["where"] = rest
    return LiveIndex(
        name, unique, method, tuple(keys), columns=columns, comment=comment, tablespace=tablespace, **clauses
    )


def _outside_quotes(text: str, wanted: str) -> int:
    position, quote = 0, ""
    while position < len(text):
        char = text[position]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif text.startswith(wanted, position):
            return position
        position += 1
    raise ValueError(f"{wanted!r} not in {text!r}")


def _parenthesised(text: str) -> tuple[list[str], str]:
    """The items between the parenthesis the text begins with and its partner, and what follows."""
    depth, quote, items, item = 0, "", [], ""
    for position, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
            if depth == 1:
                continue
        elif char in ")]":
            depth -= 1
            if depth == 0:
                return [*items, item.strip()], text[position + 1 :]
        elif char == "," and depth == 1:
            items.append(item.strip())
            item = ""
            continue
        item += char
    raise ValueError(f"no closing parenthesis in {text!r}")


__all__ = ["Live", "LiveColumn", "LiveConstraint", "LiveIndex", "LiveTable", "read", "replace"]
