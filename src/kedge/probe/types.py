"""Named types: the native enums and domains that columns use, however deep they are wrapped."""

# mypy: ignore-errors

from __future__ import annotations

import gc

from sqlalchemy import types as sqltypes


def unwrapped(type_, dialect):
    """The dialect's own type below TypeDecorator, Variant and generic types."""
    for _ in range(8):
        implementation = type_.dialect_impl(dialect)
        if isinstance(implementation, sqltypes.TypeDecorator):
            below = getattr(implementation, "impl", None)
            if below is None or below is type_:
                return implementation
            type_ = below
            continue
        return implementation
    return type_


def named_types(type_, dialect):
    """The enum and domain types this type needs on the server, outermost first."""
    implementation = unwrapped(type_, dialect)
    kind = kind_of(implementation, dialect)
    if kind == "domain":
        yield kind, implementation
        data_type = getattr(implementation, "data_type", None)
        if data_type is not None:
            yield from named_types(data_type, dialect)
    elif kind:
        yield kind, implementation
    item = getattr(implementation, "item_type", None)
    if item is not None:
        yield from named_types(item, dialect)


def kind_of(type_, dialect):
    """ "enum" for a native enum, "domain" for a domain, None for everything else."""
    if dialect.name != "postgresql":
        return None
    from sqlalchemy.dialects import postgresql

    domain = getattr(postgresql, "DOMAIN", None)
    if domain is not None and isinstance(type_, domain):
        return "domain"
    if isinstance(type_, postgresql.ENUM) and getattr(type_, "native_enum", True) and type_.name:
        return "enum"
    return None


def key_of(kind, type_):
    """What tells types apart; two enums of one name and other values are two, and the server refuses one."""
    values = tuple(str(v) for v in type_.enums) if kind == "enum" else ()
    return kind, type_.schema, type_.name, values


def creation(kind, type_, dialect):
    """The CREATE TYPE or CREATE DOMAIN of a named type."""
    from sqlalchemy.dialects.postgresql import base

    if kind == "enum":
        from sqlalchemy.dialects import postgresql

        statement = getattr(postgresql, "CreateEnumType", None) or base.CreateEnumType
    else:
        from sqlalchemy.dialects.postgresql import named_types as module

        statement = module.CreateDomainType
    return str(statement(type_).compile(dialect=dialect)).strip()


def types_of_metadata(metadata, dialect):
    """Enums and domains that belong to the MetaData itself, whether or not a column uses them."""
    kinds = _schema_types()
    # type() rather than isinstance(): lazy proxies answer __class__ by running the project's code.
    for candidate in [o for o in gc.get_objects() if type(o) in kinds]:
        if candidate.__dict__.get("metadata") is metadata:
            yield from named_types(candidate, dialect)


def _schema_types():
    """SchemaType and every class below it."""
    found, waiting = set(), [sqltypes.SchemaType]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            waiting.extend(type.__subclasses__(kind))
    return found
