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
    table = pick([t for t in live.tables if not t.elsewhere])
    return table and on("table", table, None, alter(table, "SET TABLESPACE archive"))


@mutation("index-tablespace", "Index.tablespace", needs=("table: index",))
def index_moved_to_another_tablespace(live: Live, pick: Pick) -> Change | None:
    found = pick([(t, i) for t in live.tables for i in t.indexes if not i.tablespace])
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


@mutation("table-clustered-on", "Table.clustered_on", needs=("partition: clustered",))
def no_longer_clustered(live: Live, pick: Pick) -> Change | None:
    one = pick([p for p in live.partitions if p.clustered])
    return one and Change(
        (f"ALTER TABLE {one.sql} SET WITHOUT CLUSTER",), "table", one.schema, one.name, None
    )


@mutation("column-storage", "Column.storage", needs=("partition: storage",))
def storage_of_a_column_changed(live: Live, pick: Pick) -> Change | None:
    clauses = ("STORAGE main", "COMPRESSION pglz", "STATISTICS 500", "(n_distinct = 5)")
    one = pick([p for p in live.partitions if p.stored])
    return one and Change(
        (f"ALTER TABLE {one.sql} ALTER label SET {pick(clauses)}",), "column", one.schema, one.name, "label"
    )


@mutation("table-options")
def options_of_the_toast_table_changed(live: Live, pick: Pick) -> Change | None:
    table = pick([t for t in live.tables if any(c.type == "text" for c in t.columns)])
    return table and on("table", table, None, alter(table, "SET (toast.autovacuum_enabled = false)"))
