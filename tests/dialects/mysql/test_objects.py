"""MariaDB beyond tables: what a role may not see is unknown, what is lent is nobody's, and who judges."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from cases import corpus
from cases.mariadb import run_sql
from tests.history.chain import USERS, Audited, migrate, project, revision

from kedge import audit
from kedge.dialects import dialect_of
from kedge.dialects.base import Question
from kedge.dialects.mysql.rights import Rights
from kedge.dialects.mysql.words import squeezed, unqualified
from kedge.findings import Report
from kedge.scratch import Scratch

VIEW = "CREATE VIEW ids AS SELECT id FROM users"
TRIGGER = "CREATE TRIGGER trim_it BEFORE INSERT ON users FOR EACH ROW SET NEW.name = trim(NEW.name)"
ROUTINE = "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2"


def models(*statements: str) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20))
    )
    for statement in statements:
        sa.event.listen(metadata, "after_create", sa.DDL(statement))
    return metadata


def create(metadata: sa.MetaData, url: str) -> None:
    metadata.create_all(sa.create_engine(corpus.driver(url), poolclass=sa.NullPool))


def notes(report: Report) -> list[tuple[str, str | None]]:
    return [(n.kind, n.object and n.object.name) for n in report.notes]


@pytest.mark.parametrize(
    ("grants", "unknown"),
    [
        (("ALL ON *.*",), []),
        (("SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON {db}.*", "SELECT ON mysql.proc"), []),
        (("SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON {db}.*",), ["twice(int(11))"]),
        (("SELECT ON {db}.*",), ["ids", "trim_it", "twice(int(11))"]),
        (("SELECT, SHOW VIEW ON {db}.*",), ["trim_it", "twice(int(11))"]),
        (("SELECT, TRIGGER ON {db}.users",), ["ids", "twice(int(11))"]),
    ],
)
def test_what_a_role_may_not_see_is_not_missing(
    mariadb: Scratch, grants: tuple[str, ...], unknown: list[str]
) -> None:
    metadata = models(VIEW, ROUTINE, TRIGGER)
    with mariadb.database() as url:
        create(metadata, url)
        name = dialect_of(url) and sa.make_url(url).database
        try:
            run_sql(url, "CREATE USER reader@localhost")
            for grant in grants:
                run_sql(url, f"GRANT {grant.format(db=name)} TO reader@localhost")
            reader = sa.make_url(url).set(username="reader").render_as_string(False)
            report = audit([metadata], reader, scratch=mariadb)
        finally:
            run_sql(url, "DROP USER reader@localhost")
    assert report.findings == ()
    assert sorted(name for kind, name in notes(report) if kind == "not-compared" and name) == unknown
    assert report.complete == (not unknown)


def test_what_a_role_may_not_see_and_nobody_declares_is_one_sentence(mariadb: Scratch) -> None:
    with mariadb.database() as url:
        create(models(), url)
        try:
            run_sql(url, "CREATE USER reader@localhost")
            run_sql(url, f"GRANT SELECT ON {sa.make_url(url).database}.* TO reader@localhost")
            reader = sa.make_url(url).set(username="reader").render_as_string(False)
            report = audit([models()], reader, scratch=mariadb)
        finally:
            run_sql(url, "DROP USER reader@localhost")
    assert notes(report) == [("not-read", None)]
    assert report.complete


def test_a_view_leans_on_a_function_that_nobody_declares(mariadb: Scratch) -> None:
    metadata = models("CREATE VIEW twos AS SELECT twice(id) AS two FROM users")
    with mariadb.database() as url:
        run_sql(url, ROUTINE)
        create(metadata, url)
        assert audit([metadata], url, scratch=mariadb).findings == ()
        run_sql(url, "DROP VIEW twos")
        (found,) = audit([metadata], url, scratch=mariadb).findings
    assert (found.rule, found.object.name) == ("view-presence", "twos")


def test_a_function_that_takes_something_else_is_not_leaned_on(mariadb: Scratch) -> None:
    metadata = models(ROUTINE, "CREATE VIEW twos AS SELECT twice(id) AS two FROM users")
    with mariadb.database() as url:
        create(metadata, url)
        run_sql(
            url, "DROP FUNCTION twice; CREATE FUNCTION twice(n bigint) RETURNS int DETERMINISTIC RETURN n * 2"
        )
        (found,) = audit([metadata], url, scratch=mariadb).findings
    assert (found.rule, found.object.name) == ("routine-definition", "twice(bigint(20))")


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("select `users`.`id` AS `id` from `users` where (`users`.`id` > 1)",
         "select `users`.`id` AS `id` from `users` where `users`.`id` > 1", True),
        ("select `users`.`id` AS `id` from `users` where (`users`.`id` > 2)",
         "select `users`.`id` AS `id` from `users` where `users`.`id` > 1", False),
        ("select `users`.`id` AS `id` from `users`", "select `users`.`gone` AS `id` from `users`", False),
        ("select `a`.`x` AS `x` from `a`", "select `b`.`x` AS `x` from `b`", None),
    ],
)  # fmt: skip
def test_another_version_s_print_is_judged_by_one_server(
    mariadb: Scratch, one: str, two: str, same: bool | None
) -> None:
    with mariadb.database() as url:
        create(models(), url)
        dialect = dialect_of(url)
        with dialect.connect(url, timeout=10, autocommit=True) as connection:
            question = Question(("app", "v"), "view", one, two)
            answer = dialect.settle(connection, [question])[question]
    assert (answer if isinstance(answer, bool) else None) == same


def test_a_view_that_stands_on_nothing_any_more_is_what_it_was(mariadb: Scratch) -> None:
    """SHOW CREATE VIEW prints GROUP BY 1 as GROUP BY '' then, and fails where another view is gone."""
    metadata = models(
        "CREATE VIEW counts AS SELECT name, count(*) AS n FROM users GROUP BY 1",
        "CREATE VIEW big AS SELECT name FROM counts WHERE n > 9",
    )
    with mariadb.database() as url:
        create(metadata, url)
        run_sql(url, "DROP TABLE users")
        assert [f.rule for f in audit([metadata], url, scratch=mariadb).findings] == ["table-presence"]
        run_sql(
            url, "CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20)); DROP VIEW counts"
        )
        (found,) = audit([metadata], url, scratch=mariadb).findings
    assert (found.rule, found.object.name) == ("view-presence", "counts")


OF_HISTORY = (
    USERS
    + """
op.execute("CREATE VIEW ids AS SELECT id FROM users WHERE id > 1")
op.execute("CREATE TRIGGER minus BEFORE UPDATE ON users FOR EACH ROW SET NEW.id = -NEW.id")
op.execute("CREATE TRIGGER gone BEFORE DELETE ON users FOR EACH ROW SET @gone = 1")
op.execute("CREATE PROCEDURE sweep() DELETE FROM users")
"""
)
CHANGES = """
CREATE OR REPLACE VIEW ids AS SELECT id FROM users;
DROP TRIGGER minus; CREATE TRIGGER minus BEFORE UPDATE ON users FOR EACH ROW SET NEW.id = NEW.id - 1;
DROP TRIGGER gone;
DROP PROCEDURE sweep; create procedure sweep() DELETE  FROM users;
CREATE PROCEDURE more() SELECT 1
"""


def test_the_revisions_speak_for_the_models(tmp_path: Path, mariadb: Scratch) -> None:
    root = project(tmp_path)
    revision(root, "a1", OF_HISTORY, downgrade='op.drop_table("users")')
    with mariadb.database() as url:
        migrate(root, url)
        run_sql(url, CHANGES)
        report = Audited(root, url, scratch=mariadb).report
    assert {f.object.name: (f.rule, f.severity, f.cause.kind) for f in report.findings} == {
        "ids": ("view-definition", "warning", "manual-change"),
        "minus": ("trigger-function", "warning", "manual-change"),
        "gone": ("trigger-presence", "error", "manual-change"),
        "more()": ("routine-presence", "info", "out-of-band"),
    }
    assert all(f.confirmed for f in report.findings)


def test_texts() -> None:
    text = "BEGIN -- x\n SELECT  'a -- b' , `a#b` # c\n /* z */ ; /*!50000 SET */ SELECT 1 - -1; END --"
    assert squeezed(text) == "BEGIN SELECT 'a -- b', `a#b`; /*!50000 SET*/SELECT 1--1; END"
    assert squeezed("SET a = f ( 1,2 ) ;") == "SET a=f(1, 2);"
    assert squeezed("SELECT x '41', x'41'") == "SELECT x '41', x'41'"
    assert unqualified("select `a`.`t`.`c`,`a`.`c`,`b`.`a`.`c` from `a`.`t`", "a") == (
        "select `t`.`c`,`c`,`b`.`a`.`c` from `t`"
    )
    assert unqualified("select `a`.`a`.`c`", "a") == "select `a`.`c`"


def test_rights() -> None:
    def veiled(*grants: str) -> set[str]:
        return set(Rights.of(grants).veiled("my_app"))

    assert veiled("GRANT USAGE ON *.* TO `r`@`h`") == {"trigger", "scheduled-event", "routine"}
    assert veiled("GRANT ALL PRIVILEGES ON `my\\_app`.* TO `r`@`h`") == set()
    assert veiled("GRANT SELECT (`a`, `b`), EVENT, TRIGGER ON `my_%`.* TO `r`@`h`") == {"routine"}
    assert veiled("GRANT SELECT ON *.* TO `r`@`h`") == {"trigger", "scheduled-event"}
    assert veiled("GRANT `role` TO `r`@`h`") == set()
