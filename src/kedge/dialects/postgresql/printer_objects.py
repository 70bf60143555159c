"""Prints what a catalog has beyond tables as the statements that make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kedge.catalog import Catalog, Object
from kedge.dialects.postgresql.names import quoted
from kedge.objects import (
    CompositeType,
    Domain,
    EventTrigger,
    Extras,
    Policy,
    Publication,
    Routine,
    Schema,
    Statistics,
    Trigger,
    View,
)

# Settings whose value is a list that is written as it is: src/backend/utils/misc/guc_tables.c, GUC_LIST_QUOTE
_LISTS = {"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"}


def of_kind(catalog: Catalog, *kinds: type[Object]) -> list[Object]:
    return [one for one in catalog.objects.values() if isinstance(one, kinds)]


def whole(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def object_statements(objects: Iterable[Object], catalog: Catalog) -> Iterator[str]:
    for one in objects:
        if isinstance(one, Schema):
            yield from _comment("SCHEMA", quoted(one.name), one.comment)
        elif isinstance(one, CompositeType):
            name = whole(one.schema, one.name)
            yield f"CREATE TYPE {name} AS ({', '.join(f'{quoted(n)} {t}' for n, t in one.attributes)})"
            yield from _comment("TYPE", name, one.comment)
        elif isinstance(one, Domain):
            yield from _domain(one)
        elif isinstance(one, Routine):
            yield from _routine(one)
        elif isinstance(one, View):
            yield from _view(one)
        elif isinstance(one, Trigger):
            yield from _trigger(one)
        elif isinstance(one, Policy):
            yield from _policy(one)
        elif isinstance(one, Extras):
            name = whole(one.schema, one.table)
            yield from (rule for _, rule in one.rules)
            if one.row_security is not None:
                yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
            if one.row_security == "forced":
                yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
        elif isinstance(one, Statistics):
            yield from _statistics(one, catalog)
        elif isinstance(one, Publication):
            yield from _publication(one)
        elif isinstance(one, EventTrigger):
            yield from _event_trigger(one)


def _domain(one: Domain) -> Iterator[str]:
    name = whole(one.schema, one.name)
    words = [one.type]
    if one.collation is not None:
        words.append(f"COLLATE {'.'.join(map(quoted, one.collation.split('.', 1)))}")
    if one.default is not None:
        words.append(f"DEFAULT {one.default}")
    if not one.nullable:
        words.append("NOT NULL")
    yield f"CREATE DOMAIN {name} AS {' '.join(words)}"
    for own, check in one.checks:
        valid = " NOT VALID" if check.endswith(" NOT VALID") else ""
        yield f"ALTER DOMAIN {name} ADD CONSTRAINT {quoted(own)} CHECK ({check.removesuffix(valid)}){valid}"
    yield from _comment("DOMAIN", name, one.comment)


def _routine(one: Routine) -> Iterator[str]:
    name = whole(one.schema, one.name)
    if one.kind == "aggregate":
        yield f"CREATE AGGREGATE {name}({one.arguments or '*'}) ({one.body})"
        yield from _comment("AGGREGATE", f"{name}({one.signature or '*'})", one.comment)
        return
    kind = "PROCEDURE" if one.kind == "procedure" else "FUNCTION"
    words = [f"CREATE {kind} {name}({one.arguments})"]
    if kind == "FUNCTION":
        words.append(f"RETURNS {one.returns} LANGUAGE {quoted(one.language)} {one.volatility}")
        words.append(f"PARALLEL {one.parallel}")
        words += ["WINDOW"] if one.kind == "window" else []
        words += ["STRICT"] if one.strict else []
        words += ["LEAKPROOF"] if one.leakproof else []
    else:
        words.append(f"LANGUAGE {quoted(one.language)}")
    words += ["SECURITY DEFINER"] if one.security_definer else []
    for setting, _, value in (s.partition("=") for s in one.settings):
        words.append(f"SET {setting} TO {_setting(setting, value)}")
    words.append(_body(one))
    yield " ".join(words)
    yield from _comment(kind, f"{name}({one.signature})", one.comment)


def _setting(name: str, value: str) -> str:
    """An empty name is printed in double quotes, and taken in single ones alone."""
    return value.replace('""', "''") if name in _LISTS and value else literal(value)


def _body(one: Routine) -> str:
    if one.language == "c":
        library, _, symbol = one.body.rpartition(": ")
        return f"AS {literal(library)}, {literal(symbol)}"
    if one.language == "sql" and one.body.startswith(("BEGIN ATOMIC", "RETURN ")):
        return one.body
    return f"AS $kedge_body${one.body}$kedge_body$"


def _view(one: View) -> Iterator[str]:
    kind = "MATERIALIZED VIEW" if one.kind == "materialized-view" else "VIEW"
    name = whole(one.schema, one.name)
    options = ", ".join(f"{option}={literal(value)}" for option, value in one.options)
    columns = ", ".join(quoted(column) for column, _ in one.columns)
    stored = f" WITH ({options})" if options else ""
    yield f"CREATE {kind} {name} ({columns}){stored} AS {one.definition}"
    yield from (definition for _, definition in one.indexes)
    yield from _comment(kind, name, one.comment)


def _trigger(one: Trigger) -> Iterator[str]:
    table = whole(one.schema, one.table)
    of = f" OF {', '.join(map(quoted, one.columns))}" if one.columns else ""
    events = " OR ".join(f"{event.upper()}{of if event == 'update' else ''}" for event in one.events)
    kind = "CONSTRAINT TRIGGER" if one.constraint else "TRIGGER"
    words = [f"CREATE {kind} {quoted(one.name)} {one.timing.upper()} {events} ON {table}"]
    if one.constraint == "initially deferred":
        words.append("DEFERRABLE INITIALLY DEFERRED")
    elif one.constraint == "deferrable":
        words.append("DEFERRABLE")
    if one.transitions:
        seen = " ".join(f"{which.upper()} TABLE AS {quoted(name)}" for which, name in one.transitions)
        words.append(f"REFERENCING {seen}")
    words.append(f"FOR EACH {one.level.upper()}")
    if one.when is not None:
        words.append(f"WHEN ({one.when})")
    words.append(f"EXECUTE PROCEDURE {one.function}({', '.join(map(literal, one.arguments))})")
    yield " ".join(words)
    if one.enabled is not None:
        how = "DISABLE" if one.enabled == "disabled" else f"ENABLE {one.enabled.upper()}"
        yield f"ALTER TABLE {table} {how} TRIGGER {quoted(one.name)}"
    yield from _comment("TRIGGER", f"{quoted(one.name)} ON {table}", one.comment)


def _policy(one: Policy) -> Iterator[str]:
    table = whole(one.schema, one.table)
    roles = ", ".join("PUBLIC" if role == "public" else quoted(role) for role in one.roles)
    words = [f"CREATE POLICY {quoted(one.name)} ON {table}"]
    words.append(
        f"AS {'PERMISSIVE' if one.permissive else 'RESTRICTIVE'} FOR {one.command.upper()} TO {roles}"
    )
    if one.using is not None:
        words.append(f"USING ({one.using})")
    if one.check is not None:
        words.append(f"WITH CHECK ({one.check})")
    yield " ".join(words)
    yield from _comment("POLICY", f"{quoted(one.name)} ON {table}", one.comment)


def _statistics(one: Statistics, catalog: Catalog) -> Iterator[str]:
    name = whole(one.schema, one.name)
    names = {c.name for t in catalog.tables.values() for c in t.columns}
    kinds = f" ({', '.join(one.kinds)})" if one.kinds else ""
    over = ", ".join(quoted(c) if c in names else f"({c})" for c in one.columns)
    yield f"CREATE STATISTICS {name}{kinds} ON {over} FROM {one.table}"
    yield from _comment("STATISTICS", name, one.comment)


def _publication(one: Publication) -> Iterator[str]:
    sent = [f"TABLE {table} {chosen}".rstrip() for table, chosen in one.tables]
    sent += [f"TABLES IN SCHEMA {quoted(schema)}" for schema in one.schemas]
    what = " FOR ALL TABLES" if one.all_tables else f" FOR {', '.join(sent)}" if sent else ""
    options = f"publish = {literal(', '.join(one.operations))}"
    options += ", publish_via_partition_root = true" if one.via_root else ""
    yield f"CREATE PUBLICATION {quoted(one.name)}{what} WITH ({options})"
    yield from _comment("PUBLICATION", quoted(one.name), one.comment)


def _event_trigger(one: EventTrigger) -> Iterator[str]:
    name = quoted(one.name)
    tags = f" WHEN TAG IN ({', '.join(map(literal, one.tags))})" if one.tags else ""
    yield f"CREATE EVENT TRIGGER {name} ON {one.event}{tags} EXECUTE PROCEDURE {one.function}()"
    if one.enabled is not None:
        how = "DISABLE" if one.enabled == "disabled" else f"ENABLE {one.enabled.upper()}"
        yield f"ALTER EVENT TRIGGER {name} {how}"
    yield from _comment("EVENT TRIGGER", name, one.comment)


def _comment(kind: str, name: str, comment: str | None) -> Iterator[str]:
    if comment is not None:
        yield f"COMMENT ON {kind} {name} IS {literal(comment)}"
