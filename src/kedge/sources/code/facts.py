"""What one file of source code says by itself, before names of other files are known; kept between audits."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from kedge.sources.code.terms import Term


class Struct(msgspec.Struct, frozen=True, gc=False):
    pass


class Import(Struct, frozen=True):
    """`from module import attribute as name`, or `import module as name`; `*` imports everything."""

    name: str
    module: str
    attribute: str | None
    level: int
    line: int
    checking: bool = False
    local: bool = False


class Assigned(Struct, frozen=True):
    """`name: annotation = value`. `certain` where nothing decides at run time whether it happens."""

    name: str
    value: Term | None
    annotation: Term | None
    line: int
    certain: bool = True


class Function(Struct, frozen=True):
    """`result` where the function does nothing but return it."""

    name: str
    decorators: tuple[Term, ...]
    result: Term | None
    line: int
    certain: bool = True


class Class(Struct, frozen=True):
    """`name` is qualified, `binding` the name it has where it stands. `closed` where its body hides nothing."""

    name: str
    line: int
    bases: tuple[Term, ...]
    keywords: dict[str, Term]
    decorators: tuple[Term, ...]
    assigned: tuple[Assigned, ...]
    functions: tuple[Function, ...]
    inner: tuple[str, ...] = ()
    checking: bool = False
    certain: bool = True
    local: bool = False
    closed: bool = True

    @property
    def binding(self) -> str:
        return self.name.rpartition(".")[2]


class TableCall(Struct, frozen=True):
    """A call that may be `Table(…)`. `bound` is the name it was given; `certain` at the top of a module or class."""

    call: Term
    line: int
    bound: str | None
    owner: str | None
    certain: bool


UseKind: TypeAlias = Literal["constructor", "class", "filter", "values", "instance"]


class Use(Struct, frozen=True):
    """Code that takes a class to have these names: (name, line)."""

    kind: UseKind
    target: str
    names: tuple[tuple[str, int], ...]


class Sql(Struct, frozen=True):
    """A statement written out, or the name of one: `text("…")`, or what is given to something called execute."""

    function: str
    text: str | None
    line: int
    name: str | None = None


class FileFacts(Struct, frozen=True):
    """`stored` are names of attributes that are assigned, `spoken` those that come to be by their text (backref)."""

    imports: tuple[Import, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    tables: tuple[TableCall, ...] = ()
    uses: tuple[Use, ...] = ()
    statements: tuple[Sql, ...] = ()
    stored: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()
    problem: tuple[int | None, str] | None = None
