"""The command line: a thin door. Each command's module, and what it needs, is imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from kedge import __version__
from kedge.errors import KedgeError, UsageError
from kedge.secrets import mask

# command -> the module in which a click command of that name stands
COMMANDS = {
    "audit": "kedge.cli.audit",
    "explain": "kedge.cli.explain",
    "init": "kedge.cli.init",
    "rules": "kedge.cli.rules",
    "snapshot": "kedge.cli.snapshot",
}

# every option of a command has an environment variable: KEDGE_ and its name
ENVIRONMENT = {"auto_envvar_prefix": "KEDGE", "help_option_names": ["-h", "--help"]}


class State:
    """What the end of a run has to know: whether to show tracebacks, and what must not be in them."""

    def __init__(self) -> None:
        self.debug = False
        self.secrets: list[str] = []

    def mask(self, text: str) -> str:
        return mask(text, *self.secrets)


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kedge", message="%(prog)s %(version)s")
def cli() -> None:
    """Audits drift between SQLAlchemy models and the live database behind them.

    \b
    Start with:  export DATABASE_URL=postgresql://…
                 kedge audit
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code; people never see a traceback they did not ask for."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """A command's exit code: 0 clean, 1 findings, 2 usage or configuration, 3 incomplete, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    state = State()
    try:
        # click gives back what ctx.exit() was called with, or what the command returned
        code: Any = cli.main(list(arguments), prog_name="kedge", standalone_mode=False, obj=state)
        sys.stdout.flush()
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        return _failed(state, error.format_message(), None, error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except (BrokenPipeError, SystemExit):
        # click turns the former into the latter, with the exit code that means findings here;
        # whoever reads our output has seen enough: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KedgeError as error:
        if state.debug:
            _traceback(state)
        return _failed(state, error.message, error.hint, error.exit_code)
    except Exception as error:
        if state.debug:
            _traceback(state)
        first = (str(error).strip().splitlines() or [""])[0]
        hint = "this is a mistake in Kedge; please report it with what --debug prints"
        return _failed(state, f"{type(error).__name__}: {first}", hint, 2)
    return code if isinstance(code, int) else 0


def _usage(error: click.UsageError) -> int:
    path = error.ctx.command_path if error.ctx else "kedge"
    wrong = UsageError(error.format_message(), hint=f"`{path} --help` shows what can be said")
    return _failed(State(), wrong.message, wrong.hint, wrong.exit_code)


def _failed(state: State, message: str, hint: str | None, code: int) -> int:
    for word, text, color in (("error", message, "red"), ("hint", hint, "cyan")):
        if text:
            click.echo(
                f"{click.style(f'{word}:', fg=color, bold=True)} {state.mask(text)}", err=True, color=_color()
            )
    return code


def _traceback(state: State) -> None:
    import traceback

    click.echo(state.mask(traceback.format_exc()), err=True)


def _color() -> bool | None:
    """None lets click decide by the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _forgive(stream: Any) -> None:
    """What the terminal's encoding cannot say is escaped, instead of ending the audit."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
