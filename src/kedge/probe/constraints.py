"""Constraints and indexes as the dialect would create them."""

# mypy: ignore-errors

from __future__ import annotations

import re

from sqlalchemy import exc, schema

from .reasons import failure

_CONCURRENTLY = re.compile(r"^(\s*CREATE (?:UNIQUE )?INDEX )CONCURRENTLY ", re.I)


def constraints_of(table):
    """All constraints of a table, those given inside a Column too, in a stable order."""
    found = [table.primary_key] if table.primary_key is not None and len(table.primary_key.columns) else []
    rest = [c for c in table.constraints if not isinstance(c, schema.PrimaryKeyConstraint)]
    inner = [c for column in table.columns for c in column.constraints if c not in table.constraints]
    return found + sorted(rest + inner, key=_creation_order)


def _creation_order(constraint):
    return getattr(constraint, "_creation_order", 0)


def is_created(constraint, speller):
    """Whether the dialect would create it (`ddl_if`, CHECKs of Enum and Boolean that need none there)."""
    rule = getattr(constraint, "_create_rule", None)
    if _is_of_earlier_creation(rule):
        rule = constraint._create_rule = None
    if hasattr(constraint, "_should_create_for_compiler"):
        return constraint._should_create_for_compiler(speller.ddl)
    return rule is None or bool(rule(speller.ddl))


def _is_of_earlier_creation(rule):
    """AddConstraint, which `create_all` uses for `use_alter`, turns its constraint off for CREATE TABLE."""
    name = getattr(rule, "name", None) or getattr(rule, "__name__", None)
    return name == "_create_rule_disable"


def is_index_created(index, speller):
    condition = getattr(index, "_ddl_if", None)
    if condition is None:
        return True
    return condition._should_execute(schema.CreateIndex(index), index, None, compiler=speller.ddl)


def described_constraint(constraint, speller):
    """The constraint as a dict, or None where the dialect would not create it."""
    answer = {"kind": _kind(constraint), "name": None, "sql": None}
    try:
        if not is_created(constraint, speller):
            return None
        answer["columns"] = [str(c.name) for c in _columns(constraint)]
        answer["type_bound"] = bool(getattr(constraint, "_type_bound", False))
        answer["comment"] = getattr(constraint, "comment", None)
        answer["deferrable"] = getattr(constraint, "deferrable", None)
        answer["initially"] = getattr(constraint, "initially", None)
        answer["options"] = options_of(constraint, speller.dialect.name)
        answer["not_valid"] = bool(answer["options"].pop("not_valid", False))
        if isinstance(constraint, schema.ForeignKeyConstraint):
            answer.update(_references(constraint))
        if isinstance(constraint, schema.CheckConstraint):
            answer["expression"] = speller.expression(constraint.sqltext)
        answer["name"] = speller.name(constraint)
        answer["sql"] = _addition(constraint, answer, speller)
    except Exception as error:
        found = failure(error)
        answer["error"] = found["reason"]
    return answer


def _kind(constraint):
    if isinstance(constraint, schema.PrimaryKeyConstraint):
        return "primary-key"
    if isinstance(constraint, schema.ForeignKeyConstraint):
        return "foreign-key"
    if constraint.__visit_name__ == "exclude_constraint":
        return "exclusion"
    if isinstance(constraint, schema.UniqueConstraint):
        return "unique"
    if isinstance(constraint, schema.CheckConstraint):
        return "check"
    return str(constraint.__visit_name__)


def _columns(constraint):
    if isinstance(constraint, schema.ForeignKeyConstraint):
        return [e.parent for e in constraint.elements]
    return list(getattr(constraint, "columns", ()))


def options_of(part, dialect_name):
    """The dialect's own options that were given, as text or booleans."""
    try:
        given = part.dialect_options[dialect_name]
    except Exception:
        return {}
    options = {}
    for key in given:
        value = given[key]
        if value is None or value is False or value == {} or value == []:
            continue
        options[str(key)] = value if isinstance(value, bool) else _spelled(value)
    return options


def _spelled(value):
    if isinstance(value, (list, tuple)):
        return ", ".join(_spelled(v) for v in value)
    if isinstance(value, dict):
        return ", ".join("%s=%s" % (k, _spelled(v)) for k, v in value.items())
    return str(value.name) if isinstance(value, schema.Column) else str(value)


def _references(constraint):
    return {
        "target": target_of(constraint),
        "on_update": constraint.onupdate,
        "on_delete": constraint.ondelete,
        "match": constraint.match,
    }


def target_of(constraint):
    """Schema, table and columns a foreign key points to, also where that table is declared nowhere."""
    elements = list(constraint.elements)
    try:
        columns = [e.column for e in elements]
        table = columns[0].table
        return {"schema": table.schema, "table": str(table.name), "columns": [str(c.name) for c in columns]}
    except exc.SQLAlchemyError:
        namespace, table, _ = _tokens(elements[0])
        return {
            "schema": namespace,
            "table": table,
            "columns": [_tokens(e)[2] or str(e.parent.name) for e in elements],
        }


def _tokens(element):
    found = getattr(element, "target_tokens", None) or element._column_tokens
    table_schema, table, column = found
    if table_schema is None and element.parent.table is not None:
        table_schema = element.parent.table.metadata.schema
    return table_schema, str(table), column


def _addition(constraint, answer, speller):
    """What follows `ALTER TABLE t ADD`, with a placeholder name where the code gives none."""
    try:
        text = speller.unlimited(lambda: speller.ddl.process(constraint))
    except (exc.NoReferenceError, exc.InvalidRequestError):
        if answer["kind"] != "foreign-key":
            raise
        text = _foreign_key(constraint, answer, speller)
    text = (text or "").strip()
    if not text:  # the dialect says it elsewhere, as SQLite an autoincrement key in its column
        return ""
    if answer["name"] is None:
        return "CONSTRAINT %s %s" % (speller.placeholder(), text)
    return text


def _foreign_key(constraint, answer, speller):
    """A foreign key to a table that is declared nowhere, which SQLAlchemy refuses to compile."""
    quote, target = speller.preparer.quote, answer["target"]
    table = quote(target["table"])
    if target["schema"]:
        table = "%s.%s" % (speller.preparer.quote_schema(target["schema"]), table)
    name = "CONSTRAINT %s " % quote(answer["name"]) if answer["name"] else ""
    text = "%sFOREIGN KEY(%s) REFERENCES %s (%s)" % (
        name,
        ", ".join(quote(c) for c in answer["columns"]),
        table,
        ", ".join(quote(c) for c in target["columns"]),
    )
    text += speller.ddl.define_constraint_match(constraint)
    text += speller.ddl.define_constraint_cascades(constraint)
    text += speller.ddl.define_constraint_deferrability(constraint)
    return text + (" NOT VALID" if answer["not_valid"] else "")


def described_index(index, speller):
    """The index as a dict, or None where the dialect would not create it."""
    answer = {"name": None, "sql": None, "unique": bool(index.unique)}
    try:
        if not is_index_created(index, speller):
            return None
        keys = [e.name if isinstance(e, schema.Column) else None for e in index.expressions]
        answer["keys"] = [None if k is None else str(k) for k in keys]
        answer["plain"] = bool(keys) and None not in keys
        answer["name"] = speller.name(index)
        answer["sql"] = _creation(index, answer["name"], speller)
        place = options_of(index, speller.dialect.name).get("tablespace")
        if place:
            answer["tablespace"] = place
            answer["sql"] = answer["sql"].replace(" TABLESPACE %s" % speller.preparer.quote(place), "", 1)
    except Exception as error:
        answer["error"] = failure(error)["reason"]
    return answer


def _creation(index, name, speller):
    own = index.name
    if name is None:
        index.name = speller.placeholder()
    try:
        text = speller.unlimited(lambda: speller.ddl.process(schema.CreateIndex(index)))
    finally:
        index.name = own
    return _CONCURRENTLY.sub(r"\1", " ".join(text.split("\n"))).strip()
