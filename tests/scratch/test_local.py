"""Throw-away servers start, keep their databases apart, and say clearly why when they cannot."""

import os
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from tests.scratch.conftest import processes_of

from kedge.scratch import NoScratch, open_scratch
from kedge.scratch import server as server_module
from kedge.scratch.binaries import Install, embedded_folders, installs, local_folders
from kedge.scratch.postgresql import LocalPostgres
from kedge.scratch.server import Identity, Server, identities


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


def test_every_install_starts_and_leaves_nothing(install: Install, own_tmp: Path) -> None:
    with LocalPostgres(Server(install, identities()[0])) as scratch:
        assert len(list(own_tmp.iterdir())) == 1
        assert processes_of(own_tmp)
        with scratch.database() as url:
            assert one(url, "SHOW server_version").startswith(scratch.server_version)
            assert one(url, "SHOW server_version_num").startswith(str(scratch.major))
            assert one(url, "SHOW server_encoding") == "UTF8"
            assert one(url, "SHOW TimeZone") == "UTC"
            assert one(url, "SELECT current_setting('fsync') || current_setting('jit')") == "offoff"
            assert one(url, "SELECT 'ä' < 'b' COLLATE \"C\"") is False
        assert str(install.major) in scratch.origin
        assert scratch.log.stat().st_size > 0
    assert not list(own_tmp.iterdir())
    assert not processes_of(own_tmp)
    scratch.close()  # a second time is nothing


def test_both_local_and_embedded_binaries_are_found() -> None:
    assert embedded_folders(), "the embedded wheel is a development dependency"
    if Path("/usr/lib/postgresql").exists():
        assert any(str(folder).startswith("/usr/lib/postgresql") for folder in local_folders())


def test_the_nearest_comes_first() -> None:
    everything = list(installs(None))
    for wanted in everything:
        assert next(installs(wanted.major)).major == wanted.major
    assert next(installs(1)).embedded
    assert sorted(map(str, everything)) == sorted(map(str, installs(18))), "each once, none lost"
    local_first = next((install for install in installs(15) if install.major == 15), None)
    assert local_first is None or local_first.embedded == (not any("15" in str(f) for f in local_folders()))


def test_databases_are_empty_apart_and_dropped_whoever_is_connected() -> None:
    with open_scratch("postgresql") as scratch:
        with scratch.database() as first, scratch.database() as second:
            left_open = psycopg.connect(first, autocommit=True)
            left_open.execute("CREATE TABLE t ()")
            assert one(second, "SELECT to_regclass('t') IS NULL")
            with psycopg.connect(first.replace("kedge_1", "template1"), autocommit=True) as template:
                template.execute("CREATE TABLE litter ()")
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")
        with scratch.database() as third:
            assert one(third, "SELECT to_regclass('t') IS NULL AND to_regclass('litter') IS NULL")
            everything = "SELECT array_agg(datname::text ORDER BY datname) FROM pg_database"
            assert one(third, f"{everything} WHERE NOT datistemplate") == ["kedge_3", "postgres"]


def test_an_error_inside_is_the_one_that_is_seen() -> None:
    with open_scratch("postgresql") as scratch:
        with pytest.raises(ZeroDivisionError), scratch.database():
            scratch.close()
            raise ZeroDivisionError
        with pytest.raises(NoScratch, match="server failed"), scratch.database():
            pass


def test_a_hundred_thousand_locks_in_one_transaction() -> None:
    """As a replay or a judge of a large schema needs them."""
    with open_scratch("postgresql") as scratch, scratch.database() as url:
        assert one(url, "SELECT count(pg_advisory_xact_lock(i)) FROM generate_series(1, 100000) i") == 100000


def test_it_is_up_and_gone_in_no_time() -> None:
    started = time.monotonic()
    scratch = open_scratch("postgresql")
    up = time.monotonic()
    scratch.close()
    gone = time.monotonic()
    assert up - started < 5, "0.2 to 0.4 s on an idle machine"
    assert gone - up < 5, "the order to end was not heard"


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_the_url_is_one_that_sqlalchemy_takes(driver: str) -> None:
    with open_scratch("postgresql") as scratch, scratch.database() as url:
        engine = create_engine(url.replace("postgresql:", f"postgresql+{driver}:"))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT current_database()")).scalar() in url
        engine.dispose()


def test_the_url_is_one_that_asyncpg_takes() -> None:
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    async def ask(url: str) -> object:
        engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            answer = (await connection.execute(text("SELECT current_database()"))).scalar()
        await engine.dispose()
        return answer

    with open_scratch("postgresql") as scratch, scratch.database() as url:
        assert asyncio.run(ask(url)) in url


def test_several_at_once(own_tmp: Path) -> None:
    def use(number: int) -> str:
        with open_scratch("postgresql") as scratch, scratch.database() as url:
            return str(one(url, "SHOW unix_socket_directories"))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(use, range(4)))) == 4
    assert not processes_of(own_tmp)


def test_nothing_listens_and_the_folder_is_private(own_tmp: Path) -> None:
    before = stat.S_IMODE(own_tmp.stat().st_mode)
    with open_scratch("postgresql") as scratch, scratch.database() as url:
        (folder,) = own_tmp.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert one(url, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(own_tmp.stat().st_mode) == before


def test_the_users_own_settings_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGDATA": "/nowhere",
        "PGPORT": "1",
        "PGUSER": "x",
        "PGOPTIONS": "-c no.such",
        "LC_ALL": "xx",
    }.items():
        monkeypatch.setenv(name, value)
    with open_scratch("postgresql") as scratch, scratch.database() as url:
        assert one(url + "&options=", "SELECT current_user") == "postgres"


def test_a_long_tmpdir(own_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = own_tmp / ("x" * 100)
    long.mkdir(mode=0o711)
    monkeypatch.setenv("TMPDIR", str(long))
    with open_scratch("postgresql") as scratch, scratch.database() as url:
        socket = Path(one(url, "SHOW unix_socket_directories"))
        assert len(str(socket)) < 80
    assert not socket.exists()
    long.rmdir()  # fails when something was left


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_another_user_where_namespaces_are_forbidden(
    monkeypatch: pytest.MonkeyPatch, own_tmp: Path
) -> None:
    monkeypatch.setattr(server_module, "_unshare_works", lambda: False)
    assert all(way.uid for way in identities())
    with open_scratch("postgresql", major=15) as scratch, scratch.database() as url:
        (folder,) = own_tmp.iterdir()
        assert folder.stat().st_uid not in (0, os.getuid())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert one(url, "SELECT 1") == 1


def test_no_folder_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere/at/all")
    with pytest.raises(
        NoScratch, match=r"in /nowhere/at/all: No such file or directory \(point TMPDIR"
    ) as caught:
        open_scratch("postgresql")
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize(("state", "words"), [("rw", "no space left"), ("ro", "Read-only file system")])
def test_a_full_or_read_only_disk_gives_one_message(state: str, words: str, own_tmp: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", f"size=8m,{state}", "tmpfs", str(own_tmp)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is forbidden here")
    try:
        with pytest.raises(NoScratch, match=f"in {own_tmp}: {words}"):
            open_scratch("postgresql")
        assert not list(own_tmp.iterdir())
        assert not processes_of(own_tmp)
    finally:
        subprocess.run(["umount", own_tmp], check=True)


def test_broken_binaries_are_passed_over_and_named(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("initdb", "postgres"):
        (open_folder / program).write_text("#!/bin/sh\necho 'error: broken on purpose' >&2; exit 1\n")
        (open_folder / program).chmod(0o755)
    broken = Install(open_folder, "99.1", embedded=False)
    good = next(installs(None))
    monkeypatch.setattr("kedge.scratch.postgresql.installs", lambda *wanted: iter([broken, good]))
    with open_scratch("postgresql") as scratch:
        assert scratch.major == good.major
    monkeypatch.setattr("kedge.scratch.postgresql.installs", lambda *wanted: iter([broken]))
    with pytest.raises(NoScratch, match=r"99.1.*broken on purpose"):
        open_scratch("postgresql")
    monkeypatch.setattr("kedge.scratch.postgresql.installs", lambda *wanted: iter([]))
    with pytest.raises(NoScratch, match=r"none was found .*kedge.postgres"):
        open_scratch("postgresql")


def test_no_scratch_for_what_is_not_known() -> None:
    with pytest.raises(NoScratch, match="oracle"):
        open_scratch("oracle")


def test_an_identity_that_cannot_reach_the_binaries_fails_plainly(tmp_path: Path) -> None:
    gone = Install(tmp_path / "bin", "15.1", embedded=False)
    with pytest.raises(NoScratch, match="No such file"):
        Server(gone, Identity())
