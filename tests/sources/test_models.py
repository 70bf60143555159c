"""What real env.py files ask for, and what is learned from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table
from tests.probe.reading import PROFILE, joined, read, tables, write, write_alembic

from kedge.declared import Declared
from kedge.errors import KedgeError
from kedge.sources.models import describe_in_process

PROJECTS = Path(__file__).parent.parent / "projects"
MODELS = """
    from sqlalchemy import Column, Index, Integer, MetaData, String, Table
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True), Column("name", String),
          Index("ix_thing_name", "name"))
    Table("hidden", metadata, Column("id", Integer, primary_key=True))
    other = MetaData()
    Table("untracked", other, Column("id", Integer))
"""
HEAD = """
    from alembic import context
    from sqlalchemy import create_engine, engine_from_config, text
    from models import metadata, other
    config = context.config
"""
RUN = """
    def run(connection, **options):
        context.configure(connection=connection, target_metadata=metadata, **options)
        with context.begin_transaction():
            context.run_migrations()
"""


def helped(declared: Declared) -> str:
    return " ".join(n.reason for n in declared.notes if n.kind == "read-with-help")


WAYS = {
    "plain": ("run(create_engine(config.get_main_option('sqlalchemy.url')).connect())", ""),
    "section": ("run(engine_from_config(config.get_section('alembic'), prefix='sqlalchemy.').connect())", ""),
    "connection": ("run(config.attributes['connection'])", "config.attributes"),
    "connection-get": ("run(config.attributes.get('connection').execution_options())", "config.attributes"),
    "permissive": (
        "config.attributes['tenant'].prepare()\n"
        "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())",
        "invented answers",
    ),
    "needs-tables": (
        "connection = create_engine(config.get_main_option('sqlalchemy.url')).connect()\n"
        "for (name,) in connection.execute(text('SELECT name FROM tenants')):\n    print(name)\n"
        "run(connection)",
        "answers every query with nothing",
    ),
    "offline": (
        "if not context.is_offline_mode():\n    raise RuntimeError('offline only')\n"
        "context.configure(url='postgresql://', target_metadata=metadata)",
        "offline mode",
    ),
    "late": ("run(create_engine(config.get_main_option('sqlalchemy.url')).connect())\n1 / 0", ""),
    "running-loop": (
        "import asyncio\n"
        "if not __import__('threading').current_thread().name.startswith('Any') and "
        "__import__('threading').current_thread() is __import__('threading').main_thread():\n"
        "    asyncio.get_running_loop()\n"
        "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())",
        "running event loop",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_env_py(tmp_path: Path, scratch_url: str, way: str) -> None:
    code, help_ = WAYS[way]
    write_alembic(tmp_path, joined(HEAD, RUN, code), models=MODELS)
    declared = read(tmp_path, scratch=scratch_url)
    assert set(tables(declared)) == {"thing", "hidden"}
    assert help_ in helped(declared)
    assert bool(help_) == bool(helped(declared))
    assert (way == "late") == any(n.kind == "env-failed-late" for n in declared.notes)
    assert {m.target: m.tracked for m in declared.metadata} == {
        "models:metadata": True,
        "models:other": False,
    }


def test_without_a_scratch_nothing_is_opened(tmp_path: Path) -> None:
    code = "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())"
    write_alembic(tmp_path, joined(HEAD, RUN, code), models=MODELS)
    declared = read(tmp_path, scratch=None)
    assert set(tables(declared)) == {"thing", "hidden"}


ASYNC = """
    import asyncio
    from sqlalchemy.ext.asyncio import async_engine_from_config
    async def main():
        engine = async_engine_from_config(config.get_section("alembic"), prefix="sqlalchemy.")
        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()
    asyncio.run(main())
"""


ENV_ASYNC_BY_HAND = """
    import asyncio
    from alembic import context
    from sqlalchemy import engine_from_config
    from sqlalchemy.ext.asyncio import AsyncEngine
    from models import metadata
    config = context.config
    def run(connection):
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()
    async def main():
        engine = AsyncEngine(engine_from_config(config.get_section("alembic"), prefix="sqlalchemy."))
        async with engine.connect() as connection:
            await connection.run_sync(run)
    asyncio.run(main())
"""


def test_an_env_py_that_makes_its_engine_async(tmp_path: Path, scratch_url: str) -> None:
    """Only the error tells that its URL has to name an async driver."""
    write_alembic(tmp_path, ENV_ASYNC_BY_HAND, models=MODELS)
    declared = read(tmp_path, scratch=scratch_url)
    assert set(tables(declared)) == {"thing", "hidden"}
    assert declared.driver == "asyncpg"
    assert not [n for n in declared.notes if n.kind == "read-with-help"]


@pytest.mark.parametrize("scratch", [True, False])
def test_an_async_env_py(tmp_path: Path, scratch_url: str, scratch: bool) -> None:
    write_alembic(tmp_path, joined(HEAD, RUN, ASYNC), models=MODELS, ini="sqlalchemy.url = driver://u@h/x\n")
    declared = read(tmp_path, scratch=scratch_url if scratch else None)
    assert set(tables(declared)) == {"thing", "hidden"}
    assert declared.driver == ("asyncpg" if scratch else declared.driver)


OPTIONS = """
    def include_object(object, name, type_, reflected, compare_to):
        if type_ == "table" and reflected and compare_to is None:
            return name != "celery"
        if type_ == "index":
            return object.table.name != "thing"
        return name != "hidden"
    def include_name(name, type_, parents):
        if type_ == "table" and name == "crash":
            raise KeyError(name)
        return not (type_ == "table" and parents["schema_name"] == "audit")
    run(create_engine(config.get_main_option("sqlalchemy.url")).connect(), include_object=include_object,
        include_name=include_name, include_schemas=True, version_table="v", version_table_schema="audit")
"""


def test_options_and_filters(tmp_path: Path, scratch_url: str) -> None:
    write_alembic(tmp_path, joined(HEAD, RUN, OPTIONS), models=MODELS)
    (tmp_path / "migrations/versions/a.py").write_text("revision = 'a'\ndown_revision = None\n")
    (tmp_path / "migrations/versions/b.py").write_text("revision = 'b'\ndown_revision = 'a'\n")
    declared = read(
        tmp_path,
        scratch=scratch_url,
        live=[
            ("table", "public", "thing", None),
            ("column", "public", "thing", "id"),
            ("index", "public", "thing", "ix_live"),
            ("unique", "public", "thing", "uq_live"),
            ("foreign-key", "public", "thing", "fk_live"),
            ("table", "public", "hidden", None),
            ("table", "public", "celery", None),
            ("table", "public", "crash", None),
            ("table", "audit", "log", None),
            ("sequence", "public", None, "s"),
        ],
    )
    (environment,) = declared.environments
    assert (environment.include_schemas, environment.filters, environment.version_table) == (True, True, "v")
    assert (environment.version_table_schema, environment.heads, environment.revisions) == (
        "audit",
        ("b",),
        2,
    )
    assert set(environment.revision_ids) == {"a", "b"}
    assert {(e.side, e.kind, e.schema, e.table, e.name) for e in declared.excluded} == {
        ("models", "table", "public", "hidden", None),
        ("database", "table", "public", "hidden", None),
        ("database", "table", "public", "celery", None),
        ("database", "table", "audit", "log", None),
        ("models", "index", "public", "thing", "ix_thing_name"),
        ("database", "index", "public", "thing", "ix_live"),
    }
    (note,) = [n for n in declared.notes if n.kind == "filter-failed"]
    assert "include_name" in note.reason
    assert note.place is not None
    assert note.place.path.endswith("env.py")


TARGETS = {
    "None": "passes no target_metadata",
    "[]": "passes no target_metadata",
    "[metadata, other]": {"models:metadata", "models:other"},
    "(metadata, 'nonsense')": {"models:metadata"},
    "{'one': metadata, 'two': other}": {"models:metadata", "models:other"},
}


@pytest.mark.parametrize("target", TARGETS)
def test_target_metadata(tmp_path: Path, scratch_url: str, target: str) -> None:
    expected = TARGETS[target]
    code = f"""
        with create_engine(config.get_main_option("sqlalchemy.url")).connect() as connection:
            context.configure(connection=connection, target_metadata={target})
    """
    write_alembic(tmp_path, joined(HEAD, code), models=MODELS)
    if isinstance(expected, str):
        with pytest.raises(KedgeError, match=expected):
            read(tmp_path, scratch=scratch_url)
        return
    declared = read(tmp_path, scratch=scratch_url)
    assert {m.target for m in declared.metadata if m.tracked} == expected
    assert ("nonsense" in target) == any(n.kind == "not-metadata" for n in declared.notes)


def test_sections_are_environments_and_one_may_fail(tmp_path: Path, scratch_url: str) -> None:
    code = """
        if config.config_ini_section == "broken":
            raise ImportError("no such thing")
        metadata = other if config.config_ini_section == "second" else metadata
        run(create_engine(config.get_main_option("sqlalchemy.url")).connect(),
            version_table="v_" + config.config_ini_section)
    """
    sections = "".join(
        f"[{name}]\nscript_location = migrations\nprepend_sys_path = .\n" for name in ("second", "broken")
    )
    write_alembic(tmp_path, joined(HEAD, RUN, code), ini=sections, models=MODELS)
    declared = read(tmp_path, scratch=scratch_url)
    assert {(m.target, m.environment, m.tracked) for m in declared.metadata} == {
        ("models:metadata", "alembic.ini", True),
        ("models:other", "alembic.ini:second", True),
    }
    assert {e.name: e.version_table for e in declared.environments} == {
        "alembic.ini": "v_alembic",
        "alembic.ini:second": "v_second",
    }
    assert [n.kind for n in declared.notes] == ["environment-not-read"]
    chosen = read(tmp_path, scratch=scratch_url, configs=["alembic.ini:second"])
    assert [e.name for e in chosen.environments] == ["alembic.ini:second"]


def test_tool_alembic_in_pyproject(tmp_path: Path, scratch_url: str) -> None:
    code = "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())"
    write_alembic(tmp_path, joined(HEAD, RUN, code), models=MODELS)
    (tmp_path / "alembic.ini").unlink()
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write('[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = ["."]\n')
    assert set(tables(read(tmp_path, scratch=scratch_url))) == {"thing", "hidden"}


def test_models_beside_the_ini_are_found_late(tmp_path: Path, scratch_url: str) -> None:
    """Without `prepend_sys_path` folders are added only after a module was not found, and last."""
    code = "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())"
    write_alembic(tmp_path, joined(HEAD, RUN, code), models=MODELS)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    assert set(tables(read(tmp_path, scratch=scratch_url))) == {"thing", "hidden"}


def test_version_locations_are_counted(tmp_path: Path, scratch_url: str) -> None:
    code = "run(create_engine(config.get_main_option('sqlalchemy.url')).connect())"
    ini = "version_locations = %(here)s/one:%(here)s/two\npath_separator = :\n"
    write_alembic(tmp_path, joined(HEAD, RUN, code), ini=ini, models=MODELS)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "r.py").write_text(f"revision = '{folder}'\ndown_revision = None\n")
    (environment,) = read(tmp_path, scratch=scratch_url).environments
    assert set(environment.heads) == {"one", "two"}


TARGET_CODE = """
    from sqlalchemy import Column, Integer, MetaData, Table
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
    class Base(DeclarativeBase):
        pass
    class Thing(Base):
        __tablename__ = "thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
    reg = registry()
    @reg.mapped
    class Other:
        __tablename__ = "other"
        id = Column(Integer, primary_key=True)
    meta = Base.metadata
    class Namespace:
        base = Base
    def several():
        return [Base, reg]
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("pkg.models:Base", {"thing"}),
        ("pkg.models:Thing", {"thing"}),
        ("pkg.models:meta", {"thing"}),
        ("pkg.models:Base.metadata", {"thing"}),
        ("pkg.models:Namespace.base", {"thing"}),
        ("pkg.models:reg", {"other"}),
        ("pkg.models:several", {"thing", "other"}),
        ("pkg.models", {"thing", "other"}),
    ],
)
def test_targets(tmp_path: Path, scratch_url: str, target: str, expected: set[str]) -> None:
    write(tmp_path, src__pkg____init__="", src__pkg__models=TARGET_CODE)
    declared = read(tmp_path, target, scratch=scratch_url)
    assert set(tables(declared)) == expected
    if "thing" in expected:
        name = next(c for c in tables(declared)["thing"].columns if c.name == "name")
        assert name.place is not None
        assert name.place.line == 9


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("pkg.models:nothing", "has no attribute nothing"),
        ("pkg.models:number", "no MetaData, Base, registry"),
        ("pkg.empty", "holds no MetaData"),
        ("pkg.gone", "No module named 'pkg.gone'"),
    ],
)
def test_targets_that_are_none(tmp_path: Path, scratch_url: str, target: str, message: str) -> None:
    write(tmp_path, pkg____init__="", pkg__empty="", pkg__models="number = 3")
    with pytest.raises(KedgeError, match=message):
        read(tmp_path, target, scratch=scratch_url)


def test_sqlmodel(tmp_path: Path, scratch_url: str) -> None:
    code = """
        from typing import Optional
        from sqlmodel import Field, SQLModel
        class Hero(SQLModel, table=True):
            id: Optional[int] = Field(default=None, primary_key=True)
            name: str = Field(index=True)
    """
    write(tmp_path, models=code)
    hero = tables(read(tmp_path, "models:SQLModel", scratch=scratch_url))["hero"]
    assert [c.place and c.place.line for c in hero.columns] == [5, 6]
    assert [i.place and i.place.line for i in hero.indexes] == [6]


@pytest.mark.parametrize(
    ("project", "target", "expected"),
    [
        ("plain_base", "shop.models:Base", {"customer", "orders"}),
        ("alembic_sync", None, {"user", "legacy"}),
        ("alembic_async", None, {"thing"}),
        ("flask_factory", None, {"post"}),
        ("flask_factory", "blog:create_app", {"post"}),
        ("flask_factory", "blog:db", set()),
    ],
)
def test_projects(scratch_url: str, project: str, target: str | None, expected: set[str]) -> None:
    declared = read(PROJECTS / project, *([target] if target else []), scratch=scratch_url)
    assert set(tables(declared)) == expected
    assert any(n.kind == "empty-metadata" for n in declared.notes) == (not expected)


def test_a_command_prefix(tmp_path: Path, scratch_url: str) -> None:
    """The program goes over stdin, as with `docker compose exec -T api python`."""
    import sys

    write(tmp_path, models=MODELS)
    declared = read(
        tmp_path, "models:metadata", scratch=scratch_url, python=f"env -C {tmp_path} {sys.executable}"
    )
    assert set(tables(declared)) == {"thing", "hidden"}


def test_progress_is_told(tmp_path: Path, scratch_url: str) -> None:
    said: list[str] = []
    write(tmp_path, models=MODELS)
    read(tmp_path, "models:metadata", scratch=scratch_url, progress=said.append)
    assert said == ["importing models", "describing 2 tables"]


def test_tables_of_libraries_are_not_the_projects(tmp_path: Path, scratch_url: str) -> None:
    """SQLAlchemy's Oracle dialect declares forty tables while it is imported."""
    write(tmp_path, models=joined("import sqlalchemy.dialects.oracle", MODELS))
    declared = read(tmp_path, "models:metadata", scratch=scratch_url)
    assert {m.target: m.tracked for m in declared.metadata} == {
        "models:metadata": True,
        "models:other": False,
    }


def test_in_process() -> None:
    metadata = MetaData()
    Table("here", metadata, Column("id", Integer, primary_key=True))
    declared = describe_in_process([metadata, metadata], PROFILE)
    assert set(tables(declared)) == {"here"}
    with pytest.raises(KedgeError, match="no MetaData"):
        describe_in_process([os], PROFILE)


def test_values_whose_class_keeps_no_module_name(tmp_path: Path, scratch_url: str) -> None:
    """Proxies answer for `__module__` themselves: what their class holds under it is no text."""
    proxy = """
        class Proxy:
            __module__ = property(lambda self: "app")

        proxy = Proxy()
    """
    write(tmp_path, app=joined(MODELS, proxy))
    assert read(tmp_path, "app:metadata", scratch=scratch_url).metadata


def test_tables_that_env_py_hands_over_to_another_metadata_are_tracked(
    tmp_path: Path, scratch_url: str
) -> None:
    """Two bases, one list for Alembic: env.py puts the second one's tables into the first one's metadata."""
    code = """
        for table in other.sorted_tables:
            metadata._add_table(table.name, table.schema, table)
        run(create_engine(config.get_main_option("sqlalchemy.url")).connect())
    """
    mapped = """
        from sqlalchemy.orm import registry
        class Untracked:
            pass
        registry(metadata=other).map_imperatively(
            Untracked, Table("mapped", other, Column("id", Integer, primary_key=True))
        )
    """
    write_alembic(tmp_path, joined(HEAD, RUN, code), models=joined(MODELS, mapped))
    declared = read(tmp_path, scratch=scratch_url)
    (metadata,) = declared.metadata
    assert metadata.tracked
    assert [c.name for t in metadata.tables if t.name == "mapped" for c in t.classes] == ["Untracked"]


def test_what_pythonpath_names_goes_first(
    tmp_path: Path, scratch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A working copy beside an installed one: `PYTHONPATH=.` says which is meant."""
    copy, installed = tmp_path / "copy", tmp_path / "installed"
    for folder, name in ((copy, "mine"), (installed, "theirs")):
        folder.mkdir()
        write(folder, models=MODELS.replace('"hidden"', f'"{name}"'))
    monkeypatch.setenv("PYTHONPATH", f"{copy}{os.pathsep}{installed}")
    assert "mine" in tables(read(copy, "models:metadata", scratch=scratch_url))


def test_a_table_of_the_extension_s_is_not_the_name_of_its_metadata(
    tmp_path: Path, scratch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flask-SQLAlchemy's own Table class has a `metadata` too, and stands in the module as well."""
    library = """
        import sqlalchemy
        class _Table(sqlalchemy.Table): ...
        class SQLAlchemy:
            def __init__(self): self.metadata = sqlalchemy.MetaData()
            def init_app(self, app): ...
    """
    models = """
        import sqlalchemy, flask_sqlalchemy
        class Extended(flask_sqlalchemy.SQLAlchemy): ...
        the_db = Extended()
        a = flask_sqlalchemy._Table("a", the_db.metadata, sqlalchemy.Column("id", sqlalchemy.Integer))
        Extended.__module__ = "models"
    """
    (tmp_path / "lib" / "site-packages").mkdir(parents=True)
    write(tmp_path / "lib" / "site-packages", flask_sqlalchemy=library)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib" / "site-packages"))
    code = """
        from alembic import context
        from models import the_db
        context.configure(url="postgresql://", target_metadata=the_db.metadata)
    """
    write_alembic(tmp_path, code, models=models)
    declared = read(tmp_path, scratch=scratch_url)
    assert [m.target for m in declared.metadata] == ["models:the_db.metadata"]


def test_a_class_that_a_library_made_has_no_line_of_its_own(
    tmp_path: Path, scratch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = """
        def made(base, name):
            import sqlalchemy
            column = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
            return type(name, (base,), {"__tablename__": name, "id": column})
    """
    models = """
        import maker
        from sqlalchemy.orm import declarative_base
        Base = declarative_base()
        Versions = maker.made(Base, "versions")
    """
    (tmp_path / "lib" / "site-packages").mkdir(parents=True)
    write(tmp_path / "lib" / "site-packages", maker=library)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib" / "site-packages"))
    write(tmp_path, models=models)
    table = tables(read(tmp_path, "models:Base", scratch=scratch_url))["versions"]
    assert table.place is None or table.place.path.endswith("models.py")
    assert not table.classes[0].place
