"""A CREATE TABLE, cut into its clauses. https://www.sqlite.org/lang_createtable.html"""

from __future__ import annotations

from functools import lru_cache

from kedge.catalog import Struct
from kedge.dialects.sqlite.text.tokens import (
    CUT,
    NotUnderstood,
    Token,
    closing,
    mentions,
    spelled,
    split,
    tokens,
)

_COLUMN_CLAUSES = frozenset(
    [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
    ]
)
_TABLE_CLAUSES = frozenset(["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])


class KeyText(Struct, frozen=True):
    """A PRIMARY KEY or UNIQUE as written."""

    name: str | None
    columns: tuple[str, ...]
    conflict: str | None = None
    autoincrement: bool = False


class CheckText(Struct, frozen=True):
    name: str | None
    expression: str
    mentions: frozenset[str]
    conflict: str | None = None


class ForeignText(Struct, frozen=True):
    """A foreign key as written. SQLite heeds its deferral only as DEFERRABLE INITIALLY DEFERRED."""

    name: str | None
    columns: tuple[str, ...]
    table: str
    deferred: bool = False


class ColumnText(Struct, frozen=True):
    name: str
    collation: str | None = None
    generated: str | None = None
    conflict: str | None = None


class TableText(Struct, frozen=True):
    columns: tuple[ColumnText, ...]
    primary_key: KeyText | None
    uniques: tuple[KeyText, ...]
    checks: tuple[CheckText, ...]
    foreign_keys: tuple[ForeignText, ...]
    options: tuple[str, ...]


@lru_cache(maxsize=CUT)
def table_text(sql: str) -> TableText:
    """Raises `NotUnderstood`."""
    return _Table(tokens(sql)).text()


class _Table:
    """One CREATE TABLE while it is cut."""

    def __init__(self, parts: list[Token]) -> None:
        self.parts = parts
        self.columns: list[ColumnText] = []
        self.primary_key: KeyText | None = None
        self.uniques: list[KeyText] = []
        self.checks: list[CheckText] = []
        self.foreign_keys: list[ForeignText] = []

    def text(self) -> TableText:
        start = next((n for n, t in enumerate(self.parts) if t.text == "("), None)
        if start is None or self.parts[0].word != "CREATE":
            raise NotUnderstood("no list of columns")
        end = closing(self.parts, start)
        for item in split(self.parts[start + 1 : end]):
            if not item:
                raise NotUnderstood("an empty clause")
            if item[0].word in _TABLE_CLAUSES:
                _Clauses(self, item, 0, None).take()
            else:
                self.column(item)
        words = [[t.word for t in o] for o in split(self.parts[end + 1 :])]
        options = tuple(sorted(" ".join(o).lower() for o in words if o))
        if not set(options) <= {"without rowid", "strict"}:
            raise NotUnderstood(f"the table option {', '.join(options)}")
        return TableText(
            columns=tuple(self.columns),
            primary_key=self.primary_key,
            uniques=tuple(self.uniques),
            checks=tuple(self.checks),
            foreign_keys=tuple(self.foreign_keys),
            options=options,
        )

    def column(self, item: list[Token]) -> None:
        if not item[0].names:
            raise NotUnderstood(f"a column called {item[0].text}")
        position = 1
        while position < len(item) and item[position].word not in _COLUMN_CLAUSES:
            position = (closing(item, position) if item[position].text == "(" else position) + 1
        clauses = _Clauses(self, item, position, item[0].value)
        clauses.take()
        self.columns.append(
            ColumnText(
                name=item[0].value,
                collation=clauses.collation,
                generated=clauses.generated,
                conflict=clauses.conflict,
            )
        )


class _Clauses:
    """The constraints of one column, or of the table (`column` None), one after the other."""

    def __init__(self, table: _Table, item: list[Token], position: int, column: str | None) -> None:
        self.table = table
        self.item = item
        self.at = position
        self.column = column
        self.name: str | None = None
        self.collation: str | None = None
        self.generated: str | None = None
        self.conflict: str | None = None

    def take(self) -> None:
        while self.at < len(self.item):
            word = self.next().word
            clause = getattr(self, f"_{word.lower()}", None) if word else None
            if clause is None:
                raise NotUnderstood(f"{self.item[self.at - 1].text} in a clause")
            clause()
            if word != "CONSTRAINT":
                self.name = None

    # -- moving on

    def next(self) -> Token:
        if self.at >= len(self.item):
            raise NotUnderstood("a clause that ends early")
        self.at += 1
        return self.item[self.at - 1]

    def ahead(self, *words: str) -> bool:
        """Whether these words follow; they are taken."""
        found = [t.word for t in self.item[self.at : self.at + len(words)]] == list(words)
        self.at += len(words) if found else 0
        return found

    def expect(self, *words: str) -> None:
        if not self.ahead(*words):
            raise NotUnderstood(f"{' '.join(words)} is missing")

    def group(self) -> list[Token] | None:
        """What stands in the parenthesis that follows, if one does."""
        if self.at >= len(self.item) or self.item[self.at].text != "(":
            return None
        start, self.at = self.at + 1, closing(self.item, self.at) + 1
        return self.item[start : self.at - 1]

    def names(self) -> tuple[tuple[str, ...], bool]:
        """The columns in the parenthesis that follows, else the column itself; whether AUTOINCREMENT is said."""
        inside = self.group()
        if inside is None:
            if self.column is None:
                raise NotUnderstood("a constraint without columns")
            return (self.column,), False
        items = split(inside)
        if not all(i and i[0].names for i in items):
            raise NotUnderstood("a constraint on what is no column")
        return tuple(i[0].value for i in items), any(t.word == "AUTOINCREMENT" for t in inside)

    def on_conflict(self) -> str | None:
        """What happens when it is broken; ABORT is what happens anyway."""
        if not self.ahead("ON", "CONFLICT"):
            return None
        word = self.next().word
        return None if word == "ABORT" else word.lower()

    # -- the clauses, by their first word

    def _constraint(self) -> None:
        self.name = self.next().value

    def _primary(self) -> None:
        self.expect("KEY")
        columns, autoincrement = self.names()
        _ = self.ahead("ASC") or self.ahead("DESC")
        conflict = self.on_conflict()
        autoincrement = self.ahead("AUTOINCREMENT") or autoincrement
        self.table.primary_key = KeyText(self.name, columns, conflict, autoincrement)

    def _unique(self) -> None:
        columns, _ = self.names()
        self.table.uniques.append(KeyText(self.name, columns, self.on_conflict()))

    def _check(self) -> None:
        inside = self.group()
        if inside is None:
            raise NotUnderstood("a CHECK without an expression")
        check = CheckText(self.name, spelled(inside), mentions(inside), self.on_conflict())
        self.table.checks.append(check)

    def _foreign(self) -> None:
        self.expect("KEY")
        columns, _ = self.names()
        self.expect("REFERENCES")
        self.reference(columns)

    def _references(self) -> None:
        self.reference((self.column or "",))

    def reference(self, columns: tuple[str, ...]) -> None:
        name, table = self.name, self.next()
        if not table.names:
            raise NotUnderstood("a foreign key to what is no table")
        self.group()
        while self.at < len(self.item):
            if self.ahead("ON"):
                self.next()
                if not (self.ahead("SET") or self.ahead("NO")):
                    self.next()
                    continue
                self.next()
            elif self.ahead("MATCH"):
                self.next()
            else:
                break
        self.table.foreign_keys.append(ForeignText(name, columns, table.value))
        self.deferral()

    def deferral(self) -> None:
        negated = self.ahead("NOT", "DEFERRABLE")
        if not (negated or self.ahead("DEFERRABLE")):
            return
        deferred = self.ahead("INITIALLY") and self.next().word == "DEFERRED" and not negated
        keys = self.table.foreign_keys
        if keys and deferred:
            last = keys.pop()
            keys.append(ForeignText(last.name, last.columns, last.table, True))

    def _deferrable(self) -> None:
        self.at -= 1
        self.deferral()

    def _not(self) -> None:
        if self.item[self.at].word == "DEFERRABLE":
            self.at -= 1
            self.deferral()
            return
        self.expect("NULL")
        self.conflict = self.on_conflict()

    def _null(self) -> None:
        self.on_conflict()

    def _default(self) -> None:
        if self.group() is None and self.next().text in ("+", "-"):
            self.next()

    def _collate(self) -> None:
        self.collation = self.next().value.upper()

    def _generated(self) -> None:
        self.expect("ALWAYS")

    def _as(self) -> None:
        inside = self.group()
        if inside is None:
            raise NotUnderstood("AS without an expression")
        self.generated = spelled(inside)
        _ = self.ahead("STORED") or self.ahead("VIRTUAL")
