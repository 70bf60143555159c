"""The chain runs in a scratch database, and the schema is known after each revision."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.history.chain import USERS, Audited, migrate, project, revision

from kedge.scratch import Scratch, open_scratch


@pytest.fixture(scope="module", params=["postgresql", "sqlite", "mariadb"])
def server(request: pytest.FixtureRequest) -> Scratch:
    if request.param == "sqlite":
        scratch = open_scratch("sqlite")
        request.addfinalizer(scratch.close)
        return scratch
    fixture = {"postgresql": "postgres", "mariadb": "mariadb"}[request.param]
    found: Scratch = request.getfixturevalue(fixture)
    return found


def three(root: Path) -> Path:
    project(root)
    revision(root, "a1", USERS)
    revision(root, "b2", 'op.execute("CREATE TABLE raw (n integer)")', down="a1")
    revision(
        root,
        "c3",
        """
        with op.batch_alter_table("users") as batch:
            # people asked for it
            batch.add_column(sa.Column("email", sa.String(100)))
        op.get_bind().execute(sa.text("INSERT INTO users (id, email) VALUES (1, 'a')"))
        op.drop_table("raw")
        """,
        down="b2",
    )
    return root


def test_the_schema_is_known_after_each_revision(tmp_path: Path, server: Scratch) -> None:
    root = three(tmp_path)
    with server.database() as url:
        migrate(root, url, "b2")
        found = Audited(root, url, scratch=server)
    history = found.history
    assert [step.revision for step in history.steps] == [None, "a1", "b2", "c3"]
    assert found.tables == [[], ["users"], ["raw", "users"], ["users"]]
    assert (history.at_database, history.at_head, history.failed) == (2, 3, None)
    assert history.complete
    assert history.pending == ("c3",)
    (environment,) = found.report.environments
    assert (environment.database_revisions, environment.pending) == (("b2",), ("c3",))
    last = history.steps[-1].catalog
    ((_, users),) = [item for item in last.tables.items() if item[0][1] == "users"]
    assert [c.name for c in users.columns] == ["id", "email"]
    site = history.revisions["c3"].site("users", "email")
    assert site is not None
    assert site.comment == "people asked for it"
