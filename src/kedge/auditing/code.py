"""What the source says beside what was imported: models nobody loads, tables nobody declares, models there twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

import msgspec

from kedge.auditing.scope import Scope
from kedge.catalog import MISSING, Catalog, ObjectPath, Origin, Table, TableKey, Value
from kedge.causes.account import Unloaded
from kedge.compare import Difference
from kedge.compare.difference import Key
from kedge.declared import Declared, DeclaredTable
from kedge.sources.code.files import purpose_of
from kedge.sources.code.values import Code, CodeTable

_MARKS = ("pyproject.toml", "setup.py", "requirements.txt", "alembic.ini", "Pipfile", "package.json")
_LISTED = 12


class CodeSide:
    """The source beside the models that were imported, and the database."""

    def __init__(self, code: Code, declared: Declared, live: Catalog, scope: Scope) -> None:
        self.root = Path(code.root)
        self.declared = declared
        self.live = live
        self.scope = scope
        self.default_schema = live.profile.default_schema
        self.loaded_files = {self.inside(path) for path in declared.loaded}
        self.by_class: dict[tuple[str, str], tuple[DeclaredTable, bool]] = {}
        self.by_line: dict[tuple[str, int | None], tuple[DeclaredTable, bool]] = {}
        self.by_key: dict[TableKey, tuple[DeclaredTable, bool]] = {}
        self.turned_away: list[DeclaredTable] = []
        """Stubs for foreign keys, which the filters of their own environment leave out."""
        self._homes: dict[PurePosixPath, str] = {}
        filtered = {
            (e.environment, e.schema or self.default_schema, e.table)
            for e in declared.excluded
            if (e.kind, e.side) == ("table", "models")
        }
        for metadata in declared.metadata:
            for table in metadata.tables:
                self.by_key.setdefault(
                    (table.schema or self.default_schema, table.name), (table, metadata.tracked)
                )
                if (metadata.environment, table.schema or self.default_schema, table.name) in filtered:
                    self.turned_away.append(table)
                for cls in table.classes:
                    if cls.place:
                        self.by_class[self.inside(cls.place.path), cls.name] = table, metadata.tracked
                if table.place:
                    self.by_line[self.inside(table.place.path), table.place.line] = table, metadata.tracked
        self.code = code.with_migrations(self._migrations(code))
        self.own = [
            t
            for t in self.code.tables
            if t.purpose == "models" and t.certain and not t.checking and t.name not in scope.version_names
        ]

    def _migrations(self, code: Code) -> tuple[str, ...]:
        """The folders of env.py files, where revisions keep frozen models; not where the models themselves lie."""
        tracked = [path for (path, _), (_, tracked) in self.by_line.items() if tracked]
        tracked += [path for (path, _), (_, tracked) in self.by_class.items() if tracked]
        folders = {*code.migrations} | {
            self.inside(str(Path(self.root, e.script_location))) + "/"
            for e in self.declared.environments
            if e.script_location
        }
        return tuple(
            f for f in folders if f not in ("", "./") and not any(path.startswith(f) for path in tracked)
        )

    def inside(self, path: str) -> str:
        try:
            return str(Path(path).resolve().relative_to(self.root))
        except ValueError:
            return path

    def loaded(self, table: CodeTable) -> tuple[DeclaredTable, bool] | None:
        """The imported table of a declaration, and whether an environment tracks it."""
        for cls in table.classes:
            if found := self.by_class.get((cls.path, cls.name)):
                return found
        if found := self.by_line.get((table.path, table.line)):
            return found
        if table.classes or table.name is None or table.path not in self.loaded_files:
            return None
        # a library's own Table() hides the line
        return self.by_key.get((table.schema or self.default_schema, table.name))

    def key(self, table: CodeTable) -> TableKey | None:
        """Schema and name; where the schema is not written, the one in which the database has the table."""
        if found := self.loaded(table):
            return found[0].schema or self.default_schema, found[0].name
        if table.name is None:
            return None
        if table.schema_known:
            return table.schema or self.default_schema, table.name
        there = [key for key in self.live.tables if key[1] == table.name]
        return there[0] if len(there) == 1 else (self.default_schema, table.name)

    def of_this_project(self, table: CodeTable) -> bool:
        """Not one of another project that lies in the same repository."""
        home = self.project_of(table.path)
        return home == "" or home in self.loaded_projects

    @cached_property
    def loaded_projects(self) -> frozenset[str]:
        return frozenset(self.project_of(path) for path in self.loaded_files)

    def project_of(self, path: str) -> str:
        """The folder of the project that a file belongs to; "" for the one that is audited."""
        return self._home(PurePosixPath(path).parent)

    def _home(self, folder: PurePosixPath) -> str:
        if folder not in self._homes:
            if str(folder) == ".":
                home = ""
            elif any((self.root / folder / mark).exists() for mark in _MARKS):
                home = str(folder)
            else:
                home = "" if folder.parent == folder else self._home(folder.parent)
            self._homes[folder] = home
        return self._homes[folder]

    @cached_property
    def tracked_bases(self) -> frozenset[tuple[str | None, str | None]]:
        """Where the tables that an environment tracks are declared on."""
        return frozenset(
            (t.metadata, t.base) for t in self.own if (found := self.loaded(t)) and found[1] and t.metadata
        )

    @cached_property
    def of_other_databases(self) -> frozenset[str]:
        """Names, in small letters, that only a metadata of its own declares, of which the database has nothing."""
        by_home: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        for table in self.own:
            if table.metadata and table.name:
                by_home[table.metadata, table.base].add(table.name.lower())
        live = {name.lower() for _, name in self.live.tables}
        strange = [n for home, n in by_home.items() if home not in self.tracked_bases and not n & live]
        ours = {(t.name or "").lower() for t in self.own if (t.metadata, t.base) in self.tracked_bases}
        return frozenset().union(*strange) - ours

    # -- models that are not loaded

    @cached_property
    def not_loaded(self) -> tuple[tuple[CodeTable, TableKey], ...]:
        """Declarations nobody imported, of tables that nothing imported declares."""
        return tuple(self._not_loaded())

    def _not_loaded(self) -> Iterator[tuple[CodeTable, TableKey]]:
        bases = self.tracked_bases
        for table in self.own:
            key = self.key(table)
            if key is None or key in self.by_key or self.loaded(table) or table.path in self.loaded_files:
                continue
            known = key in self.live.tables or (table.metadata, table.base) in bases
            if known and key not in self.live.hidden and self.of_this_project(table):
                yield table, key

    def importing(self, table: CodeTable) -> tuple[str, ...]:
        """Who imports it all the same, in words."""
        files = sorted(path for path in _importers(self, table) if purpose_of(path) == "models")
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        return (f"{files[0]}{more} import{'' if more else 's'} it",) if files else ()

    def where_to_import(self, table: CodeTable) -> str:
        """The statement that would load a module, and the file it belongs in."""
        statement = f"import {table.module}"
        folder = str(PurePosixPath(table.path).parent)
        package = "__init__.py" if folder == "." else f"{folder}/__init__.py"
        if package in self.loaded_files and package != table.path:
            return f"{statement} in {package}"
        for environment in self.declared.environments:
            if environment.script_location:
                env = self.inside(str(Path(self.root, environment.script_location) / "env.py"))
                return f"{statement} in {env}"
        return f"{statement} where the models are imported"


def model_differences(
    side: CodeSide, known: Mapping[Key, Difference], rows: Mapping[TableKey, int]
) -> tuple[list[Difference], dict[ObjectPath, tuple[Origin, ...]], dict[Key, Key]]:
    """(findings about models, where they are written, which differences follow from which)."""
    found: list[Difference] = []
    origins: dict[ObjectPath, tuple[Origin, ...]] = {}
    implied: dict[Key, Key] = {}
    presence = {
        (d.path.schema or "", d.path.table or ""): d.key
        for d in known.values()
        if d.path.kind == "table" and d.attribute == "presence" and d.models.state == "missing"
    }

    def add(difference: Difference, *places: tuple[str, int], of: TableKey | None = None) -> None:
        found.append(difference)
        origins[difference.path] = tuple(Origin(path, line) for path, line in places)
        if of in presence:
            implied.setdefault(presence[of], difference.key)

    for metadata in side.scope.untracked():
        keys = [(t.schema or side.default_schema, t.name) for t in metadata.tables]
        there = [k for k in keys if k in side.live.tables]
        path = ObjectPath("metadata", name=metadata.target)
        said = Difference(
            path,
            "not-tracked",
            Value("value", f"{len(keys)} tables"),
            Value("value", f"{len(there)} of them"),
            evidence=_listed([_dotted(k, side) for k in there]),
            traits=frozenset({"there"} if there else ()),
        )
        placed = [(t, p) for t in metadata.tables if (p := t.place) and p.line]
        add(said, *[(side.inside(p.path), p.line or 0) for _, p in placed])
        for key in there:
            if key in presence:
                implied.setdefault(presence[key], said.key)
        for table, place in placed:
            key = table.schema or side.default_schema, table.name
            if there and key not in side.live.tables and key not in side.scope.tables:
                add(_never_created(key, len(table.columns)), (side.inside(place.path), place.line or 0))

    for declaration, key in side.not_loaded:
        live = side.live.tables.get(key)
        said = Difference(
            ObjectPath("model", *key, None),
            "not-loaded",
            Value("value", f"{declaration.owner} in {declaration.path}"),
            Value("value", _words(live)) if live else MISSING,
            evidence=(side.where_to_import(declaration), *side.importing(declaration)),
        )
        if any(one.path == said.path for one in found):
            continue
        add(said, (declaration.path, declaration.line), of=key)
        if live is None:
            follows = _never_created(key, len(declaration.columns))
            add(msgspec.structs.replace(follows, implied_by=said.key), (declaration.path, declaration.line))

    elsewhere = [side.key(table) for table in side.code.tables if table.purpose != "migrations"]
    declared = {one for one in elsewhere if one is not None}
    names = {name for _, name in declared}
    for key, reason in presence.items():
        if reason not in implied and key not in declared and not (key[1] in names and _unsure(side, key)):
            add(_missing(side, key, rows.get(key)), of=key)
    for said, places in _duplicates(side):
        add(said, *places)
    return found, origins, implied


def unloaded(side: CodeSide) -> dict[TableKey, Unloaded]:
    """Why tables that no loaded model declares are declared all the same: what a cause is told of them."""
    return {
        key: Unloaded(
            "model-not-loaded",
            f"{table.owner} declares it at {table.path}:{table.line}, and env.py does not load that module",
        )
        for table, key in side.not_loaded
    }


def _never_created(key: TableKey, columns: int) -> Difference:
    return Difference(
        ObjectPath("table", *key), "never-created", Value("value", f"table with {columns} columns"), MISSING
    )


def _missing(side: CodeSide, key: TableKey, rows: int | None) -> Difference:
    """A table without a model anywhere, and what hangs on it."""
    live = side.live.tables[key]
    uses = [
        f"used in raw SQL at {s.path}:{s.statement.line}"
        for s in side.code.statements
        if s.purpose == "models" and _mentions(s.text, key[1])
    ]
    keys = sorted(
        t.name
        for t in side.live.tables.values()
        for f in t.foreign_keys
        if (f.target_schema, f.target_table) == key and t.name != key[1]
    )
    evidence = _listed(uses)
    if rows:
        evidence += (f"about {rows:,} rows, by the server's statistics",)
    if keys:
        evidence += (f"referenced by foreign keys of {', '.join(dict.fromkeys(keys))}",)
    traits = {word for word, one in (("used", uses), ("rows", rows), ("referenced", keys)) if one}
    return Difference(
        ObjectPath("model", *key, None),
        "missing",
        MISSING,
        Value("value", _words(live)),
        evidence=evidence,
        traits=frozenset(traits),
    )


def _unsure(side: CodeSide, key: TableKey) -> bool:
    return any(t.name == key[1] and not t.schema_known for t in side.code.tables)


def _mentions(text: str, name: str) -> bool:
    """Whether a statement names a table; quickly, since most do not."""
    if name.lower() not in text.lower():
        return False
    from kedge.auditing.statements import tables_named

    return name.lower() in tables_named(text)


# -- duplicates


def _duplicates(side: CodeSide) -> Iterator[tuple[Difference, list[tuple[str, int]]]]:
    """Two declarations of one table, or of its name in a schema where it is not."""
    by_name: dict[str, list[tuple[CodeTable, TableKey]]] = defaultdict(list)
    for table in side.own:
        found = side.loaded(table)
        if found and any(found[0] is stub for stub in side.turned_away):
            continue
        if (key := side.key(table)) and side.of_this_project(table):
            by_name[key[1]].append((table, key))
    for several in by_name.values():
        if len(several) < 2 or not any(side.loaded(t) for t, _ in several):
            continue
        if _are_one(several):
            continue
        keys = {key for _, key in several}
        there = [key for key in keys if key in side.live.tables]
        if len(keys) > 1 and (len(there) != 1 or not _alike([t for t, _ in several])):
            continue
        key = there[0] if there else several[0][1]
        ranked = sorted(several, key=lambda one: _standing(side, *one), reverse=True)
        said = tuple(_standing_words(side, *one) for one in ranked)
        best, last = (_standing(side, *one) for one in (ranked[0], ranked[-1]))
        clear = all(a >= b for a, b in zip(best, last, strict=True)) and best != last
        difference = Difference(
            ObjectPath("model", *key, None),
            "duplicate",
            Value("value", [f"{t.owner} in {t.path}" for t, _ in ranked]),
            Value("value", _words(side.live.tables[key])) if key in side.live.tables else MISSING,
            evidence=said,
            confidence="likely" if clear else "guess",
            traits=frozenset({"clear"} if clear else ()),
        )
        yield difference, [(t.path, t.line) for t, _ in ranked]


def _are_one(several: list[tuple[CodeTable, TableKey]]) -> bool:
    """Inheritance, or a copy that a class of the same table makes."""
    owners = [{(c.path, c.name) for c in t.classes} for t, _ in several]
    bases = [{base for c in t.classes for base in c.bases} for t, _ in several]
    return any(owners[i] & bases[j] for i in range(len(several)) for j in range(len(several)) if i != j)


def _alike(tables: list[CodeTable]) -> bool:
    names = [{c.name for c in t.columns} for t in tables]
    smallest = min(map(len, names)) or 1
    return len(set.intersection(*names)) * 2 >= smallest


def _standing(side: CodeSide, table: CodeTable, key: TableKey) -> tuple[bool, int, int]:
    """(its table is there, columns that agree with the database, files that import it)."""
    live = side.live.tables.get(key)
    have = {c.name for c in live.columns} if live else set()
    agreeing = sum(c.name in have for c in table.columns)
    return live is not None, agreeing, len(_importers(side, table))


def _standing_words(side: CodeSide, table: CodeTable, key: TableKey) -> str:
    there, agreeing, importers = _standing(side, table, key)
    said = f"{agreeing} of its {len(table.columns)} columns are in the database"
    where = f"{said}, " if there else f"the database has no {'.'.join(key)}, "
    loaded = "" if side.loaded(table) else ", and not loaded"
    files = f"imported by {importers} {'file' if importers == 1 else 'files'}"
    return f"{table.owner} at {table.path}:{table.line} ({'.'.join(key)}): {where}{files}{loaded}"


def _importers(side: CodeSide, table: CodeTable) -> set[str]:
    owners = {c.name for c in table.classes}
    return {
        i.path
        for i in side.code.imports
        if i.imported == table.path and (i.name is None or not owners or i.name in owners)
    }


def _words(table: Table) -> str:
    return f"{table.kind.replace('-', ' ')} with {len(table.columns)} columns"


def _dotted(key: TableKey, side: CodeSide) -> str:
    return key[1] if key[0] == side.default_schema else ".".join(key)


def _listed(words: list[str]) -> tuple[str, ...]:
    more = (f"and {len(words) - _LISTED} more",) if len(words) > _LISTED else ()
    return (*words[:_LISTED], *more)
