"""The ignores that stand in the models: comments beside the code, and `info` of tables and their parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kedge.auditing.places import relative
from kedge.catalog import ObjectPath, Origin
from kedge.decisions.comments import comments
from kedge.decisions.ignores import parsed
from kedge.declared import DeclaredMetadata, DeclaredTable, Place
from kedge.findings import IgnoreRef
from kedge.verdict import object_ref


def ignores_of(
    metadata: Iterable[DeclaredMetadata],
    default_schema: str,
    root: Path,
    code: Iterable[Origin] = (),
) -> tuple[IgnoreRef, ...]:
    """Each once, though two metadatas may share a file or a table. `code` are other lines with findings."""
    root = root.resolve()
    lines: dict[str, set[int]] = {}
    for origin in code:
        if origin.path and origin.line:
            lines.setdefault(str(root / origin.path), set()).add(origin.line)
    found: dict[IgnoreRef, None] = {}
    for one in metadata:
        for table in one.tables:
            for path, place, texts in _objects(table, default_schema):
                if place is not None and place.line is not None:
                    lines.setdefault(place.path, set()).add(place.line)
                for text in texts:
                    rule, reason, problem = parsed(text)
                    found[
                        IgnoreRef(
                            by="info",
                            rule=rule,
                            reason=reason,
                            object=object_ref(path),
                            path=relative(place.path, root) if place else None,
                            line=place.line if place else None,
                            problem=problem,
                        )
                    ] = None
    for file, declared in sorted(lines.items()):
        for comment in comments(root / file):
            found[
                IgnoreRef(
                    by="inline",
                    rule=comment.rule,
                    reason=comment.reason,
                    path=relative(file, root),
                    line=comment.line,
                    at=comment.speaks_of(declared),
                    problem=comment.problem,
                )
            ] = None
    return tuple(found)


def _objects(
    table: DeclaredTable, default_schema: str
) -> Iterator[tuple[ObjectPath, Place | None, tuple[str, ...]]]:
    """A table and its parts, each with its place and what its `info` says."""
    path = ObjectPath("table", table.schema or default_schema, table.name)
    whole = table.place or next((c.place for c in table.classes if c.place), None)
    yield path, whole, table.ignores
    for column in table.columns:
        yield path.part("column", column.name), column.place or whole, column.ignores
    for constraint in table.constraints:
        yield path.part(constraint.kind, constraint.name), constraint.place or whole, constraint.ignores
    for index in table.indexes:
        yield path.part("index", index.name), index.place or whole, index.ignores
