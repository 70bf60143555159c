"""What is there twice, and what was frozen, is said in words of its own."""

from __future__ import annotations

import pytest
from cases import corpus

from kedge import audit
from kedge.scratch import Scratch

MODELS = """
class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    at: Mapped[datetime.datetime] = mapped_column(server_default=sa.func.now())
"""


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE INDEX again ON users (email)", "there twice (ix_users_email is the same but for its name)"),
        (
            "ALTER TABLE users ADD CONSTRAINT again FOREIGN KEY (team_id) REFERENCES teams",
            "there twice (users_team_id_fkey is the same but for its name)",
        ),
        ("ALTER TABLE users ALTER at SET DEFAULT 'now'", "frozen default"),
        ("CREATE INDEX other ON users (email, team_id)", "in the database only"),
    ],
)
def test_it_is_called_what_it_is(postgres: Scratch, sql: str, words: str) -> None:
    case = corpus.Case(file="twice", name="twice", models=MODELS, expect=(), sql=sql)
    with postgres.database() as url:
        metadatas = corpus.metadata_of(case)
        corpus.build(case, url, metadatas)
        report = audit(metadatas, corpus.plain(url), scratch=postgres)
    (finding,) = report.findings
    assert words in finding.message


def test_of_three_the_declared_one_is_named_and_all_but_it_are_to_go(postgres: Scratch) -> None:
    """The extra ones come first by name, and the declared one bears no name in the models."""
    sql = "".join(
        f"ALTER TABLE users ADD CONSTRAINT {name} FOREIGN KEY (team_id) REFERENCES teams;"
        for name in ("a_again", "b_again")
    )
    case = corpus.Case(file="twice", name="thrice", models=MODELS, expect=(), sql=sql)
    with postgres.database() as url:
        metadatas = corpus.metadata_of(case)
        corpus.build(case, url, metadatas)
        report = audit(metadatas, corpus.plain(url), scratch=postgres)
    assert [f.object.name for f in report.findings] == ["a_again", "b_again"]
    for finding in report.findings:
        assert "there twice (users_team_id_fkey is the same but for its name)" in finding.message
        assert finding.advice.action == "write-revision"


def test_of_two_that_nobody_declares_one_is_extra_and_the_other_is_it_twice(postgres: Scratch) -> None:
    sql = "CREATE INDEX one ON users (team_id); CREATE INDEX two ON users (team_id);"
    case = corpus.Case(file="twice", name="pair", models=MODELS, expect=(), sql=sql)
    with postgres.database() as url:
        metadatas = corpus.metadata_of(case)
        corpus.build(case, url, metadatas)
        report = audit(metadatas, corpus.plain(url), scratch=postgres)
    one, two = report.findings
    assert "in the database only" in one.message
    assert "there twice (one is the same but for its name)" in two.message


def test_a_key_that_no_server_takes_goes_with_the_primary_key_it_points_at(postgres: Scratch) -> None:
    """The models have one column more in the primary key, so the other alone is not unique to them."""
    models = MODELS.replace(
        "    id: Mapped[int] = mapped_column(primary_key=True)\n\nclass User",
        "    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)\n"
        "    slug: Mapped[str] = mapped_column(primary_key=True)\n\nclass User",
    )
    ddl = (
        "CREATE TABLE teams (id serial PRIMARY KEY, slug varchar NOT NULL);"
        "CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, team_id integer NOT NULL REFERENCES"
        " teams, at timestamp NOT NULL DEFAULT now()); CREATE INDEX ix_users_email ON users (email);"
    )
    case = corpus.Case(file="twice", name="key", models=models, expect=(), ddl=ddl)
    with postgres.database() as url:
        metadatas = corpus.metadata_of(case)
        corpus.build(case, url, metadatas)
        report = audit(metadatas, corpus.plain(url), scratch=postgres)
    own = [f for f in report.findings if f.implied_by is None]
    assert [f.rule for f in own] == ["primary-key-columns", "column-type"], [f.message for f in own]
    assert [f.rule for f in report.findings if f.implied_by] == ["model-invalid"]
