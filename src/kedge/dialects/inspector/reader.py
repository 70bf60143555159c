"""Reads a database through SQLAlchemy's Inspector, as far as its dialect tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector, ObjectKind

from kedge.catalog import (
    Action,
    Catalog,
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
    Unknown,
)

# Each kind of part, and what reads it of all tables of a schema at once.
# https://docs.sqlalchemy.org/en/20/core/reflection.html#sqlalchemy.engine.reflection.Inspector
KINDS: dict[str, str] = {
    "primary-key": "get_multi_pk_constraint",
    "unique": "get_multi_unique_constraints",
    "foreign-key": "get_multi_foreign_keys",
    "check": "get_multi_check_constraints",
    "index": "get_multi_indexes",
    "comment": "get_multi_table_comment",
}
WORDS = {
    "primary-key": "primary keys",
    "unique": "unique constraints",
    "foreign-key": "foreign keys",
    "check": "checks",
    "index": "indexes",
    "comment": "comments",
}
UNSEEN = "unseen"
Found = Mapping[Any, Any]


def read_catalog(connection: sa.Connection, name: str, schemas: Iterable[str]) -> Catalog:
    inspector = sa.inspect(connection)
    database = connection.engine.url.database or name
    default = inspector.default_schema_name or database
    wanted = [None, *(s for s in dict.fromkeys(schemas) if s != default)]
    reading = _Reading(inspector, default)
    tables = {key: table for schema in wanted for key, table in reading.tables(schema).items()}
    version = connection.dialect.server_version_info or ()
    profile = ServerProfile(
        dialect=name,
        flavour=name,
        version=".".join(map(str, version)) or "unknown",
        version_info=tuple(n for n in version if isinstance(n, int)) or (0,),
        database=database,
        default_schema=default,
        search_path=(default,),
        settings=((UNSEEN, ",".join(sorted(reading.unseen))),),
    )
    return Catalog(
        profile=profile,
        schemas=tuple(sorted(default if s is None else s for s in wanted)),
        tables=tables,
        unseen=(said_of(name, reading.unseen),),
    )


def said_of(name: str, unseen: Iterable[str]) -> str:
    """The note that a reader of the report needs: what this audit could not see."""
    kinds = "".join(f"{WORDS[kind]}, " for kind in sorted(unseen))
    return (
        f"{name} is read through SQLAlchemy's Inspector, which does not tell of {kinds}storage, views' texts, triggers,"
        " routines, rights, and options that its dialect leaves out; nothing was judged by a server"
    )


class _Reading:
    def __init__(self, inspector: Inspector, default: str) -> None:
        self.inspector = inspector
        self.dialect = inspector.dialect
        self.default = default
        self.unseen: set[str] = set() if self.dialect.supports_comments else {"comment"}

    def tables(self, schema: str | None) -> dict[TableKey, Table]:
        columns = self.inspector.get_multi_columns(schema=schema, kind=ObjectKind.TABLE)
        found = {kind: self.of(kind, getattr(self.inspector, name), schema) for kind, name in KINDS.items()}
        home = self.default if schema is None else schema
        tables = {
            (home, key[1]): self.table(home, key[1], rows, {kind: found[kind].get(key) for kind in KINDS})
            for key, rows in columns.items()
        }
        try:
            views = self.inspector.get_view_names(schema=schema)
        except NotImplementedError:
            views = []
        return {**tables, **{(home, v): Table(schema=home, name=v, kind="view") for v in views}}

    def of(self, kind: str, method: Callable[..., Found], schema: str | None) -> Found:
        """What there is of this kind; a dialect that cannot tell is remembered for the note."""
        try:
            return method(schema=schema, kind=ObjectKind.TABLE)
        except (NotImplementedError, sa.exc.CompileError, sa.exc.DBAPIError):
            self.unseen.add(kind)
            return {}

    def table(self, schema: str, name: str, rows: list[Any], parts: dict[str, Any]) -> Table:
        primary = parts["primary-key"] or {}
        order: Any = lambda part: part.name or ""  # noqa: E731
        uniques = [
            Unique(u["name"], tuple(u["column_names"])) for u in parts["unique"] or () if u["column_names"]
        ]
        indexes = [
            i
            for i in parts["index"] or ()
            if not i.get("duplicates_constraint") and not _of_unique(i, uniques)
        ]
        return Table(
            schema=schema,
            name=name,
            columns=tuple(self.column(row) for row in rows),
            primary_key=PrimaryKey(primary.get("name"), tuple(primary["constrained_columns"]))
            if primary.get("constrained_columns")
            else None,
            uniques=tuple(sorted(uniques, key=order)),
            foreign_keys=tuple(sorted(map(self.foreign_key, parts["foreign-key"] or ()), key=order)),
            checks=tuple(
                sorted((Check(c["name"], str(c["sqltext"])) for c in parts["check"] or ()), key=order)
            ),
            indexes=tuple(sorted(map(_index, indexes), key=order)),
            comment=(parts["comment"] or {}).get("text") or None,
        )

    def column(self, row: Any) -> Column:
        computed = row.get("computed")
        identity = row.get("identity")
        return Column(
            name=row["name"],
            type=self.type_of(row["type"]),
            nullable=bool(row["nullable"]),
            default=None if computed or identity else row.get("default"),
            identity=Identity("always" if identity.get("always") else "by default", Counter(type=""))
            if identity
            else None,
            computed=Computed(str(computed["sqltext"]), bool(computed.get("persisted")))
            if computed
            else None,
            comment=row.get("comment") or None,
        )

    def type_of(self, type_: Any) -> str | Unknown:
        try:
            return str(type_.compile(dialect=self.dialect))
        except (sa.exc.CompileError, NotImplementedError):
            return Unknown("SQLAlchemy does not know the type")

    def foreign_key(self, row: Any) -> ForeignKey:
        options = {name.lower(): str(said).lower() for name, said in (row.get("options") or {}).items()}

        def action(name: str) -> Action:
            said: Any = options.get(name, "no action")
            return "no action" if said == "restrict" else said

        return ForeignKey(
            name=row["name"],
            columns=tuple(row["constrained_columns"]),
            target_schema=row["referred_schema"] or self.default,
            target_table=row["referred_table"],
            target_columns=tuple(row["referred_columns"]),
            on_update=action("onupdate"),
            on_delete=action("ondelete"),
        )


def _index(row: Any) -> Index:
    names = row["column_names"]
    texts = row.get("expressions") or names
    keys = tuple(
        IndexKey(column=c) if c else IndexKey(expression=str(t)) for c, t in zip(names, texts, strict=False)
    )
    return Index(
        row["name"], keys, unique=bool(row["unique"]), columns=tuple(c for c in names if c is not None)
    )


def _of_unique(row: Any, uniques: list[Unique]) -> bool:
    return any(u.name == row["name"] for u in uniques)
