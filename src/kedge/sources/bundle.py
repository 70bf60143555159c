"""The probe as one program text, which any Python can run from its standard input."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

_PACKAGE = "_kedge_probe"

# The working directory leaves the path before anything is imported: a project may have a `types` or `json` of its own.
_PROGRAM = """\
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
import importlib.abc, importlib.util, json
SOURCES = json.loads({sources!r})
REQUEST = json.loads({request!r})

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

sys.meta_path.insert(0, _Bundle())
from {package}.main import main
main(REQUEST)
"""


@cache
def _sources() -> str:
    files = resources.files("kedge.probe")
    sources = {
        (
            _PACKAGE if file.name == "__init__.py" else f"{_PACKAGE}.{file.name.removesuffix('.py')}"
        ): file.read_text(encoding="utf-8")
        for file in files.iterdir()
        if file.name.endswith(".py")
    }
    return json.dumps(sources)


def program(request: dict[str, object]) -> str:
    """The program that answers this request; plain ASCII, so that no terminal or locale can spoil it."""
    return _PROGRAM.format(sources=_sources(), request=json.dumps(request), package=_PACKAGE)
