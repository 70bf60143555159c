"""The schema of one side as frozen values: equal values describe the same database object.

Facts only. Where a fact was written (file, line, revision) travels beside the catalog as `Origins`,
so that two sides can be compared with `==`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec


class Struct(msgspec.Struct, frozen=True, gc=False):
    """Base of every value: frozen, compared by content."""


class ObjectPath(msgspec.Struct, frozen=True, order=True, gc=False):
    """The address of one object: `schema` is a namespace, `table` the owner of a part, `name` the part's own name.

    A table is `ObjectPath("table", "public", "users")`; its column
    `ObjectPath("column", "public", "users", "email")`; an enum `ObjectPath("enum", "public", None, "mood")`.
    """

    kind: str
    schema: str | None = None
    table: str | None = None
    name: str | None = None

    def part(self, kind: str, name: str | None) -> ObjectPath:
        """The path of a part (column, index …) of this table."""
        return ObjectPath(kind, self.schema, self.table, name)

    def __str__(self) -> str:
        return ".".join(x for x in (self.schema, self.table, self.name) if x)


class Unknown(Struct, frozen=True, tag=True):
    """A fact that could not be read, and why. Never equal to anything but itself by identity of reason."""

    reason: str


class Value(Struct, frozen=True):
    """One side's value of one fact: there (`value`), `missing`, or `unknown` with a reason."""

    state: Literal["value", "missing", "unknown"]
    value: Any = None
    reason: str | None = None


MISSING = Value("missing")


class Origin(Struct, frozen=True):
    """Where a fact was written. `path` is relative to the project's root when it lies inside it."""

    path: str | None = None
    line: int | None = None
    metadata: str | None = None
    environment: str | None = None
    revision: str | None = None


Origins: TypeAlias = dict[ObjectPath, tuple[Origin, ...]]

Action: TypeAlias = Literal["no action", "restrict", "cascade", "set null", "set default"]


class Extension(Struct, frozen=True):
    name: str
    schema: str
    version: str


class ServerProfile(Struct, frozen=True):
    """What has to be known of a server before two of its spellings can be compared.

    `settings` decide how it understands a declaration; `folds_case` says that column names differing in case are one.
    """

    dialect: str
    flavour: str
    version: str
    version_info: tuple[int, ...]
    database: str
    default_schema: str
    search_path: tuple[str, ...] = ()
    encoding: str | None = None
    collation: str | None = None
    extensions: tuple[Extension, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    folds_case: bool = False


class Counter(Struct, frozen=True):
    """How a sequence counts. Bounds are None where they are the natural ones of its type.

    `cache` is how many numbers a session takes at once.

    A column's counter has no type of its own ("") where it reaches every value of the column.
    """

    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int = 1


class Sequence(Struct, frozen=True):
    """A sequence of its own name. `owner` is (schema, table, column) of the column it is dropped with."""

    schema: str
    name: str
    counter: Counter = Counter()
    owner: tuple[str, str, str] | None = None
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("sequence", self.schema, None, self.name)

    @property
    def spelling(self) -> str:
        """The sequence as a catalog prints it with an empty search path."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"


class Identity(Struct, frozen=True):
    """How a column numbers itself: an SQL identity, or a default that draws from a sequence ("serial").

    `sequence` names the sequence only where the column does not own it. The counter's type is the
    column's own wherever the sequence can reach every value of the column. A "rowid" numbers itself without
    being asked, and "autoincrement" makes it never give a number twice.
    """

    kind: Literal["serial", "by default", "always", "auto_increment", "rowid", "autoincrement"]
    counter: Counter = Counter()
    sequence: str | None = None


class Computed(Struct, frozen=True, tag=True):
    expression: str
    stored: bool = True


class Column(Struct, frozen=True):
    """`type` is the database's canonical spelling; `default` and expressions are what the server prints.

    `on_update` is what the server writes into the column whenever the row is updated.
    `affinity` is what becomes of a value where the name of a type binds nothing; None where it does.
    `unvalidated` says that rows older than its NOT NULL may be NULL, `storage` how it is kept out of the ordinary.
    """

    name: str
    type: str | Unknown
    nullable: bool = True
    default: str | None | Unknown = None
    identity: Identity | None = None
    computed: Computed | None | Unknown = None
    collation: str | None | Unknown = None
    comment: str | None = None
    on_update: str | None | Unknown = None
    invisible: bool = False
    affinity: str | None = None
    unvalidated: bool = False
    storage: str | None = None


class PrimaryKey(Struct, frozen=True):
    """`without_overlaps` says that the last column is a range, and that no two of one key overlap in it."""

    name: str | None
    columns: tuple[str, ...]
    deferrable: bool = False
    initially_deferred: bool = False
    comment: str | None = None
    include: tuple[str, ...] = ()
    without_overlaps: bool = False


class Unique(Struct, frozen=True):
    name: str | None
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    comment: str | None = None
    without_overlaps: bool = False


class ForeignKey(Struct, frozen=True):
    """`enforced` says that the server looks after it: its triggers are not switched off.

    `period` says that the last columns are ranges, and that those pointed at have to cover the pointing one.
    """

    name: str | None
    columns: tuple[str, ...]
    target_schema: str
    target_table: str
    target_columns: tuple[str, ...]
    on_update: Action = "no action"
    on_delete: Action = "no action"
    on_delete_columns: tuple[str, ...] = ()
    match: Literal["simple", "full", "partial"] = "simple"
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    comment: str | None = None
    enforced: bool = True
    period: bool = False


class Check(Struct, frozen=True):
    """`columns` are those the expression mentions."""

    name: str | None
    expression: str | Unknown
    columns: tuple[str, ...] = ()
    validated: bool = True
    no_inherit: bool = False
    comment: str | None = None
    enforced: bool = True


class IndexKey(Struct, frozen=True):
    """One key of an index: a column's name, or an expression. `opclass` and `collation` only where not the default.

    `length` is how many characters (bytes) of the column are indexed, where that is not all of it.
    """

    column: str | None = None
    expression: str | Unknown | None = None
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool = False
    length: int | None = None


class Index(Struct, frozen=True):
    """`columns` are all columns it depends on, expressions and predicate included.

    `ignored` says that no query may use it; `automatic` that the server made it by itself, for a foreign key.
    `tablespace` is None where it is the database's own.
    """

    name: str | None
    keys: tuple[IndexKey, ...]
    unique: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    predicate: str | Unknown | None = None
    nulls_not_distinct: bool = False
    options: tuple[str, ...] = ()
    valid: bool = True
    columns: tuple[str, ...] = ()
    comment: str | None = None
    ignored: bool = False
    automatic: bool = False
    tablespace: str | None = None


class Exclusion(Struct, frozen=True):
    """An EXCLUDE constraint; `operators` stand beside `keys`, one for one."""

    name: str | None
    keys: tuple[IndexKey, ...]
    operators: tuple[str, ...]
    method: str = "gist"
    predicate: str | Unknown | None = None
    columns: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    comment: str | None = None


Part: TypeAlias = PrimaryKey | Unique | ForeignKey | Check | Exclusion | Index

TableKey: TypeAlias = tuple[str, str]
RelationKind: TypeAlias = Literal["table", "partitioned-table", "view", "materialized-view", "foreign-table"]
NOT_TABLES = frozenset[RelationKind]({"view", "materialized-view", "foreign-table"})


class Table(Struct, frozen=True):
    """A relation with its parts. Parts are sorted by name; columns keep their order.

    `options` are (name, value) of how it is stored (fillfactor, engine, STRICT …), sorted, defaults left out.
    `partitioning` says by what it is partitioned; `partition_of` names the parent of a partition, `bound` its rows.
    The rest is None where it is what every table has: the rows' old values that replicas are sent
    (`replica_identity`), the `tablespace`, the `access_method`, the index its rows are sorted by (`clustered_on`).
    """

    schema: str
    name: str
    kind: RelationKind = "table"
    partition_of: TableKey | None = None
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    unlogged: bool = False
    partitioning: str | None = None
    inherits: tuple[TableKey, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    bound: str | None = None
    replica_identity: str | None = None
    tablespace: str | None = None
    access_method: str | None = None
    clustered_on: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("table", self.schema, self.name)

    @property
    def parents(self) -> tuple[TableKey, ...]:
        """The tables of which it is a partition, or from which it inherits."""
        return (*((self.partition_of,) if self.partition_of else ()), *self.inherits)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


class Enum(Struct, frozen=True):
    schema: str
    name: str
    values: tuple[str, ...]
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("enum", self.schema, None, self.name)

    @property
    def spelling(self) -> str:
        """The type as a catalog prints it with an empty search path."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"


def identifier(name: str) -> str:
    """A name as servers print it: quoted unless it is plain and in lower case."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


class Object(Struct, frozen=True):
    """Something a schema has beyond tables; its kinds are in `kedge.objects`."""

    @property
    def path(self) -> ObjectPath:
        raise NotImplementedError


class Catalog(Struct, frozen=True, gc=True):
    """One side's schema. Tables, enums and sequences are keyed by (schema, name), other objects by their path.

    `prelude` are statements that make what tables may lean on: the database's own types and functions.
    `hidden` are tables that are there and cannot be read, and why; `partial` are schemas of which the role sees
    only some tables, and why. `veiled` are objects beyond tables that the role may not see, and why: a path without a
    name stands for all of its kind in a schema. `unseen` says in sentences what this way of reading cannot see at all.
    """

    profile: ServerProfile
    schemas: tuple[str, ...] = ()
    tables: Mapping[TableKey, Table] = {}
    enums: Mapping[TableKey, Enum] = {}
    sequences: Mapping[TableKey, Sequence] = {}
    objects: Mapping[ObjectPath, Object] = {}
    prelude: tuple[str, ...] = ()
    hidden: Mapping[TableKey, str] = {}
    partial: Mapping[str, str] = {}
    unseen: tuple[str, ...] = ()
    veiled: tuple[tuple[ObjectPath, str], ...] = ()


class Note(Struct, frozen=True):
    """Something that was not compared, or has to be known to read the result; `path` names its object, if any."""

    kind: str
    reason: str
    path: ObjectPath | None = None
