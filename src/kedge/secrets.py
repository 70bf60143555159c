"""Keeps passwords out of every text that people see."""

import json
import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"

# scheme://user:password@ : up to the *last* "@", because unescaped passwords may hold "@", "/" and "?".
# Where the text is ambiguous too much is hidden, never too little.
_USERINFO = re.compile(r"(?P<head>\b[a-z][\w+.-]*://[^\s:/@?#'\"]*:)(?P<password>[^\s'\"<>`]*)@", re.I)
_WHOLE_URL = re.compile(r"(?P<head>^\s*[a-z][\w+.-]*://[^:/@?#]*:)(?P<password>.*)@", re.I | re.S)

_KEY = r"[\w-]*(?:password|passwd|passphrase|pwd|pass)"
_QUOTED = r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\""
# key=value, as in a libpq DSN, a query string or an environment listing; spaces around "=" are allowed
_PAIR = re.compile(rf"(?P<head>\b{_KEY}\s*=\s*)(?P<password>{_QUOTED}|(?:\\.|[^\s&;,)\]}}'\"])+)", re.I)
# "key": "value", as in JSON or the repr of a dict of connection arguments
_ITEM = re.compile(rf"(?P<head>(?P<q>['\"]){_KEY}(?P=q)\s*[:,]\s*)(?P<password>{_QUOTED}|[^\s,)}}\]]+)", re.I)
# SQL that sets a password
_SQL = re.compile(rf"(?P<head>\b(?:PASSWORD|IDENTIFIED BY)\s+)(?P<password>{_QUOTED})", re.I)


def masked_url(url: str) -> str:
    """The URL or DSN with its password hidden; the rest is as it was."""
    return _pairs(_WHOLE_URL.sub(rf"\g<head>{MASK}@", url))


def mask(text: str, *secrets: str | None) -> str:
    """The text with every password hidden.

    Passwords are recognised where they stand: in URLs, in `key=value` DSNs, in dicts.
    `secrets` are passwords, or whole URLs and DSNs, that are known: they are hidden wherever they stand,
    in any of the spellings a driver may print them.
    """
    for secret in secrets:
        if secret and (password := _password_of(secret)) and password != MASK:
            for spelling in _spellings(password):
                text = _spelled(spelling).sub(MASK, text)
    return _pairs(_USERINFO.sub(rf"\g<head>{MASK}@", text))


def _pairs(text: str) -> str:
    for pattern in (_ITEM, _PAIR, _SQL):
        text = pattern.sub(rf"\g<head>{MASK}", text)
    return text


def _password_of(secret: str) -> str | None:
    """The password within a URL or DSN; anything else is itself the password."""
    if "://" in secret:
        found = _WHOLE_URL.search(secret) or _PAIR.search(secret)
    elif re.search(r"\b(host|user|dbname|port)\s*=", secret):
        found = _PAIR.search(secret)
    else:
        return secret
    if not found:
        return None
    password = found["password"]
    if password[:1] in "'\"" and password[:1] == password[-1:]:
        password = re.sub(r"\\(.)", r"\1", password[1:-1])
    return password


def _spellings(password: str) -> list[str]:
    """The ways one password may be printed, longest first."""
    spellings = set()
    for raw in {password, unquote(password), unquote_plus(password)}:
        escaped = raw.replace("\\", "\\\\")
        spellings |= {
            raw,
            quote(raw, safe=""),
            quote(raw),
            quote_plus(raw),
            re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quote(raw, safe="")),
            repr(raw)[1:-1],
            json.dumps(raw)[1:-1],
            escaped,
            escaped.replace("'", "\\'"),
            raw.replace("'", "''"),
            # SQLAlchemy's own spellings: 2.x, and 1.4
            quote(raw, safe=" +"),
            re.sub(r"[:@/]", lambda char: quote(char[0], safe=""), raw),
        }
    spellings.discard("")
    return sorted(spellings, key=len, reverse=True)


def _spelled(password: str) -> re.Pattern[str]:
    """Plain or short passwords ("postgres", "app") only as a word of their own, and not as a URL's scheme."""
    literal = re.escape(password)
    if len(password) >= 8 and not re.fullmatch(r"[a-z_]+", password):
        return re.compile(literal)
    before = r"(?<!\w)" if re.match(r"\w", password) else ""
    after = r"(?!\w)" if re.search(r"\w$", password) else ""
    return re.compile(rf"{before}{literal}{after}(?!(?:\+\w+)?://)")
