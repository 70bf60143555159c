"""Shows on a terminal's standard error what an audit is doing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

# the room for a phase's name, so that the bar stands still
PHASE = 28

Progress: TypeAlias = "Callable[[str, int | None, int | None], None]"


@contextmanager
def progress(*, shown: bool, no_color: bool = False) -> Iterator[Progress]:
    """A callback for the audit: phase, done, total. It leaves nothing on the screen."""
    if not shown or not sys.stderr.isatty():
        yield lambda phase, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn("line"),
        TextColumn("{task.description}"),
        BarColumn(24),
        TextColumn("{task.fields[counted]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True, no_color=no_color or None)
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting".ljust(PHASE), total=None, counted="")

        def tell(phase: str, done: int | None, total: int | None) -> None:
            # a total that is gone has to be set as None, which update() would pass over
            bar.tasks[0].total = total
            counted = f"{done or 0}/{total}" if total else ""
            bar.update(task, description=phase.ljust(PHASE), completed=done or 0, counted=counted)

        yield tell
