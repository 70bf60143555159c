"""Reads what SHOW CREATE TABLE prints: the server's own canonical form, one definition to a line.

This is no parser of SQL: the server prints one fixed format, whatever statement made the table, and this reader
knows exactly that. What it does not know raises `NotUnderstood`; nothing is passed over.
https://mariadb.com/kb/en/show-create-table/, https://dev.mysql.com/doc/refman/8.0/en/show-create-table.html
"""

from kedge.dialects.mysql.printed.line import NotUnderstood
from kedge.dialects.mysql.printed.sequences import read_sequence
from kedge.dialects.mysql.printed.setting import Setting, collation_name
from kedge.dialects.mysql.printed.tables import read_table

__all__ = ["NotUnderstood", "Setting", "collation_name", "read_sequence", "read_table"]
