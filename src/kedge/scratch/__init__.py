"""Throw-away databases: from local server binaries, an embedded server, or a server the user names.

Whatever is made here is disposed of, also when Kedge is killed: a watchdog waits at the end of a pipe.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from kedge.scratch.protocol import NoScratch, Scratch

__all__ = ["NoScratch", "Scratch", "database_if_any", "is_given", "open_scratch"]


def open_scratch(
    dialect: str,
    *,
    major: int | None = None,
    flavour: str | None = None,
    scratch_url: str | None = None,
    settings: Mapping[str, str] | None = None,
    extensions: Collection[str] = (),
) -> Scratch:
    """The scratch nearest to a server of this dialect, flavour and major version; a context manager.

    `scratch_url` names a server on which databases may be created and dropped; nothing else is tried then.
    Of local servers, one that has the `extensions` is nearer than one that has not.
    `settings` are what decides there how a schema is understood and only a server's start can set.
    """
    if dialect == "mysql":
        flavour = flavour or "mariadb"
        if scratch_url is not None:
            from kedge.scratch.given_mariadb import GivenMariaDB

            return GivenMariaDB(scratch_url, flavour)
        from kedge.scratch import mariadb

        return mariadb.open_local(flavour, major, dict(settings or {}))
    if dialect == "sqlite":
        from kedge.scratch.sqlite import LocalSQLite

        return LocalSQLite()
    if dialect != "postgresql":
        raise NoScratch(f"there is no scratch for {dialect} yet")
    if scratch_url is not None:
        from kedge.scratch.given import GivenPostgres

        return GivenPostgres(scratch_url)
    from kedge.scratch.postgresql import open_local

    return open_local(major, extensions)


@contextmanager
def database_if_any(scratch: Scratch, *, needed: bool = False) -> Iterator[str | None]:
    """A fresh database's URL, or None where none can be had; `needed` raises `NoScratch` then."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(scratch.database())
        except NoScratch:
            if needed:
                raise
            url = None
        yield url


def is_given(scratch: Scratch) -> bool:
    """Whether it is somebody's server, where nothing may be left beside a database: no role, no tablespace."""
    from kedge.scratch.lazy import LazyScratch

    opened = scratch.opened if isinstance(scratch, LazyScratch) else scratch
    return type(opened).__name__.startswith("Given")
