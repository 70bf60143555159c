"""The facts of each kind of object beyond tables: which fields make one, how it is said, which texts can be judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from kedge.catalog import Object
from kedge.compare.difference import Form, Question
from kedge.compare.programs import body_read
from kedge.objects import (
    CompositeType,
    DefaultPrivilege,
    Domain,
    EventTrigger,
    Extras,
    Grant,
    InstalledExtension,
    Owner,
    Pairs,
    Policy,
    Publication,
    Revocation,
    Routine,
    ScheduledEvent,
    Schema,
    Statistics,
    Trigger,
    View,
)

Ask: TypeAlias = Callable[[Any, str, str, str], Question]


NOT_VALID = " NOT VALID"


class Fact(NamedTuple):
    """One fact: the fields that make it, its value as people say it, and how the judge is asked about its texts.

    `said` gives None where there is nothing out of the ordinary. `texts` are the fields that hold a text a server
    prints in its own way, or (name, text) pairs of such; the others agree when they are equal.
    """

    attribute: str
    fields: tuple[str, ...]
    said: Callable[[Any], Any]
    texts: dict[str, Ask] = {}  # noqa: RUF012
    judged: Callable[[Any], bool] = lambda one: True
    read: Callable[[Any, str], Any] = getattr
    """A field without what means nothing in it."""

    def questions(self, field: str, models: Any, database: Any) -> list[Question] | None:
        """What to ask where the field differs; None where nobody has to be asked."""
        ask = self.texts.get(field)
        left, right = getattr(models, field), getattr(database, field)
        if (
            ask is None
            or left is None
            or right is None
            or not (self.judged(models) and self.judged(database))
        ):
            return None
        if isinstance(left, str):
            return [ask(models, "", left, right)]
        if [_named(pair) for pair in left] != [_named(pair) for pair in right]:
            return None
        return [
            ask(models, name, one, other)
            for (name, one), (_, other) in zip(left, right, strict=True)
            if one != other
        ]


def _named(pair: tuple[str, str]) -> tuple[str, bool]:
    """Whose text it is, and whether it is in force for what was there before."""
    return pair[0], pair[1].endswith(NOT_VALID)


def said_whole(one: Object) -> str:
    """The whole object in a line."""
    return _WHOLE[type(one)](one)


def _plain(field: str) -> Fact:
    return Fact(field.replace("_", "-"), (field,), lambda one: _shown(getattr(one, field)))


def _shown(fact: Any) -> Any:
    return list(fact) if isinstance(fact, tuple) else fact


def _pairs(pairs: Pairs, between: str = " ") -> list[str] | None:
    return [f"{name}{between}{text}".strip() for name, text in pairs] or None


COMMENT = Fact("comment", ("comment",), lambda one: one.comment)


# -- views


def _about_view(one: View, _: str, left: str, right: str) -> Question:
    return Question((one.schema, one.name), "view", left, right)


def _about_index(one: View, name: str, left: str, right: str) -> Question:
    return Question((one.schema, one.name), "index", left, right, name)


def _selected(one: View) -> str:
    columns = f"({', '.join(_pairs(one.columns) or [])}) as " if one.columns else ""
    return columns + one.definition


VIEW = (
    Fact("kind", ("kind",), lambda one: one.kind),
    Fact("definition", ("columns", "definition"), _selected, {"definition": _about_view}),
    Fact("options", ("options",), lambda one: _pairs(one.options, "=")),
    Fact(
        "indexes",
        ("indexes",),
        lambda one: [text for _, text in one.indexes] or None,
        {"indexes": _about_index},
    ),
    COMMENT,
)

# -- routines


def _signed(one: Routine) -> str:
    kind = "" if one.kind == "function" else f"{one.kind} "
    returns = f" returns {one.returns}" if one.returns else ""
    return f"{kind}{one.name}({one.arguments}){returns}"


def _about_body(one: Routine, _: str, left: str, right: str) -> Question:
    returns = f" RETURNS {one.returns}" if one.returns else ""
    head = f"({one.arguments}){returns} LANGUAGE {one.language} "
    kind: Form = "routine-procedure" if one.kind == "procedure" else "routine-function"
    return Question((one.schema, one.name), kind, head + left, head + right, one.name)


def _is_parsed(one: Routine) -> bool:
    """Whether the server keeps the body as it understood it; others are kept as they were written."""
    return one.language == "sql" and one.body.startswith(("BEGIN ATOMIC", "RETURN "))


def _promised(one: Routine) -> str | None:
    words = [*one.characteristics] + ["strict"] * one.strict + ["leakproof"] * one.leakproof
    words += [f"parallel {one.parallel}"] * (one.parallel != "unsafe")
    return ", ".join(words) or None


ROUTINE = (
    Fact(
        "definition",
        ("kind", "arguments", "returns", "language", "body"),
        lambda one: f"{_signed(one)} language {one.language}: {one.body.strip()}",
        {"body": _about_body},
        _is_parsed,
        lambda one, field: body_read(one) if field == "body" else getattr(one, field),
    ),
    _plain("volatility"),
    _plain("security_definer"),
    Fact("options", ("strict", "leakproof", "parallel", "characteristics"), _promised),
    Fact("settings", ("settings",), lambda one: list(one.settings) or None),
    COMMENT,
)

# -- triggers, row security, rules


def _fired(one: Trigger) -> str:
    columns = f" of {', '.join(one.columns)}" if one.columns else ""
    events = " or ".join(f"{event}{columns}" if event == "update" else event for event in one.events)
    words = [f"{one.timing} {events}", f"for each {one.level}"]
    words += [f"referencing {kind} table as {name}" for kind, name in one.transitions]
    words += [f"when ({one.when})"] if one.when else []
    words += [one.constraint] if one.constraint else []
    return " ".join(words)


def _run(one: Trigger) -> str:
    return one.body or f"{one.function}({', '.join(one.arguments)})"


def _about_when(one: Trigger, _: str, left: str, right: str) -> Question:
    return Question((one.schema, one.table), "trigger", left, right)


def _about_body_of_trigger(one: Trigger, _: str, left: str, right: str) -> Question:
    return Question((one.schema, one.table), "trigger-body", left, right)


TRIGGER = (
    Fact(
        "definition",
        ("timing", "events", "columns", "level", "transitions", "constraint", "when"),
        _fired,
        {"when": _about_when},
    ),
    Fact("function", ("function", "arguments", "body"), _run, {"body": _about_body_of_trigger}),
    Fact("order", ("follows",), lambda one: f"after {one.follows}" if one.follows else "first"),
    Fact("enabled", ("enabled",), lambda one: one.enabled or "enabled"),
    COMMENT,
)


def _about_policy(one: Policy, _: str, left: str, right: str) -> Question:
    return Question((one.schema, one.table), "policy", left, right)


def _admitted(one: Policy) -> str:
    using = [f"using ({one.using})"] if one.using is not None else []
    check = [f"with check ({one.check})"] if one.check is not None else []
    return " ".join(using + check) or "every row"


POLICY = (
    Fact("expression", ("using", "check"), _admitted, {"using": _about_policy, "check": _about_policy}),
    Fact(
        "command",
        ("command", "permissive"),
        lambda one: f"{'permissive' if one.permissive else 'restrictive'} for {one.command}",
    ),
    _plain("roles"),
    COMMENT,
)


def _about_rule(one: Extras, name: str, left: str, right: str) -> Question:
    return Question((one.schema, one.table), "rule", left, right, name)


EXTRAS = (
    Fact("row-security", ("row_security",), lambda one: one.row_security or "off"),
    Fact("rules", ("rules",), lambda one: [text for _, text in one.rules] or None, {"rules": _about_rule}),
)

# -- types


def _about_domain(one: Domain, _: str, left: str, right: str) -> Question:
    bare = left.removesuffix(NOT_VALID), right.removesuffix(NOT_VALID)
    return Question((one.schema, one.name), "domain", *bare, one.type)


def _about_domain_default(one: Domain, _: str, left: str, right: str) -> Question:
    return Question((one.schema, one.name), "domain-default", left, right, one.type)


def _typed(one: Domain) -> str:
    return one.type + (f" collate {one.collation}" if one.collation else "")


DOMAIN = (
    Fact("type", ("type", "collation"), _typed),
    Fact("default", ("default",), lambda one: one.default, {"default": _about_domain_default}),
    _plain("nullable"),
    Fact("checks", ("checks",), lambda one: _pairs(one.checks), {"checks": _about_domain}),
    COMMENT,
)
COMPOSITE_TYPE = (Fact("attributes", ("attributes",), lambda one: _pairs(one.attributes)), COMMENT)

# -- what belongs to no one table


def _gathered(one: Statistics) -> str:
    kinds = f"{', '.join(one.kinds)} " if one.kinds else ""
    return f"{kinds}on {', '.join(one.columns)} from {one.table}"


def _published(one: Publication) -> str:
    what = ["all tables"] if one.all_tables else _pairs(one.tables) or []
    what += [f"tables in schema {schema}" for schema in one.schemas]
    root = " via the root of partitions" if one.via_root else ""
    return f"{', '.join(one.operations) or 'nothing'} of {', '.join(what) or 'no table'}{root}"


def _noticed(one: EventTrigger) -> str:
    tags = f" when tag in ({', '.join(one.tags)})" if one.tags else ""
    return f"on {one.event}{tags} {one.function}()"


# -- whose it is, and who may use it


def _granted(one: Grant | DefaultPrivilege) -> list[str]:
    return [f"{p} with grant option" if p in one.grantable else p for p in one.privileges]


def _of_columns(columns: Pairs) -> list[str]:
    """As GRANT has them: `select (email, name)`."""
    names: dict[str, list[str]] = {}
    for privilege, column in columns:
        names.setdefault(privilege, []).append(column)
    return [f"{privilege} ({', '.join(own)})" for privilege, own in names.items()]


def _given(one: DefaultPrivilege) -> list[str]:
    return [*_granted(one), *(f"no {privilege}" for privilege in one.revoked)]


def _given_whole(one: DefaultPrivilege) -> str:
    return (
        f"{', '.join(one.revoked)} taken from {one.to}"
        if one.revoked
        else f"{', '.join(_given(one))} to {one.to}"
    )


def _clocked(one: ScheduledEvent) -> str:
    return f"{one.every}{' on completion preserve' if one.preserved else ''}: {one.body}"


FACTS: dict[type[Object], tuple[Fact, ...]] = {
    View: VIEW,
    Routine: ROUTINE,
    Trigger: TRIGGER,
    Policy: POLICY,
    Extras: EXTRAS,
    Domain: DOMAIN,
    CompositeType: COMPOSITE_TYPE,
    Statistics: (Fact("definition", ("table", "kinds", "columns"), _gathered), COMMENT),
    Publication: (
        Fact("definition", ("all_tables", "operations", "via_root", "tables", "schemas"), _published),
        COMMENT,
    ),
    EventTrigger: (
        Fact("definition", ("event", "tags", "function"), _noticed),
        Fact("enabled", ("enabled",), lambda one: one.enabled or "enabled"),
        COMMENT,
    ),
    ScheduledEvent: (
        Fact("definition", ("every", "preserved", "body"), _clocked),
        Fact("enabled", ("enabled",), lambda one: "enabled" if one.enabled else "disabled"),
        COMMENT,
    ),
    # Where nobody says it, both sides have it where the database has it: the scratch is laid out so.
    InstalledExtension: (_plain("schema"),),
    Schema: (COMMENT,),
    Grant: (
        Fact("privileges", ("privileges", "grantable"), _granted),
        Fact("columns", ("columns",), lambda one: _of_columns(one.columns) or None),
    ),
    Revocation: (),
    DefaultPrivilege: (Fact("privileges", ("privileges", "grantable", "revoked"), _given),),
    Owner: (Fact("role", ("role",), lambda one: one.role or None),),
}
_WHOLE: dict[type[Object], Callable[[Any], str]] = {
    View: lambda one: (
        f"{one.kind.replace('-', ' ')} of {', '.join(name for name, _ in one.columns) or one.definition}"
    ),
    Routine: _signed,
    Trigger: lambda one: f"{_fired(one)} {_run(one)}",
    Policy: lambda one: f"for {one.command} to {', '.join(one.roles)} {_admitted(one)}",
    Extras: lambda one: f"row security {one.row_security or 'off'}",
    Domain: _typed,
    CompositeType: lambda one: ", ".join(_pairs(one.attributes) or []),
    Statistics: _gathered,
    Publication: _published,
    EventTrigger: _noticed,
    ScheduledEvent: _clocked,
    InstalledExtension: lambda one: f"in schema {one.schema}",
    Schema: lambda one: f"schema {one.name}",
    Grant: lambda one: f"{', '.join([*one.privileges, *_of_columns(one.columns)])} to {one.role}",
    Revocation: lambda one: f"{one.privilege} taken from public",
    DefaultPrivilege: _given_whole,
    Owner: lambda one: one.role,
}
