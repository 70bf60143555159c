"""Any other database that SQLAlchemy speaks: read through its Inspector, compared as written, judged by nobody.

What the Inspector does not give is not compared; what differs is unconfirmed, as there is no throw-away server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import sqlalchemy as sa

from kedge.catalog import Catalog, Note, ServerProfile, Table, TableKey
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built, Question
from kedge.dialects.inspector.direct import known
from kedge.dialects.inspector.reader import read_catalog
from kedge.errors import Incomplete, UsageError
from kedge.secrets import mask, masked_url


class Inspected:
    """`name` is the scheme of the URL, which is what SQLAlchemy knows the database by."""

    length_of = "length"

    def __init__(self, name: str) -> None:
        self.name = name

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def number(self, connection: sa.Connection, statement: str, *, timeout: float) -> int | None:
        """Nothing is counted where no time limit is known."""
        return None

    def row_estimates(self, connection: sa.Connection) -> dict[TableKey, int]:
        return {}

    def stood_in(self, connection: Any, tables: Iterable[TableKey]) -> list[Note]:
        return []

    @contextmanager
    def connect(self, url: str, *, timeout: float, autocommit: bool = False) -> Iterator[sa.Connection]:
        """Nothing is written: all that is sent is what the Inspector asks, and it is rolled back."""
        try:
            engine = sa.create_engine(url, poolclass=sa.NullPool)
            connection = engine.connect()
        except ImportError as missing:
            raise UsageError(
                f"the driver for {masked_url(url)} is not installed beside Kedge: {mask(str(missing), url)}"
            ) from None
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise Incomplete(
                f"cannot connect to {masked_url(url)}: {_words(error, url)}",
                hint="check host, port, user and password; Kedge only reads",
            ) from None
        try:
            yield connection
        except sa.exc.SQLAlchemyError as error:
            raise Incomplete(f"{masked_url(url)} could not be read: {_words(error, url)}") from None
        finally:
            connection.rollback()
            connection.close()
            engine.dispose()

    def read(
        self, connection: sa.Connection, *, timeout: float, schemas: Iterable[str] = ()
    ) -> tuple[Catalog, bool]:
        return read_catalog(connection, self.name, schemas), True

    def unread(self, catalog: Catalog, schemas: Iterable[str]) -> frozenset[str]:
        return frozenset(schemas) - frozenset(catalog.schemas)

    def versions(self, connection: sa.Connection, schema: str, table: str) -> tuple[str, ...] | None:
        home = None if schema == connection.dialect.default_schema_name else schema
        version = sa.table(table, sa.column("version_num"), schema=home)
        try:
            with connection.begin_nested() if connection.in_transaction() else connection.begin():
                return tuple(sorted(str(row[0]) for row in connection.execute(sa.select(version))))
        except (sa.exc.SQLAlchemyError, NotImplementedError):
            return None

    def settled(self, declared: DeclaredTable, live: Table, profile: ServerProfile) -> bool:
        """Whether nothing that the Inspector gives differs."""
        special = declared.error or declared.is_view or live.kind != "table"
        if special or any(c.error or c.type is None for c in declared.columns):
            return False
        said = known(declared, (live.schema, live.name), live, profile)
        return _parts(said) == _parts(live) and len(said.columns) == len(live.columns)

    def known(
        self, declared: DeclaredTable, key: TableKey, live: Table | None, profile: ServerProfile
    ) -> Table:
        return known(declared, key, live, profile)

    def doubts(
        self, declared: DeclaredTable, live: Table, profile: ServerProfile
    ) -> tuple[Question, ...] | None:
        return None

    # -- what would need a throw-away server, and is never reached without one

    def ask(
        self, connection: Any, questions: Iterable[Question], live: Catalog
    ) -> dict[Question, bool | None]:
        return dict.fromkeys(questions)

    def build(self, connection: Any, layer: Iterable[DeclaredMetadata], live: Catalog) -> Built:
        self.refuse()

    def prepare(self, connection: Any, live: Catalog, schemas: Iterable[str], *, roles: bool) -> None:
        self.refuse()

    def made(
        self, connection: Any, live: Catalog, refused: Iterable[str], *, roles: bool
    ) -> tuple[Catalog, dict[str, str]]:
        self.refuse()

    def lay(self, connection: Any, catalog: Catalog, tables: Collection[TableKey]) -> None:
        self.refuse()

    def settle(self, connection: Any, questions: Iterable[Question]) -> dict[Question, bool | None]:
        return dict.fromkeys(questions)

    def lay_ground(self, connection: Any, live: Catalog, *, whole: bool, roles: Mapping[str, bool]) -> None:
        self.refuse()

    def run_script(self, connection: Any, sql: str) -> None:
        self.refuse()

    def lay_out(self, connection: Any, catalog: Catalog) -> None:
        self.refuse()

    def read_replayed(self, connection: Any, live: Catalog, *, timeout: float) -> Catalog:
        self.refuse()

    def lend(self, connection: Any, models: Catalog, live: Catalog) -> None:
        self.refuse()

    def refuse(self) -> NoReturn:
        raise Incomplete(f"Kedge has no throw-away server for {self.name}")


def inspected(scheme: str, url: str) -> Inspected:
    """Raises `UsageError` where SQLAlchemy does not know the scheme either."""
    try:
        sa.make_url(url).get_dialect()
    except sa.exc.NoSuchModuleError:
        raise UsageError(
            f"neither Kedge nor the SQLAlchemy beside it can read {scheme} databases",
            hint=f"install what teaches SQLAlchemy {scheme} where Kedge is installed",
        ) from None
    except sa.exc.ArgumentError:
        raise UsageError(
            "this is not a database URL", hint="a URL looks like postgresql://user@host/database"
        ) from None
    except ImportError as missing:
        raise UsageError(
            f"what teaches SQLAlchemy {scheme} does not load: {mask(str(missing), url)}"
        ) from None
    return Inspected(scheme)


def _parts(table: Table) -> tuple[Any, ...]:
    columns = {c.name: c for c in table.columns}
    rest = (table.uniques, table.foreign_keys, table.checks, table.indexes)
    return (columns, table.primary_key, table.comment, *(sorted(map(repr, part)) for part in rest))


def _words(error: Exception, url: str) -> str:
    """The driver's own sentence, without the statement and SQLAlchemy's link."""
    said = str(getattr(error, "orig", None) or error)
    return " ".join(mask(said, url).split())
