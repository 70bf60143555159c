"""Classes and `Table(…)` calls become tables: names, schemas and columns, as far as the text tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from kedge.sources.code.bases import Ancestry, Bases, Root
from kedge.sources.code.columns import Columns
from kedge.sources.code.facts import Assigned, Class, Function, TableCall
from kedge.sources.code.files import Purpose
from kedge.sources.code.names import AssignedRef, ClassRef, Names, snake_case
from kedge.sources.code.terms import Call, Const, Entries, Items, Name, Term
from kedge.sources.code.values import CodeClass, CodeColumn, CodeTable


class _Arguments(msgspec.Struct, frozen=True):
    """What `__table_args__` or a Table's arguments say. `whole` where all of them are known."""

    schema: str | None = None
    schema_given: bool = False
    whole: bool = True
    keys: tuple[str, ...] = ()


class Tables:
    """The tables of all files. `purposes` are what the files are for."""

    def __init__(self, names: Names, purposes: Mapping[str, Purpose]) -> None:
        self.names = names
        self.purposes = purposes
        self.bases = Bases(names)
        self.columns = Columns(self.bases)
        self.mapped: dict[ClassRef, CodeTable] = {}
        self.given: set[tuple[str, int]] = set()

    def read(self) -> list[CodeTable]:
        refs = [ClassRef(p, c.name) for p, m in self.names.modules.items() for c in m.facts.classes]
        owners = [ref for ref in refs if self.has_table(ref)]
        for ref in owners:
            self.mapped[ref] = self.of_class(ref)
        self._add_single(ref for ref in refs if ref not in self.mapped and self.shared(ref))
        calls = [
            t for p, m in self.names.modules.items() for c in m.facts.tables if (t := self.of_call(p, c))
        ]
        return [*self.mapped.values(), *(t for t in calls if (t.path, t.line) not in self.given)]

    # -- which classes

    def has_table(self, ref: ClassRef) -> bool:
        """Whether a class has a table of its own."""
        cls = self.names.class_(ref)
        above = self.bases.of(ref)
        own = _own(cls)
        if "__abstract__" in own and _value(own["__abstract__"]) != Const(False):
            return False
        if above.root is None:
            return above.unknown is not None and isinstance(_value(own.get("__tablename__")), Const)
        if above.root.key == f"{ref.path}:{ref.name}" and above.root.style != "mapped":
            return False
        if above.root.style == "sqlmodel":
            return cls.keywords.get("table") == Const(True)
        if "__table__" in own:
            return True
        if above.root.style == "flask":
            if "__tablename__" in own:
                return _value(own["__tablename__"]) != Const(None)
            return self.parent(ref) is None or self._declares_key(ref)
        named = self._inherited(ref, "__tablename__")
        return named is not None and _value(named[1]) != Const(None)

    def shared(self, ref: ClassRef) -> ClassRef | None:
        """The mapped class in whose table a class without its own keeps its columns."""
        own = _own(self.names.class_(ref))
        if "__abstract__" in own:
            return None
        root = self.bases.of(ref).root
        if root is None or root.style == "sqlmodel":
            return None
        return next((base for base in self.bases.of(ref).order[1:] if base in self.mapped), None)

    def parent(self, ref: ClassRef) -> ClassRef | None:
        """The nearest base that has a table or shares one."""
        for base in self.bases.of(ref).order[1:]:
            if base == ref:
                continue
            own = _own(self.names.class_(base))
            if "__abstract__" not in own and self.bases.of(base).root and self.has_table(base):
                return base
        return None

    def _declares_key(self, ref: ClassRef) -> bool:
        return any(c.primary_key for c in self._class_columns(ref, ref, "flask")[0])

    def _add_doubtful(self) -> None:
        """Where a function that cannot be followed names a subclass's table, it may say that there is none."""
        for ref, table in list(self.mapped.items()):
            parent = self.parent(ref) if table.name is None else None
            while parent in self.mapped:
                assert parent is not None
                self.mapped[parent] = msgspec.structs.replace(self.mapped[parent], whole=False)
                parent = self.parent(parent)

    def _add_single(self, refs: Iterator[ClassRef]) -> None:
        """Columns of single-table inheritance stand in the parent's table."""
        for ref in refs:
            owner = self.shared(ref)
            assert owner
            table = self.mapped[owner]
            above = self.bases.of(ref)
            beyond = set(self.bases.of(owner).order)
            columns = list(table.columns)
            whole = table.whole and above.unknown is None
            for base in above.order:
                if base not in beyond and base not in self.mapped:
                    more, all_known = self._class_columns(base, ref, "declarative")
                    columns += [c for c in more if c.name not in {c.name for c in columns}]
                    whole = whole and all_known
            cls = self.code_class(ref, above)
            self.mapped[owner] = msgspec.structs.replace(
                table, columns=tuple(columns), whole=whole, classes=(*table.classes, cls)
            )

    # -- one class

    def of_class(self, ref: ClassRef) -> CodeTable:
        cls = self.names.class_(ref)
        above = self.bases.of(ref)
        root = above.root
        name, why = self._name(ref, cls, root)
        schema: str | None = None
        known = whole = False
        columns: tuple[CodeColumn, ...] = ()
        own = _own(cls)
        given = own.get("__table__")
        if given is not None:
            inner = self._given_table(ref.path, given)
            if inner is not None:
                name, schema, known = inner.name, inner.schema, inner.schema_known
                columns, whole = inner.columns, inner.whole
            else:
                name = None
        else:
            arguments = self._arguments(ref)
            schema, known = _schema(arguments, root)
            columns, whole = self._all_columns(ref, above, root.style if root else "declarative")
            columns = _with_keys(columns, arguments)
        return CodeTable(
            name,
            schema,
            known,
            ref.path,
            cls.line,
            self.purposes.get(ref.path, "models"),
            tuple(columns),
            whole,
            (self.code_class(ref, above),),
            root.path if root else None,
            root.name if root else above.unknown,
            cls.checking,
            cls.certain and not cls.local,
            why if name is None else None,
            self.names.by_path.get(ref.path, ref.path),
        )

    def code_class(self, ref: ClassRef, above: Ancestry) -> CodeClass:
        attributes: set[str] = set()
        closed = above.unknown is None
        for base in above.order:
            one = self.names.class_(base)
            attributes |= {a.name for a in one.assigned} | {f.name for f in one.functions} | set(one.inner)
            closed = closed and one.closed and not one.decorators
            closed = closed and not any(f.name in _OPENING for f in one.functions)
        return CodeClass(
            ref.path,
            ref.name,
            self.names.class_(ref).line,
            self.names.by_path.get(ref.path, ref.path),
            frozenset(attributes),
            not closed or above.root is None or above.root.style == "sqlmodel",
            tuple((b.path, b.name) for b in above.order[1:]),
        )

    def _name(self, ref: ClassRef, cls: Class, root: Root | None) -> tuple[str | None, str | None]:
        found = self._inherited(ref, "__tablename__")
        if found is not None:
            path, said = found
            value = self.names.value(path, _value(said), cls.binding)
            if isinstance(value, str):
                return value, None
            return None, "its name is computed"
        if root and root.style == "sqlmodel":
            return cls.binding.lower(), None
        if root and root.style == "flask":
            return snake_case(cls.binding), None
        return None, "its name is not written"

    def _inherited(self, ref: ClassRef, attribute: str) -> tuple[str, Assigned | Function] | None:
        """An attribute of the class or of a base that is no table itself, with the file it stands in."""
        for base in self.bases.of(ref).order:
            own = _own(self.names.class_(base))
            if attribute in own:
                said = own[attribute]
                # what a function says is said anew for every subclass; a mapped class's own text is not
                if base == ref or isinstance(said, Function) or not self._stands_alone(base):
                    return base.path, said
        return None

    def _stands_alone(self, ref: ClassRef) -> bool:
        return ref in self.mapped or (self.bases.of(ref).root is not None and self.has_table(ref))

    def _arguments(self, ref: ClassRef) -> _Arguments:
        found = self._inherited(ref, "__table_args__")
        if found is None:
            return _Arguments()
        path, said = found
        value = _value(said)
        if value is None:
            return _Arguments(whole=False)
        if isinstance(value, Name):
            constant = self.names.constant(path, value.path)
            if constant is None:
                return _Arguments(whole=False)
            path, value = constant
        if value == Const(None):
            return _Arguments()
        return self._of_items(path, list(value.items) if isinstance(value, Items) else [value])

    def _of_items(self, path: str, items: list[Term]) -> _Arguments:
        answer = _Arguments()
        for item in items:
            if isinstance(item, Entries):
                given = {k.value: v for k, v in item.items if isinstance(k, Const)}
                if item.open_ended or len(given) < len(item.items):
                    answer = msgspec.structs.replace(answer, whole=False)
                if "schema" in given:
                    value = self.names.value(path, given["schema"])
                    if value is None or isinstance(value, str):
                        answer = msgspec.structs.replace(answer, schema=value, schema_given=True)
                    else:
                        answer = msgspec.structs.replace(answer, whole=False)
            elif isinstance(item, Call):
                answer = self._constraint(path, item, answer)
            else:
                answer = msgspec.structs.replace(answer, whole=False)
        return answer

    def _constraint(self, path: str, item: Call, answer: _Arguments) -> _Arguments:
        function = self.bases.ours(path, item)
        if function != "PrimaryKeyConstraint":
            return answer if function else msgspec.structs.replace(answer, whole=False)
        values = [self.names.value(path, a) for a in item.arguments]
        if item.open_ended or not all(isinstance(v, str) for v in values):
            return msgspec.structs.replace(answer, whole=False)
        return msgspec.structs.replace(answer, keys=tuple(map(str, values)))

    # -- columns of a class

    def _all_columns(self, ref: ClassRef, above: Ancestry, style: str) -> tuple[tuple[CodeColumn, ...], bool]:
        """Own columns and those of mixins; those of a base with a table of its own stay there."""
        parent = self.parent(ref)
        beyond = set(self.bases.of(parent).order) if parent else set()
        found: dict[str, CodeColumn] = {}
        whole = above.unknown is None and not self.names.class_(ref).decorators
        seen: set[str] = set()
        for base in above.order:
            if base in beyond:
                continue
            columns, all_known = self._class_columns(base, ref, style, seen)
            whole = whole and all_known
            for column in columns:
                found.setdefault(column.attribute or column.name, column)
            seen |= set(_own(self.names.class_(base)))
        if style == "mapped":
            whole = False
        return tuple(found.values()), whole

    def _class_columns(
        self, base: ClassRef, ref: ClassRef, style: str, hidden: set[str] | None = None
    ) -> tuple[list[CodeColumn], bool]:
        """The columns in one class's own body; False where something in it may be one more."""
        cls = self.names.class_(base)
        hidden = hidden or set()
        columns, whole = [], cls.closed
        own = _own(cls)
        given: dict[str, list[Assigned]] = defaultdict(list)
        for one in cls.assigned:
            given[one.name].append(one)
        for name, several in given.items():
            if name in hidden or name.startswith("__"):
                continue
            reading = self.columns.of_attribute(base.path, several[-1], style)
            certain = len(several) == 1 and several[0].certain and own[name] is several[0]
            if reading.column and certain:
                columns.append(reading.column)
            whole = whole and not reading.unsure and (certain or not reading.column)
        for function in cls.functions:
            if function.name in hidden or function.name.startswith("__"):
                continue
            column, known = self._of_function(base.path, function)
            if column:
                columns.append(column)
            whole = whole and known
        return columns, whole

    def _of_function(self, path: str, function: Function) -> tuple[CodeColumn | None, bool]:
        """A declared_attr that returns a column."""
        decorators = [self.bases.ours(path, d) for d in function.decorators]
        spelled = [d.path for d in function.decorators if isinstance(d, Name)]
        declared = "declared_attr" in decorators or any(s.startswith("declared_attr") for s in spelled)
        if not declared:
            return None, True
        if function.result is None or any(s.endswith("cascading") for s in spelled):
            return None, False
        reading = self.columns.of_value(path, function.name, function.result, function.line)
        return reading.column, not reading.unsure

    # -- Table(…)

    def _given_table(self, path: str, said: Assigned | Function) -> CodeTable | None:
        value = _value(said)
        if isinstance(value, Call):
            self.given.add((path, value.line))
            return self.of_call(path, TableCall(value, value.line, None, None, True))
        if isinstance(value, Name):
            found = self.names.find(path, value.path)
            if found and isinstance(found.target, AssignedRef) and not found.rest:
                given = self.names.given(found.target)
                if isinstance(given, Call):
                    self.given.add((found.target.path, given.line))
                    return self.of_call(found.target.path, TableCall(given, given.line, None, None, True))
        return None

    def of_call(self, path: str, one: TableCall) -> CodeTable | None:
        """A `Table(name, metadata, …)` of SQLAlchemy; None for a call of anything else."""
        call = one.call
        if not isinstance(call, Call) or self.bases.ours(path, call) != "Table":
            return None
        arguments = list(call.arguments)
        given = call.keywords.get("name") or (arguments.pop(0) if arguments else None)
        metadata = call.keywords.get("metadata") or (arguments.pop(0) if arguments else None)
        value = self.names.value(path, given)
        name = value if isinstance(value, str) else None
        holder, schema, known = self._metadata(path, metadata)
        items = self._of_items(path, [a for a in arguments if not self._is_column(path, a)])
        if "schema" in call.keywords:
            said = self.names.value(path, call.keywords["schema"])
            known = said is None or isinstance(said, str)
            schema = said if isinstance(said, str) else None
            if said is None and known:
                known = False  # SQLAlchemy takes None as the metadata's own
        known = known and not call.open_ended
        readings = [
            self.columns.column(path, None, a, None, a.line)
            for a in arguments
            if isinstance(a, Call) and self._is_column(path, a)
        ]
        columns = tuple(r.column for r in readings if r.column)
        whole = items.whole and len(columns) == len(readings) and not call.open_ended
        whole = (
            whole
            and not {"autoload_with", "autoload", "extend_existing", "keep_existing"} & call.keywords.keys()
        )
        return CodeTable(
            name,
            schema,
            known,
            path,
            call.line,
            self.purposes.get(path, "models"),
            _with_keys(columns, items) if items.whole else tuple(_unsure(c) for c in columns),
            whole,
            (),
            holder.partition(":")[0] if holder else None,
            holder.partition(":")[2] if holder else None,
            False,
            one.certain,
            None if name else "its name is computed",
            self.names.by_path.get(path, path),
        )

    def _is_column(self, path: str, said: Term) -> bool:
        return isinstance(said, Call) and self.bases.ours(path, said) == "Column"

    def _metadata(self, path: str, said: Term | None) -> tuple[str | None, str | None, bool]:
        """(where a MetaData is written, its schema, whether that is known)."""
        if not isinstance(said, Name):
            return None, None, False
        found = self.names.find(path, said.path)
        if found is None:
            return None, None, False
        target, rest = found.target, found.rest
        if isinstance(target, AssignedRef) and not rest:
            given = self.names.given(target)
            schema, known = self.bases.schema_of(target.path, given) if given else (None, False)
            return f"{target.path}:{target.name}", schema, known
        if isinstance(target, AssignedRef) and rest == ("metadata",):
            base = self.bases._assigned(target, ("Model",)) or self.bases._assigned(target, ())
            return (base.key, base.schema, base.schema_known) if base else (None, None, False)
        if isinstance(target, ClassRef) and rest == ("metadata",):
            root = self.bases.of(target).root
            return (root.key, root.schema, root.schema_known) if root else (None, None, False)
        return None, None, False


_OPENING = {"__getattr__", "__getattribute__", "__init_subclass__", "__new__"}


def _own(cls: Class) -> dict[str, Assigned | Function]:
    """What a class's body binds, the last of each name."""
    found: dict[str, Assigned | Function] = {}
    everything: list[Assigned | Function] = [*cls.assigned, *cls.functions]
    for one in sorted(everything, key=lambda one: one.line):
        found[one.name] = one
    return found


def _value(said: Assigned | Function | None) -> Term | None:
    if said is None:
        return None
    if isinstance(said, Function):
        return said.result
    return said.value if said.certain else None


def _schema(arguments: _Arguments, root: Root | None) -> tuple[str | None, bool]:
    if arguments.schema_given and arguments.schema is not None:
        return arguments.schema, True
    if not arguments.whole or root is None or arguments.schema_given:
        return None, False
    return root.schema, root.schema_known


def _with_keys(columns: tuple[CodeColumn, ...], arguments: _Arguments) -> tuple[CodeColumn, ...]:
    """What a PrimaryKeyConstraint adds; where arguments are not all known there may be one."""
    if not arguments.whole:
        return tuple(_unsure(c) for c in columns)
    if not arguments.keys:
        return columns
    return tuple(
        msgspec.structs.replace(
            c, primary_key=None if c.primary_key else c.name in arguments.keys, nullable=None
        )
        for c in columns
    )


def _unsure(column: CodeColumn) -> CodeColumn:
    if column.primary_key:
        return column
    return msgspec.structs.replace(column, primary_key=None, nullable=None)
