"""What is there when a page begins: `<!-- in: … -->` on the page names one of these."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.docs.commands import Shell, blocks

from kedge.scratch import Scratch
from kedge.scratch.binaries import installs

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
# the tutorial up to here makes the shop that the other pages start from
HERE = "<!-- here: shop -->"
# where the variables of the reader's shell hold it
URL = "postgresql+psycopg:///shop"
VARIABLES = ("DATABASE_URL", "STAGING_DATABASE_URL", "PROD_DATABASE_URL")


@pytest.fixture(scope="session")
def environment(postgres: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Nothing of this machine's but its programs; the server by the variables that psql knows."""
    with postgres.database() as made:
        url = make_url(made)
    programs = [Path(sys.executable).parent, next(installs(15)).bin, "/usr/local/bin", "/usr/bin", "/bin"]
    home = tmp_path_factory.mktemp("home")
    yield {
        "PATH": ":".join(map(str, programs)),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "PGUSER": url.username or "postgres",
        "PGHOST": str(url.query["host"]),
        "KEDGE_SCRATCH_URL": url.set(database="postgres").render_as_string(hide_password=False),
    }


@pytest.fixture
def no_shop(environment: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """The server without a database `shop`, before and after; a statement can be run beside it."""

    def run(statement: str) -> None:
        given = {"host": environment["PGHOST"], "user": environment["PGUSER"], "dbname": "postgres"}
        with psycopg.connect(**given, autocommit=True) as connection:
            connection.execute(statement.encode())

    run("DROP DATABASE IF EXISTS shop WITH (FORCE)")
    yield run
    run("DROP DATABASE IF EXISTS shop WITH (FORCE)")


@pytest.fixture(scope="session")
def made_shop() -> dict[str, Path]:
    """The shop's folder, once somebody made it; its database is a template then."""
    return {}


@pytest.fixture
def shop(
    made_shop: dict[str, Path],
    environment: dict[str, str],
    no_shop: Callable[[str], None],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder `your-project`: the tutorial's shop, in step with its database."""
    if not made_shop:
        folder = tmp_path_factory.mktemp("shop") / "your-project"
        folder.mkdir()
        reader = Shell(folder, environment)
        for block in blocks(TUTORIAL.partition(HERE)[0]):
            reader.follow(block)
        no_shop("CREATE DATABASE shop_as_made TEMPLATE shop")
        made_shop["folder"] = folder
    else:
        no_shop("CREATE DATABASE shop TEMPLATE shop_as_made")
    return Path(shutil.copytree(made_shop["folder"], tmp_path / "your-project"))
