"""The project cannot be read, or says things that are not models."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from tests.bad_days.world import ENV, THING, Database, Row, audit, write_alembic

ENVIRONMENTS = {
    "raises": "raise RuntimeError('no tenant was chosen')",
    "exits": "import sys\nsys.exit(4)",
    "exits-hard": "import os\nos._exit(0)",
    "waits-for-input": "input('tenant: ')",
    "needs-a-variable": "import os\nos.environ['TENANT']",
    "syntax-error": "def env(:",
    "never-tells-alembic": "pass",
}
MISTAKES = {
    "syntax-error": {"models": "metadata = (\n"},
    "missing-dependency": {"models": "import no_such_library\n"},
    "circular-import": {"models": "import a", "a": "from b import x\ny = 1", "b": "from a import y\nx = 1"},
    "no-such-module": {"other": ""},
    "no-such-attribute": {"models": "x = 1"},
    "not-metadata": {"models": "metadata = {'thing': 1}"},
    "no-table": {"models": "from sqlalchemy import MetaData\nmetadata = MetaData()"},
    "killed-by-itself": {"models": "import os\nos.kill(os.getpid(), 9)"},
    "recursion": {"models": "def f(): f()\nf()"},
}


@pytest.mark.parametrize("what", ENVIRONMENTS)
def test_env_py(tmp_path: Path, database: Database, row: Row, what: str) -> None:
    database.make(THING)
    write_alembic(tmp_path, "\n" + ENVIRONMENTS[what])
    audit(tmp_path, database.url()).holds(row)


def test_env_py_prints_megabytes(tmp_path: Path, database: Database, row: Row) -> None:
    """On both streams, with and without an end of line: the report is the report."""
    database.make(THING)
    noise = (
        "import sys\nfor s in (sys.stdout, sys.stderr):\n    s.write('x' * 9_000_000 + 'line\\n' * 900_000)\n"
    )
    write_alembic(tmp_path, noise + textwrap.dedent(ENV))
    ran = audit(tmp_path, database.url()).holds(row)
    assert len(ran.everything) < 5000


@pytest.mark.parametrize("what", MISTAKES)
def test_models(project: Path, database: Database, row: Row, what: str) -> None:
    database.make(THING)
    (project / "models.py").unlink()
    for name, text in MISTAKES[what].items():
        (project / f"{name}.py").write_text(text)
    audit(project, database.url(), "--models", "models:metadata").holds(row)


def test_models_never_end(project: Path, database: Database, row: Row) -> None:
    database.make(THING)
    (project / "models.py").write_text("import time\ntime.sleep(600)")
    audit(project, database.url(), "--models", "models", "--timeout", "2").holds(row)


def test_no_project(tmp_path: Path, database: Database, row: Row) -> None:
    audit(tmp_path, database.url()).holds(row)


def test_no_such_interpreter(project: Path, database: Database, row: Row) -> None:
    audit(project, database.url(), "--models", "models", "--python", "/no/such/python").holds(row)


def test_one_environment_of_two_is_broken(tmp_path: Path, database: Database, row: Row) -> None:
    """What could be read is compared, and the result says that it is not everything."""
    database.make(THING)
    write_alembic(tmp_path)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
    (tmp_path / "second" / "env.py").write_text("1 / 0")
    (tmp_path / "second" / "versions").mkdir()
    audit(tmp_path, database.url()).holds(row)


CONTRADICTIONS = {
    "index-without-columns": 'Index("ix_nothing", _table=thing)',
    "foreign-key-to-no-table": 'thing.append_column(Column("x", ForeignKey("nowhere.id"), type_=Integer))',
    "foreign-key-to-no-column": 'thing.append_column(Column("x", Integer, ForeignKey("thing.nothing")))',
    "foreign-key-not-unique": 'thing.append_column(Column("x", String(20), ForeignKey("thing.name")))',
    "foreign-key-of-another-type": 'thing.append_column(Column("x", String(20), ForeignKey("thing.id")))',
    "two-types-one-name": (
        'thing.append_column(Column("x", Enum("a", "b", name="mood")));'
        'Table("other", metadata, Column("x", Enum("c", name="mood")))'
    ),
    "check-of-no-column": 'thing.append_constraint(CheckConstraint("nothing > 0", name="ck"))',
    "default-of-another-type": 'thing.append_column(Column("x", Integer, server_default="many"))',
    "type-that-raises": 'thing.append_column(Column("x", Raises()))',
    "column-without-a-type": 'thing.append_column(Column("x"))',
}
RAISES = """
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index
from sqlalchemy.types import UserDefinedType
class Raises(UserDefinedType):
    cache_ok = True
    def get_col_spec(self, **kw):
        raise RuntimeError("which spelling?")
thing = metadata.tables["thing"]
"""


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_contradiction(project: Path, database: Database, row: Row, what: str) -> None:
    """The rest is compared; the contradiction is a finding, or what could not be compared is said."""
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name varchar(30))")
    with (project / "models.py").open("a") as models:
        models.write(RAISES + CONTRADICTIONS[what] + "\n")
    ran = audit(
        project,
        database.url(),
        "--models",
        "models",
        "--format",
        "json",
        "--output",
        "report.json",
        "--format",
        "text",
    ).holds(row)
    assert ("column-type", "name") in ran.found
