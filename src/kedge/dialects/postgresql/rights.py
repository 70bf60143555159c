"""What a scratch tells of owners and rights: only what somebody declared there, in the audited server's terms.

Whoever runs the DDL owns what it makes: in a scratch that is its own role, which declares nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import msgspec
import psycopg

from kedge.catalog import Catalog, Object, ObjectPath
from kedge.dialects.postgresql.names import quoted
from kedge.dialects.postgresql.reader import Connection
from kedge.objects import DefaultPrivilege, Grant, Owner
from kedge.rights import owned, owners

# https://www.postgresql.org/docs/17/release-17.html : GRANT ALL on a table came to mean one more.
MAINTAIN, SINCE = "maintain", 17
ALL_BEFORE = frozenset({"delete", "insert", "references", "select", "trigger", "truncate", "update"})
LENT = "lent by kedge"


def as_declared(connection: Connection, catalog: Catalog, live: Catalog) -> Catalog:
    """The catalog of a scratch without what nobody declared."""
    own = connection.info.user
    ours, theirs = connection.info.server_version // 10000, live.profile.version_info[0]
    objects = dict(_declared(catalog.objects, own, ours, theirs))
    of = owners(catalog)
    given = (Owner(on=on, role=of[on]) for on in owned(catalog) if of.get(on, own) != own)
    return msgspec.structs.replace(catalog, objects=objects | {one.path: one for one in given})


def _declared(
    objects: Mapping[ObjectPath, Object], own: str, ours: int, theirs: int
) -> Iterator[tuple[ObjectPath, Object]]:
    for one in objects.values():
        if isinstance(one, Owner) or (isinstance(one, Grant) and one.role == own):
            continue
        if isinstance(one, DefaultPrivilege) and one.role == own:
            one = msgspec.structs.replace(one, role=None)
        if isinstance(one, Grant | DefaultPrivilege):
            one = _translated(one, ours, theirs)
        yield one.path, one


def _translated(one: Grant | DefaultPrivilege, ours: int, theirs: int) -> Grant | DefaultPrivilege:
    """What GRANT ALL says on the audited server."""
    if (ours < SINCE) == (theirs < SINCE):
        return one
    return msgspec.structs.replace(
        one,
        privileges=_all_of(one.privileges, newer=theirs >= SINCE),
        grantable=_all_of(one.grantable, newer=theirs >= SINCE),
    )


def _all_of(privileges: tuple[str, ...], *, newer: bool) -> tuple[str, ...]:
    if newer:
        return tuple(sorted({*privileges, MAINTAIN})) if set(privileges) == ALL_BEFORE else privileges
    return tuple(p for p in privileges if p != MAINTAIN)


# -- roles


def lend_roles(connection: Connection, roles: Iterable[str]) -> None:
    """Make roles on a server of our own, so that they may own something and be granted something.

    Names that only a newer server has of itself are refused: what needs them is refused, too, and said.
    """
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    for role in sorted(set(roles) - there):
        with suppress(psycopg.errors.ReservedName):
            connection.execute(f"CREATE ROLE {quoted(role)}".encode())
            connection.execute(f"COMMENT ON ROLE {quoted(role)} IS '{LENT}'".encode())


def take_roles_back(connection: Connection, more: Iterable[str] = ()) -> None:
    """Drop the roles that were lent, and these, where nothing stands on them."""
    lent = connection.execute(
        "SELECT rolname FROM pg_catalog.pg_roles r WHERE rolname = ANY(%s)"
        " OR pg_catalog.shobj_description(r.oid, 'pg_authid') = %s",
        [list(more), LENT],
    ).fetchall()
    for (role,) in lent:
        try:
            connection.execute(f"DROP ROLE {quoted(role)}".encode())
        except psycopg.errors.DependentObjectsStillExist:
            continue
