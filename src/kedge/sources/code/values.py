"""Every table the source declares, loaded or not: what its text says, and no more than that."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from kedge.sources.code.facts import Sql, Use
from kedge.sources.code.files import Purpose


class Struct(msgspec.Struct, frozen=True, gc=False):
    pass


class CodeColumn(Struct, frozen=True):
    """None where the text does not tell. `type` is the name of the type's class."""

    name: str
    path: str
    line: int
    attribute: str | None = None
    nullable: bool | None = None
    primary_key: bool | None = None
    type: str | None = None


class CodeClass(Struct, frozen=True):
    """A class that stands for a table. `open` where it may have attributes that its text does not show."""

    path: str
    name: str
    line: int
    module: str
    attributes: frozenset[str] = frozenset()
    open: bool = True
    bases: tuple[tuple[str, str], ...] = ()


class CodeTable(Struct, frozen=True):
    """`name` is None where it is computed; `schema` only says something where `schema_known`.

    `whole` says that there are no columns but these. `metadata` is where the base or MetaData is written, `base`
    how it is called; `certain` that the declaration is run whenever its module is imported.
    """

    name: str | None
    schema: str | None
    schema_known: bool
    path: str
    line: int
    purpose: Purpose
    columns: tuple[CodeColumn, ...] = ()
    whole: bool = False
    classes: tuple[CodeClass, ...] = ()
    metadata: str | None = None
    base: str | None = None
    checking: bool = False
    certain: bool = True
    why: str | None = None
    module: str = ""

    @property
    def owner(self) -> str:
        """Who declares it, in words: a class, or a call of Table."""
        return self.classes[0].name if self.classes else f"Table({self.name!r})"


class Importing(Struct, frozen=True):
    """A file that imports another one, at a line."""

    path: str
    line: int
    imported: str
    name: str | None


class CodeUse(Struct, frozen=True):
    """A use of a class: `known` is the file and qualified name it leads to."""

    path: str
    purpose: Purpose
    known: tuple[str, str]
    use: Use


class CodeSql(Struct, frozen=True):
    path: str
    purpose: Purpose
    statement: Sql
    text: str


Placed = TypeVar("Placed", CodeTable, CodeUse, CodeSql)


class Code(Struct, frozen=True):
    """All that was read of the source. Paths start at `root`. `problems` are files nobody could parse.

    `shadowed` are folders that nobody imports, because the package is installed as well: and where.
    `migrations` are the folders of Alembic's env.py files, whether or not anybody names them.
    """

    root: str
    tables: tuple[CodeTable, ...] = ()
    uses: tuple[CodeUse, ...] = ()
    statements: tuple[CodeSql, ...] = ()
    imports: tuple[Importing, ...] = ()
    problems: tuple[tuple[str, int | None, str], ...] = ()
    shadowed: tuple[tuple[str, str], ...] = ()
    spoken: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    subclasses: dict[str, tuple[str, ...]] = {}
    migrations: tuple[str, ...] = ()
    files: int = 0

    def with_migrations(self, folders: tuple[str, ...]) -> Code:
        """The same, with what lies in these folders as what it is for: migrations."""

        def placed(ones: tuple[Placed, ...]) -> tuple[Placed, ...]:
            return tuple(
                msgspec.structs.replace(one, purpose="migrations") if one.path.startswith(folders) else one
                for one in ones
            )

        return msgspec.structs.replace(
            self,
            tables=placed(self.tables),
            uses=placed(self.uses),
            statements=placed(self.statements),
        )
