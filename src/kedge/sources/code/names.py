"""Follows names through modules: what a dotted name in one file is, as far as the text of the project tells."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

import msgspec

from kedge.sources.code.facts import Assigned, Class, FileFacts, Function, Import
from kedge.sources.code.terms import Call, Const, Join, Name, Term

_DEEPEST = 24
_ROOTS = ("src", "lib", "app", "backend", "server", "api")


class Unknown:
    """What only running the code would tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class ClassRef(msgspec.Struct, frozen=True):
    path: str
    name: str


class External(msgspec.Struct, frozen=True):
    """Something of another package: `sqlalchemy.orm.Mapped`."""

    name: str

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


class Found(msgspec.Struct, frozen=True):
    """Where a name led: to a class, a module's own name, another package's; `rest` is what follows it."""

    target: ClassRef | External | AssignedRef | FunctionRef | ModuleRef
    rest: tuple[str, ...] = ()


class AssignedRef(msgspec.Struct, frozen=True):
    path: str
    name: str


class FunctionRef(msgspec.Struct, frozen=True):
    path: str
    name: str


class ModuleRef(msgspec.Struct, frozen=True):
    path: str


class _Module:
    """The names of one file, each with all that it is bound to."""

    def __init__(self, facts: FileFacts) -> None:
        self.facts = facts
        self.bound: dict[str, list[Import | Class | Function | Assigned]] = defaultdict(list)
        self.stars: list[Import] = []
        for one in facts.imports:
            if one.attribute == "*":
                self.stars.append(one)
            elif one.name:
                self.bound[one.name].append(one)
        for assigned in facts.assigned:
            self.bound[assigned.name].append(assigned)
        for function in facts.functions:
            self.bound[function.name].append(function)
        self.classes: dict[str, Class] = {}
        for cls in facts.classes:
            self.classes[cls.name] = cls
            if "." not in cls.name:
                self.bound[cls.name].append(cls)


class Names:
    """All files of the project by path, and what their names lead to."""

    def __init__(self, files: Mapping[str, FileFacts]) -> None:
        self.modules = {path: _Module(facts) for path, facts in files.items()}
        self.paths: dict[str, list[str]] = defaultdict(list)
        self.by_path: dict[str, str] = {}
        self._known: dict[tuple[str, str], Found | None] = {}

    def add_paths(self, paths: list[str], above: str = "") -> None:
        """Every file there is, parsed or not: what `import a.b` may mean. `above` is the package the root is."""
        every = set(paths)
        for path in paths:
            names = module_names(path, every, above)
            self.by_path[path] = names[0]
            for name in names:
                self.paths[name].append(path)

    def class_(self, ref: ClassRef) -> Class:
        return self.modules[ref.path].classes[ref.name]

    def find(self, path: str, dotted: str, depth: int = 0) -> Found | None:
        """What a dotted name of a file is; None where the text does not tell."""
        key = path, dotted
        if key not in self._known:
            self._known[key] = None  # a circle leads nowhere
            self._known[key] = self._find(path, dotted, depth)
        return self._known[key]

    def _find(self, path: str, dotted: str, depth: int) -> Found | None:
        if depth > _DEEPEST:
            return None
        root, *rest = dotted.split(".")
        module = self.modules.get(path)
        if module is None:
            return None
        bound = module.bound.get(root)
        if not bound:
            for star in module.stars:
                if found := self._in_import(path, star, root, rest, depth):
                    return found
            return None
        if len(bound) == 1:
            return self._of_binding(path, bound[0], rest, depth)
        return self._agreed([self._of_binding(path, one, rest, depth) for one in bound], bound)

    def _agreed(
        self, found: list[Found | None], bound: list[Import | Class | Function | Assigned]
    ) -> Found | None:
        """Several bindings are one where they lead to one thing: imports tried in turn, or for type checkers."""
        real = [f for f, b in zip(found, bound, strict=True) if not getattr(b, "checking", False)] or found
        first = real[0]
        if first is None:
            return None
        if all(other == first for other in real):
            return first
        externals = [f.target for f in real if f and isinstance(f.target, External) and not f.rest]
        same = len(externals) == len(real) and len({(e.package, e.last) for e in externals}) == 1
        return first if same else None

    def _of_binding(
        self, path: str, one: Import | Class | Function | Assigned, rest: list[str], depth: int
    ) -> Found | None:
        if isinstance(one, Class):
            return self._in_class(ClassRef(path, one.name), rest)
        if isinstance(one, Function):
            return Found(FunctionRef(path, one.name), tuple(rest))
        if isinstance(one, Assigned):
            if isinstance(one.value, Name) and one.certain and "#" not in one.name:
                alias = ".".join([one.value.path, *rest])
                if one.value.path.partition(".")[0] != one.name:
                    return self.find(path, alias, depth + 1) or Found(
                        AssignedRef(path, one.name), tuple(rest)
                    )
            return Found(AssignedRef(path, one.name), tuple(rest))
        return self._in_import(path, one, one.attribute, rest, depth)

    def _in_class(self, ref: ClassRef, rest: list[str]) -> Found:
        """Down into classes within classes."""
        while rest and f"{ref.name}.{rest[0]}" in self.modules[ref.path].classes:
            ref, rest = ClassRef(ref.path, f"{ref.name}.{rest[0]}"), rest[1:]
        return Found(ref, tuple(rest))

    def _in_import(
        self, path: str, one: Import, attribute: str | None, rest: list[str], depth: int
    ) -> Found | None:
        module = self.absolute(path, one)
        if module is None:
            return None
        wanted = [attribute, *rest] if attribute else rest
        # the longest module that is a file of the project; what follows are names in it
        for length in range(len(wanted), -1, -1):
            name = ".".join([*([module] if module else []), *wanted[:length]])
            target = self.file_of(name, path)
            if target is None:
                continue
            if length == len(wanted):
                if wanted and (inner := self._named_in(target, wanted, length, depth, path, module)):
                    return inner
                return Found(ModuleRef(target))
            return self.find(target, ".".join(wanted[length:]), depth + 1)
        if one.attribute == "*" or self.is_own(module):
            return None
        return Found(External(".".join([module, *wanted]))) if module else None

    def _named_in(
        self, target: str, wanted: list[str], length: int, depth: int, path: str, module: str
    ) -> Found | None:
        """A name that a package's own __init__ gives goes before the module of that name."""
        package = self.file_of(".".join([*([module] if module else []), *wanted[: length - 1]]), path)
        known = self.modules.get(package or "")
        if package is None or known is None or package == target or wanted[-1] not in known.bound:
            return None
        own = [b for b in known.bound[wanted[-1]] if not isinstance(b, Import)]
        return self.find(package, wanted[-1], depth + 1) if own else None

    def absolute(self, path: str, one: Import) -> str | None:
        """The module an import names, in full; for a relative one as a path from the root."""
        if not one.level:
            return one.module
        parts = list(PurePosixPath(path).parts[: -one.level])
        if len(parts) < 0 or one.level > len(PurePosixPath(path).parts):
            return None
        return ".".join(["", *parts, *([one.module] if one.module else [])])

    def file_of(self, module: str, importing: str) -> str | None:
        """The file of a module; of several the one nearest to who imports it."""
        if module.startswith(".") or not module:
            folder = module.strip(".").replace(".", "/")
            if module == "":
                return None
            candidates = [f"{folder}.py", f"{folder}/__init__.py"] if folder else ["__init__.py"]
            return next((c for c in candidates if c in self.by_path), None)
        found = self.paths.get(module, [])
        if len(found) <= 1:
            return found[0] if found else None
        return max(found, key=lambda p: (_shared(p, importing), -len(p)))

    def imported(self, path: str, one: Import) -> tuple[str, str | None] | None:
        """(file, name) that an import leads to, through packages that give names on; the name of a module is None."""
        module = self.absolute(path, one)
        if module is None:
            return None
        if one.attribute is None or one.attribute == "*":
            target = self.file_of(module, path)
            return (target, None) if target else None
        found = self._in_import(path, one, one.attribute, [], 0)
        if found is None:
            return None
        if isinstance(found.target, External):
            return None
        return found.target.path, getattr(found.target, "name", None)

    def is_own(self, module: str) -> bool:
        """Whether a module would be the project's, although its file was not found."""
        return module.startswith(".") or module.partition(".")[0] in self.paths

    # -- values

    def value(self, path: str, said: Term | None, cls: str | None = None, depth: int = 0) -> object:
        """A text, number, bool or None where the text of the project tells it; else UNKNOWN."""
        if depth > _DEEPEST or said is None:
            return UNKNOWN
        if isinstance(said, Const):
            return said.value
        if isinstance(said, Join):
            parts = [self.value(path, part, cls, depth + 1) for part in said.parts]
            return "".join(map(str, parts)) if all(isinstance(p, str) for p in parts) else UNKNOWN
        if isinstance(said, Call) and not said.arguments and not said.keywords and not said.open_ended:
            return self._lowered(said.function, cls)
        if isinstance(said, Name):
            if cls is not None and said.path in ("cls.__name__", "self.__name__"):
                return cls
            constant = self.constant(path, said.path)
            return self.value(constant[0], constant[1], cls, depth + 1) if constant else UNKNOWN
        return UNKNOWN

    def _lowered(self, function: Term, cls: str | None) -> object:
        if cls is not None and isinstance(function, Name) and function.path == "cls.__name__.lower":
            return cls.lower()
        return UNKNOWN

    def constant(self, path: str, dotted: str) -> tuple[str, Term] | None:
        """What a module's or a class's constant was set to, if only once: the file, and the expression."""
        found = self.find(path, dotted)
        if found is None:
            return None
        target, rest = found.target, found.rest
        if isinstance(target, AssignedRef) and not rest:
            return self._only(target.path, self.assigned(target))
        if isinstance(target, ClassRef) and len(rest) == 1 and not self.class_(target).bases:
            own = [a for a in self.class_(target).assigned if a.name == rest[0]]
            return self._only(target.path, own)
        return None

    def _only(self, path: str, given: list[Assigned]) -> tuple[str, Term] | None:
        if len(given) == 1 and given[0].certain and given[0].value is not None:
            return path, given[0].value
        return None

    def assigned(self, ref: AssignedRef) -> list[Assigned]:
        return [b for b in self.modules[ref.path].bound[ref.name] if isinstance(b, Assigned)]

    def given(self, ref: AssignedRef) -> Term | None:
        """The expression a name was set to, where it was set once."""
        found = self._only(ref.path, self.assigned(ref))
        return found[1] if found else None


def module_names(path: str, every: set[str], above: str = "") -> list[str]:
    """What a file may be imported as: from the folder above its packages, from the root, from `src`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts = parts[:-1]
    folder = len(PurePosixPath(path).parts) - 1
    while folder > 0 and "/".join([*PurePosixPath(path).parts[:folder], "__init__.py"]) in every:
        folder -= 1
    if above:
        return [".".join([above, *parts])]
    names = [".".join(parts[folder:]), ".".join(parts)]
    if parts and parts[0] in _ROOTS:
        names.append(".".join(parts[1:]))
    return [name for name in dict.fromkeys(names) if name] or [""]


def _shared(path: str, other: str) -> int:
    """How many folders two paths share at the beginning."""
    count = 0
    for a, b in zip(PurePosixPath(path).parts[:-1], PurePosixPath(other).parts[:-1], strict=False):
        if a != b:
            break
        count += 1
    return count


def snake_case(name: str) -> str:
    """A table's name as Flask-SQLAlchemy derives it from a class's."""
    return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name).lower().lstrip("_")


STANDARD = sys.stdlib_module_names
