"""What a project has written down about its audits: `[tool.kedge]` in pyproject.toml, or kedge.toml.

Keys are the names of the command line's options. The command line and the environment go before them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
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
    "owned-by-others": list,
    "platform": list,
    "accept-rename": list,
    "scratch": str,
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
    "no-cache": bool,
    "no-history": bool,
    "history-from": str,
    "history-command": str,
    "check-downgrades": bool,
    "probe-data": bool,
    "no-code": bool,
    "no-sequence-values": bool,
    "timeout": float,
    "name": str,
    "target": list,
    "baseline": str,
}

# what a target may say for itself: all that belongs to one database
TARGET_KEYS = (
    "url", "url-env", "models", "config", "python", "schema", "owned-by-others", "platform", "scratch",
    "accept-rename", "scratch-url", "timeout",
    "no-history", "history-from", "history-command", "check-downgrades", "probe-data", "no-code",
    "no-sequence-values",
)  # fmt: skip

_NAMES = {
    str: "a text",
    list: "a text or a list of texts",
    bool: "true or false",
    float: "a number of seconds",
}


class Config(msgspec.Struct, frozen=True):
    """The options a project gives, and the file they stand in.

    `targets` are named databases with options of their own; `ignores` are taken as they stand, with their lines.
    """

    options: dict[str, Any] = {}
    path: Path | None = None
    targets: dict[str, dict[str, Any]] = {}
    ignores: tuple[tuple[Any, int | None], ...] = ()


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
        return _config(_toml(own), own, "kedge.toml")
    if table is None:
        return Config()
    return _config(table, pyproject, "[tool.kedge] in pyproject.toml")


def _config(table: Any, path: Path, where: str) -> Config:
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table")
    rest = {key: value for key, value in table.items() if key not in ("targets", "ignore")}
    return Config(_checked(rest, where), path, _targets(table, where), _ignores(table, path, where))


def _targets(table: dict[str, Any], where: str) -> dict[str, dict[str, Any]]:
    targets = table.get("targets", {})
    if not isinstance(targets, dict) or not all(isinstance(one, dict) for one in targets.values()):
        raise UsageError(f"{where}: targets must be tables, such as [tool.kedge.targets.prod]")
    checked = {}
    for name, options in targets.items():
        for key in options:
            if key in KEYS and key not in TARGET_KEYS:
                raise UsageError(
                    f"{where}: target {name} has {key}, which is not a matter of one database",
                    hint=f"a target may hold {', '.join(TARGET_KEYS)}",
                )
        checked[name] = _checked(options, f"{where}: target {name}", TARGET_KEYS)
    return checked


def _ignores(table: dict[str, Any], path: Path, where: str) -> tuple[tuple[Any, int | None], ...]:
    """What is wrong within an ignore is a finding of the audit, not an error that ends it."""
    entries = table.get("ignore", [])
    if not isinstance(entries, list):
        raise UsageError(f"{where}: ignore must be a list of tables: [[tool.kedge.ignore]]")
    lines = [
        number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if _IGNORE.match(line)
    ]
    return tuple((entry, lines[at] if at < len(lines) else None) for at, entry in enumerate(entries))


_IGNORE = re.compile(r"\s*\[\[\s*(?:tool\s*\.\s*kedge\s*\.\s*)?ignore\s*\]\]")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}") from None


def _checked(
    table: dict[str, Any], where: str, allowed: Iterable[str] = (*KEYS, "targets", "ignore")
) -> dict[str, Any]:
    return {key: _value(key, value, where, list(allowed)) for key, value in table.items()}


def _value(key: str, value: Any, where: str, allowed: list[str]) -> Any:
    kind = KEYS.get(key)
    if kind is None:
        near = difflib.get_close_matches(key.replace("_", "-"), allowed, 1)
        hint = f"did you mean {near[0]}?" if near else f"it may hold {', '.join(allowed)}"
        raise UsageError(f"{where} has an unknown key: {key}", hint=hint)
    if key in ("url", "scratch-url") and isinstance(value, str) and masked_url(value) != value:
        raise UsageError(
            f"{where} has a {key} with a password, and such files are committed",
            hint='write url-env = "NAME" with the name of an environment variable that holds the URL'
            if key == "url"
            else "set KEDGE_SCRATCH_URL in the environment instead",
        )
    if key == "owned-by-others":
        value = _patterns(value, where)
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


def _patterns(value: Any, where: str) -> Any:
    """Patterns as options give them: `{pattern = "billing.*", owner = "billing"}` is `billing.*=billing`."""
    if not isinstance(value, list):
        return value
    texts = []
    for entry in value:
        if isinstance(entry, dict):
            if not entry.keys() <= {"pattern", "owner"} or not isinstance(entry.get("pattern"), str):
                raise UsageError(
                    f"{where}: an entry of owned-by-others holds pattern and owner",
                    hint='write {pattern = "billing.*", owner = "the billing team"}',
                )
            owner = entry.get("owner")
            entry = f"{entry['pattern']}={owner}" if owner else entry["pattern"]
        texts.append(entry)
    return texts
