"""Changes of how and where tables are kept."""

from __future__ import annotations

from tests.laws.live import Live
from tests.laws.mutations.mutation import Change, Pick, alter, mutation, on
from tests.laws.spelling import quoted


@mutation("table-replica-identity", "Table.replica_identity")
def replica_identity_made_full(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and on("table", table, None, alter(table, "REPLICA IDENTITY FULL"))


@mutation("table-tablespace", "Table.tablespace")
def table_moved_to_another_tablespace(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    return table and on("table", table, None, alter(table, "SET TABLESPACE archive"))


@mutation("index-tablespace", "Index.tablespace", needs=("table: index",))
def index_moved_to_another_tablespace(live: Live, pick: Pick) -> Change | None:
    found = pick([(t, i) for t in live.tables for i in t.indexes])
    if found is None:
        return None
    table, index = found
    sql = f"ALTER INDEX {quoted(table.schema, index.name)} SET TABLESPACE archive"
    return on("index", table, index.name, sql)


@mutation("table-access-method", "Table.access_method")
def access_method_changed(live: Live, pick: Pick) -> Change | None:
    table = pick(live.tables)
    made = "CREATE ACCESS METHOD columnar TYPE TABLE HANDLER heap_tableam_handler"
    return table and on("table", table, None, made, alter(table, "SET ACCESS METHOD columnar"))


@mutation("table-clustered-on", "Table.clustered_on", needs=("table: index",))
def table_clustered(live: Live, pick: Pick) -> Change | None:
    found = pick([(t, i) for t in live.tables for i in t.indexes if i.method == "btree" and not i.where])
    if found is None:
        return None
    table, index = found
    return on("table", table, None, alter(table, f"CLUSTER ON {quoted(index.name)}"))


@mutation("column-storage", "Column.storage", needs=("type: text",))
def storage_of_a_column_changed(live: Live, pick: Pick) -> Change | None:
    clauses = ("STORAGE external", "COMPRESSION pglz", "STATISTICS 500", "(n_distinct = 5)")
    found = pick([(t, c) for t in live.tables for c in t.columns if c.type == "text"])
    if found is None:
        return None
    table, column = found
    sql = alter(table, f"ALTER {quoted(column.name)} SET {pick(clauses)}")
    return on("column", table, column.name, sql)


@mutation("table-options")
def options_of_the_toast_table_changed(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if any(c.type == "text" for c in t.columns)])
    return table and on("table", table, None, alter(table, "SET (toast.autovacuum_enabled = false)"))
