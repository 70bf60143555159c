"""A catalog as a file: what a server said of one database at one moment, to be compared with later."""

from __future__ import annotations

from typing import Any

import msgspec

from kedge import objects
from kedge.catalog import Catalog, Enum, Object, ObjectPath, Sequence, ServerProfile, Table
from kedge.errors import KedgeError

FORMAT = 1


class Stored(msgspec.Struct, frozen=True):
    """An object beyond tables, with the name of its type in `kedge.objects`, and its path where it does not tell it."""

    type: str
    value: msgspec.Raw
    path: ObjectPath


class Snapshot(msgspec.Struct, frozen=True):
    """A `Catalog` without the keys that its values tell themselves."""

    format: int
    profile: ServerProfile
    schemas: tuple[str, ...]
    tables: tuple[Table, ...]
    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    objects: tuple[Stored, ...] = ()
    prelude: tuple[str, ...] = ()
    hidden: tuple[tuple[str, str, str], ...] = ()
    partial: dict[str, str] = {}


def written(catalog: Catalog) -> bytes:
    """The catalog as JSON; equal catalogs are equal files."""
    snapshot = Snapshot(
        format=FORMAT,
        profile=catalog.profile,
        schemas=catalog.schemas,
        tables=_sorted(catalog.tables),
        enums=_sorted(catalog.enums),
        sequences=_sorted(catalog.sequences),
        objects=tuple(
            Stored(type(one).__name__, msgspec.Raw(msgspec.json.encode(one)), path)
            for path, one in sorted(catalog.objects.items(), key=lambda item: str(item[0]) + item[0].kind)
        ),
        prelude=catalog.prelude,
        hidden=tuple((*key, reason) for key, reason in sorted(catalog.hidden.items())),
        partial=dict(sorted(catalog.partial.items())),
    )
    return msgspec.json.format(msgspec.json.encode(snapshot), indent=1)


def read(data: bytes) -> Catalog:
    """Raises `KedgeError` for what is no snapshot, or one of another format."""
    try:
        said = msgspec.json.decode(data, type=_Format).format
        if said != FORMAT:
            raise KedgeError(
                f"the snapshot has format {said}, and this Kedge reads format {FORMAT}", hint="take it anew"
            )
        snapshot = msgspec.json.decode(data, type=Snapshot)
        found = {s.path: msgspec.json.decode(s.value, type=_TYPES[s.type]) for s in snapshot.objects}
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise KedgeError(f"this is no snapshot of a catalog: {error}", hint="take it anew") from None
    return Catalog(
        profile=snapshot.profile,
        schemas=snapshot.schemas,
        tables={(t.schema, t.name): t for t in snapshot.tables},
        enums={(e.schema, e.name): e for e in snapshot.enums},
        sequences={(s.schema, s.name): s for s in snapshot.sequences},
        objects=found,
        prelude=snapshot.prelude,
        hidden={(schema, name): reason for schema, name, reason in snapshot.hidden},
        partial=snapshot.partial,
    )


class _Format(msgspec.Struct):
    format: int


_TYPES: dict[str, type[Any]] = {
    name: kind
    for name, kind in vars(objects).items()
    if isinstance(kind, type) and issubclass(kind, Object) and kind is not Object
}


def _sorted(values: Any) -> tuple[Any, ...]:
    return tuple(value for _, value in sorted(values.items()))
