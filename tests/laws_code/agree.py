"""Where two readings of one source disagree: what its text was taken to say, and what importing it gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kedge.declared import Declared, DeclaredTable
from kedge.sources.code.values import Code, CodeTable

MADE = Counter[str]()


def disagreements(code: Code, declared: Declared) -> Iterator[str]:
    """Every claim of the text that the imported models do not bear out; claims are counted in MADE."""
    imported = dict(by_place(code, declared))
    for table in code.tables:
        found = imported.get((table.path, table.classes[0].name if table.classes else table.line))
        if found is not None:
            for said in of_table(table, found):
                yield f"{table.path}:{table.line} {table.owner}: {said}"


def by_place(code: Code, declared: Declared) -> Iterator[tuple[tuple[str, str | int | None], DeclaredTable]]:
    root = Path(code.root)
    for metadata in declared.metadata:
        for table in metadata.tables:
            for cls in table.classes:
                if cls.place:
                    yield (inside(cls.place.path, root), cls.name), table
            if table.place and not table.classes:
                yield (inside(table.place.path, root), table.place.line), table


def inside(path: str, root: Path) -> str:
    try:
        return str(Path(path).resolve().relative_to(root))
    except ValueError:
        return path


def of_table(table: CodeTable, found: DeclaredTable) -> Iterator[str]:
    if table.name is not None:
        MADE["name"] += 1
        if table.name != found.name:
            yield f"called {table.name}, is {found.name}"
    if table.schema_known:
        MADE["schema"] += 1
        if table.schema != found.schema:
            yield f"in schema {table.schema}, is in {found.schema}"
    real = {c.name: c for c in found.columns}
    if table.whole:
        MADE["whole"] += 1
        if {c.name for c in table.columns} != set(real):
            yield f"has just {sorted(c.name for c in table.columns)}, has {sorted(real)}"
    for column in table.columns:
        MADE["column"] += 1
        there = real.get(column.name)
        if there is None:
            yield f"has column {column.name}, has not"
            continue
        for fact in ("nullable", "primary_key"):
            claimed = getattr(column, fact)
            MADE[fact] += claimed is not None
            if claimed is not None and claimed != getattr(there, fact):
                yield f"{column.name} is {fact} {claimed}, is {getattr(there, fact)}"
        word = re.match(r"\w+", there.written)
        MADE["type"] += column.type is not None
        if column.type is not None and (word is None or column.type != word[0]):
            yield f"{column.name} is {column.type}, is {there.written}"
