"""Notes what a reading of the models depends on: files, folders and environment variables it looked at."""

# mypy: ignore-errors

from __future__ import annotations

import os
import site
import sys
import threading

_WRITING = set("wax+")
_FLAGS = os.O_WRONLY | os.O_RDWR
_IMPORT = "importlib"
# Modules of Python that ask programs what machine this is.
_ASKING_THE_MACHINE = tuple(
    os.path.join(os.path.dirname(os.__file__), *path)
    for path in (("platform.py",), ("uuid.py",), ("ctypes", "util.py"), ("sysconfig.py",))
)


class Watch:
    """What was looked at; `uncertain` says why nobody can tell whether the answer still holds."""

    def __init__(self):
        self.files = set()
        self.folders = set()
        self.variables = set()
        self.whole_environment = False
        self.uncertain = None
        self._told = set()
        self._doubts = 0
        self._inside = threading.local()
        self._off = False

    def install(self):
        sys.addaudithook(self._audit)
        _watch_environment(self)

    def _audit(self, event, arguments):
        if event not in _EVENTS or self._off or getattr(self._inside, "busy", False):
            return
        self._inside.busy = True
        try:
            _EVENTS[event](self, arguments)
        except Exception as error:
            self._doubt("%s: %s" % (event, error))
        finally:
            self._inside.busy = False

    def _on_open(self, arguments):
        path, mode, flags = arguments
        if isinstance(path, int):
            return
        if isinstance(mode, str) and _WRITING & set(mode):
            return
        if mode is None and isinstance(flags, int) and flags & _FLAGS:
            return
        self.files.add(os.path.abspath(os.fsdecode(path)))

    def _on_listing(self, arguments):
        folder = arguments[0] if arguments else None
        if isinstance(folder, int) or _IMPORT in sys._getframe(2).f_code.co_filename:
            return
        self.folders.add(os.path.abspath(os.fsdecode(folder or ".")))

    def _on_child(self, arguments):
        frame = sys._getframe(2)
        for _ in range(8):
            if frame is None:
                break
            if frame.f_code.co_filename.endswith(_ASKING_THE_MACHINE):
                return
            frame = frame.f_back
        self._doubt("the project started another program")

    def _doubt(self, reason):
        self.uncertain = self.uncertain or reason
        self._doubts += 1

    def news(self):
        """What was looked at since this was last asked, and whether anything made it uncertain meanwhile."""
        own = _own_folders()
        seen = self.files | {"$" + name for name in self.variables}
        fresh, self._told = seen - self._told, seen
        doubts, self._doubts = self._doubts, 0
        return {
            "files": sorted(f for f in fresh if f[0] != "$" and _counts(f, own)),
            "variables": sorted(f[1:] for f in fresh if f[0] == "$"),
            "uncertain": bool(doubts),
        }

    def answer(self):
        """Everything outside the interpreter's own folders, with the folders modules may come from."""
        self._off = True
        own = _own_folders()
        modules = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        files = self.files | {os.path.abspath(m) for m in modules if isinstance(m, str) and "<" not in m}
        path = {os.path.abspath(p) for p in sys.path if isinstance(p, str)}
        return {
            "files": sorted(f for f in files if _counts(f, own)),
            "folders": sorted(f for f in self.folders if _counts(f, own)),
            "variables": sorted(self.variables),
            "whole_environment": self.whole_environment,
            "uncertain": self.uncertain,
            "roots": sorted(p for p in path if _counts(p, own) and os.path.isdir(p)),
            "installed": sorted(p for p in path if not _counts(p, own) and os.path.isdir(p)),
        }


_EVENTS = {
    "open": Watch._on_open,
    "os.listdir": Watch._on_listing,
    "os.scandir": Watch._on_listing,
    "subprocess.Popen": Watch._on_child,
    "os.system": Watch._on_child,
    "os.exec": Watch._on_child,
    "os.posix_spawn": Watch._on_child,
}


def _own_folders():
    """Where the interpreter and what is installed in it lie: these are known by the names of the distributions."""
    folders = [os.path.dirname(os.path.abspath(os.__file__))]
    folders += getattr(site, "getsitepackages", list)()
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    folders += [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")]
    folders += [p for p in sys.path if p.endswith((".zip", "lib-dynload"))]
    return tuple({form for f in folders for form in (os.path.abspath(f), os.path.realpath(f))})


def _counts(path, own):
    if "__pycache__" in path or path.startswith(("/proc/", "/sys/", "/dev/")):
        return False
    return not any(path == folder or path.startswith(folder + os.sep) for folder in own)


def _watch_environment(watch):
    """Every reading of `os.environ` goes through a method of its class; `getenv` in C is not seen."""
    environ = type(os.environ)
    get, iterate = environ.__getitem__, environ.__iter__
    missing = object()

    def __getitem__(self, key):
        if not watch._off:
            watch.variables.add(os.fsdecode(key))
        return get(self, key)

    def __iter__(self):
        if not watch._off:
            watch.whole_environment = True
        return iterate(self)

    def __contains__(self, key):
        return self.get(key, missing) is not missing

    def __len__(self):
        watch.whole_environment = True
        return len(self._data)

    environ.__getitem__ = __getitem__
    environ.__iter__ = __iter__
    environ.__contains__ = __contains__
    environ.__len__ = __len__
