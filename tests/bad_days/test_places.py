"""There is no scratch, no room, no right to write; there is another audit, another interpreter, another root."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.bad_days.world import (
    CANARY,
    MODELS,
    THING,
    Database,
    Ran,
    Row,
    audit,
    finish,
    start,
    write,
    write_alembic,
    write_revision,
)

from kedge.scratch import Scratch

MIXED = """
    from sqlalchemy import CheckConstraint, Column, Enum, Integer, MetaData, Numeric, String, Table, func
    metadata = MetaData()
    Table("settled", metadata, Column("id", Integer, primary_key=True), Column("name", String(20), nullable=False))
    Table(
        "judged", metadata,
        Column("id", Integer, primary_key=True),
        Column("price", Numeric(10, 2), CheckConstraint("price > 0", name="ck_price"), nullable=False),
        Column("made", Integer, server_default=func.length("abc")),
        Column("mood", Enum("good", "bad", name="mood")),
        Column("gone", String(5)),
    )
"""
MIXED_MADE = (
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE TABLE settled (id serial PRIMARY KEY, name varchar(20) NOT NULL)",
    "CREATE TABLE judged (id serial PRIMARY KEY, price numeric(12,2) NOT NULL CONSTRAINT ck_price CHECK (price > 0),"
    " made integer DEFAULT length('abc'), mood mood)",
)
NO_SERVERS = """
    import sys
    from importlib.machinery import PathFinder
    import kedge.scratch.binaries as binaries
    binaries.USUAL_PLACES = ()
    binaries.find_spec = lambda name: None
    import kedge.scratch.mariadb as mariadb
    mariadb.USUAL_PLACES = ()
    from kedge.cli import main
    main()
"""
JSON = ("--format", "json", "--output", "report.json", "--format", "text")


def without_servers(folder: Path, url: str, *arguments: str, **environment: str | None) -> Ran:
    """The program on a machine that has no PostgreSQL, neither installed nor as a wheel."""
    empty = folder / "bin"
    empty.mkdir(exist_ok=True)
    program = (sys.executable, "-c", textwrap.dedent(NO_SERVERS))
    given = {"KEDGE_SCRATCH_URL": None, "PATH": str(empty), **environment}
    return audit(folder, url, *arguments, program=program, **given)


def test_no_scratch(tmp_path: Path, database: Database, row: Row) -> None:
    """What can be read directly is compared; what nobody could judge is unconfirmed, and said to be."""
    write(tmp_path, models=MIXED)
    database.make(*MIXED_MADE)
    ran = without_servers(tmp_path, database.url(), "--models", "models", *JSON, "--fail-on", "never").holds(
        row
    )
    findings = {(f["rule"], f["object"]["name"]): f["confirmed"] for f in ran.report["findings"]}
    assert {("column-type", "price"), ("column-presence", "gone")} <= set(findings)
    assert not any(findings.values())
    assert not any(f["object"]["table"] == "settled" for f in ran.report["findings"])
    assert ran.report["complete"] is False


def test_no_scratch_on_mariadb(tmp_path: Path, mariadb: Scratch, row: Row) -> None:
    write(tmp_path, models=MODELS)
    with mariadb.database() as url:
        make(url, "CREATE TABLE thing (id int AUTO_INCREMENT PRIMARY KEY, name varchar(30))")
        ran = without_servers(tmp_path, url, "--models", "models", *JSON, "--fail-on", "never").holds(row)
    assert ran.found == {("column-type", "name")}
    assert not any(f["confirmed"] for f in ran.report["findings"])


def test_scratch_url_on_sqlite(project: Path, row: Row) -> None:
    """It is said that it is not used; an environment for many databases is not warned of."""
    url = f"sqlite:///{project / 'a.db'}"
    make(url, "CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(30))")
    given = ["--models", "models", "--scratch-url", "postgresql:///nowhere"]
    audit(project, url, *given, KEDGE_SCRATCH_URL=None).holds(row)
    ran = audit(project, url, "--models", "models", KEDGE_SCRATCH_URL="postgresql:///nowhere")
    assert "warning" not in ran.err


def make(url: str, statement: str) -> None:
    engine = sa.create_engine(url.replace("mariadb:", "mariadb+pymysql:"))
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_no_scratch_is_needed(project: Path, database: Database, row: Row) -> None:
    """Plain tables are settled without a server."""
    database.make(THING)
    without_servers(project, database.url(), "--models", "models").holds(row)


def test_no_scratch_for_env_py(tmp_path: Path, database: Database, row: Row) -> None:
    """env.py wants a connection, and there is none to give it: it is read offline."""
    database.make(THING)
    write_alembic(tmp_path)
    without_servers(tmp_path, database.url()).holds(row)


def test_scratch_url(tmp_path: Path, database: Database, row: Row) -> None:
    """A role that may make databases is enough; nothing is left there."""
    write(tmp_path, models=MIXED)
    database.make(*MIXED_MADE)
    database.run("ALTER ROLE reader CREATEDB")
    there = {"KEDGE_SCRATCH_URL": database.url("reader", name="postgres")}
    ran = without_servers(tmp_path, database.url(), "--models", "models", *JSON, **there).holds(row)
    assert all(f["confirmed"] for f in ran.report["findings"])
    assert not database.run("SELECT FROM pg_database WHERE datname LIKE 'kedge_scratch_%'")
    database.run("ALTER ROLE reader NOCREATEDB")


@pytest.mark.parametrize("what", ["wrong-password", "no-createdb", "unreachable", "not-a-url"])
def test_bad_scratch_url(tmp_path: Path, database: Database, row: Row, what: str) -> None:
    """Who names a scratch wants that one."""
    write(tmp_path, models=MIXED)
    database.make(*MIXED_MADE)
    url = {
        "wrong-password": database.url("app", CANARY + "x", name="postgres"),
        "no-createdb": database.url("app", name="postgres"),
        "unreachable": database.url(port=1),
        "not-a-url": "host = = x",
    }[what]
    audit(tmp_path, database.url(), "--models", "models", KEDGE_SCRATCH_URL=url).holds(row)


# -- nowhere to write


@pytest.fixture
def full(open_folder: Path) -> Iterator[Path]:
    yield from _mounted(open_folder / "full", "tmpfs", "size=64k")


@pytest.fixture
def frozen(open_folder: Path) -> Iterator[Path]:
    yield from _mounted(open_folder / "frozen", "tmpfs", "ro")


def _mounted(folder: Path, kind: str, options: str) -> Iterator[Path]:
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", kind, "-o", options, "none", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("place", ["full", "frozen"])
def test_no_room_for_a_scratch(
    tmp_path: Path, database: Database, row: Row, place: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(place)
    project = tmp_path / "project"
    project.mkdir()
    write(project, models=MIXED)
    database.make(*MIXED_MADE)
    given = {"TMPDIR": str(folder), "KEDGE_SCRATCH_URL": None}
    audit(project, database.url(), "--models", "models", "--fail-on", "never", **given).holds(row)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["full", "frozen"])
def test_no_room_for_the_report(
    project: Path, database: Database, row: Row, place: str, request: pytest.FixtureRequest
) -> None:
    """What was there before is still there, and nothing half-written beside it."""
    folder = request.getfixturevalue(place)
    database.make(THING)
    if place == "full":
        (folder / "report.json").write_text("of yesterday")
        with pytest.raises(OSError, match="No space"), (folder / "filler").open("wb") as filler:
            while True:
                filler.write(b"x" * 1000)
                filler.flush()
    before = sorted(folder.iterdir())
    written = str(folder / "report.json")
    audit(project, database.url(), "--models", "models", "--format", "json", "--output", written).holds(row)
    assert sorted(folder.iterdir()) == before
    if place == "full":
        assert (folder / "report.json").read_text() == "of yesterday"


def test_no_room_on_standard_output(project: Path, database: Database, row: Row) -> None:
    database.make(THING)
    with Path("/dev/full").open("wb") as full:
        process = start(project, database.url(), "--models", "models", stdout=full)
        finish(process, project).holds(row)


def test_read_only_project(tmp_path: Path, database: Database, row: Row) -> None:
    """Kedge needs to write nothing where the project is, nor where it would remember."""
    folder, frozen = tmp_path / "project", tmp_path / "frozen"
    for made in (folder, frozen):
        made.mkdir()
    write(folder, models=MODELS)
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name text)")
    done = subprocess.run(["mount", "--bind", folder, frozen], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", frozen], check=True)
        remembering = {"KEDGE_NO_CACHE": None, "XDG_CACHE_HOME": str(frozen / "cache")}
        audit(frozen, database.url(), "--models", "models", **remembering).holds(row)
    finally:
        subprocess.run(["umount", frozen], check=True)


# -- others


def test_two_audits_at_once(tmp_path: Path, database: Database, row: Row) -> None:
    write(tmp_path, models=MIXED)
    database.make(*MIXED_MADE)
    running = [
        start(tmp_path, database.url(), "--models", "models", KEDGE_SCRATCH_URL=None) for _ in range(2)
    ]
    first, second = (finish(process, tmp_path).holds(row) for process in running)
    assert first.out == second.out


OLD = ("sqlalchemy<2", "alembic", "psycopg2-binary")


def old_python() -> str:
    """Python 3.8 where it can be found, else our own: SQLAlchemy 1.4 in any case."""
    usual = sorted(Path.home().glob(".pyenv/versions/3.8*/bin/python"))
    for python in (shutil.which("python3.8"), *map(str, usual)):
        if python and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            return python
    return sys.executable


@pytest.fixture(scope="module")
def old_interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("old") / "venv"
    uv = shutil.which("uv") or str(Path(__file__).parents[2] / ".tools" / "bin" / "uv")
    python = str(folder / "bin" / "python")
    for command in (
        [uv, "venv", "--quiet", "--python", old_python(), str(folder)],
        [uv, "pip", "install", "--quiet", "--python", python, *OLD],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no old interpreter could be made here: {done.stderr.strip()[-300:]}")
    return python


@pytest.mark.parametrize("way", ["models", "alembic"])
def test_old_interpreter(
    tmp_path: Path, database: Database, row: Row, old_interpreter: str, way: str
) -> None:
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name varchar(30))")
    if way == "alembic":
        write_revision(write_alembic(tmp_path), "0001", None)
        given = []
    else:
        write(tmp_path, models=MODELS)
        given = ["--models", "models"]
    audit(tmp_path, database.url(), *given, "--python", old_interpreter).holds(row)


def test_command_prefix_under_another_root(tmp_path: Path, database: Database, row: Row) -> None:
    """As in a container: the project stands elsewhere, and the command leads there."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        write_revision(write_alembic(folder), "0001", None)
    (outside / "models.py").write_text("1 / 0  # these are not the models that run\n")
    database.make("CREATE TABLE thing (id serial PRIMARY KEY, name varchar(30))")
    prefix = f"env -C {inside} {sys.executable}"
    audit(outside, database.url(), "--python", prefix).holds(row)
