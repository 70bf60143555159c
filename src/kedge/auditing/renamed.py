"""What people say was renamed: `renamed_from` in the models, and `--accept-rename old=new`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kedge.catalog import Catalog, ObjectPath, TableKey
from kedge.compare import Hint, Hints
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.errors import UsageError

IN_MODELS = "the models say that it was called {old}"
ACCEPTED = "accepted with --accept-rename {entry}"


def checked(accepted: Iterable[str]) -> None:
    """Raises `UsageError` for what is no rename."""
    for entry in accepted:
        old, equals, new = entry.partition("=")
        if not equals or not old.strip() or not new.strip() or "=" in new:
            raise UsageError(
                f"--accept-rename {entry} is no rename",
                hint="write the database's name first: users=customers, or users.mail=users.email",
            )


class Said:
    """The hints of one audit; `unused` are the accepted renames that fit nothing."""

    def __init__(self, metadata: Iterable[DeclaredMetadata], accepted: Sequence[str], live: Catalog) -> None:
        self.metadata = tuple(metadata)
        self.live = live
        self.default = live.profile.default_schema
        self.tables = {self.key(t): t for m in self.metadata for t in m.tables}
        found: dict[ObjectPath, Hint] = {}
        for key, table in self.tables.items():
            found |= dict(self.of_table(key, table))
        self.unused: list[str] = []
        for entry in accepted:
            hints = dict(self.of_entry(entry))
            found |= hints
            if not hints:
                self.unused.append(entry)
        self.hints = Hints(found)

    def key(self, table: DeclaredTable) -> TableKey:
        return table.schema or self.default, table.name

    def of_table(self, key: TableKey, table: DeclaredTable) -> Iterator[tuple[ObjectPath, Hint]]:
        path = ObjectPath("table", *key)
        if table.renamed_from:
            yield path, self.hint(table.renamed_from, IN_MODELS.format(old=table.renamed_from))
        for column in table.columns:
            if column.renamed_from:
                said = IN_MODELS.format(old=column.renamed_from)
                yield path.part("column", column.name), Hint(column.renamed_from, said)
        for kind, name, old in (
            *((c.kind, c.name, c.renamed_from) for c in table.constraints),
            *(("index", i.name, i.renamed_from) for i in table.indexes),
        ):
            if old and name:
                yield path.part(kind, name), Hint(old, IN_MODELS.format(old=old))

    def hint(self, old: str, said: str) -> Hint:
        """A table's or type's old name, which may have its schema before it."""
        schema, dot, name = old.rpartition(".")
        return Hint(name, said, schema if dot else None)

    # -- what was accepted

    def of_entry(self, entry: str) -> Iterator[tuple[ObjectPath, Hint]]:
        old, _, new = (part.strip() for part in entry.partition("="))
        said = ACCEPTED.format(entry=entry)
        words, before = new.split("."), old.split(".")
        key = self.named(words)
        if key in self.tables:
            there = self.hint(old, said)
            if ((there.schema or key[0]), there.old) in self.live.tables:
                yield ObjectPath("table", *key), there
            return
        owner = self.named(words[:-1]) if len(words) > 1 else None
        if owner in self.tables and len(before) > 1:
            yield from self.of_part(owner, words[-1], before[-1], said)
        for kind, side in (("enum", self.live.enums), ("sequence", self.live.sequences)):
            there = self.hint(old, said)
            if (there.schema or key[0], there.old) in side and key not in side:
                yield ObjectPath(kind, key[0], None, key[1]), there
        if len(words) == 1 == len(before) and old in self.live.schemas and new not in self.live.schemas:
            yield ObjectPath("schema", new), Hint(old, said)

    def of_part(self, key: TableKey, name: str, old: str, said: str) -> Iterator[tuple[ObjectPath, Hint]]:
        table = self.tables[key]
        if any(c.name == name for c in table.columns):
            yield ObjectPath("column", *key, name), Hint(old, said)
        parts = [(c.kind, c.name) for c in table.constraints] + [("index", i.name) for i in table.indexes]
        for kind, own in parts:
            if own == name:
                yield ObjectPath(kind, *key, name), Hint(old, said)

    def named(self, words: Sequence[str]) -> TableKey:
        return (words[-2] if len(words) > 1 else self.default), words[-1]
