"""Changes of primary keys, unique constraints, foreign keys, checks and exclusions."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.laws.live import Live, LiveConstraint, LiveTable
from tests.laws.mutations.mutation import Change, Pick, alter, mutation, on
from tests.laws.spelling import literal, quoted

Place = tuple[LiveTable, LiveConstraint]
KINDS = {"p": "primary-key", "u": "unique", "f": "foreign-key", "c": "check", "x": "exclusion"}
# One constraint of each kind, by its letter.
NEEDS = {
    "p": ("primary key: serial",),
    "u": ("table: unique",),
    "f": ("table: foreign key",),
    "c": ("table: check",),
    "x": ("table: exclusion",),
}
_DEFERRAL = re.compile(r"( DEFERRABLE( INITIALLY DEFERRED)?)?( NOT VALID)?$")


def all_of(live: Live, kind: str) -> list[Place]:
    """Those nobody depends on."""
    return [(t, c) for t in live.tables for c in t.of(kind) if not c.referenced]


def gone(live: Live, place: Place, *sql: str) -> Change:
    """What only the models have bears their name, or none."""
    name = place[1].name
    return on(KINDS[place[1].kind], place[0], name if name in live.named else None, *sql)


def about(place: Place, *sql: str) -> Change:
    return on(KINDS[place[1].kind], place[0], place[1].name, *sql)


def remade(place: Place, definition: str) -> Change:
    """The constraint under its name and comment, defined otherwise."""
    table, part = place
    name = quoted(part.name)
    sql = [alter(table, f"DROP CONSTRAINT {name}"), alter(table, f"ADD CONSTRAINT {name} {definition}")]
    if part.comment is not None:
        sql.append(f"COMMENT ON CONSTRAINT {name} ON {table.sql} IS {literal(part.comment)}")
    return about(place, *sql)


def redefined(
    live: Live,
    pick: Pick,
    kind: str,
    change: Callable[[str], str],
    fits: Callable[[LiveConstraint], bool] = lambda c: True,
) -> Change | None:
    place = pick([p for p in all_of(live, kind) if fits(p[1])])
    return place and remade(place, change(place[1].definition))


def names(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(quoted, columns))


SORTABLE = (
    "int2",
    "int4",
    "int8",
    "text",
    "varchar",
    "uuid",
    "date",
    "numeric",
    "bool",
    "timestamp",
    "timestamptz",
)


def sortable(table: LiveTable, part: LiveConstraint | None = None) -> list[str]:
    """Columns for a key: those nothing stands on, or all that this part does not have."""
    columns = table.free if part is None else [c for c in table.columns if c.name not in part.columns]
    return [c.name for c in columns if c.type_name in SORTABLE]


# -- the same change for every kind


def _presence(kind: str) -> None:
    word = KINDS[kind].replace("-", "_")

    def dropped(live: Live, pick: Pick) -> Change | None:
        place = pick(all_of(live, kind))
        return place and gone(live, place, alter(place[0], f"DROP CONSTRAINT {quoted(place[1].name)}"))

    dropped.__name__ = f"{word}_dropped"
    mutation(f"{KINDS[kind]}-presence", f"Table.{FIELDS[kind]}", needs=NEEDS[kind])(dropped)


def _name(kind: str) -> None:
    word = KINDS[kind].replace("-", "_")

    def renamed(live: Live, pick: Pick) -> Change | None:
        place = pick([(t, c) for t in live.tables for c in t.of(kind) if c.name in live.named])
        return place and on(
            KINDS[kind],
            place[0],
            "Other name",
            alter(place[0], f'RENAME CONSTRAINT {quoted(place[1].name)} TO "Other name"'),
        )

    renamed.__name__ = f"{word}_renamed"
    named = (f"{KINDS[kind].replace('-', ' ')}: named",)
    mutation(f"{KINDS[kind]}-name", f"{CLASSES[kind]}.name", needs=(*NEEDS[kind], *named))(renamed)


def _comment(kind: str) -> None:
    word = KINDS[kind].replace("-", "_")

    def commented(live: Live, pick: Pick) -> Change | None:
        place = pick([(t, c) for t in live.tables for c in t.of(kind)])
        return place and about(
            place, f"COMMENT ON CONSTRAINT {quoted(place[1].name)} ON {place[0].sql} IS 'another'"
        )

    commented.__name__ = f"{word}_comment_changed"
    mutation(f"{KINDS[kind]}-comment", f"{CLASSES[kind]}.comment", needs=NEEDS[kind])(commented)


def _deferral(kind: str, attribute: str, wanted: str) -> None:
    word = KINDS[kind].replace("-", "_")

    def deferred(live: Live, pick: Pick) -> Change | None:
        def change(definition: str) -> str:
            before = _DEFERRAL.search(definition)
            assert before is not None
            other = wanted if before[1] != wanted else ""
            return definition[: before.start()] + other + (before[3] or "")

        return redefined(live, pick, kind, change)

    deferred.__name__ = f"{word}_{attribute}_changed"
    mutation(f"{KINDS[kind]}-deferrable", f"{CLASSES[kind]}.{attribute}", needs=NEEDS[kind])(deferred)


CLASSES = {"p": "PrimaryKey", "u": "Unique", "f": "ForeignKey", "c": "Check", "x": "Exclusion"}
FIELDS = {"p": "primary_key", "u": "uniques", "f": "foreign_keys", "c": "checks", "x": "exclusions"}
for _kind in KINDS:
    _presence(_kind)
    _name(_kind)
    _comment(_kind)
for _kind in "pufx":
    _deferral(_kind, "deferrable", " DEFERRABLE")
    _deferral(_kind, "initially_deferred", " DEFERRABLE INITIALLY DEFERRED")


# -- primary keys


@mutation("primary-key-presence", "Table.primary_key", needs=("primary key: none", "type: integer"))
def primary_key_added(live: Live, pick: Pick) -> Change | None:
    """Over columns that are NOT NULL already, or become so with it."""
    table = pick([t for t in live.tables if not t.of("p") and sortable(t)])
    column = pick(sortable(table)) if table else None
    return (
        table
        and column
        and on(
            "primary-key",
            table,
            "Key here",
            alter(table, f'ADD CONSTRAINT "Key here" PRIMARY KEY ({quoted(column)})'),
        )
    ) or None


@mutation("primary-key-columns", "PrimaryKey.columns", needs=("primary key: composite",))
def primary_key_of_fewer_columns(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "p") if len(p[1].columns) > 1 and "INCLUDE" not in p[1].definition])
    return place and remade(place, f"PRIMARY KEY ({names(place[1].columns[:-1])}){_deferral_of(place[1])}")


@mutation("primary-key-columns", "PrimaryKey.columns", needs=("primary key: composite",))
def primary_key_in_another_order(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "p") if len(p[1].columns) > 1 and "INCLUDE" not in p[1].definition])
    return place and remade(place, f"PRIMARY KEY ({names(place[1].columns[::-1])}){_deferral_of(place[1])}")


@mutation("primary-key-columns", "PrimaryKey.columns", needs=("primary key: serial", "type: integer"))
def primary_key_of_more_columns(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "p") if sortable(p[0]) and "INCLUDE" not in p[1].definition])
    more = pick(sortable(place[0])) if place else None
    return (
        place
        and more
        and remade(place, f"PRIMARY KEY ({names([*place[1].columns, more])}){_deferral_of(place[1])}")
    ) or None


@mutation("primary-key-include", "PrimaryKey.include", needs=("primary key: serial", "column: nullable"))
def primary_key_include_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "p"))
    more = pick([c for c in place[0].columns if c.name not in place[1].columns]) if place else None
    if place is None or more is None:
        return None
    include = "" if " INCLUDE (" in place[1].definition else f" INCLUDE ({quoted(more.name)})"
    return remade(place, f"PRIMARY KEY ({names(place[1].columns)}){include}{_deferral_of(place[1])}")


@mutation("primary-key-presence", "Table.primary_key", needs=("primary key: serial",))
def primary_key_made_unique(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "p"))
    if place is None:
        return None
    table, part = place
    return gone(
        live,
        place,
        alter(table, f"DROP CONSTRAINT {quoted(part.name)}"),
        alter(table, f'ADD CONSTRAINT "Uq" UNIQUE ({names(part.columns)})'),
    )


def _deferral_of(part: LiveConstraint) -> str:
    return (" DEFERRABLE" if part.deferrable else "") + (" INITIALLY DEFERRED" if part.deferred else "")


# -- unique


@mutation("unique-presence", "Table.uniques", needs=("type: integer",))
def unique_added(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if sortable(t)])
    column = pick(sortable(table)) if table else None
    return (
        table
        and column
        and on(
            "unique", table, "Extra uq", alter(table, f'ADD CONSTRAINT "Extra uq" UNIQUE ({quoted(column)})')
        )
    ) or None


@mutation("unique-columns", "Unique.columns", needs=("table: unique", "type: integer"))
def unique_over_more_columns(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "u") if sortable(*p) and "INCLUDE" not in p[1].definition])
    more = pick(sortable(*place)) if place else None
    if place is None or more is None:
        return None
    nulls = "NULLS NOT DISTINCT " if "NULLS NOT DISTINCT" in place[1].definition else ""
    return remade(place, f"UNIQUE {nulls}({names([*place[1].columns, more])}){_deferral_of(place[1])}")


@mutation("unique-columns", "Unique.columns", needs=("unique: several columns",))
def unique_in_another_order(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "u") if len(p[1].columns) > 1 and "INCLUDE" not in p[1].definition])
    if place is None:
        return None
    nulls = "NULLS NOT DISTINCT " if "NULLS NOT DISTINCT" in place[1].definition else ""
    return remade(place, f"UNIQUE {nulls}({names(place[1].columns[::-1])}){_deferral_of(place[1])}")


@mutation("unique-nulls-not-distinct", "Unique.nulls_not_distinct", needs=("table: unique",))
def unique_nulls_changed(live: Live, pick: Pick) -> Change | None:
    def change(definition: str) -> str:
        if definition.startswith("UNIQUE NULLS NOT DISTINCT"):
            return definition.replace("UNIQUE NULLS NOT DISTINCT", "UNIQUE", 1)
        return definition.replace("UNIQUE", "UNIQUE NULLS NOT DISTINCT", 1)

    return redefined(live, pick, "u", change)


@mutation("unique-include", "Unique.include", needs=("table: unique", "column: nullable"))
def unique_include_added(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "u") if "INCLUDE" not in p[1].definition])
    more = pick([c for c in place[0].columns if c.name not in place[1].columns]) if place else None
    if place is None or more is None:
        return None
    before = _DEFERRAL.search(place[1].definition)
    assert before is not None
    return remade(
        place,
        f"{place[1].definition[: before.start()]} INCLUDE ({quoted(more.name)}){_deferral_of(place[1])}",
    )


@mutation("unique-representation", "Table.uniques", "Table.indexes", needs=("table: unique",))
def unique_made_an_index(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "u") if not p[1].deferrable and not p[1].comment])
    if place is None:
        return None
    table, part = place
    rest = part.definition.removeprefix("UNIQUE")
    nulls = " NULLS NOT DISTINCT" if rest.startswith(" NULLS NOT DISTINCT") else ""
    return about(
        place,
        alter(table, f"DROP CONSTRAINT {quoted(part.name)}"),
        f"CREATE UNIQUE INDEX {quoted(part.name)} ON {table.sql} {rest.removeprefix(nulls)}{nulls}",
    )


# -- foreign keys


def reference(part: LiveConstraint, **changed: str) -> str:
    """The definition with some of its pieces changed; the column list of SET NULL (…) is kept or replaced with it."""
    assert part.target is not None
    given = re.search(
        r" ON DELETE SET (?:NULL|DEFAULT) \((.*?)\)(?= DEFERRABLE| NOT VALID|$)", part.definition
    )
    pieces = {
        "columns": names(part.columns),
        "target": quoted(*part.target),
        "target_columns": names(part.target_columns),
        "match": " MATCH FULL" if part.match == "f" else "",
        "on_update": part.on_update,
        "on_delete": part.on_delete + (f" ({given[1]})" if given else ""),
        "deferral": _deferral_of(part),
        "validity": "" if part.validated else " NOT VALID",
    } | changed
    return (
        "FOREIGN KEY ({columns}) REFERENCES {target} ({target_columns}){match}"
        " ON UPDATE {on_update} ON DELETE {on_delete}{deferral}{validity}"
    ).format(**pieces)


ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


@mutation("foreign-key-presence", "Table.foreign_keys", needs=(*NEEDS["f"], "foreign key: named"))
def foreign_key_doubled(live: Live, pick: Pick) -> Change | None:
    """One that the models name: of two without a name, either is the other's double."""
    place = pick([p for p in all_of(live, "f") if p[1].name in live.named])
    return place and on(
        "foreign-key",
        place[0],
        "Extra fk",
        alter(place[0], f'ADD CONSTRAINT "Extra fk" {reference(place[1])}'),
    )


@mutation("foreign-key-presence", "Table.foreign_keys", needs=("primary key: serial", "type: integer"))
def foreign_key_added(live: Live, pick: Pick) -> Change | None:
    keys = [
        (t, c, t.column(c.columns[0]))
        for t in live.tables
        for c in t.of("p")
        if len(c.columns) == 1 and not c.deferrable
    ]
    found = pick(
        [
            (t, f, k, key)
            for t in live.tables
            for f in t.free
            for k, key, c in keys
            if f.type == c.type and not f.generated
        ]
    )
    if found is None:
        return None
    table, column, target, key = found
    sql = f'ADD CONSTRAINT "Extra fk" FOREIGN KEY ({quoted(column.name)}) REFERENCES {target.sql} ({names(key.columns)})'  # noqa: E501
    return on("foreign-key", table, "Extra fk", alter(table, sql))


@mutation("foreign-key-on-delete", "ForeignKey.on_delete", needs=NEEDS["f"])
def on_delete_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "f"))
    other = pick([a for a in ACTIONS if place and a != place[1].on_delete])
    return (place and other and remade(place, reference(place[1], on_delete=other))) or None


@mutation("foreign-key-on-delete", "ForeignKey.on_delete_columns", needs=("foreign key: on delete set null",))
def on_delete_columns_changed(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "f") if p[1].definition.find("ON DELETE SET NULL (") < 0])
    return place and remade(place, reference(place[1], on_delete=f"SET NULL ({quoted(place[1].columns[0])})"))


@mutation("foreign-key-on-update", "ForeignKey.on_update", needs=NEEDS["f"])
def on_update_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "f"))
    other = pick([a for a in ACTIONS if place and a != place[1].on_update])
    return (place and other and remade(place, reference(place[1], on_update=other))) or None


@mutation("foreign-key-match", "ForeignKey.match", needs=NEEDS["f"])
def match_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "f"))
    return place and remade(place, reference(place[1], match="" if place[1].match == "f" else " MATCH FULL"))


@mutation("foreign-key-validated", "ForeignKey.validated", needs=NEEDS["f"])
def foreign_key_validity_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "f")) if live.all_valid else None
    return place and remade(place, reference(place[1], validity=" NOT VALID" if place[1].validated else ""))


@mutation("foreign-key-enforced", "ForeignKey.enforced", needs=NEEDS["f"])
def foreign_key_switched_off(live: Live, pick: Pick) -> Change | None:
    """By the triggers of a table that no other foreign key starts from or points to."""

    def alone(place: Place) -> bool:
        table = place[0]
        incoming = [c for t in live.tables for c in t.of("f") if c.target == (table.schema, table.name)]
        return all(c is place[1] for c in (*table.of("f"), *incoming))

    place = pick([p for p in all_of(live, "f") if alone(p)])
    return place and about(place, alter(place[0], "DISABLE TRIGGER ALL"))


@mutation("foreign-key-target", "ForeignKey.target_schema", needs=NEEDS["f"])
def foreign_key_to_another_schema(live: Live, pick: Pick) -> Change | None:
    """To a table of the same name elsewhere."""
    place = pick(all_of(live, "f"))
    if place is None or place[1].target is None:
        return None
    elsewhere = quoted("elsewhere", place[1].target[1])
    change = remade(place, reference(place[1], target=elsewhere))
    copy = f"CREATE TABLE {elsewhere} (LIKE {quoted(*place[1].target)} INCLUDING INDEXES)"
    return change._replace(sql=("CREATE SCHEMA elsewhere", copy, *change.sql))


@mutation("foreign-key-target", "ForeignKey.target_table", needs=("table: foreign key", "foreign key: named"))
def foreign_key_to_another_table(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, "f") if p[1].name in live.named])
    if place is None or place[1].target is None:
        return None
    copy = f'CREATE SCHEMA elsewhere CREATE TABLE "Other target" (LIKE {quoted(*place[1].target)} INCLUDING INDEXES)'
    change = remade(place, reference(place[1], target='elsewhere."Other target"'))
    return change._replace(sql=(copy, *change.sql))


@mutation(
    "foreign-key-columns",
    "ForeignKey.columns",
    needs=("table: foreign key", "type: integer", "primary key: serial"),
)
def foreign_key_from_another_column(live: Live, pick: Pick) -> Change | None:
    found = pick(
        [
            (p, c.name)
            for p in all_of(live, "f")
            for c in p[0].columns
            if not c.generated and not p[1].on_delete.startswith("SET")
            if c.name not in p[1].columns and c.type == p[0].column(p[1].columns[0]).type
        ]
    )
    return found and remade(
        found[0], reference(found[0][1], columns=names((found[1], *found[0][1].columns[1:])))
    )


@mutation(
    "foreign-key-target",
    "ForeignKey.target_columns",
    needs=("primary key: serial", "unique: twin of the key", "table: foreign key"),
)
def foreign_key_to_another_column(live: Live, pick: Pick) -> Change | None:
    """To another key of the same table."""
    by_name = {(t.schema, t.name): t for t in live.tables}

    def types(table: LiveTable, columns: tuple[str, ...]) -> list[str]:
        return [table.column(c).type for c in columns]

    found = pick(
        [
            (p, k)
            for p in all_of(live, "f")
            if p[1].target
            for k in by_name[p[1].target].constraints
            if k.kind in "pu"
            and not k.deferrable
            and sorted(k.columns) != sorted(p[1].target_columns)
            and types(by_name[p[1].target], k.columns) == types(by_name[p[1].target], p[1].target_columns)
        ]
    )
    return found and remade(found[0], reference(found[0][1], target_columns=names(found[1].columns)))


# -- checks


@mutation("check-presence", "Table.checks", needs=("type: integer",))
def check_added(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if t.free])
    column = pick(table.free) if table else None
    return (
        table
        and column
        and on(
            "check",
            table,
            "Extra ck",
            alter(table, f'ADD CONSTRAINT "Extra ck" CHECK ({quoted(column.name)} IS NOT NULL)'),
        )
    ) or None


@mutation("check-expression", "Check.expression", needs=NEEDS["c"])
def check_negated(live: Live, pick: Pick) -> Change | None:
    def change(definition: str) -> str:
        end = definition.rfind(")")
        return f"CHECK (NOT {definition[6 : end + 1]}){definition[end + 1 :]}"

    return redefined(live, pick, "c", change)


@mutation("check-expression", "Check.expression", needs=("check: {c} BETWEEN 1 AND 9", "type: integer"))
def check_bound_changed(live: Live, pick: Pick) -> Change | None:
    return redefined(live, pick, "c", lambda d: d.replace("<= 9", "<= 10"), lambda c: "<= 9" in c.definition)


@mutation("check-expression", "Check.expression", needs=("check: {c} IN ('A', 'b ', 'it''s')", "type: text"))
def check_literal_changed(live: Live, pick: Pick) -> Change | None:
    """The case of a letter, a space at the end, a value of the list."""
    other = pick([("'A'", "'a'"), ("'b '", "'b'"), ("'it''s'", "'its'")]) or ("", "")
    return redefined(live, pick, "c", lambda d: d.replace(*other), lambda c: other[0] in c.definition)


@mutation("check-expression", "Check.expression", needs=("check: nested", "type: integer", "type: text"))
def check_and_made_or(live: Live, pick: Pick) -> Change | None:
    """Between two conditions that differ: A AND A is A OR A."""
    joined = re.compile(r"\(([^()]+)\) (AND|OR) \((?!\1\))")
    return redefined(
        live,
        pick,
        "c",
        lambda d: joined.sub(lambda m: f"({m[1]}) {'OR' if m[2] == 'AND' else 'AND'} (", d, count=1),
        lambda c: len(joined.findall(c.definition)) == 1 and len(re.findall(" AND | OR ", c.definition)) == 1,
    )


@mutation("check-validated", "Check.validated", needs=NEEDS["c"])
def check_validity_changed(live: Live, pick: Pick) -> Change | None:
    """CREATE TABLE makes also that valid which the models call NOT VALID, so those are left out."""
    return (
        None
        if not live.all_valid
        else redefined(
            live,
            pick,
            "c",
            lambda d: d.removesuffix(" NOT VALID") if d.endswith(" NOT VALID") else d + " NOT VALID",
        )
    )


@mutation("check-no-inherit", "Check.no_inherit", needs=NEEDS["c"])
def check_inheritance_changed(live: Live, pick: Pick) -> Change | None:
    return redefined(live, pick, "c", lambda d: d + " NO INHERIT", lambda c: c.validated)


# -- exclusions


@mutation("exclusion-presence", "Table.exclusions", needs=("type: integer",))
def exclusion_added(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if sortable(t)])
    column = pick(sortable(table)) if table else None
    return (
        table
        and column
        and on(
            "exclusion",
            table,
            "Extra ex",
            alter(table, f'ADD CONSTRAINT "Extra ex" EXCLUDE USING hash ({quoted(column)} WITH =)'),
        )
    ) or None


@mutation("exclusion-definition", "Exclusion.operators", needs=NEEDS["x"])
def exclusion_operator_changed(live: Live, pick: Pick) -> Change | None:
    return redefined(live, pick, "x", lambda d: d.replace("WITH &&", "WITH -|-", 1))


@mutation("exclusion-definition", "Exclusion.predicate", needs=NEEDS["x"])
def exclusion_predicate_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, "x"))
    if place is None:
        return None
    definition = place[1].definition
    before = _DEFERRAL.search(definition)
    assert before is not None
    bare = re.sub(r" WHERE \(.*\)$", "", definition[: before.start()])
    column = quoted(place[1].columns[0])
    return remade(place, f"{bare} WHERE (upper_inf({column})){before[0]}")


@mutation(
    "exclusion-definition",
    "Exclusion.keys",
    "Exclusion.columns",
    needs=("exclusion: two keys", "table: exclusion"),
)
def exclusion_of_fewer_keys(live: Live, pick: Pick) -> Change | None:
    fewer = re.compile(r"( WITH &&), .*? WITH (?:&&|=)(?=\))")
    return redefined(
        live, pick, "x", lambda d: fewer.sub(r"\1", d, count=1), lambda c: bool(fewer.search(c.definition))
    )


@mutation("exclusion-definition", "Exclusion.method", needs=NEEDS["x"])
def exclusion_method_changed(live: Live, pick: Pick) -> Change | None:
    return redefined(
        live, pick, "x", lambda d: d.replace("USING gist", "USING spgist", 1), lambda c: len(c.columns) == 1
    )
