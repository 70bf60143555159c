"""Which of the databases that one env.py runs through is the audited one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kedge.catalog import Catalog
from kedge.declared import Declared, DeclaredEnvironment, DeclaredMetadata, ProbeNote
from kedge.scratch.places import same_database

# An engine with half as many of its tables there as the best one may be meant too.
_HALF = 0.5
# Flask-Migrate gives the one without a bind no name.
_DEFAULT = "the default one"


def with_engines_chosen(declared: Declared, live: Catalog, url: str) -> Declared:
    """The models of other databases are marked as such, and a note says so."""
    environments, metadata, notes = [], list(declared.metadata), list(declared.notes)
    for environment in declared.environments:
        own = [m for m in metadata if m.environment == environment.name and m.engine is not None]
        meant = _meant(environment, own, live, url) if len(environment.engines) > 1 else set()
        engine = next(iter(meant)) if len(meant) == 1 else None
        environments.append(msgspec.structs.replace(environment, engine=engine))
        if meant:
            notes += _told(environment, own, meant)
            metadata = [
                msgspec.structs.replace(m, elsewhere=True) if m in own and m.engine not in meant else m
                for m in metadata
            ]
    return msgspec.structs.replace(
        declared, environments=tuple(environments), metadata=tuple(metadata), notes=tuple(notes)
    )


def _meant(
    environment: DeclaredEnvironment, own: list[DeclaredMetadata], live: Catalog, url: str
) -> set[str]:
    """By their URLs; where none is the audited one, by their tables. Empty where nobody can tell."""
    named = {e.name for e in environment.engines if e.place and same_database(e.place, url)}
    if named:
        return named
    shares = {e.name: _share([m for m in own if m.engine == e.name], live) for e in environment.engines}
    best = max(shares.values())
    return {name for name, share in shares.items() if share > _HALF * best} if best else set()


def _share(metadata: list[DeclaredMetadata], live: Catalog) -> float:
    """How much of what is declared for an engine the database has."""
    keys = {(t.schema or live.profile.default_schema, t.name) for m in metadata for t in m.tables}
    return len(keys & live.tables.keys()) / len(keys) if keys else 0.0


def _told(
    environment: DeclaredEnvironment, own: list[DeclaredMetadata], meant: set[str]
) -> Iterator[ProbeNote]:
    others = [m for m in own if m.engine not in meant]
    if others:
        names = " or ".join(name or _DEFAULT for name in sorted(meant))
        said = ", ".join(f"{m.target} ({m.engine or _DEFAULT})" for m in others)
        reason = f"of the databases of {environment.name} this is {names}; not compared: {said}"
        yield ProbeNote("excluded", reason)
