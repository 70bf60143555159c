"""MariaDB as a dialect: URLs, what its server prints, what a role may not see, other databases, its scratch."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest
import sqlalchemy as sa
from cases import corpus
from cases import mariadb as server

from kedge import audit
from kedge.catalog import Counter
from kedge.dialects import dialect_of
from kedge.dialects.mysql.address import arguments
from kedge.dialects.mysql.printed import NotUnderstood, Setting, read_sequence, read_table
from kedge.dialects.mysql.reader import pinned, query
from kedge.errors import Incomplete, UsageError
from kedge.scratch import NoScratch, Scratch, open_scratch

SETTING = Setting(
    "app", "utf8mb4_general_ci", {"utf8mb4": "utf8mb4_general_ci", "latin1": "latin1_swedish_ci"}
)


def table(*lines: str, tail: str = ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4") -> Any:
    return read_table(
        "CREATE TABLE `t` (\n" + ",\n".join(f"  {line}" for line in lines) + "\n" + tail, SETTING
    )


@pytest.mark.parametrize(
    "scheme", ["mysql", "mariadb", "mysql+pymysql", "mysql+mysqldb", "mariadb+aiomysql", "mysql+asyncmy"]
)
def test_every_driver_s_url_is_known(scheme: str) -> None:
    assert dialect_of(f"{scheme}://me@host/app").name == "mysql"
    found = arguments(
        f"{scheme}://me:p%40ss@host:3307/app?unix_socket=/run/x.sock&charset=utf8mb4&ssl_ca=/ca"
    )
    assert found == {
        "host": "host", "port": 3307, "user": "me", "password": "p@ss", "database": "app",
        "unix_socket": "/run/x.sock", "ssl_ca": "/ca",
    }  # fmt: skip


def test_a_url_without_a_database_is_refused() -> None:
    with pytest.raises(UsageError, match="names no database"):
        arguments("mysql://me@host/")


def test_a_password_is_not_in_the_message() -> None:
    with (
        pytest.raises(Incomplete) as error,
        dialect_of("mysql://").connect("mysql://me:geheim@127.0.0.1:1/app", timeout=2),
    ):
        pass
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("printed", "type_"),
    [
        ("int(11) DEFAULT NULL", "int"),
        ("int(10) unsigned DEFAULT NULL", "int unsigned"),
        ("int(6) unsigned zerofill DEFAULT NULL", "int(6) unsigned zerofill"),
        ("tinyint(1) DEFAULT NULL", "tinyint(1)"),
        ("tinyint(4) DEFAULT NULL", "tinyint"),
        ("year(4) DEFAULT NULL", "year"),
        ("enum('a','b''c','d,e') DEFAULT NULL", "enum('a','b''c','d,e')"),
        ("text /*M!100301 COMPRESSED*/ DEFAULT NULL", "text compressed"),
        ("geometry NOT NULL /*!80003 SRID 4326 */", "geometry srid 4326"),
    ],
)
def test_types_as_both_flavours_print_them(printed: str, type_: str) -> None:
    assert table(f"`a` {printed}").column("a").type == type_


def test_what_mysql_8_prints() -> None:
    """https://dev.mysql.com/doc/refman/8.0/en/show-create-table.html; no MySQL is at hand here to print it."""
    read = table(
        "`id` int NOT NULL AUTO_INCREMENT",
        "`a` varchar(9) COLLATE utf8mb4_bin DEFAULT (uuid()) /*!80023 INVISIBLE */",
        "`b` datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'it''s'",
        "`c` int GENERATED ALWAYS AS ((`id` + 1)) STORED",
        "PRIMARY KEY (`id`)",
        "KEY `ix` ((lower(`a`))) /*!80000 INVISIBLE */",
        "CONSTRAINT `t_chk_1` CHECK ((`id` > 3)) /*!80016 NOT ENFORCED */",
        tail=") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
    )
    a, b, c = (read.column(n) for n in "abc")
    assert (a.invisible, a.default, a.collation) == (True, "(uuid())", "utf8mb4_bin")
    assert (b.default, b.on_update, b.comment) == ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "it's")
    assert (c.computed.expression, c.computed.stored) == ("(`id` + 1)", True)
    assert read.indexes[0].ignored
    assert read.indexes[0].keys[0].expression
    assert not read.checks[0].enforced
    assert read.options == (("collate", "utf8mb4_0900_ai_ci"),)


def test_what_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(NotUnderstood, match="SOMETHING"):
        table("`a` int(11) SOMETHING NEW")


def test_sequences() -> None:
    text = "CREATE SEQUENCE `s` start with 5 minvalue 1 maxvalue 9223372036854775806 increment by 3 cache 1000 nocycle"
    assert read_sequence("app", "s", text).counter == Counter(start=5, increment=3)


# -- on the server


def name_in(url: str) -> str:
    return urlsplit(url).path.strip("/")


def test_no_other_database_is_read_unless_a_model_names_it(mariadb: Scratch) -> None:
    with mariadb.database() as url, mariadb.database() as other:
        name = name_in(other)
        server.run_sql(
            other, "CREATE TABLE theirs (id int PRIMARY KEY); CREATE TABLE more (id int PRIMARY KEY)"
        )
        plain = sa.MetaData()
        sa.Table("ours", plain, sa.Column("id", sa.Integer, primary_key=True))
        plain.create_all(sa.create_engine(corpus.driver(url)))
        report = audit([plain], corpus.plain(url), scratch=mariadb)
        assert (report.findings, report.notes) == ((), ())
        naming = sa.MetaData()
        sa.Table(
            "theirs",
            naming,
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            schema=name,
        )
        report = audit([plain, naming], corpus.plain(url), scratch=mariadb)
    found = [(f.rule, f.object.schema, f.object.table) for f in report.findings]
    assert ("column-type", name, "theirs") in found
    assert {f[1] for f in found} == {name}


def test_what_the_role_may_not_see_is_unknown_not_missing(mariadb: Scratch) -> None:
    models = sa.MetaData()
    for name in ("seen", "unseen"):
        sa.Table(name, models, sa.Column("id", sa.Integer, primary_key=True))
    with mariadb.database() as url:
        models.create_all(sa.create_engine(corpus.driver(url)))
        database = name_in(url)
        server.run_sql(url, f"CREATE USER few@localhost; GRANT SELECT ON `{database}`.seen TO few@localhost")
        report = audit([models], corpus.plain(url).replace("root@", "few@"), scratch=mariadb)
        server.run_sql(url, "DROP USER few@localhost")
    assert report.findings == ()
    assert [n.object.table for n in report.notes if n.object] == ["unseen"]
    assert not report.complete


def test_the_reader_writes_nothing_and_waits_for_nobody(mariadb: Scratch) -> None:
    with mariadb.database() as url:
        dialect = dialect_of(url)
        server.run_sql(url, "CREATE TABLE t (id int)")
        with dialect.connect(corpus.plain(url), timeout=5) as connection, pinned(connection, timeout=5):
            assert query(connection, "SELECT @@sql_mode, @@time_zone") == [("", "+00:00")]
            with pytest.raises(pymysql.MySQLError, match="READ ONLY"):
                query(connection, "INSERT INTO t VALUES (1)")


def test_another_flavour_never_stands_in(mariadb: Scratch) -> None:
    with mariadb.database() as url, pytest.raises(NoScratch, match="the scratch server is MariaDB"):
        open_scratch("mysql", flavour="mysql", scratch_url=corpus.plain(url))


def test_a_given_server_keeps_nothing(mariadb: Scratch) -> None:
    models = sa.MetaData()
    sa.Table("a", models, sa.Column("id", sa.Integer, primary_key=True), schema="elsewhere")
    with mariadb.database() as url, mariadb.database() as other:
        before = server.connect(url).cursor()
        before.execute("SHOW DATABASES")
        names = before.fetchall()
        report = audit([models], corpus.plain(url), scratch_url=corpus.plain(other))
        before.execute("SHOW DATABASES")
        assert before.fetchall() == names
    assert [f.rule for f in report.findings] == ["table-presence"]


def test_what_the_server_refuses_is_a_finding_with_its_words(mariadb: Scratch) -> None:
    models = sa.MetaData()
    sa.Table("team", models, sa.Column("id", sa.BigInteger, primary_key=True))
    columns = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("team", sa.Integer, sa.ForeignKey("team.id")),
    ]
    sa.Table("user", models, *columns)
    with mariadb.database() as url:
        server.run_sql(url, "CREATE TABLE team (id bigint AUTO_INCREMENT PRIMARY KEY)")
        server.run_sql(url, "CREATE TABLE `user` (id int AUTO_INCREMENT PRIMARY KEY, team int)")
        report = audit([models], corpus.plain(url), scratch=mariadb)
    invalid = [f for f in report.findings if f.rule == "model-invalid"]
    assert len(invalid) == 1
    assert "incorrectly formed" in invalid[0].message
