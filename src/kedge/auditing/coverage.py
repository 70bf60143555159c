"""The coverage table: every file that declares tables, and how far each got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kedge.auditing.code import CodeSide
from kedge.catalog import TableKey
from kedge.compare import Difference
from kedge.findings import CoverageRow


def coverage(side: CodeSide, differences: Iterable[Difference]) -> tuple[CoverageRow, ...]:
    """One row for each file of models. A table agrees that nothing was found in, except what the code says of it."""
    apart = {
        (d.path.schema or "", d.path.table or "")
        for d in differences
        if d.path.table is not None and d.path.kind not in ("attribute", "model")
    }
    elsewhere = side.scope.elsewhere()
    rows: dict[str, dict[TableKey | None, tuple[str, bool, bool]]] = defaultdict(dict)
    for table in side.own:
        found = side.loaded(table)
        if not found and not side.of_this_project(table):
            continue
        key = side.key(table)
        if key in elsewhere:
            continue
        name = table.owner if key is None else ".".join(key)
        rows[table.path][key] = name, found is not None, bool(found and found[1])
    return tuple(
        CoverageRow(
            path=path,
            tables=tuple(sorted(name for name, _, _ in tables.values())),
            loaded=sum(loaded for _, loaded, _ in tables.values()),
            tracked=sum(tracked for _, _, tracked in tables.values()),
            in_database=sum(key in side.live.tables for key in tables),
            agreeing=sum(
                key in side.live.tables and key not in apart and tracked
                for key, (_, _, tracked) in tables.items()
            ),
        )
        for path, tables in sorted(rows.items())
    )
