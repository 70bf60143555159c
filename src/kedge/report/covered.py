"""The coverage table in words: which files of models got how far."""

from __future__ import annotations

from kedge.findings import CoverageRow, Report

HEAD = ("file", "tables", "loaded", "tracked", "in the database", "agreeing")


def shown(report: Report, *, everything: bool) -> list[tuple[str, ...]]:
    """Its rows: all, or those of which something is not loaded, not tracked or not there."""
    return [_cells(row) for row in report.coverage if everything or _is_off(row)]


def _is_off(row: CoverageRow) -> bool:
    return min(row.loaded, row.tracked, row.in_database) < len(row.tables)


def _cells(row: CoverageRow) -> tuple[str, ...]:
    counts = (len(row.tables), row.loaded, row.tracked, row.in_database, row.agreeing)
    return (row.path, *map(str, counts))
