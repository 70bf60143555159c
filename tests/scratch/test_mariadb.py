"""A throw-away MariaDB starts, keeps its databases apart, and leaves nothing, not even after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cases import mariadb as server
from sqlalchemy import create_engine, text
from tests.scratch.conftest import processes_of, until

from kedge.scratch import NoScratch, open_scratch
from kedge.scratch.mariadb import installs

pytestmark = pytest.mark.skipif(
    not installs("mariadb") and os.environ.get("CI") != "true",
    reason="MariaDB's server is not installed here",
)


def test_it_starts_and_leaves_nothing(own_tmp: Path) -> None:
    with open_scratch("mysql") as scratch:
        assert scratch.flavour == "mariadb"
        assert processes_of(own_tmp)
        with scratch.database() as one, scratch.database() as two:
            server.run_sql(one, "CREATE TABLE t (id int)")
            left_open = server.connect(one)
            with server.connect(two).cursor() as cursor:
                cursor.execute("SHOW TABLES")
                assert cursor.fetchall() == ()
            with create_engine(one.replace("mariadb:", "mariadb+pymysql:")).connect() as connection:
                assert (
                    connection.execute(text("SELECT VERSION()"))
                    .scalar_one()
                    .startswith(scratch.server_version)
                )
        with pytest.raises(Exception, match=r"Lost connection|gone away|killed"):
            left_open.cursor().execute("SELECT 1")
    assert not list(own_tmp.iterdir())
    assert not processes_of(own_tmp)


def test_no_other_flavour_stands_in() -> None:
    if not installs("mysql"):
        with pytest.raises(NoScratch, match="no MySQL server could be started: none was found"):
            open_scratch("mysql", flavour="mysql")


def test_kill_9_leaves_nothing(own_tmp: Path) -> None:
    program = (
        "import time; from kedge.scratch import open_scratch\n"
        "s = open_scratch('mysql'); print(flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as kedge:
        assert kedge.stdout
        kedge.stdout.readline()
        assert processes_of(own_tmp)
        kedge.send_signal(signal.SIGKILL)
    assert until(lambda: not list(own_tmp.iterdir()) and not processes_of(own_tmp))


def test_a_given_server_is_cleaned_after_kill_9(own_tmp: Path) -> None:
    with open_scratch("mysql") as scratch, scratch.database() as url:
        program = (
            "import sys, time; from kedge.scratch import open_scratch\n"
            "with open_scratch('mysql', scratch_url=sys.argv[1]) as s, s.database() as u:\n"
            "    print(u, flush=True); time.sleep(99)"
        )

        def databases() -> list[str]:
            with server.connect(url).cursor() as cursor:
                cursor.execute("SHOW DATABASES LIKE 'kedge\\_scratch\\_%'")
                return [row[0] for row in cursor.fetchall()]

        with subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE) as kedge:
            assert kedge.stdout
            kedge.stdout.readline()
            assert len(databases()) == 1
            kedge.send_signal(signal.SIGKILL)
        assert until(lambda: not databases())
