"""Hosted platforms and libraries that keep tables of their own in people's databases: one small file each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By what a platform is known: any of the extensions, all of the schemas, or all of the tables."""

    extensions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tables` are patterns of what belongs to it: `schema.name`, or a name in any schema.

    `others` are names of what stands in no schema (publications, event triggers), `roles` those it grants rights to.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    others: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    found_by: Signs = msgspec.field(name="found-by", default=Signs())


@cache
def platforms() -> dict[str, Platform]:
    """Every platform that is known, by the name of its file."""
    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            found[name] = msgspec.convert({"name": name, **tomllib.loads(file.read_text("utf-8"))}, Platform)
    return found
