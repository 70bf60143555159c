"""What the probe answers: every table the models declare, as the project's own SQLAlchemy spells it.

The probe (`kedge/probe`, which may not import this module) writes this shape as JSON; here it is decoded and checked.
Every `sql` text is a complete fragment compiled by the project's dialect. Parts without a name of their own
carry the placeholder name `kedge_part_<n>` inside their `sql` and `name: null`, so that after creating them in
a scratch database they are recognised and their invented name is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from kedge.catalog import Enum, Object, ObjectPath, Sequence, Table
from kedge.objects import KINDS


class Struct(msgspec.Struct, frozen=True, gc=False):
    pass


class Place(Struct, frozen=True):
    """File and line as the project's interpreter sees them."""

    path: str
    line: int | None = None


class TypeRef(Struct, frozen=True):
    """A named type (native enum or domain) a column uses, also inside ARRAY or a TypeDecorator."""

    kind: str
    schema: str | None
    name: str


class DeclaredIdentity(Struct, frozen=True):
    always: bool = False
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool | None = None
    cache: int | None = None


class DeclaredColumn(Struct, frozen=True):
    """`spec` is the whole column clause; `type` and `default` its pieces. `error` says why a piece is null."""

    name: str
    type: str | None
    spec: str | None
    written: str
    nullable: bool = True
    primary_key: bool = False
    default: str | None = None
    serial: bool = False
    identity: DeclaredIdentity | None = None
    computed: str | None = None
    computed_stored: bool | None = None
    collation: str | None = None
    comment: str | None = None
    python_default: bool = False
    fetched: bool = False
    types: tuple[TypeRef, ...] = ()
    place: Place | None = None
    ignores: tuple[str, ...] = ()
    renamed_from: str | None = None
    error: str | None = None


class DeclaredTarget(Struct, frozen=True):
    schema: str | None
    table: str
    columns: tuple[str, ...]


class DeclaredConstraint(Struct, frozen=True):
    """`sql` is what follows `ALTER TABLE t ADD`."""

    kind: str
    name: str | None
    sql: str | None
    columns: tuple[str, ...] = ()
    expression: str | None = None
    target: DeclaredTarget | None = None
    on_update: str | None = None
    on_delete: str | None = None
    match: str | None = None
    deferrable: bool | None = None
    initially: str | None = None
    not_valid: bool = False
    options: dict[str, str | bool] = {}
    type_bound: bool = False
    comment: str | None = None
    place: Place | None = None
    ignores: tuple[str, ...] = ()
    renamed_from: str | None = None
    error: str | None = None


class DeclaredIndex(Struct, frozen=True):
    """`sql` is the whole CREATE INDEX but for its tablespace.

    `keys` holds a column's name or None for an expression, in order.
    """

    name: str | None
    sql: str | None
    keys: tuple[str | None, ...] = ()
    unique: bool = False
    plain: bool = False
    tablespace: str | None = None
    place: Place | None = None
    ignores: tuple[str, ...] = ()
    renamed_from: str | None = None
    error: str | None = None


class DeclaredClass(Struct, frozen=True):
    """A mapped class, with the classes of its bases that the project itself defines, nearest first.

    `names` may follow the class; `takes` are its constructor's keywords, None for any of the names, `**` for all;
    an `open` class answers to more names than anybody can list.
    """

    module: str
    name: str
    place: Place | None = None
    bases: tuple[Place, ...] = ()
    attributes: dict[str, str] = {}
    names: tuple[str, ...] = ()
    takes: tuple[str, ...] | None = None
    open: bool = False


class DeclaredTable(Struct, frozen=True):
    """`made` is the table as the models' DDL events left it in a scratch; None where none were run.

    `suffix` is what follows the columns, but for the `tablespace` and what a table is `using` to keep its rows.
    """

    schema: str | None
    name: str
    columns: tuple[DeclaredColumn, ...] = ()
    constraints: tuple[DeclaredConstraint, ...] = ()
    indexes: tuple[DeclaredIndex, ...] = ()
    comment: str | None = None
    prefixes: tuple[str, ...] = ()
    suffix: str = ""
    tablespace: str | None = None
    using: str | None = None
    is_view: bool = False
    place: Place | None = None
    classes: tuple[DeclaredClass, ...] = ()
    ignores: tuple[str, ...] = ()
    renamed_from: str | None = None
    error: str | None = None
    made: Table | None = None


class DeclaredEnum(Struct, frozen=True):
    schema: str | None
    name: str
    values: tuple[str, ...]
    sql: str
    place: Place | None = None


class DeclaredSequence(Struct, frozen=True):
    schema: str | None
    name: str
    sql: str


class Beyond(Struct, frozen=True):
    """Something models declare beyond tables: a DDL event's listener, or an entity of a library."""

    kind: str
    name: str
    place: Place | None = None


class DeclaredMetadata(Struct, frozen=True):
    """One MetaData: `target` is `module:attribute` where known, `environment` the Alembic one that passed it.

    `engine` is the name its env.py has for the database, where it runs several; `elsewhere` says that it is another
    than the audited one.
    """

    target: str
    environment: str | None = None
    tracked: bool = True
    tables: tuple[DeclaredTable, ...] = ()
    enums: tuple[DeclaredEnum, ...] = ()
    domains: tuple[DeclaredSequence, ...] = ()
    sequences: tuple[DeclaredSequence, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    engine: str | None = None
    elsewhere: bool = False

    def types_and_sequences(self) -> list[tuple[str | None, str]]:
        """(schema, name) of everything beside tables."""
        enums = [(e.schema, e.name) for e in self.enums]
        return enums + [(s.schema, s.name) for s in (*self.domains, *self.sequences)]


class DeclaredRevision(Struct, frozen=True):
    """What Alembic says of one revision; `path` is its file as the project's interpreter sees it."""

    revision: str
    down: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    path: str | None = None


class DeclaredEngine(Struct, frozen=True):
    """One of the databases an env.py runs through; `place` is its URL without user, password and options."""

    name: str
    place: str | None = None


class DeclaredEnvironment(Struct, frozen=True):
    """`chain` are the revisions from the base on; `naming` is what the models' naming convention gives operations.

    `engine` is the one of its `engines` that the audited database is, where that is known.
    """

    name: str
    script_location: str | None = None
    version_table: str = "alembic_version"
    version_table_schema: str | None = None
    include_schemas: bool = False
    filters: bool = False
    revisions: int = 0
    heads: tuple[str, ...] = ()
    revision_ids: tuple[str, ...] = ()
    chain: tuple[DeclaredRevision, ...] = ()
    naming: tuple[str, ...] = ()
    engines: tuple[DeclaredEngine, ...] = ()
    engine: str | None = None


class Excluded(Struct, frozen=True):
    """An object an environment's include_name or include_object turns away, by the name of the side it is on."""

    side: str
    kind: str
    schema: str | None
    table: str | None
    name: str | None
    environment: str


class ProbeNote(Struct, frozen=True):
    kind: str
    reason: str
    place: Place | None = None


class Ran(Struct, frozen=True):
    """A statement that a listener or a library ran; `whole` if its text says all, without parameters."""

    sql: str
    whole: bool = True
    by: str | None = None
    place: Place | None = None
    words: str | None = None
    code: str | None = None


class Created(Struct, frozen=True):
    """What became of creating everything in a scratch: statements refused there, statements listeners ran.

    `pieces` are the tables of which the server took only parts; `error` says why nothing was run at all.
    """

    failed: tuple[Ran, ...] = ()
    ran: tuple[Ran, ...] = ()
    notes: tuple[ProbeNote, ...] = ()
    pieces: tuple[tuple[str | None, str], ...] = ()
    error: str | None = None


class Made(Struct, frozen=True):
    """What only DDL events and libraries make, read from the scratch in which they ran.

    What they add to declared tables stands in `DeclaredTable.made`; here is what no MetaData declares. `kept` are
    the objects beyond tables, each with the name of its kind; `places` the listeners' lines, by object; `missed`
    what could not be made there, and why; `absent` the declared tables that the models' own DDL leaves out.
    """

    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    kept: tuple[tuple[str, bytes], ...] = ()
    places: tuple[tuple[ObjectPath, Place], ...] = ()
    missed: tuple[tuple[ObjectPath, str], ...] = ()
    absent: tuple[tuple[str, str], ...] = ()

    @property
    def objects(self) -> dict[ObjectPath, Object]:
        kinds = {kind.__name__: kind for kind in KINDS}
        found: list[Any] = [msgspec.msgpack.decode(content, type=kinds[name]) for name, content in self.kept]
        return {item.path: item for item in found}


def kept(objects: Iterable[Object]) -> tuple[tuple[str, bytes], ...]:
    """Objects as `Made` keeps them."""
    return tuple((type(item).__name__, msgspec.msgpack.encode(item)) for item in objects)


class Declared(Struct, frozen=True):
    """The probe's whole answer. `error` is set when the project could not be read at all.

    `loaded` are the project's files that were imported, `packages` installed ones that are the project's own.
    """

    python: str = ""
    sqlalchemy: str = ""
    alembic: str | None = None
    driver: str | None = None
    metadata: tuple[DeclaredMetadata, ...] = ()
    environments: tuple[DeclaredEnvironment, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[ProbeNote, ...] = ()
    loaded: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    error: ProbeNote | None = None
    entities: tuple[Beyond, ...] = ()
    created: Created | None = None
    made: Made | None = None

    @property
    def beyond(self) -> tuple[Beyond, ...]:
        """All that is declared beyond tables."""
        return (*(b for m in self.metadata if m.tracked for b in m.beyond), *self.entities)
