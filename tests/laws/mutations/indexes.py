"""Changes of indexes and of their keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.laws.live import Live, LiveIndex, LiveTable
from tests.laws.mutations.constraints import sortable
from tests.laws.mutations.mutation import Change, Pick, mutation, on
from tests.laws.spelling import literal, quoted

Place = tuple[LiveTable, LiveIndex]
ONE = ("table: index",)
ORDERED = ("table: index", "index: named", "index: asc")


def all_of(live: Live, fits: Callable[[LiveIndex], bool] = lambda i: True) -> list[Place]:
    return [(t, i) for t in live.tables for i in t.indexes if fits(i)]


def remade(place: Place | None, **changed: object) -> Change | None:
    if place is None:
        return None
    table, index = place
    sql = [f"DROP INDEX {quoted(table.schema, index.name)}", replace(index, **changed).sql(table)]  # type: ignore[arg-type]
    if index.comment is not None:
        sql.append(f"COMMENT ON INDEX {quoted(table.schema, index.name)} IS {literal(index.comment)}")
    return on("index", table, index.name, *sql)


def btree(index: LiveIndex) -> bool:
    return index.method == "btree"


@mutation("index-presence", "Table.indexes", needs=ONE)
def index_dropped(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live))
    return place and on(
        "index", place[0], place[1].name, f"DROP INDEX {quoted(place[0].schema, place[1].name)}"
    )


@mutation("index-presence", "Table.indexes", needs=("type: integer",))
def index_added(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if sortable(t)])
    column = pick(sortable(table)) if table else None
    return (
        table
        and column
        and on("index", table, "Extra ix", f'CREATE INDEX "Extra ix" ON {table.sql} ({quoted(column)})')
    ) or None


@mutation("index-presence", "Table.indexes", needs=ONE)
def index_doubled(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live))
    return place and on("index", place[0], "Extra ix", replace(place[1], name="Extra ix").sql(place[0]))


@mutation("index-name", "Index.name", needs=ONE)
def index_renamed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live))
    return place and on(
        "index",
        place[0],
        "Other ix",
        f'ALTER INDEX {quoted(place[0].schema, place[1].name)} RENAME TO "Other ix"',
    )


@mutation("index-unique", "Index.unique", needs=ORDERED)
def index_uniqueness_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: btree(i) and not i.nulls))
    return place and remade(place, unique=not place[1].unique)


@mutation("index-method", "Index.method", needs=("table: index", "index: named", "index: asc"))
def index_method_changed(live: Live, pick: Pick) -> Change | None:
    def fits(i: LiveIndex) -> bool:
        more = i.unique or i.include or i.storage or " " in i.keys[0].strip('"')
        return btree(i) and len(i.keys) == 1 and not more

    return remade(pick(all_of(live, fits)), method="hash")


@mutation(
    "index-columns", "Index.keys", "Index.columns", "IndexKey.column", needs=("index: several keys", *ORDERED)
)
def index_over_fewer_keys(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: len(i.keys) > 1))
    return place and remade(place, keys=place[1].keys[:-1])


@mutation("index-columns", "Index.keys", "IndexKey.column", needs=("index: several keys", *ORDERED))
def index_in_another_order(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: len(set(i.keys)) > 1))
    return place and remade(place, keys=place[1].keys[::-1])


@mutation("index-columns", "IndexKey.expression", needs=("table: index", "index: lower({c})", "type: text"))
def index_expression_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: any(k.startswith("lower(") for k in i.keys)))
    return place and remade(
        place,
        keys=tuple(k.replace("lower(", "upper(", 1) if k.startswith("lower(") else k for k in place[1].keys),
    )


@mutation(
    "index-columns",
    "IndexKey.expression",
    "IndexKey.column",
    needs=("table: index", "index: ({c} + 1)", "type: integer"),
)
def index_expression_made_a_column(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: any(k.endswith(" + 1))") for k in i.keys)))
    return place and remade(place, keys=tuple(k[2:-6] if k.endswith(" + 1))") else k for k in place[1].keys))


@mutation("index-include", "Index.include", needs=(*ORDERED, "type: integer"))
def index_include_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: btree(i)))
    if place is None:
        return None
    if place[1].include:
        return remade(place, include="")
    column = pick(place[0].free)
    return column and remade(place, include=f" INCLUDE ({quoted(column.name)})")


@mutation("index-predicate", "Index.predicate", needs=("table: index", "type: integer"))
def index_made_partial(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: not i.where and len(i.columns) > 0))
    return place and remade(place, where=f" WHERE {quoted(pick(place[1].columns) or '')} IS NOT NULL")


@mutation("index-predicate", "Index.predicate", needs=("table: index", "index: partial", "type: integer"))
def index_predicate_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: bool(i.where)))
    return place and remade(place, where=" WHERE NOT (" + place[1].where.removeprefix(" WHERE ") + ")")


@mutation("index-predicate", "Index.predicate", needs=("table: index", "index: partial", "type: integer"))
def index_predicate_dropped(live: Live, pick: Pick) -> Change | None:
    return remade(pick(all_of(live, lambda i: bool(i.where))), where="")


@mutation("index-nulls-not-distinct", "Index.nulls_not_distinct", needs=(*ORDERED, "index: unique"))
def index_nulls_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: i.unique))
    return place and remade(place, nulls="" if place[1].nulls else " NULLS NOT DISTINCT")


@mutation("index-options", "Index.options", needs=ORDERED)
def index_fillfactor_changed(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live, lambda i: i.method in ("btree", "hash")))
    return place and on(
        "index",
        place[0],
        place[1].name,
        f"ALTER INDEX {quoted(place[0].schema, place[1].name)} SET (fillfactor = 33)",
    )


@mutation("index-valid", "Index.valid", needs=ONE)
def index_made_invalid(live: Live, pick: Pick) -> Change | None:
    """As a CREATE INDEX CONCURRENTLY leaves it that failed."""
    place = pick(all_of(live))
    if place is None:
        return None
    name = literal(quoted(place[0].schema, place[1].name))
    return on(
        "index",
        place[0],
        place[1].name,
        f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = {name}::regclass",
    )


@mutation("index-comment", "Index.comment", needs=ONE)
def index_comment_added(live: Live, pick: Pick) -> Change | None:
    place = pick(all_of(live))
    return place and on(
        "index",
        place[0],
        place[1].name,
        f"COMMENT ON INDEX {quoted(place[0].schema, place[1].name)} IS 'another'",
    )


def bare(table: LiveTable, index: LiveIndex, *types: str) -> int | None:
    """The position of a key that is just a column of one of these types."""
    for position, key in enumerate(index.keys):
        column = next((c for c in table.columns if key in (c.name, quoted(c.name))), None)
        if column is not None and (not types or column.type_name in types):
            return position
    return None


def rekeyed(live: Live, pick: Pick, suffix: str, *types: str) -> Change | None:
    place = pick([p for p in all_of(live, btree) if bare(*p, *types) is not None])
    if place is None:
        return None
    at = bare(*place, *types)
    return remade(place, keys=tuple(k + (suffix if n == at else "") for n, k in enumerate(place[1].keys)))


@mutation("index-opclass", "IndexKey.opclass", needs=("type: text", "table: index", "index: named"))
def index_operator_class_changed(live: Live, pick: Pick) -> Change | None:
    place = pick([p for p in all_of(live, btree) if bare(*p, "text", "varchar") is not None])
    if place is None:
        return None
    at = bare(*place, "text", "varchar")
    return remade(
        place, keys=tuple(k + (" text_pattern_ops" if n == at else "") for n, k in enumerate(place[1].keys))
    )


@mutation("index-collation", "IndexKey.collation", needs=("type: text", "table: index", "index: named"))
def index_collation_changed(live: Live, pick: Pick) -> Change | None:
    return rekeyed(live, pick, ' COLLATE "ucs_basic"', "text", "varchar")


@mutation("index-sorting", "IndexKey.descending", needs=ORDERED)
def index_key_made_descending(live: Live, pick: Pick) -> Change | None:
    return rekeyed(live, pick, " DESC NULLS LAST")


@mutation("index-sorting", "IndexKey.nulls_first", needs=ORDERED)
def index_nulls_made_first(live: Live, pick: Pick) -> Change | None:
    return rekeyed(live, pick, " NULLS FIRST")
