"""Writes small projects with a chain of revisions, and audits databases against them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from kedge import _api
from kedge.auditing import Audit
from kedge.findings import Report
from kedge.history import History
from kedge.memory import Memory
from kedge.options import Options

INI = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"
ENV = """
    from alembic import context
    from sqlalchemy import engine_from_config, pool
    from models import Base

    config = context.config

    def run():
        engine = engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.")
        with engine.connect() as connection:
            context.configure(connection=connection, target_metadata=Base.metadata)
            with context.begin_transaction():
                context.run_migrations()

    run()
"""
MODELS = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = '''"""{message}"""
from alembic import op
import sqlalchemy as sa

revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''


def project(folder: Path, *, env: str = ENV, models: str = MODELS, ini: str = INI, **files: str) -> Path:
    """A project with one environment and no revision yet; `app__db=` is app/db.py."""
    (folder / "migrations" / "versions").mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    (folder / "alembic.ini").write_text(ini)
    for name, text in {"migrations__env": env, "models": models, **files}.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def revision(
    root: Path,
    name: str,
    upgrade: str,
    *,
    down: str | tuple[str, ...] | None = None,
    downgrade: str = "pass",
    labels: tuple[str, ...] | None = None,
    depends: str | None = None,
    folder: str = "migrations/versions",
    message: str = "made by a test",
) -> Path:
    path = root / folder / f"{name}_.py"
    path.write_text(
        REVISION.format(
            revision=name,
            down=down,
            labels=labels,
            depends=depends,
            message=message,
            upgrade=textwrap.indent(textwrap.dedent(upgrade).strip(), "    "),
            downgrade=textwrap.indent(textwrap.dedent(downgrade).strip(), "    "),
        )
    )
    return path


USERS = 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))'


def migrate(root: Path, url: str, to: str = "head", section: str = "alembic", **environ: str) -> None:
    """As people do: the alembic command, with the database in the ini file."""
    ini = root / "alembic.ini"
    kept = ini.read_text()
    ini.write_text(kept.replace(f"[{section}]\n", f"[{section}]\nsqlalchemy.url = {driven(url)}\n", 1))
    command = [sys.executable, "-m", "alembic", "-n", section, "upgrade", to]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, env={**os.environ, **environ}
        )
    finally:
        ini.write_text(kept)
    assert done.returncode == 0, done.stderr


def driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://").replace("mariadb://", "mariadb+pymysql://")


class Audited:
    """One audit, and what it knew of the revisions."""

    def __init__(self, root: Path, url: str, **options: Any) -> None:
        self.said: list[str] = []
        memory, scratch = options.pop("memory", None), options.pop("scratch", None)
        options.setdefault("python", os.environ.get("KEDGE_TEST_PYTHON", sys.executable))
        taken: list[Audit] = []
        original = _api.Audit

        class Watched(Audit):
            def __init__(self, *args: Any, **given: Any) -> None:
                super().__init__(*args, **given)
                taken.append(self)

        _api.Audit = Watched  # type: ignore[misc]
        try:
            self.report: Report = _api.audit_project(
                url, Options(**options), root=root, memory=memory, scratch=scratch, say=self.said.append
            )
        finally:
            _api.Audit = original  # type: ignore[misc]
        self.histories: tuple[History, ...] = taken[0].chains.histories

    @property
    def history(self) -> History:
        (one,) = self.histories
        return one

    @property
    def tables(self) -> list[list[str]]:
        """The tables after each step, Alembic's own left out."""
        return [
            sorted(name for _, name in step.catalog.tables if not name.startswith("alembic"))
            for step in self.history.steps
        ]

    @property
    def notes(self) -> list[str]:
        return [f"{note.kind}: {note.reason}" for note in self.report.notes]


def remembering(folder: Path) -> Memory:
    return Memory(folder / "memory")
