"""Recognises what was renamed, and gives the database's tables the models' names so that the rest can be compared.

A rename is never claimed by name alone: the type must be the same, and something else must speak for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, TypeAlias

import msgspec

from kedge.catalog import Catalog, Column, Computed, Counter, Enum, Sequence, Table, TableKey
from kedge.compare.difference import Confidence, Difference, value
from kedge.compare.hints import Hint

SIMILAR = 0.6
ALIKE_TABLES = 0.75
ALIKE_WITH_NAME = 0.6

_SQL_TOKEN = re.compile(
    r"""E?'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|.""",
    re.DOTALL,
)


def tokens(expression: str) -> list[str]:
    """An SQL text cut into literals, names and single characters, nothing lost."""
    return _SQL_TOKEN.findall(expression)


def renamed_text(expression: str, names: Mapping[str, str]) -> str:
    """The expression with columns renamed; literals, function names and types are not touched."""
    parts = tokens(expression)
    out = []
    for position, token in enumerate(parts):
        quote = token[0] if token[0] in '"`' else ""
        name = token[1:-1].replace(quote * 2, quote) if quote else token
        after = parts[position + 1] if position + 1 < len(parts) else ""
        before = parts[position - 1] if position else ""
        if name in names and after != "(" and before not in (".", ":"):
            new = names[name]
            plain = quote != "`" and re.fullmatch(r"[a-z_][a-z0-9_]*", new)
            quote = quote or '"'
            out.append(new if plain else quote + new.replace(quote, quote * 2) + quote)
        else:
            out.append(token)
    return "".join(out)


def mentioned(expression: str) -> set[str]:
    """The names an SQL text mentions, of columns, functions and types alike."""
    return {t[1:-1].replace('""', '"') if t.startswith('"') else t for t in tokens(expression)}


# -- columns


def respellings(models: Table, database: Table) -> dict[str, str]:
    """The database's column names that differ from the models' in nothing but case, each with the models' name."""
    here, there = {c.name for c in models.columns}, {c.name for c in database.columns}
    folded = {name.lower(): name for name in here - there}
    return {name: folded[name.lower()] for name in there - here if name.lower() in folded}


def column_renames(
    models: Table,
    database: Table,
    hints: Mapping[str, Hint] | None = None,
    forms: Collection[frozenset[str]] = (),
) -> list[tuple[Column, Column, Confidence, tuple[str, ...]]]:
    """(models' column, database's column, confidence, evidence) for columns that changed their name.

    Those that stood beside each other in one of the table's `forms` are two.
    """
    here, there = {c.name for c in models.columns}, {c.name for c in database.columns}
    missing = [c for c in models.columns if c.name not in there]
    extra = [c for c in database.columns if c.name not in here]
    told: list[tuple[Column, Column, Confidence, tuple[str, ...]]] = []
    for left in list(missing):
        hint = (hints or {}).get(left.name)
        right = next((c for c in extra if hint is not None and c.name == hint.old), None)
        if hint is not None and right is not None:
            missing.remove(left)
            extra.remove(right)
            told.append((left, right, "certain", (hint.said,)))
    pairs = [
        (left, right)
        for left in missing
        for right in extra
        if not any(left.name in form and right.name in form for form in forms)
    ]
    return told + _guessed_columns(models, database, pairs)


def _guessed_columns(
    models: Table, database: Table, pairs: Iterable[tuple[Column, Column]]
) -> list[tuple[Column, Column, Confidence, tuple[str, ...]]]:
    scored = []
    for left, right in pairs:
        evidence = _column_evidence(models, database, left, right)
        if evidence is not None and len(evidence) > 1:
            scored.append((len(evidence), _similarity(left.name, right.name), left, right, evidence))
    scored.sort(key=lambda s: s[:2], reverse=True)
    found: list[tuple[Column, Column, Confidence, tuple[str, ...]]] = []
    taken: set[str] = set()
    for score, _, left, right, evidence in scored:
        if left.name in taken or right.name in taken:
            continue
        taken |= {left.name, right.name}
        rivals = [s for s in scored if (s[2] is left) != (s[3] is right) and s[0] >= score]
        names = dict.fromkeys(s[3].name if s[2] is left else s[2].name for s in rivals)
        also = (f"as well as {', '.join(names)} would fit",) if names else ()
        found.append((left, right, _confidence(left, right, score, len(rivals)), (*evidence, *also)))
    return found


def _confidence(left: Column, right: Column, score: int, rivals: int) -> Confidence:
    if left.type != right.type:
        return "guess"
    if left.name.lower() == right.name.lower():
        return "certain"
    return "likely" if score >= 3 and not rivals else "guess"


def _column_evidence(models: Table, database: Table, left: Column, right: Column) -> tuple[str, ...] | None:
    if (left.computed is None) != (right.computed is None):
        return None
    same = left.type == right.type
    evidence = [f"both are {left.type}"] if same else []
    if _neighbours(models, left.name, database) == _neighbours(database, right.name, models):
        evidence.append("they stand in the same place between the same columns")
    if left.name.lower() == right.name.lower():
        evidence.append("the names differ in case only")
    elif _similarity(left.name, right.name) >= SIMILAR:
        evidence.append("the names are alike")
    if shared := _shared_parts(models, left.name, database, right.name):
        evidence.append(f"the same {shared} is on both")
    if not same and len(evidence) > 1:
        evidence.append("only the types differ")
    return tuple(evidence)


def _neighbours(table: Table, name: str, other: Table) -> tuple[str | None, str | None]:
    """The nearest columns before and after that the other side has as well."""
    known = {c.name for c in other.columns}
    names = [c.name for c in table.columns]
    at = names.index(name)
    before = next((n for n in reversed(names[:at]) if n in known), None)
    after = next((n for n in names[at + 1 :] if n in known), None)
    return before, after


def _shared_parts(models: Table, left: str, database: Table, right: str) -> str | None:
    """A key, constraint or index that covers both columns in the same way."""
    for kind, parts in (
        ("foreign key", (models.foreign_keys, database.foreign_keys)),
        ("unique constraint", (models.uniques, database.uniques)),
        ("index", (models.indexes, database.indexes)),
        ("primary key", ((models.primary_key,), (database.primary_key,))),
        ("check", (models.checks, database.checks)),
    ):
        for one in parts[0]:
            for two in parts[1]:
                if one is None or two is None or left not in one.columns or right not in two.columns:
                    continue
                if [left if c == right else c for c in two.columns] == list(one.columns) and (
                    one.name in (None, two.name) or kind == "primary key"
                ):
                    return kind
    return None


def _similarity(one: str, two: str) -> float:
    one, two = one.lower(), two.lower()
    if min(len(one), len(two)) > 3 and (one in two or two in one):
        return 0.9
    return SequenceMatcher(None, one, two).ratio()


def with_columns_renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table as if its columns had always borne the new names (old name → new name)."""
    if not names:
        return table

    def renamed(item: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in item.__struct_fields__:
            old = getattr(item, field)
            new = old
            if field in ("columns", "include", "on_delete_columns"):
                new = tuple(names.get(c, c) for c in old)
            elif field in ("expression", "predicate", "default") and isinstance(old, str):
                new = renamed_text(old, names)
            elif field == "column" and isinstance(old, str):
                new = names.get(old, old)
            elif field == "keys":
                new = tuple(renamed(k) for k in old)
            elif isinstance(old, Computed):
                new = renamed(old)
            if new is not old:
                changes[field] = new
        return msgspec.structs.replace(item, **changes) if changes else item

    columns = (msgspec.structs.replace(c, name=names.get(c.name, c.name)) for c in table.columns)
    return msgspec.structs.replace(
        table,
        columns=tuple(map(renamed, columns)),
        primary_key=table.primary_key and renamed(table.primary_key),
        **{f: tuple(map(renamed, getattr(table, f)))
           for f in ("uniques", "foreign_keys", "checks", "exclusions", "indexes")},
    )  # fmt: skip


def with_part_renamed(models: Table, database: Table, old: str, new: str) -> tuple[Table, str | None]:
    """The table with one constraint or index under its new name, and its kind; None where there is none to rename."""
    primary = database.primary_key
    declared = models.primary_key
    if primary is not None and primary.name == old and declared is not None and declared.name == new:
        return msgspec.structs.replace(
            database, primary_key=msgspec.structs.replace(primary, name=new)
        ), "primary-key"
    for kind, field in PART_FIELDS.items():
        here, there = getattr(database, field), {p.name for p in getattr(models, field)}
        if new in there and any(p.name == old for p in here) and not any(p.name == new for p in here):
            renamed = (msgspec.structs.replace(p, name=new) if p.name == old else p for p in here)
            return msgspec.structs.replace(database, **{field: tuple(renamed)}), kind
    return database, None


PART_FIELDS = {
    "unique": "uniques",
    "foreign-key": "foreign_keys",
    "check": "checks",
    "exclusion": "exclusions",
    "index": "indexes",
}


# -- tables


TableRename: TypeAlias = tuple[Table, Table, str, Confidence, tuple[str, ...]]
Referrers: TypeAlias = Mapping[TableKey, frozenset[tuple[str, str, tuple[str, ...]]]]


def referrers(catalog: Catalog) -> Referrers:
    """Which columns of which tables point at each table by a foreign key."""
    found: dict[TableKey, set[tuple[str, str, tuple[str, ...]]]] = {}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            found.setdefault((key.target_schema, key.target_table), set()).add(
                (table.schema, table.name, key.columns)
            )
    return {key: frozenset(by) for key, by in found.items()}


def table_renames(
    models: Iterable[Table], database: Iterable[Table], pointing: Referrers, pointing_here: Referrers
) -> Iterator[TableRename]:
    """(models' table, database's table, "schema" or "name", confidence, evidence) among unmatched tables."""
    left, right = list(models), list(database)
    for table in list(left):
        by = pointing.get((table.schema, table.name), frozenset())
        shared = {o.name for o in right if by & pointing_here.get((o.schema, o.name), frozenset())}
        for other, attribute, confidence, evidence in _table_candidates(table, right, shared):
            left.remove(table)
            right.remove(other)
            yield table, other, attribute, confidence, evidence
            break


def _table_candidates(
    table: Table, others: list[Table], referred: set[str]
) -> list[tuple[Table, str, Confidence, tuple[str, ...]]]:
    scored = sorted(((alike(table, o), o) for o in others), key=lambda s: -s[0])
    found: list[tuple[Table, str, Confidence, tuple[str, ...]]] = []
    for score, other in scored:
        share = _share(table, other)
        if other.name == table.name and score >= 0.5:
            found.append((other, "schema", "likely", ("the name is the same", share)))
        elif other.schema == table.schema and other.name.lower() == table.name.lower() and score >= 0.5:
            found.append((other, "name", "certain", ("the names differ in case only", share)))
        elif other.schema == table.schema and _fits(table, other, score, referred):
            rivals = [
                o.name
                for rival, o in scored
                if o is not other and o.schema == table.schema and _fits(table, o, rival, referred)
            ]
            evidence = [share]
            if other.name in referred:
                evidence.append("the same foreign keys point at it")
            if _similarity(table.name, other.name) >= SIMILAR:
                evidence.append("the names are alike")
            if rivals:
                evidence.append(f"as well as {', '.join(sorted(rivals))} would fit")
            sure = not rivals and score >= ALIKE_TABLES
            found.append((other, "name", "likely" if sure else "guess", tuple(evidence)))
    return found


def _fits(table: Table, other: Table, score: float, referred: set[str]) -> bool:
    """Whether one may be the other's new name: by the columns, or by fewer of them and an alike name."""
    alike_name = _similarity(table.name, other.name) >= SIMILAR
    if score >= ALIKE_TABLES:
        return len(table.columns) > 2 or other.name in referred or alike_name
    return score >= ALIKE_WITH_NAME and alike_name


def _share(one: Table, two: Table) -> str:
    left = {(c.name, str(c.type)) for c in one.columns}
    right = {(c.name, str(c.type)) for c in two.columns}
    return f"{round(100 * len(left & right) / max(1, len(left | right)))} % of the columns agree in name and type"


def alike(one: Table, two: Table) -> float:
    """How much of the columns agrees, 0 to 1: a name and its type count for all, the name alone for half."""
    left = {(c.name, str(c.type)) for c in one.columns}
    right = {(c.name, str(c.type)) for c in two.columns}
    if not left or not right:
        return 0.0
    names, others = {name for name, _ in left}, {name for name, _ in right}
    return (len(left & right) / len(left | right) + len(names & others) / len(names | others)) / 2


def with_tables_renamed(catalog: Catalog, names: Mapping[TableKey, TableKey]) -> Catalog:
    """The catalog as if tables had always borne the new names, in foreign keys too."""
    if not names:
        return catalog
    tables = {}
    for key, table in catalog.tables.items():
        schema, name = names.get(key, key)
        keys = tuple(
            msgspec.structs.replace(k, target_schema=target[0], target_table=target[1])
            for k in table.foreign_keys
            for target in (names.get((k.target_schema, k.target_table), (k.target_schema, k.target_table)),)
        )
        tables[schema, name] = msgspec.structs.replace(table, schema=schema, name=name, foreign_keys=keys)
    return msgspec.structs.replace(catalog, tables=tables)


# -- enums


def enum_renames(models: Catalog, database: Catalog) -> list[tuple[Enum, Enum, tuple[str, ...]]]:
    """Enums whose name is on one side only, used by the same columns, with most of their labels in common."""
    left = [e for k, e in models.enums.items() if k not in database.enums]
    right = [e for k, e in database.enums.items() if k not in models.enums]
    found: list[tuple[Enum, Enum, tuple[str, ...]]] = []
    for enum in left:
        for other in right:
            shared = _labels_in_common(enum, other) > 0.5 and columns_using(models, enum) & columns_using(
                database, other
            )
            if shared:
                place = ", ".join(".".join(s) for s in sorted(shared))
                same = enum.values == other.values
                labels = "the labels are the same" if same else "most labels are the same"
                found.append((enum, other, (labels, f"the same column uses them: {place}")))
                right.remove(other)
                break
    return found


def _labels_in_common(one: Enum, two: Enum) -> float:
    left, right = set(one.values), set(two.values)
    return len(left & right) / len(left | right) if left or right else 1.0


def sequence_renames(models: Catalog, database: Catalog) -> list[tuple[Sequence, Sequence, tuple[str, ...]]]:
    """Sequences of their own that count alike, where the name or an unusual way of counting speaks for it."""
    left = [s for k, s in models.sequences.items() if k not in database.sequences and s.owner is None]
    right = [s for k, s in database.sequences.items() if k not in models.sequences and s.owner is None]
    found: list[tuple[Sequence, Sequence, tuple[str, ...]]] = []
    for sequence in left:
        alike_ones = [
            o
            for o in right
            if o.schema == sequence.schema
            and o.counter == sequence.counter
            and (_similarity(o.name, sequence.name) >= SIMILAR or o.counter != Counter())
        ]
        if len(alike_ones) == 1:
            right.remove(alike_ones[0])
            found.append((sequence, alike_ones[0], ("both count alike", "no other sequence does")))
    return found


def columns_using(catalog: Catalog, enum: Enum) -> set[tuple[str, str, str]]:
    spelling = enum.spelling
    return {
        (t.schema, t.name, c.name)
        for t in catalog.tables.values()
        for c in t.columns
        if c.type == spelling or (isinstance(c.type, str) and c.type.startswith(spelling + "["))
    }


def with_enums_renamed(catalog: Catalog, names: Mapping[str, str]) -> Catalog:
    """The catalog with enum types under other names; both as the catalog prints them."""
    if not names:
        return catalog

    def text(old: Any) -> Any:
        if isinstance(old, str):
            for before, after in names.items():
                whole = rf"(?<![\w.\"]){re.escape(before)}(?![\w\"])"
                old = re.sub(whole, after.replace("\\", r"\\"), old)
        return old

    def column(c: Column) -> Column:
        return msgspec.structs.replace(c, type=text(c.type), default=text(c.default))

    def part(p: Any, *fields: str) -> Any:
        return msgspec.structs.replace(p, **{f: text(getattr(p, f)) for f in fields})

    tables = {
        key: msgspec.structs.replace(
            t,
            columns=tuple(map(column, t.columns)),
            checks=tuple(part(c, "expression") for c in t.checks),
            indexes=tuple(
                msgspec.structs.replace(
                    part(i, "predicate"), keys=tuple(part(k, "expression") for k in i.keys)
                )
                for i in t.indexes
            ),
        )
        for key, t in catalog.tables.items()
    }
    return msgspec.structs.replace(catalog, tables=tables)


def name_difference(
    kind_path: Any, models_path: Any, names: tuple[str, str], confidence: Confidence, evidence: tuple[str, ...],
    attribute: str = "name",
) -> Difference:  # fmt: skip
    """The difference that is a rename: both names, and what speaks for it."""
    return Difference(
        kind_path,
        attribute,
        value(names[0]),
        value(names[1]),
        names=names,
        model_path=models_path,
        confidence=confidence,
        evidence=evidence,
    )
