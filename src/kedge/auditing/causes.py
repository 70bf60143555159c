"""From the histories of an audit to the causes of its findings, and to what only the history knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from kedge.advice import Dependants
from kedge.auditing.recorded import schemas_said
from kedge.auditing.scope import Scope
from kedge.auditing.unread import veil_of
from kedge.catalog import Catalog, ObjectPath, Origins, TableKey
from kedge.causes.account import Account, Accounts, Unloaded
from kedge.causes.commits import Commits
from kedge.causes.data import Data
from kedge.causes.lens import Ask
from kedge.causes.timeline import Timelines
from kedge.compare import Answers, Difference, Question, compare
from kedge.declared import DeclaredMetadata
from kedge.dialects import Dialect
from kedge.history import History
from kedge.judge import Judge
from kedge.objects import InstalledExtension
from kedge.rules.agreed import rule_of
from kedge.scratch import NoScratch, Scratch
from kedge.verdict import Known

_KEYED = ("enums", "sequences", "objects")
_ROUNDS = 4
# They are compared where somebody declares them.
_RIGHTS = ("grant", "revocation", "default-privilege", "owner")


class Sides(msgspec.Struct, frozen=True):
    """What was compared: both sides, what the server has beside what is audited, and what nobody may look at.

    `others` are tables that no revision of ours makes.
    """

    models: Catalog
    database: Catalog
    live: Catalog
    hidden: frozenset[ObjectPath] = frozenset()
    unseen: frozenset[TableKey] = frozenset()
    others: frozenset[TableKey] = frozenset()


class Explained(msgspec.Struct, frozen=True):
    """The account of each difference, and the facts on which the two sides agree and history does not."""

    accounts: Mapping[tuple[ObjectPath, str], Account] = {}
    agreed: tuple[tuple[Difference, Account], ...] = ()


def explained(
    differences: Sequence[Difference],
    sides: Sides,
    histories: Iterable[History],
    ask: Ask,
    *,
    origins: Origins,
    root: Path,
    unloaded: Mapping[TableKey, Unloaded],
    homes: Mapping[TableKey, str],
) -> Explained:
    """Why each difference is there. Nothing where no revision was replayed."""
    lines = [
        Timelines(sides.models, sides.database, _audited(history, sides), ask)
        for history in histories
        if history.steps
    ]
    if not lines:
        return Explained()
    commits = Commits(root)
    accounts = Accounts(lines, origins=origins, root=root, commits=commits, unloaded=unloaded, homes=homes)
    commits.blame(
        (o.path, o.line)
        for d in differences
        for o in origins.get(d.model_path or d.path, ())
        if o.path and o.line
    )
    told = {d.key: account for d in differences if (account := accounts.of(d)) is not None}
    agreed = []
    for one in lines:
        for difference in _unlike_history(one, differences, sides, ask):
            if accounts.home(difference) is one:
                account = accounts.of_agreed(one, difference)
                if rule_of(account.cause.kind) is not None:
                    agreed.append((difference, account))
    return Explained(told, tuple(agreed))


def sides_of(seen: Sequence[tuple[Catalog, Catalog]], live: Catalog, scope: Scope) -> Sides:
    """What was compared, all layers together."""
    models, database = seen[0]
    for more, _ in seen[1:]:
        models = msgspec.structs.replace(models, tables={**more.tables, **models.tables})
    hidden = frozenset(scope.excluded_parts())
    unseen = frozenset((p.schema or "", p.table or "") for p, _ in scope.unseen())
    return Sides(models, database, live, hidden, unseen, frozenset(scope.others))


@contextmanager
def asking(
    dialect: Dialect, scratch: Scratch, layers: Sequence[list[DeclaredMetadata]], live: Catalog
) -> Iterator[Ask]:
    """Asks one judge, which is opened when there is a first question; without a scratch nobody can tell."""
    with ExitStack() as stack:
        judges: list[Judge] = []

        def ask(questions: frozenset[Question]) -> Answers:
            if not questions:
                return {}
            try:
                if not judges:
                    judges.append(stack.enter_context(Judge.open(dialect, scratch)))
                    judges[0].build(layers[0], live)
            except NoScratch:
                return dict.fromkeys(questions)
            judges[0].lend(questions, live, live)
            judges[0].settle(questions)
            return judges[0].answers

        yield ask


def untracked(scope: Scope) -> dict[TableKey, Unloaded]:
    """Tables that no environment passes to Alembic."""
    found = {}
    for metadata, tables in scope.untracked_tables():
        for key, table in tables:
            where = f" at {table.place.path}:{table.place.line}" if table.place else ""
            said = f"{table.name} is declared on {metadata.target}{where}, which env.py does not pass on"
            found[key] = Unloaded("metadata-not-tracked", said)
    return found


def known_of(
    told: Explained,
    seen: Sequence[tuple[Catalog, Catalog]],
    data: Mapping[tuple[ObjectPath, str], Data],
) -> Known:
    """What the verdict has to know, foreign keys that hang on a column included."""
    hanging: dict[ObjectPath, set[str]] = {}
    for table in seen[0][1].tables.values() if seen else ():
        for key in table.foreign_keys:
            for column in key.target_columns:
                path = ObjectPath("column", key.target_schema, key.target_table, column)
                hanging.setdefault(path, set()).add(table.name)
    return Known(
        told.accounts,
        told.agreed,
        data,
        dependants={p: Dependants(tuple(sorted(t))) for p, t in hanging.items()},
    )


def _unlike_history(
    lines: Timelines, known: Sequence[Difference], sides: Sides, ask: Ask
) -> Iterator[Difference]:
    """In what the database differs from its own revisions, where the models differ from neither or from both alike.

    A database that bears no revision was not made by them: `environment-pending` says so once.
    """
    history = lines.history
    if history.at_database is None or not history.database_revisions:
        return
    catalog = history.steps[history.at_database].catalog
    answers: dict[Question, bool | None] = {}
    for _ in range(_ROUNDS):
        comparison = compare(catalog, sides.database, answers, others=frozenset())
        new = comparison.questions - set(answers)
        if not new:
            break
        answers |= dict.fromkeys(new) | dict(ask(new))
    told = {path for d in known for path in (d.path, d.model_path) if path is not None}
    nameless = {_part(d) for d in known if (d.model_path or d.path).name is None} - {None}
    whole = {
        (p.schema, p.table)
        for d in known
        if d.path.kind == "table" and d.attribute in ("presence", "name", "schema", "kind")
        for p in (d.path, d.model_path)
        if p is not None
    }
    for d in comparison.differences:
        paths = {p for p in (d.path, d.model_path) if p is not None}
        passed = any((p.schema, p.table) in whole for p in paths) or any(
            (p.schema or "", p.table or "") in sides.unseen for p in paths
        )
        beside = d.path.kind == "table" and _extra_elsewhere(d, sides)
        if (
            d.implied_by is None
            and d.confirmed
            and not passed
            and not beside
            and not paths & (told | sides.hidden)
            and not any(veil_of(p, sides.live) for p in paths)
            and _part(d) not in nameless
        ):
            yield d


def _part(d: Difference) -> tuple[object, ...] | None:
    """A part that is there or not, by what it is: models leave the name to the database."""
    if d.attribute != "presence" or d.path.kind in ("table", "column"):
        return None
    shown = d.models if d.models.state == "value" else d.database
    return d.path.kind, d.path.schema, d.path.table, str(shown.value)


def _extra_elsewhere(d: Difference, sides: Sides) -> bool:
    """A table another history may have made: the database's own, and no finding."""
    key = d.path.schema or "", d.path.table or ""
    return d.models.state == "missing" and key not in sides.models.tables


def _audited(history: History, sides: Sides) -> History:
    """The history less what is not audited: other schemas, others' objects, the version table itself.

    Others' tables that the models declare were there all the time, as they are. A database that records no revision
    stands before the first.
    """
    theirs = {key: table for key, table in sides.database.tables.items() if key in sides.others}
    first = not history.database_revisions and history.steps[0].revision is None
    return msgspec.structs.replace(
        history,
        at_database=0 if first else history.at_database,
        steps=tuple(
            msgspec.structs.replace(
                step,
                catalog=msgspec.structs.replace(
                    step.catalog,
                    schemas=sides.database.schemas,
                    **{field: _kept(getattr(step.catalog, field), field, history, sides) for field in _KEYED},
                    tables={**_kept(step.catalog.tables, "tables", history, sides), **theirs},
                ),
            )
            for step in history.steps
        ),
    )


def _kept(items: Mapping[Any, Any], field: str, history: History, sides: Sides) -> dict[Any, Any]:
    models, database, live = (getattr(side, field) for side in (sides.models, sides.database, sides.live))
    said = schemas_said(history) if field == "objects" else set()

    def audited(key: Any) -> bool:
        schema, name = (key.schema, key.name or "") if isinstance(key, ObjectPath) else key
        if field == "tables" and (name == history.version_table or name.startswith("alembic_version")):
            return False
        compared = key in database or key in models
        if isinstance(key, ObjectPath) and key.kind in _RIGHTS:
            return compared
        return compared or (key not in live and schema in sides.database.schemas)

    def told(key: Any, item: Any) -> Any:
        """An extension of which no revision says in which schema it stands is where it is."""
        silent = isinstance(item, InstalledExtension) and item.name not in said
        return live.get(key, item) if silent else item

    return {key: told(key, item) for key, item in items.items() if audited(key)}
