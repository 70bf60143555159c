"""What of a project is another database's: of one env.py that runs through several, of several environments."""

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


def with_database_chosen(declared: Declared, live: Catalog, url: str, *, named: bool) -> Declared:
    """The models of other databases are marked as such, and a note says so. Environments that are `named` are meant."""
    declared = declared if named else _with_environments_chosen(declared, live)
    return _with_engines_chosen(declared, live, url)


def _with_environments_chosen(declared: Declared, live: Catalog) -> Declared:
    """An environment of which the database has nothing, where it has something of another, is a neighbour's."""
    tables = {e.name: sum(len(m.tables) for m in _of(declared, e)) for e in declared.environments}
    here = {e.name for e in declared.environments if _is_here(e, declared, live) or not tables[e.name]}
    if not any(tables[name] for name in here) or len(here) == len(tables):
        return declared
    notes = [
        ProbeNote(
            "excluded",
            f"the database has nothing of {name} ({count} table{'s' if count > 1 else ''}), which is taken for"
            f" another database's; --config {name} compares it",
        )
        for name, count in tables.items()
        if name not in here
    ]
    return msgspec.structs.replace(
        declared,
        environments=tuple(e for e in declared.environments if e.name in here),
        metadata=tuple(
            msgspec.structs.replace(m, elsewhere=m.environment not in (None, *here))
            for m in declared.metadata
        ),
        notes=(*declared.notes, *notes),
    )


def _is_here(environment: DeclaredEnvironment, declared: Declared, live: Catalog) -> bool:
    """By one of its tables, or by a version table that no other environment has."""
    version = environment.version_table_schema or live.profile.default_schema, environment.version_table
    shared = [e for e in declared.environments if e.version_table == environment.version_table]
    return _share(_of(declared, environment), live) > 0 or (len(shared) == 1 and version in live.tables)


def _of(declared: Declared, environment: DeclaredEnvironment) -> list[DeclaredMetadata]:
    return [m for m in declared.metadata if m.environment == environment.name]


def _with_engines_chosen(declared: Declared, live: Catalog, url: str) -> Declared:
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
