"""Whatever the project does while it is imported, one clear message says what, where and which variable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.probe.reading import joined, read, tables, write, write_alembic
from tests.probe.test_guard import MODELS

from kedge.errors import Incomplete, KedgeError

ENV = """
    from alembic import context
    from sqlalchemy import create_engine
    from models import metadata
    with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()
"""

FAILURES = {
    "exit": ("import sys\nsys.exit(3)", "sys.exit(3) at {models}:2"),
    "hard-exit": ("import os\nos._exit(4)", "os._exit(4) at {models}:2"),
    "variable": ("import os\nos.environ['SECRET_KEY']", "variable SECRET_KEY is not set at {models}:2"),
    "spoken-variable": (
        "\nraise RuntimeError('Environment variable API_TOKEN must be set')",
        "variable API_TOKEN is not set at {models}:2",
    ),
    "syntax": ("x = 1\nclass :", "cannot parse it: invalid syntax at {models}:2"),
    "import": ("\nimport no_such_library", "No module named 'no_such_library' at {models}:2"),
    "error": ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError: division by zero at {models}:2"),
    "error-for-error": (
        "try:\n    open('/no/such/key')\nexcept OSError:\n    raise SystemExit(1)",
        "sys.exit(1) at {models}:4 (after FileNotFoundError: [Errno 2] No such file or directory",
    ),
    "interrupt": ("\nraise KeyboardInterrupt", "KeyboardInterrupt at {models}:2"),
}


@pytest.mark.parametrize("way", FAILURES)
@pytest.mark.parametrize("alembic", [False, True], ids=["models", "env"])
def test_one_message(tmp_path: Path, scratch_url: str, way: str, alembic: bool) -> None:
    code, expected = FAILURES[way]
    if alembic:
        write_alembic(tmp_path, ENV, models=code)
    else:
        write(tmp_path, models=code)
    with pytest.raises(KedgeError) as caught:
        read(tmp_path, *([] if alembic else ["models"]), scratch=scratch_url)
    assert expected.format(models=tmp_path / "models.py") in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_variable_is_said_how_to_give(tmp_path: Path, scratch_url: str) -> None:
    write(tmp_path, models="import os; os.environ['SECRET_KEY']")
    with pytest.raises(KedgeError) as caught:
        read(tmp_path, "models", scratch=scratch_url)
    assert "SECRET_KEY=… kedge audit" in (caught.value.hint or "")


def test_a_variable_is_taken_from_the_env_file(tmp_path: Path, scratch_url: str) -> None:
    write(tmp_path, models=joined("import os\nassert os.environ['SECRET_KEY'] == 'a b'\n", MODELS))
    (tmp_path / ".env").write_text('# comment\nexport SECRET_KEY="a b"\n')
    declared = read(tmp_path, "models", scratch=scratch_url)
    assert list(tables(declared)) == ["thing"]
    assert [n.kind for n in declared.notes] == ["read-with-help"]
    assert "a b" not in declared.notes[0].reason


def test_a_database_variable_is_given_the_scratch(tmp_path: Path, scratch_url: str) -> None:
    settings = """
        import os
        host, user = os.environ["DB_HOST"], os.environ["DB_USER"]
        url = os.environ["SQLALCHEMY_DATABASE_URI"]
        import sqlalchemy
        sqlalchemy.create_engine(url).connect()
    """
    write(tmp_path, models=joined(settings, MODELS))
    declared = read(tmp_path, "models", scratch=scratch_url)
    assert declared.refused == ()
    assert "DB_HOST, DB_USER, SQLALCHEMY_DATABASE_URI" in declared.notes[0].reason


def test_fields_of_settings_are_named(tmp_path: Path, scratch_url: str) -> None:
    pytest.importorskip("pydantic_settings")
    settings = """
        from pydantic_settings import BaseSettings, SettingsConfigDict
        class Settings(BaseSettings):
            model_config = SettingsConfigDict(env_prefix="app_")
            secret_key: str
            port: int
            debug: bool = False
        Settings()
    """
    write(tmp_path, models=settings)
    with pytest.raises(KedgeError, match="APP_SECRET_KEY, APP_PORT, which are not given"):
        read(tmp_path, "models", scratch=scratch_url)


def test_circular_imports_are_called_so(tmp_path: Path, scratch_url: str) -> None:
    write(
        tmp_path, app____init__="", app__a="from app.b import y\nx = 1", app__b="from app.a import x\ny = 1"
    )
    with pytest.raises(KedgeError, match=r"circular import.*app/b\.py:1"):
        read(tmp_path, "app.a", scratch=scratch_url)


@pytest.mark.slow
def test_a_slow_import_is_ended_and_says_where_it_was(tmp_path: Path, scratch_url: str) -> None:
    write(tmp_path, models="import time\n\ntime.sleep(60)")
    with pytest.raises(
        Incomplete, match=r"did not finish importing in 8 s; it was at .*models\.py:3"
    ) as caught:
        read(tmp_path, "models", scratch=scratch_url, timeout=8)
    assert caught.value.exit_code == 3


NOISE = """
    import ctypes, logging, logging.config, os, subprocess, sys, warnings
    print("a print", flush=True)
    sys.stdout.write("no newline")
    os.write(1, b"a raw write")
    ctypes.CDLL(None).puts(b"from C")
    subprocess.run(["echo", "from a child"])
    logging.basicConfig(level="DEBUG", stream=sys.stdout)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
    warnings.warn("careful")
    sys.stdout = open(os.devnull, "w")
    sys.stderr.close()
    assert sys.stdin.read() == ""
    import atexit, threading
    atexit.register(lambda: print("late"))
    threading.Thread(target=threading.Event().wait).start()
"""


def test_noise_does_not_matter(tmp_path: Path, scratch_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, models=joined(NOISE, MODELS))
    assert list(tables(read(tmp_path, "models", scratch=scratch_url))) == ["thing"]
    assert capfd.readouterr() == ("", "")


def test_passwords_are_not_shown(tmp_path: Path, scratch_url: str) -> None:
    write(tmp_path, models="raise ValueError('cannot use postgresql://app:hunter2@db/app')")
    with pytest.raises(KedgeError) as caught:
        read(tmp_path, "models", scratch=scratch_url, audited_url="postgresql://app:hunter2@db/app")
    assert "hunter2" not in str(caught.value)


def test_an_interpreter_without_sqlalchemy(tmp_path: Path, scratch_url: str) -> None:
    write(tmp_path, models=MODELS)
    with pytest.raises(KedgeError, match="cannot import SQLAlchemy") as caught:
        read(tmp_path, "models", scratch=scratch_url, python=f"{sys.executable} -S -I")
    assert "--python" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("/no/such/python", "cannot be started"),
        ("sh -c 'echo broken >&2; exit 9' x", "exit code 9 .* broken"),
    ],
)
def test_a_command_that_is_no_python(tmp_path: Path, command: str, message: str) -> None:
    write(tmp_path, models=MODELS)
    with pytest.raises(KedgeError, match=message):
        read(tmp_path, "models", scratch=None, python=command)


def test_a_folder_that_shadows_a_module(tmp_path: Path, scratch_url: str) -> None:
    """The working directory is not first on the path: `logging/` in it is not Python's."""
    write_alembic(
        tmp_path,
        ENV,
        models=MODELS,
        logging____init__="1/0",
        sqlalchemy____init__="1/0",
        alembic____init__="1/0",
    )
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    assert list(tables(read(tmp_path, scratch=scratch_url))) == ["thing"]


def test_a_module_that_is_called_like_one_of_pythons(tmp_path: Path, scratch_url: str) -> None:
    """Not even what the probe itself imports first comes from the working directory."""
    shadows = dict.fromkeys(("types", "json", "typing", "platform", "signal"), "1/0")
    write(tmp_path, models=MODELS, **{f"{name}____init__": text for name, text in shadows.items()})
    assert list(tables(read(tmp_path, "models", scratch=scratch_url))) == ["thing"]
