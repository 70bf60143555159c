"""What could not be read of either side, and what the project was kept from doing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kedge.auditing.places import relative
from kedge.auditing.scope import Scope
from kedge.catalog import Catalog, Note, ObjectPath
from kedge.declared import Declared
from kedge.dialects.tested import untested


def unread(scope: Scope, declared: Declared, live: Catalog, root: Path, *, parsed: bool) -> Iterator[Note]:
    """With the source `parsed`, what nobody tracks is a finding and no note."""
    for reason in live.unseen:
        yield Note("not-modelled", reason)
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
