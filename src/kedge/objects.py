"""What a schema has beyond tables, as frozen values: views, routines, triggers, policies and their like.

Each is one object with an `ObjectPath`; texts are as the server prints them with an empty search path.
A field that holds (name, definition) pairs is sorted by name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from kedge.catalog import Object, ObjectPath, Struct, Table

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class View(Object, frozen=True):
    """A view or a materialized view: `columns` are (name, type), `indexes` those of a materialized one."""

    schema: str
    name: str
    kind: Literal["view", "materialized-view"] = "view"
    definition: str = ""
    columns: Pairs = ()
    options: Pairs = ()
    indexes: Pairs = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath(self.kind, self.schema, None, self.name)


class Routine(Object, frozen=True):
    """A function, procedure, aggregate or window function; its identity is its name with the types it takes.

    `arguments` are written out with names and defaults; `signature` holds the types alone. `settings` are what it SETs.
    `characteristics` are further promises in the server's own words: "deterministic", "reads sql data".
    """

    schema: str
    name: str
    signature: str = ""
    kind: Literal["function", "procedure", "aggregate", "window"] = "function"
    arguments: str = ""
    returns: str | None = None
    language: str = "sql"
    body: str = ""
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    security_definer: bool = False
    strict: bool = False
    leakproof: bool = False
    parallel: Literal["safe", "restricted", "unsafe"] = "unsafe"
    settings: tuple[str, ...] = ()
    characteristics: tuple[str, ...] = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("routine", self.schema, None, f"{self.name}({self.signature})")


class Trigger(Object, frozen=True):
    """A trigger of a table or view. `level` is "row" or "statement"; `transitions` name its transition tables.

    `function` is called with `arguments`, or `body` is run, where triggers have statements of their own. `follows` is
    the trigger of the same moment that fires before it, where there is an order.
    `enabled` says when it fires: "always", "replica", "disabled", or None where
    it fires as triggers do. `constraint` says how it is deferred, where it is a constraint trigger.
    """

    schema: str
    table: str
    name: str
    timing: Literal["before", "after", "instead of"] = "before"
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    level: Literal["row", "statement"] = "row"
    when: str | None = None
    function: str = ""
    arguments: tuple[str, ...] = ()
    enabled: Literal["always", "replica", "disabled"] | None = None
    constraint: str | None = None
    transitions: Pairs = ()
    body: str = ""
    follows: str | None = None
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("trigger", self.schema, self.table, self.name)


class Policy(Object, frozen=True):
    """A row security policy. `using` chooses the rows that are seen, `check` those that may be written."""

    schema: str
    table: str
    name: str
    command: Literal["all", "select", "insert", "update", "delete"] = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    check: str | None = None
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("policy", self.schema, self.table, self.name)


class Extras(Object, frozen=True):
    """What a table has that no CREATE TABLE says: row security and rules. A table that has none has no `Extras`."""

    schema: str
    table: str
    row_security: Literal["on", "forced"] | None = None
    rules: Pairs = ()

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("table", self.schema, self.table)


class Domain(Object, frozen=True):
    """`checks` are (name, expression)."""

    schema: str
    name: str
    type: str = "text"
    default: str | None = None
    nullable: bool = True
    collation: str | None = None
    checks: Pairs = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("domain", self.schema, None, self.name)


class CompositeType(Object, frozen=True):
    """`attributes` are (name, type), in their order."""

    schema: str
    name: str
    attributes: Pairs = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("composite-type", self.schema, None, self.name)


class Statistics(Object, frozen=True):
    """Extended statistics: the `kinds` that are gathered over the `columns` and expressions of `table`."""

    schema: str
    name: str
    table: str = ""
    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("statistics", self.schema, None, self.name)


class Publication(Object, frozen=True):
    """What is sent to subscribers: `tables` (with the columns and rows chosen), or `schemas`, or everything."""

    name: str
    all_tables: bool = False
    operations: tuple[str, ...] = ()
    via_root: bool = False
    tables: Pairs = ()
    schemas: tuple[str, ...] = ()
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("publication", None, None, self.name)


class EventTrigger(Object, frozen=True):
    """A trigger on DDL. `enabled` is as a `Trigger`'s."""

    name: str
    event: str = ""
    tags: tuple[str, ...] = ()
    function: str = ""
    enabled: Literal["always", "replica", "disabled"] | None = None
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("event", None, None, self.name)


class ScheduledEvent(Object, frozen=True):
    """What the server runs by the clock: `every` says how often; `preserved` that it stays there when it has ended.

    When it starts and ends is no fact: moments are often said from the one at which it is made.
    """

    schema: str
    name: str
    every: str = ""
    body: str = ""
    preserved: bool = False
    enabled: bool = True
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("scheduled-event", self.schema, None, self.name)


class InstalledExtension(Object, frozen=True):
    """An extension and the schema its objects stand in; which version it has is the server's affair."""

    name: str
    schema: str = ""

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("extension", None, None, self.name)


class Schema(Object, frozen=True):
    name: str
    comment: str | None = None

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("schema", self.name, None, self.name)


class Grant(Object, frozen=True):
    """What one role may do with one object, where somebody granted it.

    `on` is a table, view, sequence, routine, schema or type; `columns` are (privilege, column) of single ones. The
    sequence that numbers a column goes by its table and column, whatever its name.
    What an owner grants itself is no grant, nor what everybody may do with a new object.
    """

    on: ObjectPath
    role: str
    privileges: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()
    columns: Pairs = ()

    @property
    def path(self) -> ObjectPath:
        if self.on.table is not None:
            of = f" on sequence of {self.on.name}" if self.on.kind == "sequence" else ""
            return ObjectPath("grant", self.on.schema, self.on.table, self.role + of)
        return ObjectPath("grant", self.on.schema, None, f"{self.role} on {called(self.on)}")


class Revocation(Object, frozen=True):
    """What everybody may do with a new object of its kind, and was taken away: EXECUTE on routines, USAGE on types."""

    on: ObjectPath
    privilege: str

    @property
    def path(self) -> ObjectPath:
        return ObjectPath("revocation", self.on.schema, None, f"{self.privilege} on {called(self.on)}")


class DefaultPrivilege(Object, frozen=True):
    """What `to` is granted on every new object that `role` makes, in one schema or in all.

    `objects` are "tables", "sequences", "routines", "types", "schemas" or "large objects". `role` is None for whoever
    runs the declaration. `revoked` is what everybody is no longer given.
    """

    objects: str
    to: str
    role: str | None = None
    schema: str | None = None
    privileges: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()

    @property
    def path(self) -> ObjectPath:
        of = f" of {self.role}" if self.role is not None else ""
        return ObjectPath("default-privilege", self.schema, None, f"{self.objects}{of} to {self.to}")


class Owner(Object, frozen=True):
    """Whose an object is, where that is not the `usual` one of its database: `on` is None for that one itself."""

    on: ObjectPath | None
    role: str

    @property
    def path(self) -> ObjectPath:
        return owner_path(self.on)


def owner_path(on: ObjectPath | None) -> ObjectPath:
    if on is None:
        return ObjectPath("owner")
    name = called(on) if on.table is None else None
    return ObjectPath("owner", on.schema, on.table, name)


def called(on: ObjectPath) -> str:
    """An object that stands in no table, by kind and name: "routine add(integer)"."""
    return f"{on.kind.replace('-', ' ')} {on.schema if on.kind == 'schema' else on.name}"


# Whose things are and who may use them: no objects of their own, and different in every database.
RIGHTS = (Grant, Revocation, DefaultPrivilege, Owner)


def nothing_more(table: Table) -> Extras:
    """The `Extras` of a table that has none."""
    return Extras(schema=table.schema, table=table.name)


KINDS: tuple[type[Struct], ...] = (
    View,
    Routine,
    Trigger,
    Policy,
    Extras,
    Domain,
    CompositeType,
    Statistics,
    Publication,
    EventTrigger,
    ScheduledEvent,
    InstalledExtension,
    Schema,
    *RIGHTS,
)
