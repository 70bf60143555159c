"""What Kedge remembers between two audits: small files in the user's cache folder, that any audit may lose.

Nothing here is needed: a file that is missing, damaged or of another Kedge is as good as none. Two audits at once
write whole files beside each other, and the last one stays. No connection string, password or row is ever kept.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path

_DIGEST = 16
_KEPT_DAYS = 60
_KINDS = (".same", ".models", ".history", ".code")


def digest(*parts: bytes) -> bytes:
    """One short name for all of these, in this order."""
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()


@cache
def kedge_itself() -> bytes:
    """Which Kedge this is: its version, and the state of its files where somebody works on them."""
    import kedge

    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    states = [(p.relative_to(package).as_posix(), p.stat()) for p in files]
    said = "\n".join(f"{path} {s.st_size} {s.st_mtime_ns}" for path, s in states)
    return digest(kedge.__version__.encode(), said.encode())


class Memory:
    """A folder of remembered answers; without a folder it remembers nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @classmethod
    def of_user(cls, environ: Mapping[str, str] = os.environ) -> Memory:
        """The user's own: `$XDG_CACHE_HOME/kedge` or `~/.cache/kedge`; none where KEDGE_NO_CACHE is set."""
        if environ.get("KEDGE_NO_CACHE", "").lower() not in ("", "0", "false", "no"):
            return cls(None)
        given = environ.get("XDG_CACHE_HOME", "")
        try:
            # https://specifications.freedesktop.org/basedir-spec/latest/ : a relative path is to be ignored
            root = Path(given) if given.startswith("/") else Path.home() / ".cache"
        except RuntimeError:  # no home
            return cls(None)
        return cls(root / "kedge")

    def get(self, name: str) -> bytes | None:
        """What was put under this name, if it is whole."""
        if self.folder is None:
            return None
        try:
            content = (self.folder / name).read_bytes()
        except OSError:
            return None
        body = content[_DIGEST:]
        return body if content[:_DIGEST] == digest(kedge_itself(), name.encode(), body) else None

    def put(self, name: str, body: bytes) -> None:
        """Keep it; what cannot be written is not kept."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old()
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(digest(kedge_itself(), name.encode(), body) + body)
                Path(temporary).replace(self.folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError:
            return

    def _forget_old(self) -> None:
        assert self.folder is not None
        limit = time.time() - _KEPT_DAYS * 86400
        for file in self.folder.iterdir():
            ours = file.suffix in _KINDS or file.name.startswith(".new-")
            if ours and file.stat().st_mtime < limit:
                file.unlink(missing_ok=True)
