"""What history costs: `python -m benchmarks.history` makes a project with a chain of revisions, and audits it.

Printed are seconds by the wall, of whole audits as `kedge audit` runs them, and each as a ratio to an audit of the same
project without history. The models are remembered in all of them but the first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from kedge._api import audit_project
from kedge.memory import Memory
from kedge.scratch import open_scratch

INI = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\nsqlalchemy.url = {url}\n"
ENV = """\
from alembic import context
from sqlalchemy import engine_from_config
from models import Base

engine = engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """\
from alembic import op
import sqlalchemy as sa

revision = "r{number:04}"
down_revision = {down}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
"""
BASE = "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase): pass\n"
COLUMNS = {
    "code": "sa.String(40), nullable=False",
    "email": "sa.String(255), server_default=''",
    "body": "sa.Text()",
    "amount": "sa.Numeric(10, 2), nullable=False, server_default='0'",
    "active": "sa.Boolean(), nullable=False, server_default=sa.true()",
    "visits": "sa.Integer(), nullable=False, server_default='1'",
    "made_at": "sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()",
    "seen_at": "sa.DateTime(timezone=True)",
    "note": "sa.String(80)",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--tables", type=int, default=80)
    parser.add_argument("--revisions", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_scratch("postgresql") as server,
        server.database() as url,
    ):
        root = project(Path(folder) / "project", url, given.tables, given.revisions)
        memory = Memory(Path(folder) / "memory")

        def audit(*, history: bool, remembered: bool = True) -> None:
            used = memory if remembered else Memory(None)
            audit_project(url=url, root=root, python=sys.executable, memory=used, history=history)

        cold = seconds(lambda: audit(history=False))
        first = seconds(lambda: audit(history=True))
        plain, second = [], []
        for _ in range(given.rounds):
            plain.append(seconds(lambda: audit(history=False)))
            second.append(seconds(lambda: audit(history=True)))
        added = root / "migrations" / "versions" / f"r{given.revisions:04}_.py"
        added.write_text(revision(given.revisions, 'op.create_table("more", sa.Column("n", sa.Integer))'))
        another = seconds(lambda: audit(history=True))
    without = median(plain)
    print(f"\n{given.tables} tables, {given.revisions} revisions, {given.rounds} rounds\n")
    print("| audit | seconds | × without history |\n|---|---|---|")
    for name, took in (
        ("without history, models read for the first time", cold),
        ("without history", without),
        ("with history, for the first time", first),
        ("with history, a second time", median(second)),
        ("with history, one revision added", another),
    ):
        print(f"| {name} | {took:.2f} | {took / without:.2f} |")


def seconds(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def project(root: Path, url: str, tables: int, revisions: int) -> Path:
    """Models, the chain that builds them, and a database that it has built."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    driven = url.replace("postgresql://", "postgresql+psycopg://").replace("%", "%%")
    (root / "alembic.ini").write_text(INI.format(url=driven))
    (root / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    (root / "migrations" / "env.py").write_text(ENV)
    added = {f"extra_{n}": n % tables for n in range(revisions - tables)}
    models = [
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase): pass\n"
    ]
    for number in range(tables):
        columns = [
            *_columns(number),
            *(f'sa.Column("{c}", sa.Integer)' for c, t in added.items() if t == number),
        ]
        indexed = [f'sa.Index("ix_{c}", "{c}")' for c, t in added.items() if t == number]
        models.append(
            f"class T{number}(Base):\n    __table__ = sa.Table(\n        'table_{number:03}', Base.metadata,\n        "
            + ",\n        ".join((*columns, *indexed))
            + ",\n    )\n"
        )
        create = (
            f'op.create_table("table_{number:03}",\n        '
            + ",\n        ".join(_columns(number))
            + ",\n    )"
        )
        (versions / f"r{number:04}_.py").write_text(revision(number, create))
    for number, (column, table) in enumerate(added.items(), tables):
        upgrade = f'op.add_column("table_{table:03}", sa.Column("{column}", sa.Integer))\n    '
        upgrade += f'op.create_index("ix_{column}", "table_{table:03}", ["{column}"])'
        (versions / f"r{number:04}_.py").write_text(revision(number, upgrade))
    (root / "models.py").write_text("\n".join(models))
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    done = subprocess.run(command, cwd=root, env=dict(os.environ), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return root


def _columns(number: int) -> list[str]:
    key = f"sa.ForeignKey('table_{max(number - 1, 0):03}.id', name='fk_{number}', ondelete='CASCADE')"
    return [
        'sa.Column("id", sa.Integer, primary_key=True)',
        *(f'sa.Column("{name}", {rest})' for name, rest in COLUMNS.items()),
        f'sa.Column("parent_id", sa.Integer, {key})',
        f'sa.UniqueConstraint("code", name="uq_{number}_code")',
        f'sa.CheckConstraint("visits > {number}", name="ck_{number}")',
    ]


def revision(number: int, upgrade: str) -> str:
    down = f'"r{number - 1:04}"' if number else None
    return REVISION.format(
        number=number, down=down, upgrade="    " + upgrade, downgrade="    raise NotImplementedError"
    )


if __name__ == "__main__":
    main()
