"""Where throw-away databases are made, as the user says it: on the nearest server, on the audited one, or nowhere."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs, urlsplit

import msgspec

from kedge.errors import UsageError
from kedge.options import Options
from kedge.scratch.lazy import LazyScratch
from kedge.scratch.protocol import NoScratch, Scratch

PLACES = ("nearest", "same-server", "none")
PREFIX = "kedge_scratch_"
_LEFT_OVER = re.compile(PREFIX + r"([0-9a-f]{8})_[0-9a-f]{8}")
_AN_HOUR = 3600


def placed(options: Options, url: str, scratch: Scratch | None) -> tuple[Options, Scratch | None]:
    """The options with the scratch URL, and the scratch, that their place means for an audit of `url`."""
    place, scratch_url = options.scratch_place, options.scratch_url
    if place not in PLACES:
        raise UsageError(f"scratch: {place} is not known", hint=f"it may be {', '.join(PLACES)}")
    if place != "nearest" and scratch_url is not None:
        raise UsageError(
            f"--scratch {place} and --scratch-url both say where to make databases", hint="give one of them"
        )
    if scratch_url is not None and same_database(scratch_url, url):
        raise UsageError(
            "the scratch URL is the audited database itself, which is only ever read",
            hint="name another database of that server, or say --scratch same-server",
        )
    if scratch is not None or place == "nearest" or url.startswith("sqlite"):
        return options, scratch
    if place == "same-server":
        return msgspec.structs.replace(options, scratch_url=url), None
    return options, LazyScratch(_refused)


def same_database(one: str, other: str) -> bool:
    """Whether two URLs lead to one database, whatever drivers and users they name."""
    if one.startswith("sqlite") and other.startswith("sqlite"):
        here, there = (Path(urlsplit(url).path[1:]).resolve() for url in (one, other))
        return here == there
    return _database(one) == _database(other)


def _refused() -> NoReturn:
    raise NoScratch("no scratch server was wanted (--scratch none)")


def _database(url: str) -> tuple[str, str, int | None, str]:
    """Which database a URL means, whatever driver and user it names."""
    parts = urlsplit(url)
    dialect = {"postgres": "postgresql", "mariadb": "mysql"}.get(parts.scheme.partition("+")[0], parts.scheme)
    query = parse_qs(parts.query)
    host = parts.hostname or (query.get("host") or [""])[0]
    here = host in ("", "localhost", "127.0.0.1", "::1")
    try:
        port = parts.port or int((query.get("port") or ["0"])[0]) or None
    except ValueError:
        port = None
    usual = 3306 if dialect.startswith("mysql") else 5432
    return dialect.partition("+")[0], "localhost" if here else host, port or usual, parts.path.strip("/")


def scratch_name() -> str:
    """A database's name nobody else has; it tells when it was made."""
    return f"{PREFIX}{int(time.time()):08x}_{secrets.token_hex(4)}"


def is_left_over(name: str) -> bool:
    """Whether a database was made by a Kedge that ended long ago without dropping it, machine and all."""
    found = _LEFT_OVER.fullmatch(name)
    return found is not None and time.time() - int(found[1], 16) > _AN_HOUR
