"""The code side: every table the source declares, and every use of one, by parsing; nothing is imported or run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import msgspec

from kedge.declared import Declared
from kedge.memory import Memory, digest
from kedge.sources.code.bases import Bases
from kedge.sources.code.facts import FileFacts
from kedge.sources.code.files import Purpose, content_of, is_environment, purpose_of, python_files
from kedge.sources.code.join import joined
from kedge.sources.code.names import ClassRef, Names
from kedge.sources.code.parse import parsed
from kedge.sources.code.tables import Tables
from kedge.sources.code.terms import Name
from kedge.sources.code.values import Code, CodeSql, CodeTable, CodeUse, Importing

__all__ = ["Code", "CodeReading", "read_code"]

# What no declaration and no SQL can do without; a file with none of these is not parsed for its own sake.
_TRIGGERS = re.compile(
    rb"sqlalchemy|sqlmodel|__tablename__|__table__|declared_attr|mapped_column|declarative_base|"
    rb"\bMapped\b|\bColumn\(|\.Model\b|table\s*=\s*True|Table\(|\btext\(|\.execute\(|exec_driver_sql"
)
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_SHORTEST = 3


def read_code(root: Path, memory: Memory | None = None, *, without: Sequence[Path] = ()) -> Code:
    """All Python of the project below `root`, less some folders. Files read before are known by their content."""
    return _Reader(root.resolve(), memory or Memory(None), without).code()


class CodeReading:
    """Begins to read at once, beside the program that imports the models, which this process only waits for."""

    def __init__(self, root: Path, memory: Memory) -> None:
        self.root = root
        self.memory = memory
        self.code = Code(root=str(root))
        # Nobody waits for it who was told to end.
        self.thread = Thread(target=self._read, daemon=True, name="kedge-code")
        self.thread.start()

    def _read(self) -> None:
        try:
            self.code = read_code(self.root, self.memory)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self.code = Code(root=str(self.root), problems=((str(self.root), None, reason),))

    def of(self, declared: Declared) -> Code:
        """The project's code, and that of installed applications which are the project's own."""
        self.thread.join()
        code = self.code
        packages = [p for p in map(Path, declared.packages) if not self._has_read(p)]
        shadowed = {copy: p for p in packages for copy in self._copies(p)}
        if shadowed:
            code = read_code(self.root, self.memory, without=tuple(shadowed))
        for package in packages:
            code = joined(code, read_code(package, self.memory, without=(self.root,)), package)
        said = tuple((str(copy.relative_to(self.root)), str(package)) for copy, package in shadowed.items())
        return msgspec.structs.replace(code, shadowed=said)

    def _copies(self, package: Path) -> Iterator[Path]:
        """The project's own folder of the package that was imported from where it is installed."""
        for folder in (self.root / package.name, self.root / "src" / package.name):
            if (folder / "__init__.py").is_file() and (package / "__init__.py").is_file():
                yield folder

    def _has_read(self, package: Path) -> bool:
        """Whether a package is what the project itself is, or a part of it."""
        root, package = self.root.resolve(), package.resolve()
        if not package.is_relative_to(root):
            return False
        within = package.relative_to(root)
        return any(Path(path).is_relative_to(within) for path in python_files(root))


class _Reader:
    def __init__(self, root: Path, memory: Memory, without: Sequence[Path] = ()) -> None:
        self.root = root
        self.memory = _Remembered(memory, root)
        self.paths = python_files(root)
        for apart in (f.resolve().relative_to(root) for f in without if f.resolve().is_relative_to(root)):
            self.paths = [path for path in self.paths if not Path(path).is_relative_to(apart)]
        self.contents: dict[str, bytes] = {}
        self.facts: dict[str, FileFacts] = {}
        self.words: dict[str, set[bytes]] = {}

    def code(self) -> Code:
        for path in self.paths:
            content = content_of(self.root / path)
            if content is not None:
                self.contents[path] = content
        purposes = {path: purpose_of(path, content) for path, content in self.contents.items()}
        names, tables = self.resolved(purposes)
        self.memory.keep()
        return self.assembled(names, tables, purposes)

    def resolved(self, purposes: dict[str, Purpose]) -> tuple[Names, Tables]:
        """Parses what declares, then what names what was declared, until nothing new comes of it."""
        waiting = [path for path, content in self.contents.items() if _worth_parsing(path, content)]
        known: set[bytes] = set()
        while waiting:
            self.parse(waiting)
            found = {name.encode() for path in waiting for name in self.interesting(self.facts[path])}
            waiting = [p for p in self.contents if p not in self.facts and self.words_of(p) & (found - known)]
            known |= found
        names = Names(self.facts)
        names.add_paths(list(self.contents), _package(self.root))
        tables = Tables(names, purposes)
        return names, tables

    def parse(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.facts[path] = self.memory.facts(self.contents[path])

    def interesting(self, facts: FileFacts) -> Iterator[str]:
        """Classes that others may extend or use: those of files about tables."""
        for cls in facts.classes:
            if (
                len(cls.binding) >= _SHORTEST
                and not cls.local
                and (cls.bases or cls.decorators or cls.assigned)
            ):
                yield cls.binding

    def words_of(self, path: str) -> set[bytes]:
        if path not in self.words:
            self.words[path] = set(_WORD.findall(self.contents[path]))
        return self.words[path]

    # -- the answer

    def assembled(self, names: Names, tables: Tables, purposes: dict[str, Purpose]) -> Code:
        declared = tables.read()
        classes = {(c.path, c.name) for t in declared for c in t.classes}
        problems = tuple((p, *f.problem) for p, f in sorted(self.facts.items()) if f.problem)
        return Code(
            root=str(self.root),
            tables=tuple(sorted(declared, key=lambda t: (t.path, t.line))),
            uses=tuple(self.uses(names, classes, purposes)),
            statements=tuple(self.statements(names, purposes)),
            imports=tuple(self.imports(names, {t.path for t in declared})),
            problems=problems,
            spoken=frozenset().union(*(f.spoken for f in self.facts.values())),
            stored=frozenset().union(*(f.stored for f in self.facts.values())),
            subclasses=_subclasses(declared),
            migrations=tuple(
                sorted(p[: -len("env.py")] for p, c in self.contents.items() if is_environment(p, c))
            ),
            files=len(self.contents),
        )

    def uses(
        self, names: Names, classes: set[tuple[str, str]], purposes: dict[str, Purpose]
    ) -> Iterator[CodeUse]:
        for path, facts in self.facts.items():
            for use in facts.uses:
                found = names.find(path, use.target)
                if found is None or not isinstance(found.target, ClassRef):
                    continue
                known = found.target.path, found.target.name
                if known not in classes:
                    continue
                if use.kind == "class":
                    if not found.rest or found.rest[0].startswith("__"):
                        continue
                    use = msgspec.structs.replace(use, names=((found.rest[0], use.names[0][1]),))
                elif found.rest and use.kind != "filter":
                    continue
                yield CodeUse(path, purposes[path], known, use)

    def statements(self, names: Names, purposes: dict[str, Purpose]) -> Iterator[CodeSql]:
        for path, facts in self.facts.items():
            for one in facts.statements:
                if one.function != "execute" and Bases(names).ours(path, Name(one.function)) != "text":
                    continue
                text = one.text
                if text is None and one.name:
                    constant = names.constant(path, one.name)
                    value = names.value(constant[0], constant[1]) if constant else None
                    text = value if isinstance(value, str) else None
                if text is not None:
                    yield CodeSql(path, purposes[path], one, text)

    def imports(self, names: Names, declaring: set[str]) -> Iterator[Importing]:
        """Who imports a file that declares tables, directly or by a name that it gives on."""
        for path, facts in self.facts.items():
            for one in facts.imports:
                if one.checking:
                    continue
                found = names.imported(path, one)
                if found is not None and found[0] in declaring and found[0] != path:
                    yield Importing(path, one.line, found[0], found[1])


class _Remembered:
    """What files said, by their content; kept are those that are there now."""

    def __init__(self, memory: Memory, root: Path) -> None:
        self.memory = memory
        self.name = digest(b"code", str(root).encode()).hex() + ".code"
        self.before: dict[bytes, FileFacts] = {}
        self.now: dict[bytes, FileFacts] = {}
        if content := memory.get(self.name):
            try:
                self.before = msgspec.msgpack.decode(content, type=dict[bytes, FileFacts])
            except (msgspec.MsgspecError, RecursionError):
                pass

    def facts(self, content: bytes) -> FileFacts:
        key = digest(content)
        if key not in self.now:
            self.now[key] = self.before.get(key) or parsed(content)
        return self.now[key]

    def keep(self) -> None:
        if self.memory.folder is not None and self.now.keys() != self.before.keys():
            self.memory.put(self.name, msgspec.msgpack.encode(self.now))


def _worth_parsing(path: str, content: bytes) -> bool:
    """Packages give names on, whatever they are."""
    if path.endswith("__init__.py") and b"import" in content:
        return True
    return _TRIGGERS.search(content) is not None


def _package(root: Path) -> str:
    """The dotted package that the root itself is, as an installed application's is."""
    parts: list[str] = []
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    return ".".join(parts)


def _subclasses(declared: Iterable[CodeTable]) -> dict[str, tuple[str, ...]]:
    """`path:class` to the mapped classes that extend it."""
    found: dict[str, list[str]] = {}
    for table in declared:
        for cls in table.classes:
            for path, name in cls.bases:
                found.setdefault(f"{path}:{name}", []).append(f"{cls.path}:{cls.name}")
    return {key: tuple(values) for key, values in found.items()}
