"""Reads what a PostgreSQL database has beyond tables: all kinds in one round trip, within the reader's transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, TypeAlias

import psycopg

from kedge.catalog import Object, ObjectPath
from kedge.dialects.postgresql import object_queries as queries
from kedge.dialects.postgresql import right_queries, right_reader
from kedge.objects import (
    CompositeType,
    Domain,
    EventTrigger,
    Extras,
    InstalledExtension,
    Pairs,
    Policy,
    Publication,
    Routine,
    Schema,
    Statistics,
    Trigger,
    View,
)

Names: TypeAlias = Mapping[int, str]
Make: TypeAlias = Callable[[Names, Any], Object | None]
Enabled: TypeAlias = Literal["always", "replica", "disabled"]

# https://www.postgresql.org/docs/current/catalog-pg-proc.html
ROUTINE_KINDS: dict[str, Literal["function", "procedure", "aggregate", "window"]] = {
    "f": "function",
    "p": "procedure",
    "a": "aggregate",
    "w": "window",
}
VOLATILITIES: dict[str, Literal["immutable", "stable", "volatile"]] = {
    "i": "immutable",
    "s": "stable",
    "v": "volatile",
}
PARALLEL: dict[str, Literal["safe", "restricted", "unsafe"]] = {
    "s": "safe",
    "r": "restricted",
    "u": "unsafe",
}
# https://www.postgresql.org/docs/current/catalog-pg-policy.html
COMMANDS: dict[str, Literal["all", "select", "insert", "update", "delete"]] = {
    "*": "all",
    "r": "select",
    "a": "insert",
    "w": "update",
    "d": "delete",
}
# https://www.postgresql.org/docs/current/catalog-pg-trigger.html ; "O" is how triggers fire by themselves
ENABLED: dict[str, Enabled | None] = {"O": None, "D": "disabled", "R": "replica", "A": "always"}
# src/include/catalog/pg_trigger.h, TRIGGER_TYPE_*
ROW, BEFORE, INSTEAD = 1, 2, 64
EVENTS = ((4, "insert"), (8, "delete"), (16, "update"), (32, "truncate"))
STATISTICS_KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}
WHEN = re.compile(r" WHEN \((?P<when>.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ", re.DOTALL)


def read_objects(
    connection: psycopg.Connection[Any], namespaces: Names, version: int
) -> dict[ObjectPath, Object]:
    """Every object in these namespaces, and those that belong to the whole database."""
    parameters = {"namespaces": list(namespaces)}
    with _pipeline(connection):
        answers = [
            (make, connection.execute(query.encode(), parameters if "%(" in query else None))
            for query, make in _questions(version)
        ]
    found: dict[ObjectPath, Object] = {}
    for make, rows in answers:
        for row in rows:
            one = make(namespaces, row)
            if one is not None:
                found[one.path] = one
    return found


def _pipeline(connection: psycopg.Connection[Any]) -> AbstractContextManager[Any]:
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def _questions(version: int) -> Iterator[tuple[str, Make]]:
    """The queries as this major version understands them."""
    yield queries.VIEWS, _view
    old_kind = "CASE WHEN p.proisagg THEN 'a' WHEN p.proiswindow THEN 'w' ELSE 'f' END"
    yield (
        queries.ROUTINES.format(
            prokind="p.prokind" if version >= 11 else old_kind,
            sqlbody="pg_catalog.pg_get_function_sqlbody(p.oid)" if version >= 14 else "NULL::text",
        ),
        _routine,
    )
    inherited = "t.tgparentid = 0" if version >= 13 else queries.INHERITED_TRIGGER
    yield queries.TRIGGERS.format(tgparentid=inherited), _trigger
    yield queries.POLICIES, _policy
    yield queries.EXTRAS, _extras
    yield queries.DOMAINS, _domain
    yield queries.COMPOSITE_TYPES, _composite_type
    expressions = "pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)" if version >= 14 else "NULL::text[]"
    yield queries.STATISTICS.format(expressions=expressions), _statistics
    yield (
        queries.PUBLICATIONS.format(
            pubtruncate="p.pubtruncate" if version >= 11 else "false",
            pubviaroot="p.pubviaroot" if version >= 13 else "false",
            chosen=queries.CHOSEN if version >= 15 else "''",
            schemas=queries.PUBLISHED_SCHEMAS if version >= 15 else "NULL::text[]",
        ),
        _publication,
    )
    yield queries.EVENT_TRIGGERS, _event_trigger
    yield queries.EXTENSIONS, lambda _, row: InstalledExtension(*row)
    yield queries.SCHEMAS, lambda _, row: Schema(*row)
    yield right_queries.GRANTS, right_reader.grant
    yield right_queries.DEFAULT_PRIVILEGES, right_reader.default_privilege
    yield right_queries.OWNERS, right_reader.owner


def _view(names: Names, row: Any) -> View:
    schema, name, kind, definition, options, columns, indexes, comment = row
    return View(
        schema=names[schema],
        name=name,
        kind="materialized-view" if kind == "m" else "view",
        definition=definition.strip().removesuffix(";"),
        columns=_pairs(columns),
        options=tuple(sorted((key, value) for key, _, value in (o.partition("=") for o in options or ()))),
        indexes=_pairs(indexes),
        comment=comment,
    )


def _routine(names: Names, row: Any) -> Routine:
    schema, name, signature, kind, arguments, returns, language, sql_body, source, library = row[:10]
    volatile, definer, strict, leakproof, parallel, settings, comment, aggregate = row[10:]
    body = aggregate or sql_body or source
    return Routine(
        schema=names[schema],
        name=name,
        signature=signature,
        kind=ROUTINE_KINDS[kind],
        arguments=arguments,
        returns=returns,
        language=language,
        body=f"{library}: {body}" if library else body,
        volatility=VOLATILITIES[volatile],
        security_definer=definer,
        strict=strict,
        leakproof=leakproof,
        parallel=PARALLEL[parallel],
        settings=tuple(sorted(settings or ())),
        comment=comment,
    )


def _trigger(names: Names, row: Any) -> Trigger:
    schema, table, name, type_, enabled, function, definition, is_constraint, deferrable, deferred = row[:10]
    columns, arguments, old, new, comment = row[10:]
    when = WHEN.search(definition)
    constraint = None
    if is_constraint:
        constraint = "initially deferred" if deferred else "deferrable" if deferrable else "not deferrable"
    return Trigger(
        schema=names[schema],
        table=table,
        name=name,
        timing="before" if type_ & BEFORE else "instead of" if type_ & INSTEAD else "after",
        events=tuple(word for bit, word in EVENTS if type_ & bit),
        columns=tuple(columns),
        level="row" if type_ & ROW else "statement",
        when=when["when"] if when else None,
        function=function,
        arguments=tuple(a.decode(errors="replace") for a in bytes(arguments).split(b"\0")[:-1]),
        enabled=ENABLED[enabled],
        constraint=constraint,
        transitions=tuple((kind, one) for kind, one in (("new", new), ("old", old)) if one),
        comment=comment,
    )


def _policy(names: Names, row: Any) -> Policy:
    schema, table, name, command, permissive, roles, using, check, comment = row
    return Policy(
        schema=names[schema],
        table=table,
        name=name,
        command=COMMANDS[command],
        permissive=permissive,
        roles=tuple(roles),
        using=using,
        check=check,
        comment=comment,
    )


def _extras(names: Names, row: Any) -> Extras | None:
    schema, table, security, forced, rules = row
    if not security and not rules:
        return None
    return Extras(
        schema=names[schema],
        table=table,
        row_security=("forced" if forced else "on") if security else None,
        rules=_pairs(rules),
    )


def _domain(names: Names, row: Any) -> Domain:
    schema, name, type_, default, not_null, collation, checks, comment = row
    return Domain(
        schema=names[schema],
        name=name,
        type=type_,
        default=default,
        nullable=not not_null,
        collation=collation,
        checks=_pairs(checks),
        comment=comment,
    )


def _composite_type(names: Names, row: Any) -> CompositeType:
    schema, name, attributes, comment = row
    return CompositeType(schema=names[schema], name=name, attributes=_pairs(attributes), comment=comment)


def _statistics(names: Names, row: Any) -> Statistics:
    schema, name, table, kinds, columns, expressions, comment = row
    return Statistics(
        schema=names[schema],
        name=name,
        table=table,
        kinds=tuple(sorted(STATISTICS_KINDS[k] for k in kinds if k in STATISTICS_KINDS)),
        columns=(*columns, *(expressions or ())),
        comment=comment,
    )


def _publication(_: Names, row: Any) -> Publication:
    name, everything, insert, update, delete, truncate, via_root, tables, schemas, comment = row
    sent = (("insert", insert), ("update", update), ("delete", delete), ("truncate", truncate))
    return Publication(
        name=name,
        all_tables=everything,
        operations=tuple(word for word, is_sent in sent if is_sent),
        via_root=via_root,
        tables=tuple((name, chosen.strip()) for name, chosen in tables),
        schemas=tuple(schemas or ()),
        comment=comment,
    )


def _event_trigger(_: Names, row: Any) -> EventTrigger:
    name, event, tags, function, enabled, comment = row
    return EventTrigger(
        name=name,
        event=event,
        tags=tuple(sorted(tags or ())),
        function=function,
        enabled=ENABLED[enabled],
        comment=comment,
    )


def _pairs(rows: list[list[str]] | None) -> Pairs:
    return tuple((name, text) for name, text in rows or ())
