"""`kedge snapshot`: what a database's schema is now, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from kedge.cli import ENVIRONMENT, State
from kedge.cli.database import database_url
from kedge.cli.options import which_database, with_debug
from kedge.cli.output import write
from kedge.cli.targets import warn


@click.command(context_settings=ENVIRONMENT)
@which_database
@click.option("--output", metavar="FILE", help="Where to; without it, standard output.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=300.0,
    show_default=True,
    help="For reading the database.",
)
@with_debug
@click.pass_context
def snapshot(ctx: click.Context, /, output: str | None, timeout: float, **_: Any) -> None:
    """Write down what a database's schema is now, as JSON.

    `kedge audit --history-from FILE` begins the revisions there. Holds no rows; only ever reads the database.
    """
    from kedge.dialects import dialect_of
    from kedge.sources.snapshot import written

    if ctx.get_parameter_source("output") == ParameterSource.DEFAULT_MAP:
        output = None  # the project's file says where reports go
    url = database_url(ctx, warn)
    ctx.ensure_object(State).secrets.append(url)
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=min(timeout, 30)) as connection:
        catalog, steady = dialect.read(connection, timeout=timeout)
    if not steady:
        warn("the schema was changed while it was read; take it again")
    write(written(catalog).decode() + "\n", Path(output) if output else None)
    if output:
        click.echo(f"wrote {output}", err=True)
