"""Where a connection leads to, as its driver was asked; and the scratch, the only place it may."""

# mypy: ignore-errors

from __future__ import annotations

import os
from urllib.parse import parse_qsl, unquote, urlsplit


class Address:
    """Host (or socket folder), port and database of a server."""

    def __init__(self, host=None, port=None, database=None, user=None, password=None):
        self.host = host or None
        self.port = int(port) if str(port or "").isdigit() else (5432 if not port else port)
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
            query.get("host") or (unquote(parts.hostname) if parts.hostname else None),
            query.get("port") or port,
            unquote(parts.path.lstrip("/")) or query.get("dbname"),
            query.get("user") or (unquote(parts.username) if parts.username else None),
            query.get("password") or (unquote(parts.password) if parts.password else None),
        )

    @classmethod
    def of_environment(cls):
        """What libpq assumes where nothing is said."""
        get = os.environ.get
        return cls(get("PGHOST"), get("PGPORT"), get("PGDATABASE"), get("PGUSER"))

    @property
    def socket(self):
        """The socket file, when the server is reached through one."""
        if self.host and self.host.startswith("/"):
            return os.path.join(self.host, ".s.PGSQL.%s" % self.port)
        return None

    def leads_to(self, other):
        """Whether both are one database of one server."""
        mine, its = (self.host, self.port, self.database), (other.host, other.port, other.database)
        return mine == its

    def __str__(self):
        return "%s:%s/%s" % (self.host or "local socket", self.port, self.database or "")

    def arguments(self, driver):
        """The keyword arguments with which this driver's `connect` opens it."""
        if driver in ("psycopg", "psycopg2", "psycopg2cffi", "psycopg_async"):
            given = {"host": self.host, "port": self.port, "dbname": self.database, "user": self.user}
        elif driver == "pg8000":
            given = {"database": self.database, "user": self.user or "postgres"}
            if self.socket:
                given["unix_sock"] = self.socket
            else:
                given.update(host=self.host, port=self.port)
        else:
            given = {"host": self.host, "port": self.port, "database": self.database, "user": self.user}
        given["password"] = self.password
        return {k: v for k, v in given.items() if v is not None}

    def url(self, scheme="postgresql"):
        """The address as a URL that SQLAlchemy and libpq both understand."""
        from urllib.parse import quote

        user = quote(self.user or "", safe="")
        if self.password:
            user += ":" + quote(self.password, safe="")
        if self.socket:
            if scheme.endswith("+pg8000"):
                return "%s://%s@/%s?unix_sock=%s" % (scheme, user, quote(self.database or ""), self.socket)
            return "%s://%s@/%s?host=%s&port=%s" % (
                scheme,
                user,
                quote(self.database or ""),
                self.host,
                self.port,
            )
        return "%s://%s@%s:%s/%s" % (scheme, user, self.host, self.port, quote(self.database or ""))


def database_of(url):
    """Which database a URL names: the URL without user, password and options; None where it is no URL."""
    from sqlalchemy.engine.url import make_url

    try:
        found = make_url(url)
        backend = found.get_backend_name()
    except Exception:  # a placeholder, or a driver that is not here
        return None
    if backend == "sqlite":
        return "sqlite:///" + os.path.abspath(found.database or "")
    host = found.host or found.query.get("host") or ""
    port = found.port or found.query.get("port") or ""
    host, port = (x[0] if isinstance(x, tuple) else x for x in (host, port))
    return "%s:///%s?host=%s&port=%s" % (backend, found.database or "", host, port)
