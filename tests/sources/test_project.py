"""Where the project is, which environments it has, and which interpreter runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kedge.errors import UsageError
from kedge.sources.project import (
    AlembicConfig,
    find_configs,
    find_project,
    find_root,
    interpreter,
    named_config,
)


def make(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_ini", ".ini").replace("_toml", ".toml").replace(
            "_py", ".py"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


INI = "[alembic]\nscript_location = alembic\n"


def test_the_root_is_the_nearest_project_upwards(tmp_path: Path) -> None:
    make(tmp_path, pyproject_toml="", api__alembic_ini=INI, api__app__db_py="")
    assert find_root(tmp_path / "api" / "app") == tmp_path / "api"
    assert find_root(tmp_path) == tmp_path


def test_a_configuration_within_a_package_belongs_to_the_project_around_it(tmp_path: Path) -> None:
    make(tmp_path, pyproject_toml="", src__app__db__alembic_ini=INI, other__app__alembic_ini=INI)
    for package in ("src", "other"):
        (tmp_path / package / "app" / "__init__.py").touch()
    assert find_root(tmp_path / "src" / "app" / "db") == tmp_path
    (tmp_path / "pyproject.toml").unlink()
    assert find_root(tmp_path / "other" / "app") == tmp_path / "other" / "app"


def test_a_folder_of_its_own_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert find_project(tmp_path / "x", python=sys.executable).root in (tmp_path / "x", *tmp_path.parents)


def test_environments_are_found_where_people_put_them(tmp_path: Path) -> None:
    make(
        tmp_path,
        alembic_ini=INI,
        migrations__alembic_ini="[alembic]\n",
        migrations__env_py="",
        services__billing__alembic_ini=INI,
        node_modules__x__alembic_ini=INI,
        tests__fixture__alembic_ini=INI,
        deep__er__still__alembic_ini=INI,
        hidden__alembic_ini=INI,
        hidden__pyvenv_cfg="",
    )
    (tmp_path / "hidden" / "pyvenv_cfg").rename(tmp_path / "hidden" / "pyvenv.cfg")
    assert [c.path for c in find_configs(tmp_path)] == [
        "alembic.ini",
        "migrations/alembic.ini",
        "services/billing/alembic.ini",
    ]


def test_named_sections(tmp_path: Path) -> None:
    ini = """
[DEFAULT]
sqlalchemy.url = x
[alembic]
script_location = one
[second]
script_location = two
[loggers]
keys = root
[logger_root]
level = %(odd)s
"""
    make(tmp_path, alembic_ini=ini)
    assert list(find_configs(tmp_path)) == [
        AlembicConfig("alembic.ini", "alembic"),
        AlembicConfig("alembic.ini", "second"),
    ]
    assert AlembicConfig("alembic.ini", "second").name == "alembic.ini:second"
    assert named_config("alembic.ini:second", tmp_path) == [AlembicConfig("alembic.ini", "second")]
    assert len(named_config("alembic.ini", tmp_path)) == 2
    with pytest.raises(UsageError, match=r"no Alembic configuration other\.ini"):
        named_config("other.ini", tmp_path)


def test_pyproject(tmp_path: Path) -> None:
    make(tmp_path, pyproject_toml='[tool.alembic]\nscript_location = "db"\n')
    assert list(find_configs(tmp_path)) == [AlembicConfig("pyproject.toml")]
    make(tmp_path, alembic_ini="[alembic]\nsqlalchemy.url = x\n")
    assert list(find_configs(tmp_path)) == [AlembicConfig("alembic.ini")]


def test_a_broken_ini_is_named(tmp_path: Path) -> None:
    make(tmp_path, alembic_ini="script_location = x\n")
    with pytest.raises(UsageError, match=r"alembic\.ini cannot be read"):
        list(find_configs(tmp_path))


def interpreter_at(path: Path, *, with_sqlalchemy: bool) -> str:
    """A stand-in for a virtual environment's python: it answers whether it finds SQLAlchemy."""
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\nexit {0 if with_sqlalchemy else 1}\n")
    path.chmod(0o755)
    return str(path)


def test_the_environment_beside_the_project_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert interpreter(tmp_path) == (sys.executable,)
    without = interpreter_at(tmp_path / ".venv/bin/python", with_sqlalchemy=False)
    assert interpreter(tmp_path) == (sys.executable,)
    beside = interpreter_at(tmp_path / "venv/bin/python", with_sqlalchemy=True)
    assert interpreter(tmp_path) == (beside,)
    active = interpreter_at(tmp_path / "else/bin/python", with_sqlalchemy=True)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "else"))
    assert interpreter(tmp_path) == (beside,)
    Path(beside).unlink()
    assert interpreter(tmp_path) == (active,)
    assert without != active


def test_python_may_be_a_path_a_folder_or_a_prefix(tmp_path: Path) -> None:
    python = interpreter_at(tmp_path / "v/bin/python", with_sqlalchemy=True)
    assert find_project(tmp_path, python=python).python == (python,)
    assert find_project(tmp_path, python=str(tmp_path / "v")).python == (python,)
    prefix = find_project(tmp_path, python="docker compose exec -T api python")
    assert prefix.python == ("docker", "compose", "exec", "-T", "api", "python")
    assert prefix.remote
    assert not find_project(tmp_path, python=f"env X=1 {python}").remote


def test_where_none_is_near_it_is_looked_for_deeper(tmp_path: Path) -> None:
    make(tmp_path, src__app__db__migrations__alembic_ini=INI, src__app__other__deep__alembic_ini=INI)
    assert [c.path for c in find_configs(tmp_path)] == [
        "src/app/db/migrations/alembic.ini",
        "src/app/other/deep/alembic.ini",
    ]
