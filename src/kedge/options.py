"""What one audit is asked, whichever door it came through: the words are the command line's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Each is explained where people give it: docs/cli.md, and `kedge.audit` for Python.

    `targets` are models as "module:attribute", `configs` Alembic configurations; without them the project's own
    are found. `timeout` is in seconds. `name` is the database's logical name, which goes into fingerprints.
    """

    targets: Sequence[str] = ()
    configs: Sequence[str] = ()
    python: str | None = None
    schemas: Sequence[str] = ()
    scratch_url: str | None = None
    scratch_place: str = "nearest"
    timeout: float = 300
    name: str | None = None
    owned_by_others: Sequence[str] = ()
    platforms: Sequence[str] = ()
    accept_renames: Sequence[str] = ()
    code: bool = True
    history: bool = True
    history_from: str | None = None
    history_command: str | None = None
    check_downgrades: bool = False
    probe_data: bool = False
    sequence_values: bool = True
