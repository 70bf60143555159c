"""Which database to audit: the command line goes before the environment, and that before files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

import click
from click.core import ParameterSource

from kedge.cli.options import config_of
from kedge.errors import UsageError
from kedge.secrets import masked_url

HOW = "give --url, or name an environment variable with --url-env, or set DATABASE_URL"


def database_url(ctx: click.Context, warn: Callable[[str], None]) -> str:
    """The URL of the first source that has one: --url, --url-env, KEDGE_URL, DATABASE_URL, the file."""
    url, name = ctx.params["url"], ctx.params["url_env"]
    source, name_source = ctx.get_parameter_source("url"), ctx.get_parameter_source("url_env")
    environment = os.environ
    if source == ParameterSource.COMMANDLINE:
        return _given(url, warn)
    if name and name_source == ParameterSource.COMMANDLINE:
        return named_url(environment, name)
    if url and source == ParameterSource.ENVIRONMENT:
        return str(url)
    if name and name_source == ParameterSource.ENVIRONMENT:
        return named_url(environment, name)
    if common := environment.get("DATABASE_URL"):
        _tell_of_others(common, url or environment.get(name or ""), name or "url", warn)
        return common
    if name:
        return named_url(environment, name)
    if url:
        return str(url)
    targets = list(config_of(ctx).targets)
    hint = f"name one with --target: {', '.join(targets)}" if targets else HOW
    raise UsageError("no database to audit", hint=hint)


def _given(url: str, warn: Callable[[str], None]) -> str:
    if url == "-":
        url = sys.stdin.readline().strip()
        if not url:
            raise UsageError("--url - reads the URL from standard input, which was empty")
        return url
    if not url:
        raise UsageError("--url is empty", hint=HOW)
    if masked_url(url) != url:
        warn("a password on the command line is seen by all on this machine; use DATABASE_URL or --url -")
    return url


def named_url(environment: Mapping[str, str], name: str, purpose: str = "") -> str:
    url = environment.get(name)
    if not url:
        said = f"the environment variable {name}{f' ({purpose})' if purpose else ''} is not set"
        raise UsageError(said, hint=HOW)
    return url


def _tell_of_others(used: str, other: str | None, name: str, warn: Callable[[str], None]) -> None:
    """Auditing the wrong database quietly would be the worst of all."""
    if other and other != used:
        warn(f"DATABASE_URL is audited; [tool.kedge] names another database ({name}): see --url-env")
