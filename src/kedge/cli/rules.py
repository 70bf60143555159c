"""`kedge rules`: what an audit looks at."""

from __future__ import annotations

from fnmatch import fnmatchcase

import click

from kedge.cli import ENVIRONMENT
from kedge.errors import UsageError


@click.command(context_settings=ENVIRONMENT)
@click.argument("names", nargs=-1, metavar="[NAME]...")
def rules(names: tuple[str, ...]) -> None:
    """List the rules, or those of these names; `column-*` is a family."""
    from kedge.rules import RULES

    chosen = [
        rule for name, rule in sorted(RULES.items()) if not names or any(fnmatchcase(name, n) for n in names)
    ]
    if not chosen:
        raise UsageError(f"no rule is called {' or '.join(names)}", hint="`kedge rules` lists them all")
    widest = max(len(rule.name) for rule in chosen)
    for rule in chosen:
        click.echo(f"{rule.name.ljust(widest)}  {rule.summary}")
