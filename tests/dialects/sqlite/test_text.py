"""CREATE texts as people and tools write them, cut into what SQLite means by them."""

from __future__ import annotations

import sqlite3

import pytest

from kedge.dialects.sqlite.text import NotUnderstood, index_text, table_text


def cut(sql: str):
    """The text as SQLite keeps it, cut; it has to be one that SQLite takes."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(sql)
    return table_text(connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'").fetchone()[0])


def test_names_quotes_and_comments() -> None:
    found = cut(
        '''CREATE TABLE IF NOT EXISTS "t ""x""" ( -- (a comment, with a ' quote
             id INTEGER PRIMARY KEY AUTOINCREMENT, /* CHECK (no) */
             [two words] TEXT COLLATE nocase NOT NULL ON CONFLICT IGNORE DEFAULT ('a,)'),
             `ba``ck` REAL CONSTRAINT pos CHECK (`ba``ck` > 0 -- why
               ) REFERENCES other(id) ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED,
             'str' INT DEFAULT -1,
             "plain" ANY,
             made INT GENERATED ALWAYS AS (id * (2 + 1)) STORED,
             CONSTRAINT "my uq" UNIQUE ("plain", made DESC) ON CONFLICT REPLACE
             CONSTRAINT no_comma CHECK ("plain" <> ')')
           ) STRICT'''
    )
    assert [c.name for c in found.columns] == ["id", "two words", "ba`ck", "str", "plain", "made"]
    assert [c.collation for c in found.columns] == [None, "NOCASE", None, None, None, None]
    assert found.columns[1].conflict == "ignore"
    assert found.columns[5].generated == "id * (2 + 1)"
    assert found.primary_key is not None and found.primary_key.autoincrement
    assert [(u.name, u.columns, u.conflict) for u in found.uniques] == [
        ("my uq", ("plain", "made"), "replace")
    ]
    assert [(c.name, c.expression) for c in found.checks] == [
        ("pos", "`ba``ck` > 0"),
        ("no_comma", "\"plain\" <> ')'"),
    ]
    assert [(f.columns, f.table, f.deferred) for f in found.foreign_keys] == [(("ba`ck",), "other", True)]
    assert found.options == ("strict",)


@pytest.mark.parametrize(
    ("deferral", "deferred"),
    [
        ("", False),
        ("DEFERRABLE", False),
        ("NOT DEFERRABLE", False),
        ("DEFERRABLE INITIALLY IMMEDIATE", False),
        ("NOT DEFERRABLE INITIALLY DEFERRED", False),
        ("DEFERRABLE INITIALLY DEFERRED", True),
    ],
)
def test_only_one_deferral_defers(deferral: str, deferred: bool) -> None:
    found = cut(f"CREATE TABLE t (a, b, CONSTRAINT fk FOREIGN KEY (a) REFERENCES o {deferral})")
    assert [(f.name, f.deferred) for f in found.foreign_keys] == [("fk", deferred)]


def test_what_alter_table_leaves() -> None:
    found = cut(
        """CREATE TABLE t (a INT CHECK (a > 0), b);
           ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT 'x' CONSTRAINT nonempty CHECK (c <> '');
           ALTER TABLE t RENAME COLUMN a TO "New a";
           ALTER TABLE t RENAME TO "other one";"""
    )
    assert [c.name for c in found.columns] == ["New a", "b", "c"]
    assert [(c.name, c.expression) for c in found.checks] == [(None, '"New a" > 0'), ("nonempty", "c <> ''")]


def test_indexes() -> None:
    found = index_text(
        "CREATE UNIQUE INDEX i ON t (lower(a) COLLATE nocase DESC, b ASC, (a || ',') ) WHERE a IS NOT NULL -- end"
    )
    assert [(k.expression, k.collation) for k in found.keys] == [
        ("lower(a)", "NOCASE"),
        ("b", None),
        ("(a || ',')", None),
    ]
    assert found.predicate == "a IS NOT NULL"


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE t", "CREATE TABLE t (a", "CREATE TABLE t (a INT FROBNICATED KEY CHECK)"]
)
def test_what_is_not_understood_is_said(sql: str) -> None:
    with pytest.raises(NotUnderstood):
        table_text(sql)
