"""Which tables the judge found equal before: those need no judge while nothing that it saw has changed.

Remembered is only that two sides are one, never a difference. The key of a table holds all that took part in
the answer: the declared table and the live one, the tables its foreign keys point to on both sides, every type and
sequence that is declared, the audited database's own types and functions, the server's profile, and this Kedge.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kedge.catalog import Catalog, Enum, Sequence, Table, TableKey
from kedge.compare import Comparison
from kedge.declared import DeclaredMetadata, DeclaredTable
from kedge.dialects.base import Built
from kedge.memory import Memory, digest, kedge_itself
from kedge.objects import Domain

_SIZE = 16
# Names that every database keeps whole.
_SHORT = 60
# SQLAlchemy's quoted_name is a kind of str that msgspec does not know.
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Beside(msgspec.Struct, frozen=True):
    """What stands beside the tables, as the scratch spelled it."""

    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    domains: tuple[Domain, ...] = ()


class _Kept(msgspec.Struct, frozen=True):
    """One file: the keys of equal tables, and what stands beside them by the key of the ground."""

    same: bytes = b""
    beside: dict[str, Beside] = {}


class Remembered:
    """What is known of one database and one project, before and after an audit."""

    def __init__(self, memory: Memory, live: Catalog, root: str) -> None:
        self.memory = memory
        self.live = live
        profile = live.profile
        self.name = digest(root.encode(), profile.dialect.encode(), profile.database.encode()).hex() + ".same"
        kept = _Kept()
        if content := memory.get(self.name):
            try:
                kept = msgspec.msgpack.decode(content, type=_Kept)
            except msgspec.MsgspecError:
                pass
        self.known = {kept.same[n : n + _SIZE] for n in range(0, len(kept.same), _SIZE)}
        self.known_beside = kept.beside
        self.same: set[bytes] = set()
        self.beside: dict[str, Beside] = {}
        self.keys: dict[TableKey, bytes] = {}
        self._lives: dict[TableKey, bytes] = {}
        self._server = digest(kedge_itself(), _encode(profile), *(s.encode() for s in live.prelude))

    @property
    def active(self) -> bool:
        return self.memory.folder is not None

    def lay(self, layer: Iterable[DeclaredMetadata]) -> None:
        """From here on the tables of this layer are asked about."""
        self.keys = {}
        if not self.active:
            return
        metadata = tuple(layer)
        beside = [(m.enums, m.domains, m.sequences) for m in metadata]
        self.ground = digest(self._server, _encode(beside))
        default = self.live.profile.default_schema
        self.declared = {(t.schema or default, t.name): t for m in metadata for t in m.tables}
        self._texts = {key: digest(_encode(table)) for key, table in self.declared.items()}

    def is_same(self, key: TableKey, table: DeclaredTable, live: Table) -> bool:
        """Whether this very pair, on this very ground, was found equal before."""
        if not self.active:
            return False
        own = self.keys[key] = self._key(key, table)
        if own not in self.known or len(live.columns) != len(table.columns):
            return False
        self.same.add(own)
        return {c.name for c in table.columns} == {c.name for c in live.columns}

    def found_beside(self) -> Beside | None:
        """Types and sequences as they were spelled on this ground, if nothing was refused there."""
        found = self.known_beside.get(self.ground.hex()) if self.active else None
        if found is not None:
            self.beside[self.ground.hex()] = found
        return found

    def learn(self, equal: Iterable[TableKey], beside: Beside | None) -> None:
        self.same |= {self.keys[key] for key in equal if key in self.keys}
        if beside is not None and self.active:
            self.beside[self.ground.hex()] = beside

    def keep(self) -> None:
        """Write what this audit knows, where that is not what was there."""
        if self.active and (self.same != self.known or self.beside != self.known_beside):
            kept = _Kept(b"".join(sorted(self.same)), self.beside)
            self.memory.put(self.name, msgspec.msgpack.encode(kept))

    def _key(self, key: TableKey, table: DeclaredTable) -> bytes:
        default = self.live.profile.default_schema
        pointed = {(c.target.schema or default, c.target.table) for c in table.constraints if c.target}
        parts = [self.ground, self._texts[key], self._live(key)]
        for target in sorted(pointed - {key}):
            parts += [self._texts.get(target, b""), self._live(target)]
        return digest(*parts)

    def _live(self, key: TableKey) -> bytes:
        if key not in self._lives:
            table = self.live.tables.get(key)
            self._lives[key] = digest(_encode(table)) if table is not None else b""
        return self._lives[key]


def plainly_beside(layer: list[DeclaredMetadata], default_schema: str) -> Beside | None:
    """The enums that are declared, where they alone stand beside tables and no server could object to one."""
    if any(m.domains or m.sequences for m in layer):
        return None
    enums = {Enum(e.schema or default_schema, e.name, e.values) for m in layer for e in m.enums}
    names = {(e.schema, e.name) for e in enums}
    plain = all(
        e.values
        and len(set(e.values)) == len(e.values)
        and all(len(word.encode()) < _SHORT for word in (e.schema, e.name, *e.values))
        for e in enums
    )
    return Beside(tuple(enums)) if plain and len(names) == len(enums) else None


def lesson(comparison: Comparison, built: Built, database: Catalog) -> tuple[set[TableKey], Beside | None]:
    """The tables in which nothing was found, and what stands beside them if nothing was refused.

    Where anything was renamed, sides were compared under other names than their own: nothing is learned.
    """
    if any(d.names for d in comparison.differences):
        return set(), None
    paths = [p for d in comparison.differences for p in (d.path, d.model_path) if p]
    paths += [r.path for r in built.refusals] + [path for _, path, _ in comparison.notes]
    apart = {(p.schema or "", p.table or "") for p in paths}
    beside = None
    if not any(r.path.table is None for r in built.refusals):
        catalog = built.catalog
        standing = [s for s in catalog.sequences.values() if s.owner is None]
        domains = [one for one in catalog.objects.values() if isinstance(one, Domain)]
        beside = Beside(tuple(catalog.enums.values()), tuple(standing), tuple(domains))
    return {key for key in built.catalog.tables if key in database.tables and key not in apart}, beside
