"""What could not be read of either side, and what the project was kept from doing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kedge.auditing.places import relative
from kedge.auditing.scope import Scope
from kedge.catalog import Catalog, Note, ObjectPath
from kedge.declared import Declared
from kedge.dialects.tested import untested
from kedge.rules.rule import kind_words


def unread(scope: Scope, declared: Declared, live: Catalog, root: Path, *, parsed: bool) -> Iterator[Note]:
    """With the source `parsed`, what nobody tracks is a finding and no note."""
    for reason in live.unseen:
        yield Note("not-modelled", reason)
    for schema in live.schemas:
        kinds = {p.kind: why for p, why in live.veiled if p.name is None and p.schema == schema}
        if kinds:
            names = ", ".join(f"{kind_words(kind)}s" for kind in kinds)
            yield Note(
                "not-read",
                f"{schema} may have {names} that are not seen: {', '.join(dict.fromkeys(kinds.values()))}",
            )
    if said := untested(live.profile):
        yield Note("untested-version", said)
    for path, reason in scope.unseen():
        yield Note("not-compared", reason, path)
    for note in declared.notes:
        place = note.place
        where = f" ({relative(place.path, root)}:{place.line})" if place else ""
        yield Note(note.kind, note.reason + where)
    for path, reason in declared.made.missed if declared.made else ():
        yield Note("not-compared", reason, path)
    for refused in declared.refused:
        yield Note("connection-refused", refused)
    for metadata in () if parsed else scope.untracked():
        said = f"{metadata.target} declares {len(metadata.tables)} tables"
        yield Note("metadata-not-tracked", f"{said}, and no environment passes it to Alembic")
    for metadata in declared.metadata:
        for table in metadata.tables:
            if table.error and metadata.tracked:
                path = ObjectPath("table", table.schema or live.profile.default_schema, table.name)
                yield Note("not-compared", table.error, path)


def without_veiled(models: Catalog, database: Catalog, live: Catalog) -> tuple[Catalog, Catalog, list[Note]]:
    """Both sides less the objects that the models have and the role may not see: nothing is known of those."""
    notes = [
        Note("not-compared", reason, path)
        for path in models.objects
        if (reason := veil_of(path, live)) is not None
    ]
    gone = {note.path for note in notes}
    if not gone:
        return models, database, notes
    models, database = (
        msgspec.structs.replace(side, objects={p: o for p, o in side.objects.items() if p not in gone})
        for side in (models, database)
    )
    return models, database, notes


def veil_of(path: ObjectPath, live: Catalog) -> str | None:
    """Why the role may not see an object, if it does not: itself, or whether there is one of its kind."""
    if not live.veiled:
        return None
    veiled = dict(live.veiled)
    whole = None if path in live.objects else veiled.get(ObjectPath(path.kind, path.schema))
    return veiled.get(path) or whole
