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
    from kedge.rules.agreed import AGREED
    from kedge.rules.ignores import IGNORES

    known = {rule.name: rule.summary for rule in RULES.values()} | IGNORES | AGREED
    chosen = {
        name: known[name] for name in sorted(known) if not names or any(fnmatchcase(name, n) for n in names)
    }
    if not chosen:
        raise UsageError(f"no rule is called {' or '.join(names)}", hint="`kedge rules` lists them all")
    widest = max(map(len, chosen))
    for name, summary in chosen.items():
        click.echo(f"{name.ljust(widest)}  {summary}")
