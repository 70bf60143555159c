"""The SQLite files the project may open: the scratch's, and what is in memory. The others stay as they are."""

# mypy: ignore-errors

from __future__ import annotations

import functools
import os
from urllib.parse import unquote

_ATTACH, _OK, _DENY = 24, 0, 1  # https://www.sqlite.org/c3ref/c_alter_table.html


def file_of_url(url):
    """The path in `sqlite:////abs/file.db?query`."""
    return url.split("://", 1)[1].split("?", 1)[0][1:]


def respelled(url, scheme):
    """The same file for another driver."""
    return "%s://%s" % (scheme, url.split("://", 1)[1])


def is_permitted(database, guard):
    """Whether `sqlite3.connect` or ATTACH may open this."""
    if isinstance(database, bytes):
        database = os.fsdecode(database)
    text = str(database)
    if text in ("", ":memory:") or text.startswith("file::memory:") or "mode=memory" in text:
        return True
    if guard.dialect != "sqlite" or not guard.scratch_url:
        return False
    if text.startswith("file:"):
        text = unquote(text[len("file:") :].split("?", 1)[0])
        text = text[2:] if text.startswith("///") else text
    return os.path.realpath(text) == os.path.realpath(file_of_url(guard.scratch_url))


def is_changed(event, arguments):
    """The files that an audited event of `os` or `open` would change, move or take away."""
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC)
        return [path] if writes else []
    if event == "shutil.move":
        return list(arguments[:2])
    if event == "os.rename":
        source, target, source_folder, target_folder = arguments
        return [_in_folder(source, source_folder), _in_folder(target, target_folder)]
    return [_in_folder(arguments[0], arguments[1] if event == "os.remove" else -1)]


def _in_folder(path, descriptor):
    """The path that is meant where it is given relative to an open folder."""
    if isinstance(path, int) or descriptor in (-1, None):
        return path
    return os.path.join("/proc/self/fd/%d" % descriptor, os.fsdecode(path))


def holds_database(path):
    """Whether a SQLite database lies there, or is what the file or the folder belongs to or holds."""
    if isinstance(path, int):
        path = "/proc/self/fd/%d" % path
    text = os.fsdecode(path)
    if os.path.isdir(text):
        try:
            return any(_is_database(entry.path) for entry in os.scandir(text) if entry.is_file())
        except OSError:
            return False
    return _is_database(text) or any(
        text.endswith(ending) and _is_database(text[: -len(ending)]) for ending in _BESIDE
    )


_BESIDE = ("-wal", "-journal", "-shm")
_HEADER = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html


def _is_database(path):
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except OSError:
        return False


def watch_attach(connection, guard):
    """Refuses ATTACH and VACUUM INTO on a connection; a file that is not said outright is refused as well."""

    def authorize(action, first, *_):
        if action != _ATTACH or (first is not None and is_permitted(first, guard)):
            return _OK
        try:
            guard.refuse("SQLite file %s, by ATTACH," % (first or "of a computed name"))
        except OSError:
            pass
        return _DENY

    connection.set_authorizer(authorize)


def connections(module, guard):
    """Wraps the `connect` of sqlite3: no audit event comes when a connection is ready to be watched."""
    original = module.connect
    if getattr(original, "watched", False):
        return

    @functools.wraps(original)
    def connect(*args, **kwargs):
        made = original(*args, **kwargs)
        if hasattr(made, "set_authorizer"):
            watch_attach(made, guard)
        return made

    connect.watched = True
    module.connect = connect


def arguments(dialect, cparams, guard):
    """What the project's own engine asked for, but for the file."""
    from sqlalchemy.engine.url import make_url

    cargs, made = dialect.create_connect_args(make_url(guard.scratch_url))
    kept = ("detect_types", "isolation_level", "cached_statements", "factory", "autocommit")
    made.update({k: cparams[k] for k in kept if k in cparams})
    return tuple(cargs), dict(made, check_same_thread=False)
