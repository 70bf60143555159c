"""Projects as people found them by hand: every fact of the story is a finding, and nothing else is."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tomllib
from pathlib import Path

import msgspec
import psycopg
import pytest

from kedge._api import audit_project
from kedge.findings import Finding, Report
from kedge.options import Options
from kedge.scratch import Scratch

PROJECTS = Path(__file__).parents[1] / "projects"
TOLD = sorted(path.parent.name for path in PROJECTS.glob("*/facts.toml"))


@pytest.fixture(scope="module", params=TOLD)
def told(request, postgres: Scratch, tmp_path_factory) -> tuple[dict, Report]:
    here = tmp_path_factory.mktemp("told") / request.param
    shutil.copytree(PROJECTS / request.param, here)
    facts = tomllib.loads((here / "facts.toml").read_text())
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((here / "live.sql").read_text())
        report = audit_project(
            url, Options(python=sys.executable, history=False), root=here, scratch=postgres
        )
    return facts, report


def answers(fact: dict, finding: Finding) -> bool:
    places = [f"{o.path}:{o.line}" for o in finding.origins.models]
    said = " ".join((finding.message, finding.advice.reason, *finding.candidates))
    return (
        finding.rule == fact["rule"]
        and finding.object.table == fact.get("table")
        and finding.object.name == fact.get("name")
        and (fact.get("place") in places or "place" not in fact)
        and fact.get("says", "") in said
    )


def test_every_fact_of_the_story_is_one_finding(told) -> None:
    facts, report = told
    own = [f for f in report.findings if f.implied_by is None]
    for fact in facts["expect"]:
        assert [answers(fact, finding) for finding in own].count(True) == 1, fact


def test_nothing_else_is_found(told) -> None:
    facts, report = told
    own = [f for f in report.findings if f.implied_by is None]
    others = [f for f in own if not any(answers(fact, f) for fact in facts["expect"])]
    assert [(f.rule, f.object.table, f.object.name) for f in others] == []


def test_the_coverage_table_is_the_story_s(told) -> None:
    facts, report = told
    rows = {r.path: [len(r.tables), r.loaded, r.tracked, r.in_database, r.agreeing] for r in report.coverage}
    assert rows == facts["coverage"]


def test_a_table_whose_model_is_not_loaded_is_never_proposed_to_be_dropped(told) -> None:
    _, report = told
    for finding in report.findings:
        if finding.object.table in ("password_reset_tokens", "follows", "likes"):
            assert finding.advice.action != "write-revision"
            assert finding.rule != "table-presence" or finding.implied_by


def test_a_table_made_by_a_library_s_own_table(tmp_path: Path, postgres: Scratch) -> None:
    """Flask-SQLAlchemy's `db.Table` hides the line; its file is loaded. Alembic's own table is no model."""
    (tmp_path / "models.py").write_text(
        "from flask_sqlalchemy import SQLAlchemy\n"
        "db = SQLAlchemy()\n"
        "links = db.Table('links', db.Column('a', db.Integer), db.Column('b', db.Integer))\n"
        "class User(db.Model):\n"
        "    id = db.Column(db.Integer, primary_key=True)\n"
        "versions = db.Table('alembic_version', db.MetaData(), db.Column('version_num', db.String(32)))\n"
    )
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
            connection.execute("CREATE TABLE links (a integer, b integer)")
            connection.execute('CREATE TABLE "user" (id serial PRIMARY KEY)')
        options = Options(targets=["models:db"], python=sys.executable)
        report = audit_project(url, options, root=tmp_path, scratch=postgres)
        uncoded = msgspec.structs.replace(options, code=False)
        without_code = audit_project(url, uncoded, root=tmp_path, scratch=postgres)
    assert report.findings == without_code.findings == ()
    assert "metadata-not-tracked" not in {note.kind for note in without_code.notes}
    (row,) = report.coverage
    assert (row.loaded, row.tracked, row.in_database, row.agreeing) == (2, 2, 2, 2)


def test_a_model_of_the_version_table_is_not_missed(tmp_path: Path) -> None:
    """Alembic looks after it: nobody needs to import a class for it, and autogenerate leaves it alone."""
    base = (
        "from sqlalchemy import Column, Integer, String\n"
        "from sqlalchemy.orm import declarative_base\n"
        "Base = declarative_base()\n"
    )
    (tmp_path / "models.py").write_text(
        base + "class Thing(Base):\n    __tablename__ = 'thing'\n    id = Column(Integer, primary_key=True)\n"
    )
    (tmp_path / "upgrading.py").write_text(
        base + "class AlembicVersion(Base):\n    __tablename__ = 'alembic_version'\n"
        "    version_num = Column(String, primary_key=True)\n"
    )
    database = sqlite3.connect(tmp_path / "live.db")
    database.executescript(
        "CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY);"
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
    )
    database.close()
    report = audit_project(
        f"sqlite:///{tmp_path}/live.db",
        Options(targets=["models:Base"], python=sys.executable),
        root=tmp_path,
    )
    assert [f.message for f in report.findings] == []


ENV = (
    "from alembic import context\n"
    "from sqlalchemy import create_engine, pool\n"
    "from app.models import Base\n"
    "engine = create_engine(context.config.get_main_option('sqlalchemy.url'), poolclass=pool.NullPool)\n"
    "with engine.connect() as connection:\n"
    "    context.configure(connection=connection, target_metadata=Base.metadata)\n"
    "    with context.begin_transaction():\n"
    "        context.run_migrations()\n"
)
FROZEN = (
    "from sqlalchemy import Column, Integer, String\n"
    "from sqlalchemy.orm import declarative_base\n"
    "Base = declarative_base()\n"
    "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n"
)


def test_models_frozen_beside_the_revisions_are_no_models(tmp_path: Path) -> None:
    """The application imports them too, and a version table of its own. A base is named where it is made."""
    files = {
        "alembic.ini": "[alembic]\nscript_location = app/migrations\nprepend_sys_path = .\n",
        "app/__init__.py": "",
        "app/m.py": "from app.models import Base\nclass Above(Base):\n    __abstract__ = True\n",
        "app/migrations/env.py": ENV,
        "app/migrations/versions/__init__.py": "",
        "app/migrations/__init__.py": "",
        "app/migrations/shared/__init__.py": "",
        "app/migrations/shared/frozen.py": FROZEN,
        "app/models.py": FROZEN.replace("id =", "name = Column(String)\n    id =")
        + "import app.m, app.migrations.shared.frozen\n"
        "from alembic.runtime.migration import MigrationContext\n"
        "migrations = MigrationContext.configure(dialect_name='sqlite')\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    database = sqlite3.connect(tmp_path / "live.db")
    database.executescript("CREATE TABLE users (name VARCHAR, id INTEGER NOT NULL PRIMARY KEY)")
    database.close()
    report = audit_project(
        f"sqlite:///{tmp_path}/live.db", Options(python=sys.executable, history=False), root=tmp_path
    )
    assert [f.message for f in report.findings] == []
    assert [m.target for m in report.models.metadata] == ["app.models:Base.metadata"]
    assert [row.path for row in report.coverage] == ["app/models.py"]


def test_models_that_lie_beside_env_py_are_models(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = app\nprepend_sys_path = .\n")
    (tmp_path / "app/versions").mkdir(parents=True)
    (tmp_path / "app/__init__.py").write_text("")
    (tmp_path / "app/env.py").write_text(ENV)
    (tmp_path / "app/others.py").write_text(FROZEN.replace("users", "others"))
    (tmp_path / "app/models.py").write_text(FROZEN + "import app.others\n")
    (tmp_path / "app/forgotten.py").write_text(FROZEN.replace("users", "forgotten"))
    database = sqlite3.connect(tmp_path / "live.db")
    for name in ("users", "others", "forgotten"):
        database.execute(f"CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY)")
    database.close()
    report = audit_project(
        f"sqlite:///{tmp_path}/live.db", Options(python=sys.executable, history=False), root=tmp_path
    )
    own = {f.rule for f in report.findings if f.implied_by is None}
    assert own == {"metadata-not-tracked", "model-not-loaded"}


def test_sql_of_a_store_of_its_own_is_not_about_this_database(tmp_path: Path) -> None:
    """An adapter has a metadata for the tables it makes elsewhere; nothing here loads it."""
    (tmp_path / "models.py").write_text(FROZEN)
    (tmp_path / "graph.py").write_text(
        "from sqlalchemy import Column, MetaData, String, Table, text\n"
        "_meta = MetaData()\n"
        "node = Table('graph_node', _meta, Column('id', String))\n"
        "def nodes(connection):\n    return connection.execute(text('SELECT id FROM graph_node'))\n"
    )
    database = sqlite3.connect(tmp_path / "live.db")
    database.executescript(
        "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE graph_nodes (id INTEGER);"
    )
    database.close()
    options = Options(targets=["models:Base"], python=sys.executable)
    report = audit_project(f"sqlite:///{tmp_path}/live.db", options, root=tmp_path)
    assert {(f.rule, f.object.table) for f in report.findings if f.implied_by is None} == {
        ("model-missing", "graph_nodes")
    }
