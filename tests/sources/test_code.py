"""Which files are read, what they are for, and that nothing of them is run."""

from __future__ import annotations

import ast
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from kedge.declared import Declared
from kedge.memory import Memory
from kedge.sources.code import CodeReading, read_code
from kedge.sources.code import parse as parsing
from kedge.sources.code.files import python_files

MODEL = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): ...
class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return root


@pytest.mark.parametrize("git", [True, False])
def test_what_gitignore_names_is_not_read(tmp_path: Path, git: bool) -> None:
    write(
        tmp_path, a="", made__b="", kept__made__c="", deep__d="", deep__e="", venv__f="", node_modules__g=""
    )
    (tmp_path / ".gitignore").write_text("made/\n!kept/made/\n")
    (tmp_path / "deep" / ".gitignore").write_text("e.py\n")
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    if git:
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert python_files(tmp_path) == ["a.py", "deep/d.py", "kept/made/c.py"]


def test_files_are_classed_by_what_they_are_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        app__models=MODEL,
        tests__test_models=MODEL,
        conftest=MODEL,
        docs__example=MODEL,
        app__vendor__models=MODEL,
        versions__one="down_revision = None\n" + MODEL,
    )
    purposes = {t.path: t.purpose for t in read_code(tmp_path).tables}
    assert purposes == {
        "app/models.py": "models",
        "tests/test_models.py": "tests",
        "conftest.py": "fixtures",
        "docs/example.py": "docs",
        "app/vendor/models.py": "vendored",
        "versions/one.py": "migrations",
    }


def test_what_only_type_checkers_read_and_what_functions_make_is_not_certain(tmp_path: Path) -> None:
    write(
        tmp_path,
        models=f"""
from typing import TYPE_CHECKING
{MODEL}
if TYPE_CHECKING:
    class Ghost(Base):
        __tablename__ = "ghost"
def make():
    class Local(Base):
        __tablename__ = "local"
""",
    )
    said = {t.name: (t.checking, t.certain) for t in read_code(tmp_path).tables}
    assert said["thing"] == (False, True)
    assert said["ghost"][0]
    assert not said["local"][1]


def test_nothing_is_run_and_what_cannot_be_parsed_is_said_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        boom=MODEL + f"open({str(tmp_path / 'ran')!r}, 'w')\n",
        broken="import sqlalchemy\nclass (:\n",
    )
    code = read_code(tmp_path)
    assert not (tmp_path / "ran").exists()
    assert [t.name for t in code.tables] == ["thing"]
    ((path, line, reason),) = code.problems
    assert (path, line) == ("broken.py", 2)
    assert reason


def test_a_computed_name_is_unknown_and_says_why(tmp_path: Path) -> None:
    write(
        tmp_path,
        models=f"""
{MODEL}
import os
class Odd(Base):
    __tablename__ = os.environ["PREFIX"] + "odd"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
    )
    (odd,) = [t for t in read_code(tmp_path).tables if t.classes[0].name == "Odd"]
    assert (odd.name, odd.why) == (None, "its name is computed")


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "project", a=MODEL, b=MODEL.replace("thing", "other"))
    memory = Memory(tmp_path / "memory")
    first = read_code(tmp_path / "project", memory)
    parsed: list[str] = []
    real = ast.parse
    monkeypatch.setattr(parsing.ast, "parse", lambda *a, **k: parsed.append("") or real(*a, **k))
    assert read_code(tmp_path / "project", memory) == first
    assert parsed == []
    write(tmp_path / "project", b=MODEL.replace("thing", "another"))
    assert {t.name for t in read_code(tmp_path / "project", memory).tables} == {"thing", "another"}
    assert len(parsed) == 1


def test_a_thousand_classes_take_about_the_time_of_parsing(tmp_path: Path) -> None:
    body = "".join(f"    c{n}: Mapped[str | None] = mapped_column()\n" for n in range(12))
    for module in range(50):
        classes = "".join(
            f"class M{module}x{n}(Base):\n    __tablename__ = 'm{module}x{n}'\n"
            f"    id: Mapped[int] = mapped_column(primary_key=True)\n{body}\n"
            for n in range(20)
        )
        head = "from sqlalchemy.orm import Mapped, mapped_column\nfrom base import Base\n"
        write(tmp_path, **{f"m{module}": head + classes})
    write(tmp_path, base="from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n")
    start = time.process_time()
    for path in tmp_path.glob("*.py"):
        ast.parse(path.read_bytes())
    alone = time.process_time() - start
    start = time.process_time()
    code = read_code(tmp_path)
    assert time.process_time() - start < 5 * alone
    assert len(code.tables) == 1000
    assert all(t.whole and t.schema_known for t in code.tables)


@pytest.mark.parametrize("stand", ["", "shop", "shop/db"])
def test_code_that_is_the_project_s_and_a_package_s_is_read_once(tmp_path: Path, stand: str) -> None:
    """An installed application is audited from its own folder, from above it and from within."""
    write(tmp_path, shop____init__="", shop__db____init__="", shop__db__models=MODEL, shop__other=MODEL)
    root = tmp_path / stand
    declared = Declared(packages=(str(tmp_path / "shop"),))
    code = CodeReading(root, Memory(None)).of(declared)
    found = sorted(str((root / table.path).resolve().relative_to(tmp_path)) for table in code.tables)
    assert found == ["shop/db/models.py", "shop/other.py"]


def test_half_a_surrogate_pair_is_remembered(tmp_path: Path) -> None:
    """A text that no encoding can write: what is read of its file is kept all the same."""
    write(tmp_path, models=MODEL + r'odd = Thing(id="\ud800", name="a\U0000DC00")' + "\n")
    memory = Memory(tmp_path / "memory")
    assert [table.name for table in read_code(tmp_path, memory).tables] == ["thing"]
    assert [table.name for table in read_code(tmp_path, memory).tables] == ["thing"]


def test_numbers_beyond_those_of_machines_are_remembered(tmp_path: Path) -> None:
    """A file is read with a number that no memory holds; what it declares is known all the same."""
    write(
        tmp_path,
        models=f"TOP = {2**70}\nBOTTOM = -{2**70}\n{MODEL}    top: Mapped[int] = mapped_column(default=TOP)\n",
    )
    memory = Memory(tmp_path / "memory")
    for _ in range(2):
        code = read_code(tmp_path, memory)
        assert [table.name for table in code.tables] == ["thing"]
        assert [column.name for column in code.tables[0].columns] == ["id", "top"]


def test_a_working_copy_beside_the_installed_package_is_not_what_runs(tmp_path: Path) -> None:
    write(tmp_path, project__shop__models=MODEL, project__more=MODEL, site__shop__models=MODEL)
    for folder in ("project", "site"):
        (tmp_path / folder / "shop" / "__init__.py").touch()
    declared = Declared(packages=(str(tmp_path / "site" / "shop"),))
    code = CodeReading(tmp_path / "project", Memory(None)).of(declared)
    assert sorted(t.path for t in code.tables) == [str(tmp_path / "site/shop/models.py"), "more.py"]
    assert code.shadowed == (("shop", str(tmp_path / "site" / "shop")),)


def test_a_field_with_arguments_of_sqlalchemy_s_is_a_column(tmp_path: Path) -> None:
    write(
        tmp_path,
        models="""
        from datetime import datetime
        from sqlmodel import Field, SQLModel, func
        class Row(SQLModel, table=True):
            id: int = Field(primary_key=True)
            made: datetime = Field(sa_column_kwargs={"server_default": func.now()})
            other: str = Field(sa_column_kwargs={"name": "else"})
        """,
    )
    (table,) = read_code(tmp_path).tables
    assert [column.name for column in table.columns] == ["id", "made"]
    assert not table.whole
