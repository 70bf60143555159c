"""The pytest plugin in projects of its own: a clean state is green, a changed model and a changed enum are seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kedge.scratch import Scratch

pytest_plugins = ["pytester"]

MODELS = """
import enum

from sqlalchemy import Enum, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Mood(enum.Enum):
    happy = 1
    sad = 2


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(120))
    mood: Mapped[Mood] = mapped_column(Enum(Mood, name="mood"))
"""
REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("mood", sa.Enum("happy", "sad", name="mood"), nullable=False),
    )
"""
ENV = """
import os

from alembic import context
from app.models import Base
from sqlalchemy import create_engine

# the deployment's own database: nothing here may reach it
engine = create_engine(os.environ.get("APP_DB", "postgresql://app:secret@production.invalid/app"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("KEDGE_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    root = pytester.path
    for path, text in {
        "pyproject.toml": "[project]\nname = 'app'\nversion = '1'\n[tool.pytest.ini_options]\n",
        "alembic.ini": "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = .\n",
        "alembic/env.py": ENV,
        "alembic/versions/0001_users.py": REVISION,
        "app/__init__.py": "",
        "app/models.py": MODELS,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def change(project: Path, before: str, after: str, file: str = "app/models.py") -> None:
    path = project / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_without_the_flag_there_is_no_test(pytester: pytest.Pytester, project: Path) -> None:
    assert pytester.runpytest_subprocess().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_clean_state(pytester: pytest.Pytester, project: Path) -> None:
    ran = pytester.runpytest_subprocess("--kedge")
    ran.assert_outcomes(passed=1)


def test_a_changed_model_is_seen(pytester: pytest.Pytester, project: Path) -> None:
    change(project, "String(120)", "String(200)")
    ran = pytester.runpytest_subprocess("--kedge")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        [
            "*error*email*column-type*app/models.py:21*",
            "*models*character varying(200)*",
            "*database*character varying(120)*",
            "*1 finding (1 error) in 1 table*",
        ]
    )
    assert "FAILED kedge::test_models_match_the_database - Failed: kedge: models and" in ran.stdout.str()
    assert "raceback" not in ran.stdout.str()
    assert "pytest_plugin.py" not in ran.stdout.str()


def test_a_changed_enum_is_seen(pytester: pytest.Pytester, project: Path) -> None:
    change(project, "    sad = 2\n", "    sad = 2\n    calm = 3\n")
    ran = pytester.runpytest_subprocess("--kedge")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*error*mood*enum-values*", "*'happy', 'sad', 'calm'*"])


def test_a_database_may_be_given(pytester: pytest.Pytester, project: Path, postgres: Scratch) -> None:
    with postgres.database() as url:
        ran = pytester.runpytest_subprocess("--kedge", "--kedge-url", url)
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*table-presence*"])


def test_without_migrations_create_all_makes_the_database(pytester: pytest.Pytester, project: Path) -> None:
    (project / "alembic.ini").unlink()
    change(
        project, "[tool.pytest", '[tool.kedge]\nmodels = ["app.models:Base"]\n[tool.pytest', "pyproject.toml"
    )
    pytester.runpytest_subprocess("--kedge").assert_outcomes(passed=1)


def test_migrations_that_fail_are_said_in_a_line(pytester: pytest.Pytester, project: Path) -> None:
    change(
        project,
        "def upgrade():",
        "def upgrade():\n    raise ValueError('half way')",
        "alembic/versions/0001_users.py",
    )
    ran = pytester.runpytest_subprocess("--kedge")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*cannot be built by the migrations*half way*--kedge-url*"])


@pytest.mark.slow
def test_the_ready_test_and_the_fixture_can_be_imported_and_overridden(
    pytester: pytest.Pytester, project: Path, postgres: Scratch
) -> None:
    pytester.makepyfile(
        test_schema="""
        import pytest
        from kedge.pytest_plugin import check, test_models_match_the_database  # noqa: F401

        def test_my_own(kedge_audit):
            report = kedge_audit()
            assert report.target.name == "throw-away"
            check(report)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)
    with postgres.database() as url:
        pytester.makeconftest(
            f"import pytest\n@pytest.fixture(scope='session')\ndef kedge_url(): return {url!r}\n"
        )
        pytester.runpytest_subprocess("--kedge").assert_outcomes(failed=3)


def test_ignores_and_baseline_hold_in_pytest_too(pytester: pytest.Pytester, project: Path) -> None:
    change(
        project, "String(120))", "String(200))  # kedge: ignore[column-type] widened with the next release"
    )
    pytester.runpytest_subprocess("--kedge").assert_outcomes(passed=1)
