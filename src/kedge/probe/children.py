"""Programs the project starts: Python carries the guard along, database clients may name the scratch only."""

# mypy: ignore-errors

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile

from .addresses import Address

_URL = re.compile(
    r"\b((?:postgres(?:ql)?|psql|pgsql|cockroachdb|mysql|mariadb|mssql|oracle)(?:\+\w+)?://[^\s'\"<>]*)", re.I
)
_CLIENTS = re.compile(
    r"\b(psql|pg_dump|pg_dumpall|pg_restore|pg_basebackup|pgbench|createdb|dropdb|createuser|vacuumdb|pgcli|"
    r"mysql|mariadb|mysqldump|mariadb-dump|mysqladmin|mycli|sqlcmd|usql)(\.exe)?\b"
)
_SQLITE = re.compile(r"(?:^|[;&|]\s*|[\\/])sqlite3(?:\.exe)?(?:\s|$)")
_HOST = re.compile(r"(?:^|\s)(?:-h\s*\S|--host\b)|\b(?:host|hostaddr|service)\s*=")
_PYTHON = re.compile(r"(?:^|[\\/])(?:python|pypy)[\d.]*(?:\.exe)?$")
_ISOLATED = re.compile(r"^-[a-zA-Z]*[IE]")

_SITE = """\
import importlib.abc, importlib.util, json
SOURCES = json.loads({sources!r})
class _Bundle(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name in SOURCES:
            package = name == {package!r}
            return importlib.util.spec_from_loader(name, self, origin="<kedge>", is_package=package)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        name = module.__spec__.name
        module.__file__ = "<kedge>/" + name.rpartition(".")[2] + ".py"
        exec(compile(SOURCES[name], module.__file__, "exec"), module.__dict__)
import sys
sys.meta_path.insert(0, _Bundle())
from {package} import children
children.install_in_child({dialect!r}, {scratch!r}, {log!r})
"""


def objection(program, words, environment, scratch):
    """Why this program may not be started, or None."""
    spoken = _texts(program, words)
    for text in spoken + _environment_texts(environment):
        for url in _URL.findall(text):
            if scratch is None or not type(scratch).of_url(url).leads_to(scratch):
                return "a child process that names %s" % _without_password(url)
    command = " ".join(spoken)
    client = _CLIENTS.search(command)
    if client and (scratch is None or (_HOST.search(command) and not _names_scratch(command, scratch))):
        return "the database client %s" % client.group(1)
    if _SQLITE.search(command):
        return "the database client sqlite3"
    if _PYTHON.search(spoken[0] if spoken else "") and any(_ISOLATED.match(w) for w in spoken[1:3]):
        return "an isolated Python child process, which no guard can follow,"
    return None


def _texts(program, words):
    items = list(words) if isinstance(words, (list, tuple)) else [words]
    return [
        os.fsdecode(t) if isinstance(t, (bytes, str)) or hasattr(t, "__fspath__") else str(t)
        for t in [program] + items
        if t is not None
    ]


def _environment_texts(environment):
    if not isinstance(environment, dict) and not hasattr(environment, "values"):
        return []
    return [os.fsdecode(v) if isinstance(v, (bytes, str)) else str(v) for v in environment.values()]


def _names_scratch(command, scratch):
    place = scratch.host if isinstance(scratch, Address) else scratch.socket or scratch.host
    return bool(place) and place in command


def _without_password(url):
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)


class Following:
    """A folder first on PYTHONPATH whose `sitecustomize` guards every Python that the project starts."""

    def __init__(self, sources, package, guard, tag=""):
        # Kedge knows the tag, and removes the folder should this process be killed
        self.folder = tempfile.mkdtemp(prefix="kedge-guard-%s" % tag)
        self.log = os.path.join(self.folder, "refused")
        text = _SITE.format(
            sources=json.dumps(sources),
            package=package,
            dialect=guard.dialect,
            scratch=guard.scratch_url,
            log=self.log,
        )
        try:
            with open(os.path.join(self.folder, "sitecustomize.py"), "w", encoding="ascii") as file:
                file.write(text)
        except OSError:  # a full disk
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        old = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = self.folder + (os.pathsep + old if old else "")

    def close(self):
        """What was refused in children; the folder is gone afterwards."""
        try:
            with open(self.log, encoding="utf-8") as file:
                said = [line for line in file.read().splitlines() if line]
        except OSError:
            said = []
        shutil.rmtree(self.folder, ignore_errors=True)
        return said


def install_in_child(dialect, scratch_url, log):
    """Called by `sitecustomize` in a child."""
    from .guard import Guard

    def note(text):
        with open(log, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    sys.path[:] = [p for p in sys.path if p != os.path.dirname(log)]
    Guard(dialect, scratch_url, note).install()
