"""The comparison of one audit: what is settled without a judge, what a judge settles, and what nobody could."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from kedge.auditing.doubted import cleared, without
from kedge.auditing.ledger import Ledger
from kedge.auditing.made import made_anyway, stands, with_made, without_leaned_on, without_missed
from kedge.auditing.recorded import Recorded, recorded
from kedge.auditing.remembered import Remembered, lesson, plainly_beside
from kedge.auditing.rights import with_rights_declared
from kedge.auditing.scope import Scope
from kedge.auditing.stubs import narrowed
from kedge.auditing.targets import aimless
from kedge.auditing.unjudged import known_models, unconfirmed, unsettled
from kedge.auditing.unread import without_veiled
from kedge.catalog import Catalog, ObjectPath, Table, TableKey, Value
from kedge.compare import Answers, Comparison, Difference, Hints, compare, fold_refusal
from kedge.declared import Declared, DeclaredMetadata
from kedge.dialects import Dialect
from kedge.dialects.base import Built, Refusal
from kedge.history import History
from kedge.judge import Judge
from kedge.scratch import NoScratch, Scratch

Progress: TypeAlias = Callable[[str, int | None, int | None], None]
ROUNDS = 8
_NAMED = 6


class Layer(msgspec.Struct, frozen=True):
    """Metadatas in which no table stands twice; what is beyond tables is compared with the first layer, number 0.

    `same` are the tables that are certainly the live ones, `asked` those of them of which a judge said so;
    `suspects` have the rest.
    """

    metadata: list[DeclaredMetadata]
    number: int
    same: Mapping[TableKey, Table] = {}
    suspects: Sequence[DeclaredMetadata] = ()
    asked: frozenset[TableKey] = frozenset()

    @property
    def first(self) -> bool:
        return self.number == 0


class Comparing:
    """What is found goes into the ledger. With `insisted`, a judge that cannot be had is an error."""

    def __init__(
        self,
        dialect: Dialect,
        scratch: Scratch,
        declared: Declared,
        live: Catalog,
        scope: Scope,
        *,
        hints: Hints,
        histories: Sequence[History],
        remembered: Remembered,
        ledger: Ledger,
        progress: Progress,
        insisted: bool,
    ) -> None:
        self.dialect = dialect
        self.scratch = scratch
        self.declared = declared
        self.live = live
        self.scope = scope
        self.hints = hints
        self.histories = histories
        self.remembered = remembered
        self.ledger = ledger
        self.progress = progress
        self.insisted = insisted
        self.default = live.profile.default_schema
        self.database = scope.database(ledger.note)
        self.audited = sorted({*self.database.tables, *scope.tables})
        self.unreadable = {
            ObjectPath("column", t.schema or self.default, t.name, c.name)
            for m in declared.metadata
            for t in m.tables
            for c in t.columns
            if c.type is None
        }
        """Their parts cannot be built: that they have no type is said instead."""
        self._seen: dict[int, tuple[Catalog, Catalog]] = {}

    @property
    def seen(self) -> list[tuple[Catalog, Catalog]]:
        """What was compared with what, layer by layer."""
        return list(self._seen.values())

    def run(self) -> None:
        """Raises `NoScratch` where somebody insisted on a server and there is none."""
        layers = self.scope.layers()
        for number, metadata in enumerate(layers):
            self.progress("comparing", number, len(layers))
            self.remembered.lay(metadata)
            layer = self.cleared(self.settled(Layer(metadata, number)))
            if self.compare_settled(layer):
                continue
            try:
                self.compare_judged(layer)
            except NoScratch as missing:
                if self.insisted:
                    raise
                self.compare_unjudged(layer, missing)
        self.remembered.keep()
        for refusal in aimless(self.declared, self.live, self.dialect):
            self.refused(refusal)

    # -- what is certain before anything is built

    def settled(self, layer: Layer) -> Layer:
        """The layer with the tables that need no judge, as the live ones they equal."""
        same: dict[TableKey, Table] = {}
        suspects = []
        for metadata in layer.metadata:
            rest = []
            for table in metadata.tables:
                key = table.schema or self.default, table.name
                live = self.live.tables.get(key)
                if live is not None and (
                    self.remembered.is_same(key, table, live)
                    or (stands(table.made, live) and self.dialect.settled(table, live, self.live.profile))
                ):
                    same[key] = _in_order(live, [c.name for c in table.columns])
                else:
                    rest.append(table)
            suspects.append(msgspec.structs.replace(metadata, tables=tuple(rest)))
        return msgspec.structs.replace(layer, same=same, suspects=suspects)

    def cleared(self, layer: Layer) -> Layer:
        """The same, once a judge was asked about the expressions of suspects that are alike in all else."""
        keys = cleared(self.dialect, self.scratch, layer.suspects, self.live)
        columns = {
            (t.schema or self.default, t.name): [c.name for c in t.columns]
            for m in layer.suspects
            for t in m.tables
        }
        found = {key: _in_order(self.live.tables[key], columns[key]) for key in keys}
        suspects = without(layer.suspects, keys, self.default)
        return msgspec.structs.replace(layer, same={**layer.same, **found}, suspects=suspects, asked=keys)

    # -- with a judge, and without

    def compare_settled(self, layer: Layer) -> bool:
        """Compare without a judge, where there is nothing to ask one; False where there is."""
        if any(m.tables for m in layer.suspects):
            return False
        beside = self.remembered.found_beside() or plainly_beside(layer.metadata, self.default)
        if beside is None:
            return False
        models = Catalog(
            profile=self.live.profile,
            tables=layer.same,
            enums={(e.schema, e.name): e for e in beside.enums},
            sequences={(s.schema, s.name): s for s in beside.sequences},
            objects={d.path: d for d in beside.domains},
        )
        models = with_made(models, [], self.declared, first=layer.first)
        comparison = self.compared(layer, models, {})
        if comparison.questions:
            return False
        self.take(comparison)
        learned, _ = lesson(comparison, Built(models), self.database)
        self.remembered.learn(learned & layer.asked, None)
        return True

    def compare_judged(self, layer: Layer) -> None:
        with Judge.open(self.dialect, self.scratch) as judge:
            built = judge.build(layer.suspects, self.live)
            models = msgspec.structs.replace(built.catalog, tables={**layer.same, **built.catalog.tables})
            models = with_made(models, layer.suspects, self.declared, first=layer.first)
            for _ in range(ROUNDS):
                comparison = self.compared(layer, models, judge.answers)
                if comparison.questions <= set(judge.answers):
                    break
                self.progress("judging expressions", None, None)
                judge.lend(comparison.questions, models, self.live)
                judge.settle(comparison.questions)
        self.take(comparison)
        self.ledger.notes |= dict.fromkeys((*built.notes, *unsettled(judge.reasons, comparison)))
        for refusal in built.refusals:
            known = made_anyway(refusal.path, layer.suspects, self.default)
            if not known and not self.unreadable.intersection(refusal.refs):
                self.refused(refusal)
        learned, beside = lesson(comparison, built, self.database)
        asked, _ = lesson(comparison, Built(models, built.refusals), self.database)
        self.remembered.learn(learned | asked & layer.asked, beside)

    def compare_unjudged(self, layer: Layer, missing: NoScratch) -> None:
        """Compare what is written, where no server could be had to judge it; what differs is not confirmed."""
        for metadata in layer.suspects:
            if metadata.tables:
                reason = (
                    f"no server judged {len(metadata.tables)} tables, so what is said of them is unconfirmed"
                )
                path = ObjectPath("metadata", name=metadata.target)
                self.ledger.note("not-compared", f"{reason}: {missing}", path)
        if self.database.objects:
            self.ledger.note("not-compared", f"what is beyond tables was not compared: {missing}")
            self.database = msgspec.structs.replace(self.database, objects={})
        models = known_models(self.dialect, layer.suspects, layer.same, self.live)
        self.take(unconfirmed(lambda answers: self.compared(layer, models, answers)))

    def compared(self, layer: Layer, models: Catalog, answers: Answers) -> Comparison:
        database = self.database
        if not layer.first:
            tables = {k: t for k, t in database.tables.items() if k in models.tables}
            database = msgspec.structs.replace(database, tables=tables, enums={}, sequences={}, objects={})
            models = msgspec.structs.replace(models, enums={}, sequences={}, objects={})
        database = without_missed(
            narrowed(database, models, self.scope.stubs, self.scope.stub_rights), self.declared
        )
        told = Recorded()
        if layer.first:
            tables_of_both = {*database.tables, *self.scope.tables}
            told = recorded(
                self.histories, models, database, self.live, tables_of_both, self.scope.others.keys()
            )
            models = told.beside(models)
            there = {path: self.live.objects[path] for path in told.objects if path in self.live.objects}
            database = msgspec.structs.replace(database, objects={**database.objects, **there})
        models, database, veiled = without_veiled(models, database, self.live)
        self.ledger.notes |= dict.fromkeys(veiled)
        database = without_leaned_on(database, models)
        models, database = with_rights_declared(models, database, self.live, self.declared.made)
        self._seen[layer.number] = models, database
        found = compare(
            models,
            database,
            answers,
            others=self.scope.tables - set(models.tables),
            hints=self.hints,
            schemas=self.scope.renamed_schemas,
        )
        return told.marked(found)

    # -- what was found

    def take(self, comparison: Comparison) -> None:
        hidden = self.scope.excluded_parts()
        for difference in comparison.differences:
            if difference.path not in hidden:
                self.ledger.differences.setdefault((difference.key, str(difference.models)), difference)
        for kind, path, reason in comparison.notes:
            self.ledger.note(kind, reason, path)
        if comparison.reordered:
            names = sorted(str(path) for path in comparison.reordered)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            self.ledger.note(
                "column-order", f"the columns stand in another order in {', '.join(names[:_NAMED])}{more}"
            )

    def refused(self, refusal: Refusal) -> None:
        """What the server refuses is a finding, unless only the scratch may be to blame."""
        path = refusal.path
        if refusal.excused:
            self.ledger.note("not-compared", f"{refusal.excused}: {refusal.message}", path)
            return
        invalid = Difference(
            ObjectPath("model", path.schema, path.table, path.name),
            "invalid",
            Value("value", refusal.sql),
            Value("value", refusal.message),
            model_path=path,
            refs=refusal.refs,
        )
        differences = self.ledger.differences
        differences[path, refusal.sql] = fold_refusal(invalid, differences)


def _in_order(table: Table, names: list[str]) -> Table:
    """The table with its columns in this order; the very same one where that is its own."""
    if [c.name for c in table.columns] == names:
        return table
    columns = {c.name: c for c in table.columns}
    return msgspec.structs.replace(table, columns=tuple(columns[name] for name in names))
