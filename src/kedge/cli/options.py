"""The options that say what is audited; every command that runs an audit has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kedge.cli import State
from kedge.config import Config, read_config

Command = TypeVar("Command", bound=Callable[..., Any])


def configured(ctx: click.Context, _parameter: click.Parameter, _value: Any) -> None:
    """Before any other option: what the project's file says stands where nothing else is said."""
    config = read_config(Path.cwd())
    ctx.meta[__name__] = config
    ctx.default_map = {name.replace("-", "_"): value for name, value in config.options.items()}


def config_of(ctx: click.Context) -> Config:
    config: Config = ctx.meta[__name__]
    return config


def _debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.ensure_object(State).debug = value


def _chained(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


with_debug = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_debug,
    help="Show tracebacks, without passwords.",
)

which_database = _chained(
    click.option(
        "--configured", is_eager=True, hidden=True, expose_value=False, is_flag=True, callback=configured
    ),
    click.option("--url", metavar="URL", help="The database; - reads it from standard input."),
    click.option("--url-env", metavar="NAME", help="The environment variable that holds the URL."),
)

what_is_audited = _chained(
    which_database,
    click.option(
        "--target",
        multiple=True,
        metavar="NAME",
        help="A database of [tool.kedge.targets], or several; a pattern is good too.",
    ),
    click.option(
        "--name", metavar="NAME", help="What to call the database in reports; without it, its own name."
    ),
    click.option(
        "--models",
        multiple=True,
        metavar="MODULE:ATTR",
        help="A MetaData, a Base, a Flask-SQLAlchemy db, an app factory; without it, what Alembic is told.",
    ),
    click.option(
        "--config", multiple=True, metavar="INI", help="An alembic.ini; without it, all that are found."
    ),
    click.option(
        "--python",
        metavar="COMMAND",
        help="The project's interpreter; may be a command with words before it.",
    ),
    click.option(
        "--schema",
        multiple=True,
        metavar="NAME",
        help="A schema to audit; without it, those the models use.",
    ),
    click.option(
        "--owned-by-others",
        multiple=True,
        metavar="PATTERN",
        help="Tables that are not the models' own: billing.* or celery_*; PATTERN=OWNER says whose.",
    ),
    click.option(
        "--platform",
        multiple=True,
        metavar="NAME",
        help="Whose tables are known and left out; without it, what is found. no-NAME switches one off.",
    ),
    click.option(
        "--accept-rename",
        multiple=True,
        metavar="OLD=NEW",
        help="What was renamed: the database's name first. users=customers, users.mail=users.email.",
    ),
    click.option(
        "--scratch",
        type=click.Choice(["nearest", "same-server", "none"]),
        default="nearest",
        show_default=True,
        help="Where throw-away databases are made: on the audited server only if this says so.",
    ),
    click.option(
        "--scratch-url", metavar="URL", help="A server on which Kedge may make throw-away databases."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        default=300.0,
        show_default=True,
        help="For reading a side.",
    ),
    click.option(
        "--no-sequence-values",
        is_flag=True,
        help="Do not compare sequences with the greatest value of their column.",
    ),
    click.option("--no-code", is_flag=True, help="Do not read the source beside the imported models."),
    click.option("--no-history", is_flag=True, help="Do not replay the revisions."),
    click.option(
        "--history-from",
        metavar="WHAT",
        help="What the revisions begin from, if not from nothing: FILE (SQL or a snapshot), FILE@REV, create_all@REV.",
    ),
    click.option(
        "--history-command",
        metavar="COMMAND",
        help="What runs the revisions, if not alembic: module:function, or a command of the project's.",
    ),
    click.option(
        "--check-downgrades",
        is_flag=True,
        help="Run each revision up, down and up again, and say what is left.",
    ),
    click.option(
        "--probe-data",
        is_flag=True,
        help="Count rows, NULLs, lengths, orphans and duplicates where a finding hangs on them; no value is read.",
    ),
    click.option(
        "--no-cache",
        is_flag=True,
        help="Read the models and ask the judge anew; nothing is remembered.",
    ),
)

how_it_is_shown = _chained(
    click.option(
        "--quiet", "-q", is_flag=True, help="No progress, and nothing at all where nothing drifted."
    ),
    click.option("--verbose", "-v", is_flag=True, help="Every finding in full, nothing folded."),
    click.option("--no-color", is_flag=True, help="Without colour; so does NO_COLOR."),
    with_debug,
)
