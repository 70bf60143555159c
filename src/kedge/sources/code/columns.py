"""What the text says of one column: its name, type word, nullability and whether it is a key."""

from __future__ import annotations

import msgspec

from kedge.sources.code.annotations import Annotations
from kedge.sources.code.bases import Bases
from kedge.sources.code.facts import Assigned
from kedge.sources.code.names import STANDARD, External, Unknown
from kedge.sources.code.terms import Attribute, Call, Const, Entries, Index, Name, Term
from kedge.sources.code.values import CodeColumn

_COLUMN = {"Column", "mapped_column"}
_NOT_COLUMNS = {
    "relationship", "relation", "dynamic_loader", "synonym", "association_proxy", "hybrid_property",
    "query_expression", "Relationship", "backref", "aliased", "select", "func", "case", "and_", "or_", "text",
    "literal", "validates", "registry", "MetaData", "PrivateAttr", "Index", "UniqueConstraint", "CheckConstraint",
    "ForeignKeyConstraint", "PrimaryKeyConstraint", "Sequence", "Enum",
}  # fmt: skip
_ITEMS = {
    "ForeignKey", "Sequence", "Identity", "Computed", "CheckConstraint", "FetchedValue", "DefaultClause",
}  # fmt: skip


class Reading(msgspec.Struct, frozen=True):
    """An attribute of a class: a column, plainly none, or (`unsure`) perhaps one."""

    column: CodeColumn | None = None
    unsure: bool = False


NOTHING = Reading()
UNSURE = Reading(unsure=True)


class Columns:
    def __init__(self, bases: Bases) -> None:
        self.bases = bases
        self.names = bases.names
        self.annotations = Annotations(bases)

    def of_attribute(self, path: str, one: Assigned, style: str) -> Reading:
        """The column that `name: annotation = value` makes in a class of this style."""
        if one.name.startswith("__"):
            return NOTHING
        if style == "sqlmodel":
            return self._of_field(path, one)
        if one.annotation is not None:
            return self._annotated(path, one)
        if isinstance(one.value, Const):
            return NOTHING
        return self.of_value(path, one.name, one.value, one.line) if one.value is not None else UNSURE

    def of_value(self, path: str, name: str | None, value: Term, line: int) -> Reading:
        """`Column(…)`, alone or wrapped; what calls something unknown may be one."""
        if isinstance(value, Call):
            return self._called(path, name, value, line)
        if isinstance(value, Name):
            constant = self.names.constant(path, value.path)
            if constant and isinstance(constant[1], Call):
                return UNSURE
            return NOTHING if constant else UNSURE
        return UNSURE if isinstance(value, Attribute | Index) else NOTHING

    def _called(self, path: str, name: str | None, value: Call, line: int) -> Reading:
        function = self.bases.ours(path, value)
        if function in _COLUMN:
            return self.column(path, name, value, None, line)
        if function in ("deferred", "column_property"):
            first = value.arguments[0] if value.arguments else None
            if isinstance(first, Call) and self.bases.ours(path, first) in _COLUMN:
                return self.column(path, name, first, None, line)
            return NOTHING if function == "column_property" else UNSURE
        if function in _NOT_COLUMNS:
            return NOTHING
        found = self.bases.called(path, value)
        standard = found and isinstance(found.target, External) and found.target.package in STANDARD
        return NOTHING if standard else UNSURE

    def _annotated(self, path: str, one: Assigned) -> Reading:
        inner = self.annotations.mapped(path, one.annotation)
        if inner is None:
            if isinstance(one.value, Call):
                return self._called(path, one.name, one.value, one.line)
            return NOTHING if self.annotations.is_plain(path, one.annotation) else UNSURE
        if one.value is None and self.annotations.is_collection(inner):
            return UNSURE
        optional = self.annotations.optional(path, inner)
        if one.value is None:
            known = isinstance(optional, bool)
            nullable = optional if isinstance(optional, bool) else None
            key = False if known else None
            return Reading(CodeColumn(one.name, path, one.line, one.name, nullable, key))
        if not isinstance(one.value, Call):
            return UNSURE
        function = self.bases.ours(path, one.value)
        if function in _COLUMN:
            return self.column(path, one.name, one.value, optional, one.line)
        if function in (None, "composite"):
            return UNSURE
        return self._called(path, one.name, one.value, one.line)

    def column(
        self, path: str, attribute: str | None, call: Call, optional: bool | Unknown | None, line: int
    ) -> Reading:
        """`optional` is what a Mapped annotation says; None without one."""
        arguments = list(call.arguments)
        given = call.keywords.get("name", Const(None))
        first = arguments[0] if arguments else None
        texts = isinstance(first, Const | Name) and isinstance(self.names.value(path, first), str)
        if texts or isinstance(first, Const):
            given = arguments.pop(0)
        name = attribute if given == Const(None) else self.names.value(path, given)
        if not isinstance(name, str) or call.open_ended:
            return UNSURE
        functions = [self.bases.ours(path, a) for a in arguments]
        key = self._flag(path, call, "primary_key", False)
        if isinstance(optional, Unknown) and "primary_key" not in call.keywords:
            key = None
        nullable = self._nullable(path, call, functions, key, optional)
        return Reading(
            CodeColumn(
                name, path, line, attribute, nullable, key, self._type(path, arguments, functions, call)
            )
        )

    def _nullable(
        self,
        path: str,
        call: Call,
        functions: list[str | None],
        key: bool | None,
        optional: bool | Unknown | None,
    ) -> bool | None:
        if "nullable" in call.keywords:
            return self._flag(path, call, "nullable", None)
        if "Identity" in functions:
            return False
        if None in functions[1:] or key is None or isinstance(optional, Unknown):
            return None
        return False if key else optional is None or optional

    def _flag(self, path: str, call: Call, name: str, nothing: bool | None) -> bool | None:
        if name not in call.keywords:
            return nothing
        value = self.names.value(path, call.keywords[name])
        return value if isinstance(value, bool) else None

    def _type(self, path: str, arguments: list[Term], functions: list[str | None], call: Call) -> str | None:
        """The type's class, where it is written here and is SQLAlchemy's own."""
        said = call.keywords.get("type_") or (arguments[0] if arguments else None)
        if said is None or (functions and functions[0] in _ITEMS and "type_" not in call.keywords):
            return None
        found = self.bases.called(path, said)
        if found and isinstance(found.target, External) and not found.rest:
            word = found.target.last
            return (
                word
                if found.target.package == "sqlalchemy" and word[:1].isupper() and word not in _ITEMS
                else None
            )
        return None

    def _of_field(self, path: str, one: Assigned) -> Reading:
        """A field of a SQLModel table; nullability only where its type and its default say the same."""
        if one.annotation is None or one.name.startswith("_"):
            return NOTHING
        if self.annotations.is_class_variable(one.annotation):
            return NOTHING
        optional = self.annotations.optional(path, one.annotation)
        said = optional if isinstance(optional, bool) else None
        plain = CodeColumn(one.name, path, one.line, one.name)
        if one.value is None:
            return Reading(msgspec.structs.replace(plain, nullable=said, primary_key=False))
        call = one.value
        if not isinstance(call, Call):
            return Reading(msgspec.structs.replace(plain, nullable=said or None, primary_key=False))
        function = self.bases.ours(path, call)
        if function == "Relationship":
            return NOTHING
        if function != "Field" or call.open_ended:
            return UNSURE
        if inner := call.keywords.get("sa_column"):
            return self.of_value(path, one.name, inner, one.line)
        if "sa_column_args" in call.keywords:
            return UNSURE
        if more := call.keywords.get("sa_column_kwargs"):
            return _with_more(plain, more)
        key = self._flag(path, call, "primary_key", False)
        if "nullable" in call.keywords:
            return Reading(
                msgspec.structs.replace(
                    plain, nullable=self._flag(path, call, "nullable", None), primary_key=key
                )
            )
        without_default = not call.arguments and not {"default", "default_factory"} & call.keywords.keys()
        plainly = key is False and (said or without_default)
        nullable = said if plainly else None
        return Reading(msgspec.structs.replace(plain, nullable=nullable, primary_key=key))


def _with_more(column: CodeColumn, more: Term) -> Reading:
    """A column that is given arguments of SQLAlchemy's: only a name among them would make it another one."""
    if not isinstance(more, Entries) or more.open_ended:
        return UNSURE
    given = [key.value if isinstance(key, Const) else None for key, _ in more.items]
    if None in given or "name" in given:
        return UNSURE
    return Reading(msgspec.structs.replace(column, nullable=None, primary_key=None))
