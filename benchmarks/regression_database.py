"""PostgreSQL's own regression database, dumped, restored, and compared with the original through a snapshot.

`uv run python -m benchmarks.regression_database FOLDER`, as root on Debian: the tests come with the source
package, which is fetched by apt into the folder. Prints what was compared; ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

from cases.corpus import open_server, restore

from kedge.auditing.catalogs import compare_catalogs
from kedge.catalog import Catalog
from kedge.dialects import dialect_of
from kedge.scratch import open_scratch
from kedge.sources import snapshot

SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
# The servers' own test settings.
SETTINGS = {
    "PGTZ": "PST8PDT",
    "PGDATESTYLE": "Postgres, MDY",
    "PGOPTIONS": "-c intervalstyle=postgres_verbose",
    "PG_DLSUFFIX": ".so",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder.resolve()
    tests = fetched(folder)
    with open_server() as server, server.database() as url, server.database() as copy:
        run(url, tests)
        began = time.perf_counter()
        before = snapshot.read(snapshot.written(catalog(url)))
        print(f"read and stored in {time.perf_counter() - began:.2f} s")
        restore(url, copy)
        after = catalog(copy)
    kinds = Counter(t.kind for t in before.tables.values())
    kinds += Counter(type(o).__name__ for o in before.objects.values())
    kinds["column"] = sum(len(t.columns) for t in before.tables.values())
    kinds["index"] = sum(len(t.indexes) for t in before.tables.values())
    kinds["constraint"] = sum(
        len(t.uniques) + len(t.foreign_keys) + len(t.checks) + len(t.exclusions)
        for t in before.tables.values()
    )
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    with open_scratch("postgresql", major=before.profile.version_info[0]) as scratch:
        found = compare_catalogs(dialect_of(url), before, after, scratch)
    for difference in found.comparison.differences:
        print(
            difference.path.kind,
            difference.path,
            difference.attribute,
            difference.models,
            difference.database,
        )
    print(f"{len(found.comparison.differences)} differences; {found.questions} expressions were judged")
    return 1 if found.comparison.differences else 0


def fetched(folder: Path) -> Path:
    """The folder of the regression tests, with what their C functions are compiled to."""
    lists, sources = folder / "lists", folder / "sources"
    for one in (lists / "partial", sources):
        one.mkdir(parents=True, exist_ok=True)
    (sources / "source.sources").write_text(SOURCES)
    apart = ["-o", f"Dir::Etc::sourceparts={sources}", "-o", "Dir::Etc::sourcelist=/dev/null"]
    apart += ["-o", f"Dir::State::lists={lists}"]
    if not list(folder.glob("*.orig.tar.bz2")):
        subprocess.run(["apt-get", *apart, "-qq", "update"], check=True, cwd=folder)
        subprocess.run(
            ["apt-get", *apart, "-qq", "source", "--download-only", "postgresql-15"], check=True, cwd=folder
        )
        subprocess.run(["apt-get", "-qq", "download", "postgresql-server-dev-15"], check=True, cwd=folder)
    archive = next(folder.glob("*.orig.tar.bz2"))
    subprocess.run(
        ["tar", "xjf", archive, "--wildcards", "*/src/test/regress/*", "--strip-components=1"],
        check=True,
        cwd=folder,
    )
    headers = folder / "headers"
    subprocess.run(["dpkg", "-x", next(folder.glob("postgresql-server-dev-15*.deb")), headers], check=True)
    tests = folder / "src" / "test" / "regress"
    include = ["-I", headers / "usr/include/postgresql/15/server", '-DDLSUFFIX=".so"']
    compiled = ["-o", tests / "regress.so", tests / "regress.c"]
    subprocess.run(["gcc", "-fPIC", "-shared", "-w", *include, *compiled], check=True)
    folder.chmod(0o755)  # the server runs as somebody else
    return tests


def run(url: str, tests: Path) -> None:
    """Every test in the order of the schedule; what fails in one does not matter to the next."""
    lines = (tests / "parallel_schedule").read_text().splitlines()
    names = [name for line in lines if line.startswith("test:") for name in line.split()[1:]]
    places = {"PG_ABS_SRCDIR": str(tests), "PG_ABS_BUILDDIR": str(tests), "PG_LIBDIR": str(tests)}
    with (tests / "log").open("wb") as log:
        for name in names:
            subprocess.run(
                ["psql", "-qX", "-v", "HIDE_TABLEAM=on", "-d", url, "-f", tests / "sql" / f"{name}.sql"],
                env={**os.environ, **SETTINGS, **places},
                cwd=tests,
                stdout=log,
                stderr=log,
                check=False,
                timeout=300,
            )
    print(f"{len(names)} tests were run")


def catalog(url: str) -> Catalog:
    dialect = dialect_of(url)
    with dialect.connect(url, timeout=10) as connection:
        return dialect.read(connection, timeout=300)[0]


if __name__ == "__main__":
    raise SystemExit(main())
