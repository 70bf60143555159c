"""One change of a live database each, as SQL, with the one finding it has to become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from tests.laws_mariadb.drawing import Drawn

Query: TypeAlias = Callable[[str], list[Any]]
# The statements, the rule, the table.
Change: TypeAlias = tuple[list[str], str, str]
MUTATIONS: dict[str, Callable[[Drawn, Query], Iterator[Change]]] = {}


def mutation(
    function: Callable[[Drawn, Query], Iterator[Change]],
) -> Callable[[Drawn, Query], Iterator[Change]]:
    MUTATIONS[function.__name__] = function
    return function


def q(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def lines(query: Query, table: str) -> list[str]:
    return [
        line.strip().rstrip(",") for line in query(f"SHOW CREATE TABLE {q(table)}")[0][1].split("\n")[1:-1]
    ]


def free(drawn: Drawn, query: Query) -> Iterator[tuple[str, str, str, str]]:
    """(table, column, its type's name, its definition) of columns nothing else speaks of."""
    for table, column, type_ in drawn.free:
        line = next(x for x in lines(query, table) if x.startswith(q(column) + " "))
        yield table, column, type_, line.removeprefix(q(column) + " ")


def modify(table: str, column: str, definition: str) -> list[str]:
    return [f"ALTER TABLE {q(table)} MODIFY {q(column)} {definition}"]


@mutation
def table_added(drawn: Drawn, query: Query) -> Iterator[Change]:
    yield ["CREATE TABLE extra (id int PRIMARY KEY)"], "table-presence", "extra"


@mutation
def column_added(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        yield [f"ALTER TABLE {q(table)} ADD COLUMN extra date"], "column-presence", table


@mutation
def column_dropped(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, type_, _ in free(drawn, query):
        if type_ not in ("boolean with a check", "enum as varchar"):
            yield [f"ALTER TABLE {q(table)} DROP COLUMN {q(column)}"], "column-presence", table


@mutation
def type_changed(drawn: Drawn, query: Query) -> Iterator[Change]:
    changes = {"int": "bigint", "bigint": "int", "int unsigned": "int", "decimal": "decimal(12,2)",
               "mediumtext": "longtext", "plain text": "mediumtext", "date": "datetime", "set": "set('a','b','c')",
               "datetime": "datetime(3)", "float": "double", "varbinary": "varbinary(10)", "bit": "bit(4)"}  # fmt: skip
    for table, column, type_, line in free(drawn, query):
        if type_ in changes and "DEFAULT (" not in line and "current_timestamp" not in line:
            rest = re.sub(r"^\S+( unsigned)?", "", line)
            yield modify(table, column, changes[type_] + rest), "column-type", table


@mutation
def nullable_turned(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, type_, line in free(drawn, query):
        if " NOT NULL" in line:
            yield modify(table, column, line.replace(" NOT NULL", " NULL", 1)), "column-nullable", table
        elif " DEFAULT NULL" in line and type_ != "timestamp":
            changed = line.replace(" DEFAULT NULL", " NOT NULL", 1)
            yield modify(table, column, changed), "column-nullable", table


@mutation
def default_lost(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, type_, line in free(drawn, query):
        default = re.search(
            r" DEFAULT ('(?:[^'\\]|''|\\.)*'|\d[\d.]*|current_timestamp\(\d?\))(?= COMMENT|$| CHECK)", line
        )
        if default and not (type_ == "timestamp" and " NOT NULL" in line):
            yield modify(table, column, line.replace(default[0], "", 1)), "column-default", table


@mutation
def default_changed(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, type_, line in free(drawn, query):
        if type_ in ("int", "bigint", "smallint") and re.search(r" DEFAULT \d+(?= COMMENT|$)", line):
            yield (
                modify(table, column, re.sub(r"DEFAULT \d+", "DEFAULT 77", line, count=1)),
                "column-default",
                table,
            )


@mutation
def on_update_lost(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, _, line in free(drawn, query):
        if " ON UPDATE" in line:
            yield modify(table, column, re.sub(r" ON UPDATE \S+", "", line)), "column-on-update", table


@mutation
def column_hidden(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, _, line in free(drawn, query):
        found = re.match(
            r"(?:\w+(?:\((?:'(?:[^'\\]|''|\\.)*'|[^()'])*\))?(?: unsigned| zerofill| CHARACTER SET \w+| COLLATE \w+)*)",
            line,
        )
        if found and " NULL" in line and "NOT NULL" not in line:
            changed = found[0] + " INVISIBLE" + line[found.end() :]
            yield modify(table, column, changed), "column-invisible", table


@mutation
def column_comment(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, _, line in free(drawn, query):
        if " COMMENT " not in line and " CHECK " not in line:
            yield modify(table, column, line + " COMMENT 'another'"), "column-comment", table


@mutation
def collation_changed(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table, column, type_, line in free(drawn, query):
        if type_ in ("varchar", "char") and "DEFAULT (" not in line and "DEFAULT concat" not in line:
            found = re.match(r"\w+\(\d+\)", line)
            assert found
            changed = found[0] + " CHARACTER SET utf8mb4 COLLATE utf8mb4_icelandic_ci" + line[found.end() :]
            yield modify(table, column, changed), "column-collation", table


@mutation
def auto_increment_lost(drawn: Drawn, query: Query) -> Iterator[Change]:
    pointed = {f.column.table.name for t in drawn.metadata.tables.values() for f in t.foreign_keys}
    for table in drawn.metadata.tables:
        for line in lines(query, table):
            if line.endswith(" AUTO_INCREMENT") and table not in pointed:
                definition = line.removeprefix("`id` ").removesuffix(" AUTO_INCREMENT")
                yield modify(table, "id", definition), "column-identity", table


@mutation
def table_comment(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        yield [f"ALTER TABLE {q(table)} COMMENT = 'another'"], "table-comment", table


@mutation
def table_engine(drawn: Drawn, query: Query) -> Iterator[Change]:
    keyed = {f.column.table.name for t in drawn.metadata.tables.values() for f in t.foreign_keys}
    keyed |= {t.name for t in drawn.metadata.tables.values() if t.foreign_keys}
    for table in drawn.metadata.tables:
        if table not in keyed:
            yield [f"ALTER TABLE {q(table)} ENGINE = Aria"], "table-options", table


@mutation
def table_collation(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        yield [f"ALTER TABLE {q(table)} DEFAULT COLLATE = utf8mb4_icelandic_ci"], "table-options", table


@mutation
def index_dropped(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables.values():
        for index in table.indexes:
            rule = "unique-presence" if index.unique else "index-presence"
            yield [f"ALTER TABLE {q(table.name)} DROP INDEX {q(str(index.name))}"], rule, table.name


@mutation
def index_renamed(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables.values():
        for index in table.indexes:
            rule = "unique-name" if index.unique else "index-name"
            sql = f"ALTER TABLE {q(table.name)} RENAME INDEX {q(str(index.name))} TO `another name`"
            yield [sql], rule, table.name


@mutation
def index_ignored(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables.values():
        for index in table.indexes:
            if not index.unique:
                sql = f"ALTER TABLE {q(table.name)} ALTER INDEX {q(str(index.name))} IGNORED"
                yield [sql], "index-ignored", table.name


@mutation
def index_length(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables.values():
        for index in table.indexes:
            if index.dialect_options["mysql"]["length"]:
                (column,) = index.columns
                name = q(str(index.name))
                sql = f"ALTER TABLE {q(table.name)} DROP INDEX {name}, ADD INDEX {name} ({q(column.name)}(2))"
                yield [sql], "index-length", table.name


def _named(query: Query, table: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """The constraints of a kind: the quoted name, what follows the kind, and the whole line."""
    for line in lines(query, table):
        name, found, rest = line.partition(f"` {kind} ")
        if found and line.startswith("CONSTRAINT "):
            yield name.removeprefix("CONSTRAINT ") + "`", rest, line


@mutation
def check_dropped(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        for name, _, _ in _named(query, table, "CHECK"):
            yield [f"ALTER TABLE {q(table)} DROP CONSTRAINT {name}"], "check-presence", table


@mutation
def check_changed(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        for name, test, _ in _named(query, table, "CHECK"):
            sql = f"ALTER TABLE {q(table)} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({test} or 1 = 0)"
            yield [sql], "check-expression", table


@mutation
def foreign_key_dropped(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        for name, _, _ in _named(query, table, "FOREIGN KEY"):
            yield [f"ALTER TABLE {q(table)} DROP FOREIGN KEY {name}"], "foreign-key-presence", table


@mutation
def foreign_key_action(drawn: Drawn, query: Query) -> Iterator[Change]:
    for table in drawn.metadata.tables:
        for name, _, line in _named(query, table, "FOREIGN KEY"):
            event = "UPDATE" if " ON DELETE CASCADE" in line else "DELETE"
            if f" ON {event} CASCADE" not in line:
                changed = re.sub(rf" ON {event} (SET NULL|NO ACTION)", "", line)
                before, on, after = changed.partition(" ON UPDATE")
                if event == "DELETE":
                    changed = f"{before} ON DELETE CASCADE{on}{after}"
                else:
                    changed += " ON UPDATE CASCADE"
                drop = f"ALTER TABLE {q(table)} DROP FOREIGN KEY {name}"
                yield (
                    [drop, f"ALTER TABLE {q(table)} ADD {changed}"],
                    f"foreign-key-on-{event.lower()}",
                    table,
                )
