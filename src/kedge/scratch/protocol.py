"""What a scratch is: a server that may be written to, and that leaves nothing behind."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from kedge.errors import Incomplete


class NoScratch(Incomplete):
    """No throw-away database could be had; what needs a judge stays unconfirmed."""


class Scratch(Protocol):
    """A server with throw-away databases; `close` (or leaving the `with`) disposes of everything."""

    @property
    def dialect(self) -> str: ...
    @property
    def flavour(self) -> str: ...
    @property
    def server_version(self) -> str:
        """As people write it: "15.18"."""

    @property
    def major(self) -> int: ...
    @property
    def origin(self) -> str:
        """For the report: "PostgreSQL 15.18 from /usr/lib/postgresql/15/bin"."""

    def database(self) -> AbstractContextManager[str]:
        """A fresh, empty database: its URL. It is dropped afterwards, whoever is still connected."""

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
