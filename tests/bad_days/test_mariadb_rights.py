"""MariaDB hides what a role has no right to: it is unknown, and never missing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.bad_days.world import MODELS, Row, audit, write

from kedge.scratch import Scratch

OTHER = '    Table("other", metadata, Column("id", Integer, primary_key=True))\n'
MADE = (
    "CREATE TABLE thing (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20))",
    "CREATE TABLE other (id int AUTO_INCREMENT PRIMARY KEY)",
    "CREATE USER reader@localhost IDENTIFIED BY 'x'",
    "GRANT SELECT ON other TO reader@localhost",
)
RIGHTS = {
    "table": (),
    "column": ("GRANT SELECT (id) ON thing TO reader@localhost",),
    "trigger": ("GRANT SELECT ON {database}.* TO reader@localhost", "{trigger}"),
}
TRIGGER = "CREATE TRIGGER trim_it BEFORE INSERT ON thing FOR EACH ROW SET NEW.name = trim(NEW.name)"
LISTENER = f"""
    from sqlalchemy import DDL, event
    event.listen(metadata, "after_create", DDL("{TRIGGER}"))
"""


@pytest.mark.parametrize("what", RIGHTS)
def test_no_rights_on_mariadb(tmp_path: Path, mariadb: Scratch, row: Row, what: str) -> None:
    write(tmp_path, models=MODELS + OTHER + (LISTENER if what == "trigger" else ""))
    with mariadb.database() as url:
        engine = sa.create_engine(url.replace("mariadb:", "mariadb+pymysql:"))
        try:
            with engine.begin() as connection:
                for statement in (*MADE, *RIGHTS[what]):
                    words = {"database": engine.url.database, "trigger": TRIGGER}
                    connection.execute(sa.text(statement.format(**words)))
            reader = sa.make_url(url).set(username="reader", password="x")
            given = {"KEDGE_SCRATCH_URL": None}  # PostgreSQL's, where a test before this one has one
            audit(tmp_path, reader.render_as_string(False), "--models", "models", **given).holds(row)
        finally:
            with engine.begin() as connection:
                connection.execute(sa.text("DROP USER IF EXISTS reader@localhost"))
            engine.dispose()
