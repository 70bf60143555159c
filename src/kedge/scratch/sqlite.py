"""Throw-away SQLite databases: files in a private folder that goes with Kedge, however Kedge goes."""

import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from kedge.scratch.lifeline import Lifeline
from kedge.scratch.protocol import NoScratch

SWEEPER = Path(__file__).with_name("sweeper.py")


class LocalSQLite:
    """The SQLite of this very Python."""

    dialect = "sqlite"
    flavour = "sqlite"

    def __init__(self) -> None:
        self.server_version = sqlite3.sqlite_version
        self.major = sqlite3.sqlite_version_info[0]
        self.origin = f"SQLite {self.server_version} of this Python"
        self._names = (f"kedge_{number}.db" for number in count(1))
        self._folder = Path(tempfile.gettempdir(), f"kedge-{secrets.token_hex(8)}").absolute()
        # first, so that there is no moment without an owner
        self._sweeper = Lifeline([sys.executable, "-I", "-S", str(SWEEPER), os.fspath(self._folder)])
        try:
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            self._sweeper.close()
            raise NoScratch(f"no folder for scratch databases: {error}") from None

    @contextmanager
    def database(self) -> Iterator[str]:
        file = self._folder / next(self._names)
        try:
            sqlite3.connect(file).close()
            file.touch(mode=0o600)
        except (OSError, sqlite3.Error) as error:
            raise NoScratch(f"cannot make a scratch database: {error}") from None
        try:
            yield f"sqlite:///{file}"
        finally:
            for ending in ("", "-wal", "-shm", "-journal"):
                Path(f"{file}{ending}").unlink(missing_ok=True)

    def close(self) -> None:
        if self._sweeper.held:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._sweeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
