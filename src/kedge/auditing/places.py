"""Where the models write what they declare: file and line of every table and its parts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kedge.catalog import ObjectPath, Origin, Origins
from kedge.declared import DeclaredMetadata, DeclaredTable, Made, Place


class Places:
    """Origins and spellings of all declared objects. Paths inside `root` are given relative to it."""

    def __init__(self, metadata: Iterable[DeclaredMetadata], default_schema: str, root: Path) -> None:
        self.origins: Origins = {}
        self.written: dict[ObjectPath, str] = {}
        self.default_schema = default_schema
        self.root = root.resolve()
        for one in metadata:
            for table in one.tables:
                self.take(one, table)

    def take(self, metadata: DeclaredMetadata, table: DeclaredTable) -> None:
        path = ObjectPath("table", table.schema or self.default_schema, table.name)
        whole = table.place or next((c.place for c in table.classes if c.place), None)
        self.place(metadata, path, whole)
        for column in table.columns:
            here = path.part("column", column.name)
            self.place(metadata, here, column.place or whole)
            self.written[here] = column.written
            for type_ in column.types:
                home = ObjectPath(type_.kind, type_.schema or self.default_schema, None, type_.name)
                self.place(metadata, home, column.place or whole)
        for constraint in table.constraints:
            self.place(metadata, path.part(constraint.kind, constraint.name), constraint.place or whole)
        for index in table.indexes:
            self.place(metadata, path.part("index", index.name), index.place or whole)

    def take_made(self, made: Made | None) -> None:
        """The lines of the listeners that made what no table declares; a declared place is the nearer one."""
        for path, place in made.places if made else ():
            origin = Origin(relative(place.path, self.root), place.line)
            self.origins.setdefault(path, (origin,))

    def place(self, metadata: DeclaredMetadata, path: ObjectPath, place: Place | None) -> None:
        if place is None:
            return
        origin = Origin(relative(place.path, self.root), place.line, metadata.target, metadata.environment)
        if origin not in self.origins.get(path, ()):
            self.origins[path] = (*self.origins.get(path, ()), origin)


def relative(path: str, root: Path) -> str:
    """A path inside the project as people there write it."""
    try:
        return str(Path(path).resolve().relative_to(root))
    except ValueError:
        return path
