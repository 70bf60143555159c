"""Writes small projects and reads them with the probe.

`KEDGE_TEST_PYTHON` is the interpreter of those projects: one with SQLAlchemy 1.4 or 2.0 runs the same tests.
"""

from __future__ import annotations

import os
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge.catalog import ServerProfile
from kedge.declared import Declared, DeclaredTable
from kedge.sources.models import read_models
from kedge.sources.project import find_project

PROFILE = ServerProfile(
    dialect="postgresql",
    flavour="postgresql",
    version="15.0",
    version_info=(15, 0),
    database="app",
    default_schema="public",
)


@dataclass(frozen=True)
class Audited:
    """The server nothing may reach, and its log."""

    url: str
    log: Path

    @property
    def socket_folder(self) -> str:
        return self.url.split("host=")[1].split("&")[0]

    def as_driver(self, driver: str) -> str:
        return self.url.replace("postgresql://", f"postgresql+{driver}://")


def joined(*parts: str) -> str:
    """One module of several indented pieces."""
    return "".join(textwrap.dedent(part) for part in parts)


def write(folder: Path, **files: str) -> Path:
    """A project: `app__models=` is app/models.py."""
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def write_alembic(folder: Path, env: str, ini: str = "", **files: str) -> Path:
    """A project with one Alembic environment in `migrations/`."""
    write(folder, migrations__env=env, **files)
    (folder / "migrations" / "versions").mkdir(exist_ok=True)
    head = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
    (folder / "alembic.ini").write_text(head + textwrap.dedent(ini))
    return folder


def read(root: Path, *targets: str, scratch: str | None, **options: Any) -> Declared:
    options.setdefault("python", os.environ.get("KEDGE_TEST_PYTHON", sys.executable))
    return read_models(
        find_project(root, python=options["python"]),
        targets=list(targets),
        **{
            "configs": None,
            "profile": PROFILE,
            "scratch_url": scratch,
            "live": [],
            "audited_url": None,
            "timeout": 60,
            **options,
        },
    )


def tables(declared: Declared, *, tracked: bool = True) -> dict[str, DeclaredTable]:
    return {t.name: t for m in declared.metadata if m.tracked is tracked for t in m.tables}
