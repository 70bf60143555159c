"""What is asked of a SQLite database: one query of a kind for all tables, through table-valued pragmas.

https://www.sqlite.org/pragma.html#pragfunc
"""

# Names that begin with sqlite_ are SQLite's own (sqlite_sequence, sqlite_stat1 …).
OBJECTS = r"""
SELECT name, type, sql, tbl_name FROM main.sqlite_master
 WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name
"""
_TABLE = (
    r"""m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.sql NOT LIKE 'CREATE VIRTUAL %'"""
)
COLUMNS = f"""
SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
  FROM main.sqlite_master m, pragma_table_xinfo(m.name, 'main') x
 WHERE {_TABLE} ORDER BY m.name, x.cid
"""
INDEXES = f"""
SELECT m.name, l.name, l."unique", l.origin, l.partial
  FROM main.sqlite_master m, pragma_index_list(m.name, 'main') l
 WHERE {_TABLE} ORDER BY m.name, l.seq DESC
"""
INDEX_TEXTS = "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
INDEX_KEYS = """
SELECT m.name, x.cid, x.name, x."desc", x.coll
  FROM main.sqlite_master m, pragma_index_xinfo(m.name, 'main') x
 WHERE m.type = 'index' AND x.key = 1 ORDER BY m.name, x.seqno
"""
FOREIGN_KEYS = f"""
SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
  FROM main.sqlite_master m, pragma_foreign_key_list(m.name, 'main') f
 WHERE {_TABLE} ORDER BY m.name, f.id DESC, f.seq
"""
