"""Every connection the project opens leads to the scratch, and any other is refused.

Three layers: SQLAlchemy's pools and dialects are redirected, the drivers' own `connect` is wrapped (libpq
opens its sockets in C, where Python sees nothing), and an audit hook refuses what is left.
"""

# mypy: ignore-errors

from __future__ import annotations

import os
import sys
import threading

from . import children, files, mysql
from .addresses import Address
from .reasons import calling_place, spelled_place

_LOCAL_NAMES = {
    "",
    "localhost",
    "0.0.0.0",
    "127.0.0.1",
    "::1",
    "::",
    "localhost.localdomain",
    "ip6-localhost",
}


class Refused(ConnectionRefusedError):
    """A connection that leads not to the scratch. An OSError, so that caches and brokers fall back."""


class Guard:
    """`scratch` is the one address that may be reached; None refuses every database."""

    # The scheme in which the user spells the audited database: the project's own settings take it so.
    url_scheme = "postgresql"

    def __init__(self, dialect, scratch_url, progress):
        self.dialect = dialect
        self.scratch_url = scratch_url
        self.scratch = None
        if scratch_url and dialect == "postgresql":
            self.scratch = Address.of_url(scratch_url)
        elif scratch_url and dialect in mysql.FAMILY:
            self.scratch = mysql.MySQLAddress.of_url(scratch_url)
        self.progress = progress
        self.refused = []
        self.other_databases = set()
        self.drivers = []
        self.spoken = dialect
        self._inside = threading.local()
        self._reachable = self._reachable_addresses()

    def _reachable_addresses(self):
        """The socket addresses of the scratch, resolved before anything else may resolve a name."""
        import socket

        if self.scratch is None:
            return set()
        if self.scratch.socket:
            return {self.scratch.socket}
        found = {(self.scratch.host, self.scratch.port)}
        try:
            for *_, address in socket.getaddrinfo(self.scratch.host, self.scratch.port):
                found.add(address[:2])
        except OSError:
            pass
        return found

    def refuse(self, address, frame=None, what="connection to"):
        """Records and raises: who asked for what."""
        place = calling_place(frame or sys._getframe(1))
        text = "%s %s refused, asked for by %s" % (what, address, spelled_place(place))
        if text not in self.refused:
            self.refused.append(text)
            self.progress(text)
        raise Refused(text + " (kedge lets the project reach nothing but its scratch database)")

    def permit(self, address):
        """Lets an address through that is the scratch's, else refuses it."""
        if self.scratch is None or not self._is_scratch(address):
            self.refuse(str(address), sys._getframe(1))

    def _is_scratch(self, address):
        if type(address) is not type(self.scratch):
            return False
        if not isinstance(address, Address):
            return address.leads_to(self.scratch)
        assumed = Address.of_environment()
        if self.scratch.socket and address.host and str(address.host) == self.scratch.socket:
            address.host = self.scratch.host
        whole = Address(
            address.host or assumed.host,
            address.port or assumed.port,
            address.database or assumed.database,
        )
        return whole.leads_to(self.scratch)

    def install(self):
        """Before the first import of the project."""
        from . import drivers

        drivers.install(self)
        replace_environment(self)
        sys.addaudithook(self._audit)

    # What Python itself can see ---------------------------------------------------------------------

    def _audit(self, event, arguments):
        check = _EVENTS.get(event)
        if check is None or getattr(self._inside, "busy", False):
            return
        self._inside.busy = True
        try:
            check(self, arguments)
        finally:
            self._inside.busy = False

    def _on_connect(self, arguments):
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, bytes):
            address = os.fsdecode(address)
        known = address[:2] if isinstance(address, tuple) else address
        if known in self._reachable:
            return
        if isinstance(address, tuple) and not _is_internet(arguments[0]):
            return
        self.refuse(_spelled(address), sys._getframe(2))

    def _on_child(self, arguments):
        program, words = arguments[0], arguments[1] if len(arguments) > 1 else ()
        environment = arguments[-1] if len(arguments) > 2 else None
        reason = children.objection(program, words, environment, self.scratch)
        if reason:
            self.refuse(reason, sys._getframe(2))

    def _on_name(self, arguments):
        name = arguments[0]
        if isinstance(name, bytes):
            name = name.decode("ascii", "replace")
        if name is None or name in _LOCAL_NAMES or _is_number(name) or name == _own_name():
            return
        if self.scratch is not None and name == self.scratch.host:
            return
        self.refuse(name, sys._getframe(2))

    def _on_change(self, event, arguments):
        """No database file of anybody's is written, moved or removed: some applications do so when they start."""
        for path in files.is_changed(event, arguments):
            if files.holds_database(path) and not files.is_permitted(path, self):
                self.refuse(os.fsdecode(path), what="change of the SQLite database")

    def _on_sqlite(self, arguments):
        if not files.is_permitted(arguments[0], self):
            self.refuse("SQLite file %s" % (arguments[0],), sys._getframe(2))


def _is_internet(sock):
    import socket

    return getattr(sock, "family", socket.AF_INET) in (socket.AF_INET, socket.AF_INET6)


def _own_name():
    import socket

    return socket.gethostname()


def _is_number(name):
    return all(c in "0123456789abcdefABCDEF.:%" for c in name) and (":" in name or name.count(".") == 3)


def _spelled(address):
    if isinstance(address, tuple):
        return ":".join(str(part) for part in address[:2])
    return str(address)


_EVENTS = {
    "socket.connect": Guard._on_connect,
    "socket.sendto": Guard._on_connect,
    "socket.sendmsg": lambda guard, args: guard._on_connect(args) if len(args) > 1 and args[1] else None,
    "socket.getaddrinfo": Guard._on_name,
    "socket.gethostbyname": Guard._on_name,
    "sqlite3.connect": Guard._on_sqlite,
    "subprocess.Popen": Guard._on_child,
    "os.exec": Guard._on_child,
    "os.posix_spawn": Guard._on_child,
    "os.spawn": lambda guard, args: guard._on_child(args[1:]),
    "os.system": Guard._on_child,
}


def _changing(event):
    return lambda guard, arguments: guard._on_change(event, arguments)


# What `shutil` says before it begins is refused there: half of a move is a copy, half of a tree is gone.
_EVENTS.update(
    (event, _changing(event))
    for event in ("open", "os.rename", "os.remove", "os.truncate", "shutil.move", "shutil.rmtree")
)


def replace_environment(guard):
    """What child processes and libpq read: the scratch, wherever a variable names a database."""
    if guard.dialect in mysql.FAMILY:
        mysql.replace_environment(guard.scratch)
    scratch = guard.scratch if isinstance(guard.scratch, Address) else None
    for name in (
        "PGSERVICE",
        "PGSERVICEFILE",
        "PGHOSTADDR",
        "PGPASSWORD",
        "PGPASSFILE",
        "PGOPTIONS",
        "PGSYSCONFDIR",
    ):
        os.environ.pop(name, None)
    os.environ["PGHOST"] = scratch.host if scratch and scratch.host else "/nonexistent/kedge"
    os.environ["PGPORT"] = str(scratch.port) if scratch else "1"
    os.environ["PGDATABASE"] = (scratch.database if scratch else None) or "kedge"
    os.environ["PGUSER"] = (scratch.user if scratch else None) or "kedge"
    if scratch and scratch.password:
        os.environ["PGPASSWORD"] = scratch.password
    for name, value in list(os.environ.items()):
        scheme = value.split("://", 1)[0] if "://" in value else ""
        if scheme.split("+")[0] in ("postgresql", "postgres", "psql", "pgsql", "postgis", "cockroachdb"):
            os.environ[name] = _like(scheme, scratch)
        elif scheme.split("+")[0] == guard.dialect == "sqlite" and guard.scratch_url:
            os.environ[name] = files.respelled(guard.scratch_url, scheme)


def _like(scheme, scratch):
    """The scratch in the spelling of the URL it replaces."""
    target = scratch or Address("/nonexistent/kedge", 1, "kedge", "kedge")
    return target.url(scheme)
