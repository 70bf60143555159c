"""What a chain of revisions begins from, where that is not an empty database: `--history-from`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from kedge.dialects import Dialect
from kedge.errors import KedgeError, UsageError
from kedge.sources import snapshot


class Beginning(msgspec.Struct, frozen=True):
    """A file of SQL, a snapshot, or `create_all`; each may say at which revision that stands (`@REV`)."""

    said: str
    file: Path | None = None
    stamp: str | None = None

    @classmethod
    def of(cls, said: str, root: Path) -> Beginning:
        name, at, stamp = said.rpartition("@")
        if not at or (root / said).is_file():
            name, stamp = said, ""
        if name == "create_all":
            return cls(said, None, stamp or None)
        path = root / name
        if not path.is_file():
            raise UsageError(
                f"--history-from {said}: there is no file {name}",
                hint="give a file of SQL, a snapshot, FILE@REVISION, or create_all@REVISION",
            )
        return cls(said, path, stamp or None)

    def order(self, targets: list[str]) -> dict[str, Any]:
        return {"create_all": self.file is None, "stamp": self.stamp, "models": targets}

    @property
    def is_snapshot(self) -> bool:
        """By its first character: no statement begins like that."""
        return self.file is not None and self.file.read_bytes()[:100].lstrip().startswith(b"{")

    def lay(self, dialect: Dialect, connection: Any) -> None:
        """Make in an empty scratch database what the file says. Raises `UsageError` that names the file."""
        if self.file is None:
            return
        try:
            if self.is_snapshot:
                catalog = snapshot.read(self.file.read_bytes())
                if catalog.profile.dialect != dialect.name:
                    raise UsageError(f"a snapshot of {catalog.profile.dialect}, and this is {dialect.name}")
                dialect.lay_out(connection, catalog)
            else:
                dialect.run_script(connection, self.file.read_text("utf-8"))
        except UnicodeDecodeError:
            raise UsageError(f"--history-from {self.said}: this is no text in UTF-8") from None
        except KedgeError as error:
            raise UsageError(f"--history-from {self.said}: {error.message}", hint=error.hint) from None
