"""Where the models are silent, the revisions say what is beyond tables: silence, or a difference from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import corpus
from tests.history.chain import USERS, Audited, migrate, project, revision

from kedge.scratch import Scratch

BEYOND = (
    USERS
    + """
op.execute("CREATE VIEW ids AS SELECT id FROM users WHERE id IN (1, 2)")
op.execute("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
op.execute("CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()")
op.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
op.execute("CREATE POLICY own ON users USING (id IN (1, 2))")
"""
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", []),
        ("DROP TRIGGER touch ON users", [("trigger-presence", "error", "manual-change")]),
        (
            "CREATE OR REPLACE VIEW ids AS SELECT id FROM users",
            [("view-definition", "warning", "manual-change")],
        ),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", [("table-row-security", "error", "manual-change")]),
        ("CREATE VIEW more AS SELECT 1 AS one", [("view-presence", "info", "out-of-band")]),
    ],
)
def test_the_revisions_speak_for_the_models(
    tmp_path: Path, postgres: Scratch, sql: str, expected: list[tuple[str, str, str]]
) -> None:
    root = project(tmp_path)
    revision(root, "a1", BEYOND, downgrade='op.drop_table("users")')
    with postgres.database() as url:
        migrate(root, url)
        corpus.run_sql(url, sql)
        report = Audited(root, url, scratch=postgres).report
    found = [f for f in report.findings if f.implied_by is None]
    assert [(f.rule, f.severity, f.cause.kind) for f in found] == expected
    assert all(f.confirmed for f in found)
    assert all("models" not in f.message for f in found if f.cause.kind == "manual-change")


def test_a_column_that_is_extra_takes_no_trigger_away(tmp_path: Path, postgres: Scratch) -> None:
    """The trigger of a revision speaks of a column that no model declares; only the trigger is gone."""
    root = project(tmp_path)
    made = BEYOND.replace("BEFORE UPDATE ON", "BEFORE UPDATE OF extra ON")
    column = 'op.add_column("users", sa.Column("extra", sa.Integer))'
    revision(root, "a1", made.replace('op.execute("CREATE VIEW', f'{column}\nop.execute("CREATE VIEW', 1))
    with postgres.database() as url:
        migrate(root, url)
        corpus.run_sql(url, "DROP TRIGGER touch ON users")
        report = Audited(root, url, scratch=postgres).report
    found = {f.rule: f.implied_by for f in report.findings if f.object.table == "users"}
    assert found == {"column-presence": None, "trigger-presence": None}


OF_SQLITE = (
    USERS
    + """
op.execute("CREATE VIEW ids AS SELECT id FROM users WHERE id > 1")
op.execute("CREATE VIEW other AS SELECT id FROM users WHERE id > 1")
op.execute("CREATE TRIGGER once BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'once'); END")
op.execute("CREATE TRIGGER gone BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'never'); END")
"""
)
CHANGES_OF_SQLITE = """
DROP VIEW ids; create view ids as select Id from main.users where (id > 1);
DROP VIEW other; CREATE VIEW other AS SELECT id FROM users;
DROP TRIGGER once; CREATE TRIGGER once BEFORE UPDATE ON users BEGIN SELECT RAISE(IGNORE); END;
DROP TRIGGER gone;
CREATE VIEW more AS SELECT 1 AS one;
"""


def test_the_revisions_speak_for_the_models_of_sqlite(tmp_path: Path) -> None:
    root = project(tmp_path)
    revision(root, "a1", OF_SQLITE, downgrade='op.drop_table("users")')
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrate(root, url)
    corpus.run_sql(url, CHANGES_OF_SQLITE)
    report = Audited(root, url).report
    assert {f.object.name: (f.rule, f.severity, f.cause.kind) for f in report.findings} == {
        "other": ("view-definition", "warning", "manual-change"),
        "once": ("trigger-function", "warning", "manual-change"),
        "gone": ("trigger-presence", "error", "manual-change"),
        "more": ("view-presence", "info", "out-of-band"),
    }
    assert all(f.confirmed for f in report.findings)


@pytest.mark.slow
def test_only_a_schema_that_is_said_is_an_extension_s(tmp_path: Path, postgres: Scratch) -> None:
    root = project(tmp_path)
    made = """
op.execute("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public")
op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
"""
    revision(root, "a1", USERS + made, downgrade='op.drop_table("users")')
    with postgres.database() as url:
        migrate(root, url)
        assert Audited(root, url, scratch=postgres).report.findings == ()
        moved = "ALTER EXTENSION hstore SET SCHEMA elsewhere; ALTER EXTENSION unaccent SET SCHEMA elsewhere"
        corpus.run_sql(url, f"CREATE SCHEMA elsewhere; {moved}")
        report = Audited(root, url, scratch=postgres).report
    assert [(f.rule, f.object.name, f.cause.kind) for f in report.findings] == [
        ("extension-schema", "hstore", "manual-change")
    ]
