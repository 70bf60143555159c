"""A scratch that is opened when it is first needed: most audits of unchanged models never need one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from kedge.scratch.protocol import Scratch


class LazyScratch:
    """Stands for what `open_` gives. Raises what that raises, but only where something is asked of it."""

    def __init__(self, open_: Callable[[], Scratch]) -> None:
        self._open = open_
        self._scratch: Scratch | None = None

    @property
    def opened(self) -> Scratch:
        if self._scratch is None:
            self._scratch = self._open()
        return self._scratch

    @property
    def dialect(self) -> str:
        return self.opened.dialect

    @property
    def flavour(self) -> str:
        return self.opened.flavour

    @property
    def server_version(self) -> str:
        return self.opened.server_version

    @property
    def major(self) -> int:
        return self.opened.major

    @property
    def origin(self) -> str:
        return self.opened.origin

    @contextmanager
    def database(self) -> Iterator[str]:
        with self.opened.database() as url:
            yield url

    def close(self) -> None:
        if self._scratch is not None:
            self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
