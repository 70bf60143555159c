"""Views, triggers, routines and events of MariaDB and MySQL, from what information_schema says.

Views are printed anew by the server; everything else is kept as it was typed. Who made it (DEFINER) is no fact of a
schema, and neither is the sql_mode it was made in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.catalog import ObjectPath
from kedge.dialects.mysql.printed import collation_name
from kedge.dialects.mysql.words import requalified, squeezed, unqualified
from kedge.objects import Routine, ScheduledEvent, Trigger, View

# By which MariaDB knows an aggregate function. https://mariadb.com/kb/en/stored-aggregate-functions/
_AGGREGATES = re.compile(r"\bFETCH\s+GROUP\s+NEXT\s+ROW\b", re.IGNORECASE)

# SHOW CREATE VIEW prints otherwise, or not at all, where something is gone that the view stands on.
VIEWS = """
SELECT table_schema, table_name, view_definition, check_option, security_type, {algorithm}
  FROM information_schema.views WHERE table_schema IN ({schemas}) ORDER BY 1, 2
"""
TRIGGERS = """
SELECT trigger_schema, event_object_table, action_timing, event_manipulation, trigger_name, action_statement
  FROM information_schema.triggers WHERE trigger_schema IN ({schemas})
 ORDER BY trigger_schema, event_object_table, action_timing, event_manipulation, action_order
"""
ROUTINES = """
SELECT routine_schema, routine_name, routine_type, dtd_identifier, collation_name, database_collation,
       routine_definition, is_deterministic, sql_data_access, security_type, routine_comment
  FROM information_schema.routines WHERE routine_schema IN ({schemas})
   AND routine_type IN ('FUNCTION', 'PROCEDURE') ORDER BY 1, 3, 2
"""
PARAMETERS = """
SELECT specific_schema, specific_name, routine_type, parameter_mode, parameter_name, dtd_identifier, collation_name
  FROM information_schema.parameters WHERE specific_schema IN ({schemas}) AND ordinal_position > 0
 ORDER BY specific_schema, routine_type, specific_name, ordinal_position
"""
# One that runs once is gone when it has run.
EVENTS = """
SELECT event_schema, event_name, interval_value, interval_field, event_definition, on_completion, status, event_comment
  FROM information_schema.events WHERE event_schema IN ({schemas}) AND event_type = 'RECURRING' ORDER BY 1, 2
"""


def views(rows: Iterable[Any], names: Mapping[str, str]) -> list[View]:
    """Those whose definition the role may see."""
    found = []
    for schema, name, definition, check, security, algorithm in rows:
        options = {
            "algorithm": (algorithm, "UNDEFINED"),
            "check_option": (check, "NONE"),
            "sql_security": (security, "DEFINER"),
        }
        own = names.get(schema, schema)
        if definition:
            found.append(
                View(
                    schema=own,
                    name=name,
                    definition=query_of(definition, own, names),
                    options=tuple((o, said.lower()) for o, (said, usual) in options.items() if said != usual),
                )
            )
    return found


def query_of(definition: str, schema: str, names: Mapping[str, str]) -> str:
    """A view's query as the server keeps it, without the name of its database."""
    return unqualified(requalified(definition, names), schema)


def triggers(rows: Iterable[Any], names: Mapping[str, str]) -> list[Trigger]:
    """The rows stand in the order in which triggers of one moment fire."""
    found: list[Trigger] = []
    moments: dict[tuple[str, ...], str] = {}
    for schema, table, timing, events, name, statement in rows:
        moment = schema, table, timing, events
        one = Trigger(
            schema=names.get(schema, schema),
            table=table,
            name=name,
            timing=timing.lower(),
            events=tuple(e.strip().lower() for e in events.split(",")),
            body=squeezed(statement),
            follows=moments.get(moment),
        )
        moments[moment] = name
        found.append(one)
    return found


def events(rows: Iterable[Any], names: Mapping[str, str]) -> list[ScheduledEvent]:
    """One that is switched off on a replica runs on its primary."""
    return [
        ScheduledEvent(
            schema=names.get(schema, schema),
            name=name,
            every=f"every {value} {unit.lower().replace('_', ' ')}",
            body=squeezed(body),
            preserved=completion == "PRESERVE",
            enabled=status != "DISABLED",
            comment=comment or None,
        )
        for schema, name, value, unit, body, completion, status, comment in rows
    ]


def routines(
    rows: Iterable[Any], parameters: Iterable[Any], names: Mapping[str, str]
) -> tuple[list[Routine], set[ObjectPath]]:
    """The routines, and the paths of those whose body the role may not see."""
    taken: dict[tuple[str, ...], list[tuple[str | None, str, str, str | None]]] = defaultdict(list)
    for schema, name, kind, *parameter in parameters:
        taken[schema, kind, name].append(tuple(parameter))
    found: dict[ObjectPath, Routine] = {}
    unseen: set[ObjectPath] = set()
    for schema, name, kind, returns, collation, usual, body, deterministic, data, security, comment in rows:
        arguments = taken[schema, kind, name]
        types = [_typed(type_, own, usual) for _, _, type_, own in arguments]
        written = [
            " ".join(filter(None, (mode if kind == "PROCEDURE" else None, argument, type_)))
            for (mode, argument, *_), type_ in zip(arguments, types, strict=True)
        ]
        aggregate = kind == "FUNCTION" and _AGGREGATES.search(body or "")
        one = Routine(
            schema=names.get(schema, schema),
            name=name,
            signature=", ".join(types),
            kind="procedure" if kind == "PROCEDURE" else "aggregate" if aggregate else "function",
            arguments=", ".join(written),
            returns=_typed(returns, collation, usual) if returns else None,
            body=squeezed(body or ""),
            security_definer=security == "DEFINER",
            characteristics=(
                *(["deterministic"] if deterministic == "YES" else []),
                *([data.lower()] if data != "CONTAINS SQL" else []),
            ),
            comment=comment or None,
        )
        if one.path in found:  # a function and a procedure may share their name
            one = msgspec.structs.replace(one, signature=f"procedure {one.signature}".strip())
        found[one.path] = one
        if body is None:
            unseen.add(one.path)
    return list(found.values()), unseen


def _typed(type_: str, collation: str | None, usual: str) -> str:
    """The type, with a collation that is not its database's."""
    own = collation is not None and collation_name(collation) != collation_name(usual)
    return f"{type_} collate {collation_name(collation or '')}" if own else type_
