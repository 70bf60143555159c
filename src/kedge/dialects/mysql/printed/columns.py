"""A printed column."""

from __future__ import annotations

from kedge.catalog import Check, Column, Computed, Counter, Identity
from kedge.dialects.mysql.printed.line import Line, NotUnderstood
from kedge.dialects.mysql.printed.parts import read_check
from kedge.dialects.mysql.printed.setting import Setting, collation_name
from kedge.dialects.mysql.words import name_of, string_of

_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_COLUMN_WORDS = {
    "NOT", "NULL", "DEFAULT", "AUTO_INCREMENT", "COMMENT", "CHARACTER", "COLLATE", "GENERATED", "INVISIBLE",
    "CHECK", "ON", "COMPRESSED", "WITHOUT", "SRID", "COLUMN_FORMAT", "STORAGE",
}  # fmt: skip


def read_column(said: Line, setting: Setting, collation_of_table: str) -> tuple[Column, tuple[Check, ...]]:
    """The column, and the check that stands beside it."""
    name = name_of(said.take())
    type_ = _type(said)
    charset = collation = default = on_update = comment = None
    nullable, numbered, invisible = True, False, False
    computed: Computed | None = None
    extras: list[str] = []
    checks: list[Check] = []
    while said.next():
        if said.skip("NOT", "NULL"):
            nullable = False
        elif said.skip("NULL"):
            pass
        elif said.skip("CHARACTER", "SET"):
            charset = collation_name(said.take())
        elif said.skip("COLLATE"):
            collation = collation_name(said.take())
        elif said.skip("GENERATED", "ALWAYS", "AS", "ROW"):
            extras.append("row " + said.take().lower())
        elif said.skip("GENERATED", "ALWAYS", "AS"):
            expression = setting.expression(said.enclosed())
            stored = said.skip("STORED") or said.skip("PERSISTENT")
            computed = Computed(expression, stored or not said.skip("VIRTUAL"))
        elif said.skip("INVISIBLE"):
            invisible = True
        elif said.skip("AUTO_INCREMENT"):
            numbered = True
        elif said.skip("DEFAULT"):
            default = _default(said, setting)
        elif said.skip("ON", "UPDATE"):
            on_update = _default(said, setting)
        elif said.skip("COMMENT"):
            comment = string_of(said.take()) or None
        elif said.skip("CHECK"):
            checks.append(read_check(name, said, setting))
        elif said.skip("WITHOUT", "SYSTEM", "VERSIONING"):
            extras.append("without system versioning")
        elif said.skip("COMPRESSED"):
            extras.append("compressed")
        elif said.skip("SRID") or said.skip("REF_SYSTEM_ID", "="):
            extras.append(f"srid {said.take()}")
        else:
            raise NotUnderstood(said.line)
    if extras:
        type_ = " ".join((type_, *extras))
    own = collation or (setting.defaults.get(charset) if charset else None)
    column = Column(
        name=name,
        type=type_,
        nullable=nullable,
        default=None if default == "NULL" else default,
        identity=Identity("auto_increment", Counter(type="")) if numbered else None,
        computed=computed,
        collation=own if own != collation_of_table else None,
        comment=comment,
        on_update=on_update,
        invisible=invisible,
    )
    return column, tuple(checks)


def _type(said: Line) -> str:
    """The type as both flavours spell it: display widths say nothing, but for TINYINT(1) and ZEROFILL.

    https://dev.mysql.com/doc/refman/8.0/en/numeric-type-attributes.html
    """
    base = said.take().lower()
    if base == "double":
        said.skip("PRECISION")
    arguments = ""
    if said.next() == "(":
        arguments = "(" + ",".join(w for w in said.group() if w != ",") + ")"
    unsigned, zerofill = said.skip("UNSIGNED"), said.skip("ZEROFILL")
    keeps = zerofill or (base == "tinyint" and arguments == "(1)")
    if (base in _INTEGERS and not keeps) or base == "year":
        arguments = ""
    return base + arguments + (" unsigned" if unsigned else "") + (" zerofill" if zerofill else "")


def _default(said: Line, setting: Setting) -> str:
    """A literal, or an expression with or without parentheses around it."""
    start = said.at
    if said.next() == "(":
        said.group()
    else:
        said.take()
        while said.next() and said.next_upper() not in _COLUMN_WORDS:
            if said.next() == "(":
                said.group()
            else:
                said.take()
    return setting.expression(said.text(start))
