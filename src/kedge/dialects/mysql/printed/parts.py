"""Printed keys, indexes, checks and foreign keys."""

from __future__ import annotations

from kedge.catalog import Action, Check, ForeignKey, Index, IndexKey, PrimaryKey, Unique
from kedge.dialects.mysql.printed.line import Line, NotUnderstood
from kedge.dialects.mysql.printed.setting import Setting
from kedge.dialects.mysql.words import name_of, string_of

# InnoDB knows no other way to refuse: NO ACTION, RESTRICT and nothing are one.
# https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html#foreign-key-referential-actions
ACTIONS: dict[str, Action] = {
    "NO ACTION": "no action",
    "RESTRICT": "no action",
    "CASCADE": "cascade",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_METHODS = {"FULLTEXT": "fulltext", "SPATIAL": "spatial"}


def read_primary_key(said: Line, setting: Setting) -> PrimaryKey:
    keys = _keys(said, setting)
    _options(said)
    return PrimaryKey(name="PRIMARY", columns=tuple(k.column or "" for k in keys))


def read_index(said: Line, setting: Setting) -> Unique | Index:
    kind = said.take().upper() if said.next_upper() in ("UNIQUE", *_METHODS) else ""
    if not (said.skip("KEY") or said.skip("INDEX")):
        raise NotUnderstood(said.line)
    name = name_of(said.take())
    method = _METHODS.get(kind, "btree")
    keys = _keys(said, setting)
    options = _options(said)
    method = options.pop("using", method)
    comment = options.pop("comment", None)
    ignored = bool(options.pop("ignored", ""))
    columns = tuple(k.column for k in keys if k.column)
    plain = all(k.column and not (k.descending or k.length or k.expression) for k in keys)
    if kind == "UNIQUE" and plain and method == "btree" and not (options or ignored):
        return Unique(name, columns, comment=comment)
    return Index(
        name=name,
        keys=keys,
        unique=kind == "UNIQUE",
        method=method,
        options=tuple(f"{k}={v}" if v else k for k, v in sorted(options.items())),
        columns=columns,
        comment=comment,
        ignored=ignored,
    )


def _keys(said: Line, setting: Setting) -> tuple[IndexKey, ...]:
    """(`a`,`b`(10) DESC,(lower(`c`)))"""
    inner = Line("")
    inner.line, inner.words = said.line, said.group()
    inner.begin()
    found = []
    while inner.next():
        column = expression = length = None
        if inner.next() == "(":
            expression = setting.expression(" ".join(inner.group()))
        else:
            column = name_of(inner.take())
            if inner.next() == "(":
                length = int(inner.group()[0])
        descending = inner.skip("DESC")
        inner.skip("ASC")
        if inner.skip("WITHOUT", "OVERLAPS"):
            expression, column = f"{column} without overlaps", None
        found.append(
            IndexKey(
                column=column,
                expression=expression,
                descending=descending,
                nulls_first=descending,
                length=length,
            )
        )
        if inner.next() and inner.take() != ",":
            raise NotUnderstood(said.line)
    return tuple(found)


def _options(said: Line) -> dict[str, str]:
    found: dict[str, str] = {}
    while said.next():
        if said.skip("USING"):
            found["using"] = said.take().lower()
        elif said.skip("COMMENT"):
            found["comment"] = string_of(said.take())
        elif said.skip("IGNORED") or said.skip("INVISIBLE"):
            found["ignored"] = "yes"
        elif said.skip("WITH", "PARSER"):
            found["parser"] = name_of(said.take())
        else:
            name = name_of(said.take()).lower()
            if not said.skip("="):
                raise NotUnderstood(said.line)
            found[name] = name_of(said.take())
    return found


def read_check(name: str, said: Line, setting: Setting) -> Check:
    expression = setting.expression(said.enclosed())
    enforced = not said.skip("NOT", "ENFORCED")
    return Check(name, expression, enforced=enforced)


def read_foreign_key(name: str, said: Line, setting: Setting) -> ForeignKey:
    columns = tuple(name_of(w) for w in said.group() if w != ",")
    said.demand("REFERENCES")
    schema, table = setting.schema, name_of(said.take())
    if said.skip("."):
        schema, table = table, name_of(said.take())
        schema = setting.names.get(schema, schema)
    targets = tuple(name_of(w) for w in said.group() if w != ",")
    actions: dict[str, Action] = {}
    while said.skip("ON"):
        event = said.take().upper()
        action = said.take().upper()
        if action in ("SET", "NO"):
            action += " " + said.take().upper()
        if event not in ("DELETE", "UPDATE") or action not in ACTIONS:
            raise NotUnderstood(said.line)
        actions[event] = ACTIONS[action]
    if said.next():
        raise NotUnderstood(said.line)
    return ForeignKey(
        name=name,
        columns=columns,
        target_schema=schema,
        target_table=table,
        target_columns=targets,
        on_update=actions.get("UPDATE", "no action"),
        on_delete=actions.get("DELETE", "no action"),
    )
