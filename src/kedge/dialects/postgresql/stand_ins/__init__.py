"""What takes an extension's place on a scratch server that does not have it: plain SQL, with the names it documents.

Types, operator classes and signatures are as documented, so that declarations build and texts parse to the same
trees; behaviour is not. PostgreSQL 18 finds them by `extension_control_path`; elsewhere their scripts are run.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
VERSION = "kedge"
"""The version every stand-in calls itself."""

TEXT_ALIKE = frozenset({"citext"})
"""Extensions whose values are their text, so that two constants are told apart without them."""


def scripts(name: str) -> list[str]:
    """The statements that make an extension's stand-in, those of what it requires first; empty where there is none."""
    control = FOLDER / "extension" / f"{name}.control"
    if not re.fullmatch(r"[\w-]+", name) or not control.is_file():
        return []
    required = re.search(r"^requires = '(.*)'$", control.read_text("utf-8"), re.MULTILINE)
    before = [s for other in (required[1].split(",") if required else []) for s in scripts(other.strip())]
    return [*before, (FOLDER / "extension" / f"{name}--{VERSION}.sql").read_text("utf-8")]


_KINDS = (
    "Geometry", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
    "CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface", "Curve", "Surface",
    "PolyhedralSurface", "Triangle", "Tin",
)  # fmt: skip
_NUMBERED = re.compile(r"((?:\w+\.)?geo(?:metry|graphy))\((\d+)\)(.*)")


def respelled(type_: str) -> str:
    """A type as the extension would print it: the modifier of a PostGIS type, which its stand-in keeps as a number."""
    found = _NUMBERED.fullmatch(type_)
    if found is None:
        return type_
    srid, kind, dimensions = int(found[2]) // 128, int(found[2]) // 4 % 32, int(found[2]) % 4
    if srid == 0 and found[1].endswith("geography"):
        srid = 4326
    if (srid, kind, dimensions) == (0, 1, 0):
        return found[1] + found[3]
    words = _KINDS[kind - 1] + ("", "Z", "M", "ZM")[dimensions]
    return f"{found[1]}({words}{f',{srid}' if srid else ''}){found[3]}"
