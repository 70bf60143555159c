"""One column as the dialect would write it, and its pieces."""

# mypy: ignore-errors

from __future__ import annotations

import re

from sqlalchemy import schema as sa_schema
from sqlalchemy import types as sqltypes

from . import types
from .reasons import failure

_SERIAL = re.compile(r"(?:BIG|SMALL)?SERIAL\b")


def described_column(column, speller):
    """The column as a dict; what raises leaves its piece null and its reason in `error`."""
    pieces = _Pieces(column)
    answer = {
        "name": str(column.name),
        "type": pieces.take("type", lambda: _type(column, speller)),
        "spec": pieces.take("specification", lambda: _specification(column, speller)),
        "written": _written(column.type),
        "nullable": bool(column.nullable),
        "primary_key": bool(column.primary_key),
        "default": pieces.take("server default", lambda: speller.ddl.get_column_default_string(column)),
        "comment": column.comment,
        "python_default": column.default is not None,
        "fetched": _is_fetched(column.server_default),
        "computed": pieces.take("computed expression", lambda: _computed(column, speller)),
        "computed_stored": pieces.take("computed expression", lambda: _stored(column, speller)),
        "collation": pieces.take("collation", lambda: _collation(column, speller)),
        "types": pieces.take("named types", lambda: _types(column, speller)) or [],
        "identity": _identity(column, speller),
    }
    answer["serial"] = _is_serial(column, answer["spec"], speller)
    answer["error"] = pieces.error
    answer["error_place"] = pieces.place
    return answer


class _Pieces:
    """Takes the pieces of one column and remembers the first that raised."""

    def __init__(self, column):
        self.column = column
        self.error = None
        self.place = None

    def take(self, what, read):
        try:
            return read()
        except Exception as error:
            if self.error is None:
                found = failure(error)
                reason = _untyped(self.column) or found["reason"]
                self.error = "its %s cannot be read: %s" % (what, reason)
                self.place = found["place"]
            return None


def _untyped(column):
    """Why a column that takes its type from the one it points at has none."""
    if not isinstance(column.type, sqltypes.NullType) or not column.foreign_keys:
        return None
    target = next(iter(column.foreign_keys)).target_fullname
    return "it takes it from %s, which its metadata does not declare" % target


def _type(column, speller):
    return speller.dialect.type_compiler.process(column.type, type_expression=column)


def _specification(column, speller):
    if "_compiler_dispatcher" in sa_schema.CreateColumn.__dict__:
        written = speller.ddl.process(sa_schema.CreateColumn(column))
        if written is not None:
            return written.strip()
    return speller.ddl.get_column_specification(column, first_pk=column.primary_key)


def _written(type_):
    """The type as its author wrote it."""
    if isinstance(type_, sqltypes.TypeDecorator) and not type(type_).__module__.startswith("sqlalchemy."):
        return type(type_).__name__
    key = _spelling_key(type_)
    if key not in _SPELLINGS:
        try:
            written = repr(type_)
        except Exception:
            written = type(type_).__name__
        if key is None:
            return written
        _SPELLINGS[key] = written
    return _SPELLINGS[key]


_SPELLINGS = {}
_PLAIN = (str, int, bool, type(None))


def _spelling_key(type_):
    """Two of SQLAlchemy's own types with the same key are written alike; None where that is not certain."""
    if not type(type_).__module__.startswith("sqlalchemy."):
        return None
    facts = [(k, v) for k, v in type_.__dict__.items() if k[:1] != "_" and k != "dispatch"]
    if not all(type(v) in _PLAIN for _, v in facts):
        return None
    return (type(type_), tuple(sorted((k, type(v), v) for k, v in facts if v is not None) if facts else ()))


def _is_fetched(default):
    """FetchedValue() says that the server fills the column, not with what."""
    known = (sa_schema.DefaultClause, getattr(sa_schema, "Computed", ()), getattr(sa_schema, "Identity", ()))
    return default is not None and not isinstance(default, tuple(k for k in known if k))


def _is_serial(column, specification, speller):
    if not specification or speller.dialect.name != "postgresql":
        return False
    name = speller.preparer.format_column(column)
    if not specification.startswith(name):
        return False
    return bool(_SERIAL.match(specification[len(name) :].lstrip()))


_COUNTING = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")


def _identity(column, speller):
    identity = getattr(column, "identity", None)
    if identity is None or not speller.dialect.supports_identity_columns:
        return None
    unbounded = {"nominvalue": "minvalue", "nomaxvalue": "maxvalue"}
    values = {k: getattr(identity, k, None) for k in _COUNTING}
    for no, value in unbounded.items():
        if getattr(identity, no, None):
            values[value] = None
    return {
        "always": bool(identity.always),
        "start": values["start"],
        "increment": values["increment"],
        "minimum": values["minvalue"],
        "maximum": values["maxvalue"],
        "cycle": values["cycle"],
        "cache": values["cache"],
    }


def _computed(column, speller):
    if column.computed is None:
        return None
    return speller.expression(column.computed.sqltext)


def _stored(column, speller):
    if column.computed is None:
        return None
    written = speller.ddl.process(column.computed).rstrip().upper()
    if written.endswith(("STORED", "PERSISTED")):
        return True
    if written.endswith("VIRTUAL"):
        return False
    return None


def _collation(column, speller):
    return getattr(types.unwrapped(column.type, speller.dialect), "collation", None)


def _types(column, speller):
    found = []
    for kind, type_ in types.named_types(column.type, speller.dialect):
        speller.types.setdefault(types.key_of(kind, type_), type_)
        schema = None if type_.schema is None else str(type_.schema)
        found.append({"kind": kind, "schema": schema, "name": str(type_.name)})
    return found
