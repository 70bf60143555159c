"""Reads back what the project's own DDL made in a scratch, after running once more what was refused there."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
import psycopg
from psycopg import sql

from kedge.catalog import Catalog, ObjectPath, TableKey
from kedge.dialects.postgresql.bare import bare_table
from kedge.dialects.postgresql.ground import Ground
from kedge.dialects.postgresql.reader import Connection, read_catalog, read_profile
from kedge.dialects.postgresql.rights import as_declared, lend_roles
from kedge.dialects.postgresql.standing import WORKSHOP
from kedge.objects import CompositeType, Domain, Routine
from kedge.rights import roles_of

# Duplicate object, relation, function, schema, column: made already.
ALREADY_THERE = frozenset({"42710", "42P07", "42723", "42P06", "42701", "42P16"})
# What is lent is not the models'.
LENT = (Routine, Domain, CompositeType)

_MAKES_LENT = re.compile(
    r"\s*CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE|TYPE|DOMAIN|AGGREGATE)\b", re.IGNORECASE
)
_FUNCTION = re.compile(r'function ((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)\(')

_ROLE = re.compile(r'role "([^"]+)" does not exist')
_RELATION = re.compile(r'relation "([^"]+)" does not exist')
# What lacks one thing may lack another.
_TIMES = 5


def prepare(connection: Connection, live: Catalog, schemas: Iterable[str], *, roles: bool) -> None:
    """Schemas, extensions and roles as the audited database has them; every connection gets its search path."""
    if roles:
        lend_roles(connection, roles_of(live))
    ground = Ground(connection, live)
    ground.lay({*schemas, *live.schemas})
    profile = live.profile
    path = [profile.default_schema, *(s for s in profile.search_path if s != profile.default_schema)]
    database = sql.Identifier(connection.info.dbname)
    words = sql.SQL(", ").join(map(sql.Identifier, path))
    connection.execute(sql.SQL("ALTER DATABASE {} SET search_path TO {}").format(database, words))


def made(
    connection: Connection, live: Catalog, refused: Iterable[str], *, roles: bool
) -> tuple[Catalog, dict[str, str]]:
    """The catalog without what was only lent, and what is refused in the end."""
    retrying = _Retrying(connection, live, roles)
    waiting = retrying.run(list(refused))
    before = _read(connection, live)
    if not waiting:
        return before, {}
    own = {object_.path for object_ in before.objects.values()}
    named = list(waiting)
    for _ in range(_TIMES):
        retrying.lend(waiting)
        waiting, before_that = retrying.run(waiting), waiting
        if not waiting or waiting == before_that:
            break
    after = _read(connection, live)
    kept = {
        path: object_
        for path, object_ in after.objects.items()
        if path in own or not isinstance(object_, LENT) or _made_by(path, named, waiting)
    }
    enums = {k: e for k, e in after.enums.items() if k in before.enums or _made_by(e.path, named, waiting)}
    tables = {k: t for k, t in after.tables.items() if k not in retrying.lent}
    return msgspec.structs.replace(after, objects=kept, enums=enums, tables=tables), waiting


def _read(connection: Connection, live: Catalog) -> Catalog:
    return as_declared(connection, read_catalog(connection, read_profile(connection))[0], live)


def _made_by(path: ObjectPath, named: Iterable[str], refused: Iterable[str]) -> bool:
    """Whether one of these statements, which was taken in the end, makes this object."""
    name = (path.name or "").partition("(")[0]
    return any(
        _MAKES_LENT.match(s) and re.search(rf"\b{re.escape(name)}\b", s) for s in {*named} - {*refused}
    )


class _Retrying:
    """Runs statements until nothing more is taken."""

    def __init__(self, connection: Connection, live: Catalog, roles: bool) -> None:
        self.connection = connection
        self.live = live
        self.roles = roles
        self.lent: set[TableKey] = set()

    def run(self, statements: Iterable[str]) -> dict[str, str]:
        """What is refused in the end, with the server's words."""
        waiting = dict.fromkeys(statements, "")
        while waiting:
            refused = {s: w for s in waiting if (w := self.attempt(s)) is not None}
            if len(refused) == len(waiting):
                return refused
            waiting = refused
        return {}

    def attempt(self, statement: str) -> str | None:
        if WORKSHOP in statement:
            return None  # a library that drops every schema it was not told of
        try:
            self.connection.execute(statement.encode())
        except psycopg.Error as error:
            if error.sqlstate in ALREADY_THERE:
                return None
            return error.diag.message_primary or str(error).splitlines()[0]
        return None

    def lend(self, refused: dict[str, str]) -> None:
        """Make what the audited database has and these statements lack; what is there already stays as it is."""
        self.attempt("SET check_function_bodies = off")
        self.run(s.replace("CREATE OR REPLACE", "CREATE", 1) for s in self.live.prelude)
        known = {o.path for o in self.live.objects.values() if isinstance(o, Routine)}
        for words in refused.values():
            if self.roles and (role := _ROLE.search(words)):
                lend_roles(self.connection, [role[1]])
            if found := _FUNCTION.search(words):
                self.lend_trigger_function(found[1], known)
            if found := _RELATION.search(words):
                self.lend_table(found[1])

    def lend_table(self, name: str) -> None:
        """The table as it stands in the audited database, bare: somebody else's, which a trigger or policy is on."""
        profile = self.live.profile
        wanted = {name, *(f"{home}.{name}" for home in (profile.default_schema, *profile.search_path))}
        for key, table in self.live.tables.items():
            if ".".join(key) in wanted and self.attempt(bare_table(table, keys=True)) is None:
                self.lent.add(key)
                return

    def lend_trigger_function(self, name: str, known: set[ObjectPath]) -> None:
        """A trigger's function says nothing of the trigger: any will do, where the audited database has that one."""
        bare = name.rpartition(".")[2].strip('"')
        if any((path.name or "").partition("(")[0] == bare for path in known):
            body = "RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'"
            self.attempt(f"CREATE FUNCTION {name}() {body}")
