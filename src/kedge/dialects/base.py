"""What every database has to offer to be audited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, TypeAlias, get_args

from kedge.catalog import Catalog, Note, ObjectPath, ServerProfile, Struct, Table, TableKey, Unknown
from kedge.declared import DeclaredMetadata, DeclaredTable

Form: TypeAlias = Literal[
    "default",
    "check",
    "predicate",
    "expression",
    "view",
    "index",
    "trigger",
    "trigger-body",
    "policy",
    "rule",
    "domain",
    "domain-default",
    "routine-function",
    "routine-procedure",
]


# The forms of what is beyond tables.
BEYOND_TABLES: frozenset[Form] = frozenset(get_args(Form)) - {"default", "check", "predicate", "expression"}


NO_SNAPSHOT = "a snapshot can be a beginning for PostgreSQL alone; give the schema as a file of SQL"


class Question(Struct, frozen=True):
    """Do two texts mean one thing as this table's default, check, predicate or key? `column` bears the default.

    Or as an object's: its query, condition or body. Then `table` is what the text stands on or the object itself, and
    `column` what else the text needs: the object's name, a domain's type.
    """

    table: TableKey
    form: Form
    models: str
    database: str
    column: str | None = None


class Behind(Struct, frozen=True):
    """A sequence whose `next` number is not past the `greatest` value of its column; `taken` says it is there."""

    path: ObjectPath
    column: ObjectPath
    next: int
    greatest: int
    taken: bool


class Refusal(Struct, frozen=True):
    """A declaration the scratch server refused.

    `refs` are the columns it is made of; `excused` says what the scratch lacks that may be the reason.
    """

    path: ObjectPath
    sql: str
    message: str
    excused: str | None = None
    refs: tuple[ObjectPath, ...] = ()


class Built(Struct, frozen=True, gc=True):
    """What the models declare, as a scratch server made and spelled it.

    `notes` say what the scratch lacks, and what stood in for it.
    """

    catalog: Catalog
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()


class Dialect(Protocol):
    """One kind of database. A connection is whatever `connect` gives; only the dialect looks inside."""

    name: str
    length_of: str
    """The function that counts the characters of a text."""

    def quoted(self, name: str) -> str:
        """A name as a statement has it."""

    def number(self, connection: Any, statement: str, *, timeout: float) -> int | None:
        """What a counting statement answers, read-only; None where it may not, or not in time."""

    def connect(self, url: str, *, timeout: float, autocommit: bool = False) -> AbstractContextManager[Any]:
        """Raises `Incomplete` with one line, passwords masked, when the database cannot be reached."""

    def read(self, connection: Any, *, timeout: float, schemas: Iterable[str] = ()) -> tuple[Catalog, bool]:
        """Every schema that is not the system's, and whether the catalog stood still meanwhile.

        Where schemas are databases, the connection's own and `schemas`, no other.
        """

    def unread(self, catalog: Catalog, schemas: Iterable[str]) -> frozenset[str]:
        """Which of these schemas a reading did not look for."""

    def versions(self, connection: Any, schema: str, table: str) -> tuple[str, ...] | None:
        """The revisions in an Alembic version table; None when there is no such table or no right to read it."""

    def row_estimates(self, connection: Any) -> dict[TableKey, int]:
        """About how many rows tables have, by the server's statistics; nothing is counted."""

    def settled(self, declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
        """Whether a declared table is certainly the live one, said without a server; False says nothing."""

    def doubts(
        self, declared: DeclaredTable, live: Table, profile: ServerProfile
    ) -> tuple[Question, ...] | None:
        """What is left to ask of a table that is not settled: if all is answered with yes, it is the live one.

        None where more than texts may differ, so that the table has to be built.
        """

    def ask(
        self, connection: Any, questions: Iterable[Question], live: Catalog
    ) -> dict[Question, bool | None]:
        """Answer doubts in an empty scratch database, over the columns of the live tables alone."""

    def known(
        self, declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile
    ) -> Table:
        """A declared table as far as it is known without a server, for when there is none."""

    def build(self, connection: Any, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
        """Make what is declared in an empty scratch database and read it back."""

    def prepare(self, connection: Any, live: Catalog, schemas: Iterable[str], *, roles: bool) -> None:
        """Make an empty scratch database the ground on which the project's own DDL may run: schemas, extensions.

        With `roles`, which only a server of our own allows, also those that the audited database knows.
        """

    def made(
        self, connection: Any, live: Catalog, refused: Iterable[str], *, roles: bool
    ) -> tuple[Catalog, dict[str, str]]:
        """What stands in a scratch after the project's DDL ran, and what is refused still, with the server's words.

        What was refused is run once more, with what the audited database has and nobody declares lent to it,
        and, where `roles` may be made, roles that are not there.
        """

    def stood_in(self, connection: Any, tables: Iterable[TableKey]) -> list[Note]:
        """What the scratch lacks and something stood in for, as far as these tables rest on it."""

    def lay(self, connection: Any, catalog: Catalog, tables: Collection[TableKey]) -> None:
        """Make these tables of a catalog in an empty scratch database: their columns, and nothing more."""

    def lend(self, connection: Any, models: Catalog, live: Catalog) -> None:
        """Make in a built scratch database what texts of views, triggers and their like may mention."""

    def settle(
        self, connection: Any, questions: Iterable[Question]
    ) -> Mapping[Question, bool | None | Unknown]:
        """Answer questions over the tables of a built scratch database; None where the server could not say.

        Unknown where it could, and another server might say otherwise, and why.
        """

    def lay_ground(self, connection: Any, live: Catalog, *, whole: bool, roles: Mapping[str, bool]) -> None:
        """Prepare an empty scratch database for the project's revisions, which find there what the audited one gives.

        `whole` makes what somebody may have made beside the chain as well: schemas, extensions, types, functions,
        and bare tables, as `live` has them.
        `roles` says of names whether such a role is to be there: only on a server of our own.
        """

    def run_script(self, connection: Any, sql: str) -> None:
        """Run a file of statements in a scratch database. Raises `UsageError` with the server's words."""

    def lay_out(self, connection: Any, catalog: Catalog) -> None:
        """Make all of a catalog in an empty scratch database. Raises `UsageError` for what cannot be made."""

    def read_replayed(self, connection: Any, live: Catalog, *, timeout: float) -> Catalog:
        """What revisions built in a scratch database, under the audited database's names. Nothing else changes it."""
