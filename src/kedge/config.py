"""What a project has written down about its audits: `[tool.kedge]` in pyproject.toml, or kedge.toml.

Keys are the names of the command line's options. The command line and the environment go before them.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from kedge.errors import UsageError
from kedge.secrets import masked_url

# key -> what it has to be; a list may also be given as one text
KEYS: dict[str, type] = {
    "url": str,
    "url-env": str,
    "models": list,
    "config": list,
    "python": str,
    "schema": list,
    "scratch-url": str,
    "format": list,
    "output": list,
    "fail-on": str,
    "strict": bool,
    "exit-zero": bool,
    "quiet": bool,
    "verbose": bool,
    "reproducible": bool,
    "no-color": bool,
    "timeout": float,
}

_NAMES = {
    str: "a text",
    list: "a text or a list of texts",
    bool: "true or false",
    float: "a number of seconds",
}


class Config(msgspec.Struct, frozen=True):
    """The options a project gives, and the file they stand in."""

    options: dict[str, Any] = {}
    path: Path | None = None


def read_config(root: Path) -> Config:
    """The configuration in a directory; an empty one where there is none."""
    own, pyproject = root / "kedge.toml", root / "pyproject.toml"
    table = _toml(pyproject).get("tool", {}).get("kedge")
    if own.is_file():
        if table is not None:
            raise UsageError(
                "kedge.toml and [tool.kedge] in pyproject.toml are both there",
                hint="keep one of them, so that it is plain which one holds",
            )
        return Config(_checked(_toml(own), "kedge.toml"), own)
    if table is None:
        return Config()
    return Config(_checked(table, "[tool.kedge] in pyproject.toml"), pyproject)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}") from None


def _checked(table: Any, where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table")
    return {key: _value(key, value, where) for key, value in table.items()}


def _value(key: str, value: Any, where: str) -> Any:
    kind = KEYS.get(key)
    if kind is None:
        near = difflib.get_close_matches(key.replace("_", "-"), KEYS, 1)
        hint = f"did you mean {near[0]}?" if near else f"it may hold {', '.join(KEYS)}"
        raise UsageError(f"{where} has an unknown key: {key}", hint=hint)
    if key in ("url", "scratch-url") and isinstance(value, str) and masked_url(value) != value:
        raise UsageError(
            f"{where} has a {key} with a password, and such files are committed",
            hint='write url-env = "NAME" with the name of an environment variable that holds the URL'
            if key == "url"
            else "set KEDGE_SCRATCH_URL in the environment instead",
        )
    if kind is list:
        value = [value] if isinstance(value, str) else value
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, kind)
    if not fits:
        raise UsageError(f"{where}: {key} must be {_NAMES[kind]}")
    return value
