"""A database URL as PyMySQL's arguments; whatever SQLAlchemy driver it names."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kedge.errors import UsageError

# What drivers call it, and what PyMySQL calls it. https://pymysql.readthedocs.io/en/latest/modules/connections.html
_TLS = {
    "ssl_ca": "ssl_ca",
    "ssl_cert": "ssl_cert",
    "ssl_key": "ssl_key",
    "ssl_verify_cert": "ssl_verify_cert",
    "ssl_check_hostname": "ssl_verify_identity",
    "ssl_verify_identity": "ssl_verify_identity",
    "ssl_disabled": "ssl_disabled",
}
_TRUE = ("1", "true", "yes", "on", "required")


def arguments(url: str) -> dict[str, Any]:
    """Host, port, user, password, database, socket and TLS. Raises `UsageError` for a URL without a database."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise UsageError(
            "the URL names no database",
            hint="a URL looks like mysql://user@host/database; a schema is a database there",
        )
    try:
        port = parts.port
    except ValueError:
        raise UsageError("the port in the database URL is no number") from None
    found: dict[str, Any] = {
        "host": unquote(parts.hostname) if parts.hostname else "localhost",
        "port": port or 3306,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else "",
        "database": database,
    }
    if socket := query.get("unix_socket"):
        found["unix_socket"] = socket
    for name, value in query.items():
        if name in _TLS:
            found[_TLS[name]] = (
                value.lower() in _TRUE if "verify" in _TLS[name] or name == "ssl_disabled" else value
            )
    if query.get("ssl", "").lower() in _TRUE or query.get("ssl_mode", "").lower() == "required":
        found.setdefault("ssl", {})
    return {k: v for k, v in found.items() if v is not None}
