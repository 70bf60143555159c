"""What a class is made of: its bases in order, which of them stand for tables, and which base they all share."""

from __future__ import annotations

import msgspec

from kedge.sources.code.facts import Class
from kedge.sources.code.names import AssignedRef, ClassRef, External, Found, Names
from kedge.sources.code.terms import Call, Const, Index, Name, Term

_MAKES_BASE = {"declarative_base", "automap_base", "generate_base"}
_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta", "AsyncAttrs"}
_ROOT_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta"}
_PLAIN = {
    "MappedAsDataclass", "AsyncAttrs", "object", "Generic", "Protocol", "ABC", "abc.ABC", "Enum", "NamedTuple",
}  # fmt: skip
_METACLASSES = {"DeclarativeMeta", "DeclarativeAttributeIntercept", "DCTransformDeclarative", "DefaultMeta"}
_MAPS = {"mapped", "mapped_as_dataclass"}
OURS = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy")


class Root(msgspec.Struct, frozen=True):
    """The base of mapped classes. `style` says by which rules they get their tables; `holder` is db or a registry."""

    path: str
    name: str
    style: str = "declarative"
    line: int | None = None
    schema: str | None = None
    schema_known: bool = True

    @property
    def key(self) -> str:
        return f"{self.path}:{self.name}"


class Ancestry(msgspec.Struct, frozen=True):
    """A class and its project bases, nearest first. `unknown` names the first base nobody can look into."""

    order: tuple[ClassRef, ...]
    root: Root | None = None
    unknown: str | None = None
    dataclass: bool = False


class Bases:
    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[ClassRef, Ancestry] = {}

    def of(self, ref: ClassRef) -> Ancestry:
        if ref not in self._known:
            self._known[ref] = Ancestry((ref,), unknown="itself")  # a circle
            self._known[ref] = self._read(ref)
        return self._known[ref]

    def _read(self, ref: ClassRef) -> Ancestry:
        cls = self.names.class_(ref)
        lines: list[list[ClassRef]] = []
        direct: list[ClassRef] = []
        root = self._own_root(ref, cls)
        unknown: str | None = None
        dataclass = any(_last(self.called(ref.path, d)) == "mapped_as_dataclass" for d in cls.decorators)
        for base in cls.bases:
            found, plain = self._base(ref.path, base)
            if isinstance(found, ClassRef) and found != ref:
                above = self.of(found)
                lines.append(list(above.order))
                direct.append(found)
                root = root or above.root
                unknown = unknown or above.unknown
                dataclass = dataclass or above.dataclass
            elif isinstance(found, Root):
                root = root or found
            elif plain == "MappedAsDataclass":
                dataclass = True
            elif plain is None:
                unknown = unknown or _spelled(base)
        return Ancestry((ref, *_merged([*lines, direct])), root, unknown, dataclass)

    def _base(self, path: str, base: Term) -> tuple[ClassRef | Root | None, str | None]:
        """What a base is; for one without tables of its own, the name it is known by."""
        if isinstance(base, Index):
            base = base.value
        if isinstance(base, Call):
            made = self.called(path, base)
            return (Root(path, f"line {base.line}"), None) if _last(made) in _MAKES_BASE else (None, None)
        if not isinstance(base, Name):
            return None, None
        if base.path in ("object", "Exception", "str", "int", "dict"):
            return None, base.path
        found = self.names.find(path, base.path)
        if found is None:
            return None, None
        target, rest = found.target, found.rest
        if isinstance(target, ClassRef) and not rest:
            return target, None
        if isinstance(target, External):
            return self._external(target)
        if isinstance(target, AssignedRef):
            return self._assigned(target, rest), None
        return None, None

    def _external(self, target: External) -> tuple[Root | None, str | None]:
        if target.name.startswith("sqlmodel") and target.last == "SQLModel":
            return Root("sqlmodel", "SQLModel", "sqlmodel"), None
        ours = target.package in OURS
        if (ours and (target.last in _BASES or target.last in _PLAIN)) or target.package in (
            "typing",
            "typing_extensions",
            "abc",
            "enum",
        ):
            return None, target.last
        return None, None

    def _assigned(self, target: AssignedRef, rest: tuple[str, ...]) -> Root | None:
        """`Base = declarative_base()`, `db.Model` of `db = SQLAlchemy()`."""
        given = self.names.given(target)
        if not isinstance(given, Call):
            return None
        made = _last(self.called(target.path, given))
        lines = self.names.assigned(target)
        line = lines[0].line if lines else None
        if rest == ("Model",) and self.is_flask(given, target.path):
            schema, known = self.schema_of(target.path, given.keywords.get("metadata"))
            return Root(
                target.path, target.name, "flask", line, schema, known and "model_class" not in given.keywords
            )
        if not rest and made in _MAKES_BASE:
            schema, known = self.schema_of(target.path, given.keywords.get("metadata"))
            if given.arguments or given.open_ended or "cls" in given.keywords:
                return None  # columns may come with it
            if made == "generate_base" and isinstance(given.function, Name):
                schema, known = self._of_registry(target.path, given.function.path.rpartition(".")[0])
            return Root(target.path, target.name, "declarative", line, schema, known)
        return None

    def _of_registry(self, path: str, name: str) -> tuple[str | None, bool]:
        found = self.names.find(path, name)
        given = self.names.given(found.target) if found and isinstance(found.target, AssignedRef) else None
        if not isinstance(given, Call) or found is None or found.rest:
            return None, False
        assert isinstance(found.target, AssignedRef)
        return self.schema_of(found.target.path, given.keywords.get("metadata"))

    def is_flask(self, call: Call, path: str) -> bool:
        """Whether a call makes Flask-SQLAlchemy's `db`, or a class of the project that extends it does."""
        found = self.names.find(path, call.function.path) if isinstance(call.function, Name) else None
        if found is None:
            return False
        if isinstance(found.target, ClassRef) and not found.rest:
            bases = self.names.class_(found.target).bases
            inner = Call(bases[0], (), {}, 0) if bases and isinstance(bases[0], Name) else None
            return inner is not None and self.is_flask(inner, found.target.path)
        return isinstance(found.target, External) and found.target.name.startswith("flask_sqlalchemy")

    def _own_root(self, ref: ClassRef, cls: Class) -> Root | None:
        """A class that is a base by itself: by DeclarativeBase, by its metaclass, or by a decorator."""
        direct = {self._plain(ref.path, base) for base in cls.bases}
        decorators = {_last(self.called(ref.path, d)) for d in cls.decorators}
        meta = cls.keywords.get("metaclass")
        metaclass = self._plain(ref.path, meta) if meta is not None else None
        if direct & _ROOT_BASES or metaclass in _METACLASSES or "as_declarative" in decorators:
            schema, known = self._schema_of_class(ref, cls)
            return Root(ref.path, ref.name, "declarative", cls.line, schema, known)
        if decorators & _MAPS:
            holder = next(d for d in cls.decorators if _last(self.called(ref.path, d)) in _MAPS)
            said = holder.function if isinstance(holder, Call) else holder
            registry = said.path.rpartition(".")[0] if isinstance(said, Name) else ""
            found = self.names.find(ref.path, registry) if registry else None
            if found and isinstance(found.target, AssignedRef):
                schema, known = self._of_registry(ref.path, registry)
                return Root(found.target.path, found.target.name, "mapped", cls.line, schema, known)
        return None

    def _plain(self, path: str, base: Term) -> str | None:
        found = self.names.find(path, base.path) if isinstance(base, Name) else None
        if found and isinstance(found.target, External) and found.target.package in OURS:
            return found.target.last
        return None

    def _schema_of_class(self, ref: ClassRef, cls: Class) -> tuple[str | None, bool]:
        own = [a for a in cls.assigned if a.name in ("metadata", "registry")]
        if not own:
            return None, True
        if len(own) > 1 or own[0].value is None or not own[0].certain:
            return None, False
        if own[0].name == "registry":
            given = own[0].value
            return self.schema_of(
                ref.path, given.keywords.get("metadata") if isinstance(given, Call) else given
            )
        return self.schema_of(ref.path, own[0].value)

    def schema_of(self, path: str, said: Term | None) -> tuple[str | None, bool]:
        """(schema, whether it is known) of a MetaData, by the call that makes it."""
        if said is None or said == Const(None):
            return None, True
        if isinstance(said, Name):
            constant = self.names.constant(path, said.path)
            return self.schema_of(*constant) if constant else (None, False)
        if isinstance(said, Call) and _last(self.called(path, said)) == "MetaData" and not said.open_ended:
            given = said.keywords.get("schema") or (said.arguments[0] if said.arguments else None)
            if given is None:
                return None, True
            value = self.names.value(path, given)
            return (value, True) if value is None or isinstance(value, str) else (None, False)
        return None, False

    # -- functions

    def called(self, path: str, said: Term) -> Found | None:
        """What is called, or named without a call."""
        function = said.function if isinstance(said, Call) else said
        if not isinstance(function, Name):
            return None
        found = self.names.find(path, function.path)
        if found is None or not isinstance(found.target, AssignedRef) or len(found.rest) != 1:
            return found
        given = self.names.given(found.target)
        if isinstance(given, Call) and self.is_flask(given, found.target.path):
            return Found(External(f"sqlalchemy.{found.rest[0]}"))
        if isinstance(given, Call) and _last(self.called(found.target.path, given)) == "registry":
            return Found(External(f"sqlalchemy.registry.{found.rest[0]}"))
        return found

    def ours(self, path: str, said: Term) -> str | None:
        """The last name of a function or class of SQLAlchemy and its kin; None for anybody else's."""
        found = self.called(path, said)
        if found and isinstance(found.target, External) and found.target.package in OURS and not found.rest:
            return found.target.last
        return None


def _last(found: Found | None) -> str | None:
    if found is None or found.rest or not isinstance(found.target, External):
        return None
    return found.target.last if found.target.package in OURS else None


def _spelled(base: Term) -> str:
    if isinstance(base, Call):
        base = base.function
    return base.path if isinstance(base, Name) else "a computed base"


def _merged(lines: list[list[ClassRef]]) -> list[ClassRef]:
    """Python's order of bases (C3); where there is none, depth first."""
    rest = [list(line) for line in lines if line]
    order: list[ClassRef] = []
    while rest:
        for line in rest:
            head = line[0]
            if not any(head in other[1:] for other in rest):
                break
        else:
            return list(dict.fromkeys(ref for line in lines for ref in line))
        order.append(head)
        rest = [line[1:] if line[0] == head else line for line in rest]
        rest = [line for line in rest if line]
    return order
