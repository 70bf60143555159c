"""What an annotation says of a column: whether it maps one, and whether it may be None."""

from __future__ import annotations

from kedge.sources.code.bases import Bases
from kedge.sources.code.names import STANDARD, UNKNOWN, AssignedRef, ClassRef, External, Unknown
from kedge.sources.code.terms import Call, Const, Either, Index, Items, Name, Term

_MAPPED = {"Mapped", "WriteOnlyMapped", "DynamicMapped"}
_BUILTIN = {"str", "int", "float", "bool", "bytes", "dict", "list", "set", "tuple", "object"}
_COLLECTIONS = {"list", "List", "set", "Set"}
_GENERIC = _BUILTIN | {"Dict", "List", "Set", "Sequence", "Mapping"}
_DEEPEST = 6


class Annotations:
    def __init__(self, bases: Bases) -> None:
        self.bases = bases
        self.names = bases.names

    def mapped(self, path: str, annotation: Term | None) -> Term | None:
        """What stands within Mapped[…]."""
        if isinstance(annotation, Index) and self.bases.ours(path, annotation.value) in _MAPPED:
            return annotation.index
        return None

    def is_plain(self, path: str, annotation: Term | None) -> bool:
        """An annotation that certainly is no Mapped[…]: ClassVar, or anything of Python's own."""
        outer = annotation.value if isinstance(annotation, Index) else annotation
        if not isinstance(outer, Name):
            return False
        if outer.path in _BUILTIN:
            return True
        found = self.names.find(path, outer.path)
        if found is None or not isinstance(found.target, External):
            return False
        return found.target.package in STANDARD or found.target.package == "typing_extensions"

    def is_class_variable(self, annotation: Term | None) -> bool:
        outer = annotation.value if isinstance(annotation, Index) else annotation
        return isinstance(outer, Name) and outer.path.rpartition(".")[2] == "ClassVar"

    def is_collection(self, inner: Term) -> bool:
        return isinstance(inner, Index) and isinstance(inner.value, Name) and inner.value.path in _COLLECTIONS

    def optional(self, path: str, inner: Term | None, depth: int = 0) -> bool | Unknown:
        """Whether None is allowed; UNKNOWN also where an Annotated brings a column of its own."""
        if depth > _DEEPEST or inner is None:
            return UNKNOWN
        if isinstance(inner, Either):
            return _any([self.optional(path, part, depth + 1) for part in inner.parts])
        if isinstance(inner, Const):
            return True if inner.value is None else UNKNOWN
        if isinstance(inner, Index) and isinstance(inner.value, Name):
            return self._subscripted(path, inner.value.path, inner.index, depth)
        if isinstance(inner, Name):
            return False if inner.path in _BUILTIN else self._named(path, inner.path, depth)
        return UNKNOWN

    def _named(self, path: str, dotted: str, depth: int) -> bool | Unknown:
        found = self.names.find(path, dotted)
        if found is None or found.rest:
            return UNKNOWN
        target = found.target
        if isinstance(target, External):
            plain = target.package in STANDARD and target.package != "typing"
            return False if plain else UNKNOWN
        if isinstance(target, ClassRef):
            return False
        if isinstance(target, AssignedRef) and isinstance(given := self.names.given(target), Index | Either):
            return self.optional(target.path, given, depth + 1)
        return UNKNOWN

    def _subscripted(self, path: str, name: str, index: Term, depth: int) -> bool | Unknown:
        outer = name.rpartition(".")[2]
        parts = index.items if isinstance(index, Items) else (index,)
        if outer == "Optional":
            inner = self.optional(path, index, depth + 1)
            return UNKNOWN if isinstance(inner, Unknown) and self._is_alias(path, index) else True
        if outer == "Union":
            return _any([self.optional(path, part, depth + 1) for part in parts])
        if outer == "Annotated":
            brings = any(isinstance(part, Call | Name) for part in parts[1:])
            return UNKNOWN if brings else self.optional(path, parts[0], depth + 1)
        return False if outer in _GENERIC else UNKNOWN

    def _is_alias(self, path: str, said: Term) -> bool:
        """A name that may stand for an Annotated with a column."""
        if not isinstance(said, Name) or said.path in _BUILTIN:
            return False
        found = self.names.find(path, said.path)
        return found is None or isinstance(found.target, AssignedRef)


def _any(sides: list[bool | Unknown]) -> bool | Unknown:
    if any(one is True for one in sides):
        return True
    return UNKNOWN if any(isinstance(one, Unknown) for one in sides) else False
