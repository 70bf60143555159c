"""Puts the code of two folders together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from kedge.sources.code.values import Code


def joined(code: Code, more: Code, package: Path) -> Code:
    """The code of another folder beside the project's own, its paths in full or from the project's root."""
    root, package = Path(code.root), package.resolve()
    prefix = str(package.relative_to(root)) if package.is_relative_to(root) else str(package)

    def at(path: str) -> str:
        return f"{prefix}/{path}"

    def placed(one: Any, **more: Any) -> Any:
        return msgspec.structs.replace(one, path=at(one.path), **more)

    def classed(one: Any) -> Any:
        return placed(one, bases=tuple((at(path), name) for path, name in one.bases))

    return msgspec.structs.replace(
        code,
        tables=(*code.tables, *(placed(t, classes=tuple(map(classed, t.classes))) for t in more.tables)),
        uses=(*code.uses, *(placed(u, known=(at(u.known[0]), u.known[1])) for u in more.uses)),
        statements=(*code.statements, *map(placed, more.statements)),
        imports=(*code.imports, *(placed(i, imported=at(i.imported)) for i in more.imports)),
        problems=(*code.problems, *((at(p), line, why) for p, line, why in more.problems)),
        spoken=code.spoken | more.spoken,
        stored=code.stored | more.stored,
        subclasses={
            **code.subclasses,
            **{at(k): tuple(map(at, values)) for k, values in more.subclasses.items()},
        },
        migrations=(*code.migrations, *map(at, more.migrations)),
        files=code.files + more.files,
    )
