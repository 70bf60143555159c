"""MariaDB and MySQL as the guard knows them: the address of the scratch, and the drivers that lead there."""

# mypy: ignore-errors

from __future__ import annotations

import functools
import os
import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

# SQLAlchemy has two names for one family.
FAMILY = ("mysql", "mariadb")


def same_family(one, two):
    return one == two or (one in FAMILY and two in FAMILY)


class MySQLAddress:
    """Socket, or host and port, and the database."""

    def __init__(self, host=None, port=None, database=None, user=None, password=None, socket=None):
        self.socket = socket or None
        self.host = host or "localhost"
        self.port = int(port or 3306)
        self.database = database or None
        self.user = user or None
        self.password = password or None

    @classmethod
    def of_url(cls, url):
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        try:
            port = parts.port
        except ValueError:
            port = None
        return cls(
            unquote(parts.hostname) if parts.hostname else None,
            port,
            unquote(parts.path.lstrip("/")),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            query.get("unix_socket") or query.get("unix-socket"),
        )

    def leads_to(self, other):
        """Whether both are one database of one server; without a database, one server."""
        if not isinstance(other, MySQLAddress) or self.database not in (None, other.database):
            return False
        if self.socket or other.socket:
            return self.socket == other.socket
        return (self.host, self.port) == (other.host, other.port)

    def __str__(self):
        return "%s/%s" % (self.socket or "%s:%s" % (self.host, self.port), self.database or "")

    def url(self, scheme="mysql"):
        user = quote(self.user or "", safe="")
        if self.password:
            user += ":" + quote(self.password, safe="")
        place = "localhost" if self.socket else "%s:%s" % (self.host, self.port)
        query = "?unix_socket=%s" % self.socket if self.socket else ""
        return "%s://%s@%s/%s%s" % (scheme, user, place, quote(self.database or ""), query)


NOWHERE = MySQLAddress(database="kedge", user="kedge", socket="/nonexistent/kedge")


def replace_environment(scratch):
    """What the client libraries read, and variables that hold a URL of the family."""
    target = scratch or NOWHERE
    for name in ("MYSQL_PWD", "MYSQL_HOST", "MYSQL_GROUP_SUFFIX", "MYSQL_HOME", "MYSQL_TEST_LOGIN_FILE"):
        os.environ.pop(name, None)
    if target.socket:
        os.environ["MYSQL_UNIX_PORT"] = target.socket
    os.environ["MYSQL_TCP_PORT"] = str(target.port)
    for name, value in list(os.environ.items()):
        scheme = value.split("://", 1)[0] if "://" in value else ""
        if scheme.split("+")[0] in FAMILY:
            os.environ[name] = target.url(scheme)


def _permitted(guard, given):
    """Ask the guard for the address of a driver's keyword arguments."""
    get = given.get
    guard.permit(
        MySQLAddress(
            get("host"),
            get("port"),
            _text(get("database") or get("db")),
            socket=get("unix_socket"),
        )
    )


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def pymysql(module, guard):
    """Every PyMySQL connection opens its socket in `Connection.connect`."""
    original = module.Connection.connect

    @functools.wraps(original)
    def connect(self, sock=None):
        _permitted(
            guard, {"host": self.host, "port": self.port, "db": self.db, "unix_socket": self.unix_socket}
        )
        return original(self, sock)

    asked = module.Connection.query

    @functools.wraps(asked)
    def query(self, sql, *rest, **more):
        keep_within(guard, sql)
        return asked(self, sql, *rest, **more)

    module.Connection.connect = connect
    module.Connection.query = query


def aiomysql(module, guard):
    original = module.Connection._connect

    @functools.wraps(original)
    async def _connect(self):
        socket = getattr(self, "_unix_socket", None)
        _permitted(guard, {"host": self._host, "port": self._port, "db": self._db, "unix_socket": socket})
        return await original(self)

    module.Connection._connect = _connect


def called(*names):
    """Drivers whose `connect` takes the whole address as keywords, or opens its socket in C."""

    def wrap(module, guard):
        for name in names:
            original = getattr(module, name, None)
            if original is not None:
                setattr(module, name, _asking(original, guard))

    return wrap


def _asking(original, guard):
    @functools.wraps(original)
    def connect(*args, **kwargs):
        positions = ("host", "user", "password", "database", "port", "unix_socket")
        _permitted(guard, dict(dict(zip(positions, args)), **kwargs))  # noqa: B905 - Python 3.8
        return original(*args, **kwargs)

    return connect


# What a statement reaches -----------------------------------------------------------------------------

_WORDS = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|--[ \t][^\n]*|\#[^\n]*|/\*(?!M?!).*?\*/|\s+)
    |`(?P<quoted>(?:[^`]|``)*)`|(?P<word>[\w$]+)|(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
_ASKS = {"select", "show", "desc", "describe", "explain"}
_NAMES_ONE = {"use", "database", "schema"}
# There they are for everybody, and nobody writes into them.
_OPEN = {"information_schema", "performance_schema"}


def other_databases(connection):
    """The databases of the scratch's server, by their names in lower case, that are not the scratch."""
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT DATABASE()")
        own = cursor.fetchall()[0][0]
        cursor.execute("SHOW DATABASES")
        found = [_text(row[0]) for row in cursor.fetchall()]
    finally:
        cursor.close()
    return {name.lower() for name in found if name != _text(own)} - _OPEN


def reaches(statement, databases):
    """The database of these that a statement names and may change, if any; a question may name what it likes."""
    lower = statement.lower()
    if not any(name in lower for name in databases):
        return None
    found = []
    for match in _WORDS.finditer(statement):
        if not match["text"]:
            quoted = match["quoted"]
            found.append((match["sign"] or "", quoted.replace("``", "`") if quoted else match["word"] or ""))
    if found and found[0][1].lower() in _ASKS and not any(sign == ";" for sign, _ in found[:-1]):
        return None
    for number, (_, word) in enumerate(found):
        before = found[number - 1] if number else ("", "")
        after = found[number + 1][0] if number + 1 < len(found) else ""
        qualifies = after == "." and before[0] not in (".", "@")
        if word.lower() in databases and (qualifies or _names_one(found[:number])):
            return word
    return None


def keep_within(guard, statement):
    """Refuses what would change another database of the scratch's server."""
    if guard.other_databases:
        if isinstance(statement, (bytes, bytearray)):
            statement = bytes(statement).decode("utf-8", "replace")
        beyond = reaches(statement, guard.other_databases)
        if beyond:
            guard.refuse("database %s" % beyond, what="change of the")


def _names_one(before):
    """USE app; ALTER DATABASE app; DROP SCHEMA IF EXISTS app."""
    words = [word.lower() for _, word in before]
    while words and words[-1] in ("if", "not", "exists"):
        words.pop()
    return bool(words) and words[-1] in _NAMES_ONE
