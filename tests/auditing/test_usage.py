"""What is claimed of code, and the many ways in which a name may come to be, of which nothing is claimed."""

from __future__ import annotations

import sqlite3
import sys
import textwrap
from pathlib import Path

import pytest

from kedge._api import audit_project
from kedge.findings import Report
from kedge.options import Options

MODELS = """
    from sqlalchemy import Column, ForeignKey, Integer, String, event
    from sqlalchemy.ext.associationproxy import association_proxy
    from sqlalchemy.ext.hybrid import hybrid_property
    from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Mapped, mapped_column, relationship, synonym, backref
    from sqlalchemy.orm import column_property

    class Base(DeclarativeBase):
        shared = "of all"

    class Mixin:
        nickname: Mapped[str]

    class User(Mixin, Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        postal_code: Mapped[str]
        kind: Mapped[str]
        alias = synonym("nickname")
        posts = relationship("Post", backref="author")
        titles = association_proxy("posts", "title")
        doubled = column_property(id * 2)
        LIMIT = 3
        @hybrid_property
        def full(self): return self.nickname
        @property
        def shown(self): return self.nickname
        @classmethod
        def find(cls): return cls
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "user"}

    class Admin(User):
        rights: Mapped[str | None]
        __mapper_args__ = {"polymorphic_identity": "admin"}

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    class Free(Base):
        __tablename__ = "frees"
        id: Mapped[int] = mapped_column(primary_key=True)
        def __init__(self, anything=None): ...

    class Open(Base):
        __tablename__ = "opens"
        id: Mapped[int] = mapped_column(primary_key=True)
        def __init__(self, **keywords): ...
        def __getattr__(self, name): return 1

    User.added_later = 4
"""
TABLES = """
    CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, nickname VARCHAR NOT NULL, postal_code VARCHAR NOT NULL,
      kind VARCHAR NOT NULL, rights VARCHAR);
    CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR NOT NULL,
      user_id INTEGER NOT NULL REFERENCES users (id));
    CREATE TABLE frees (id INTEGER NOT NULL PRIMARY KEY);
    CREATE TABLE opens (id INTEGER NOT NULL PRIMARY KEY);
"""
SILENT = """
    import models
    import pytest
    from models import Admin, Free, Open, Post, User
    from elsewhere import Thing as Borrowed
    from sqlalchemy import select, text, update
    from sqlalchemy.orm import aliased

    class Local:
        def __init__(self, zip=None): self.zip = zip

    def good(session, user: User, other: "User | None", maybe):
        User(nickname="a", alias="b", posts=[], full="c", shown="d")
        print(User.shared, User.doubled, User.titles, User.LIMIT, User.find(), User.full, User.added_later)
        print(User.metadata.tables, User.__table__.c.anything, User.registry, User.nickname.desc(), models.User.alias)
        print(Post.author, user.shown, user.posts, user.rights, other.nickname, maybe.zip)
        user.transient = 1
        print(user.transient)
        session.query(User).filter_by(nickname="a", alias="b").filter_by(kind="x")
        session.query(User).join(Post).filter_by(title="x")
        select(User).join(User.posts).filter_by(title="y")
        update(User).values(postal_code="1", nickname="b")
        Free(anything=1)
        Open(whatever=1).more
        Borrowed(zip=1)
        Local(zip=2)

    def shadowed(User):
        return User(zip=1), User.zip

    def rebound(user: User):
        user = Local()
        return user.zip

    def asked(user: User):
        if isinstance(user, Admin):
            return user.only_admins
        if hasattr(user, "perhaps"):
            return user.perhaps

    def expected():
        with pytest.raises(TypeError):
            User(zip=1)
        try:
            User.zip
        except AttributeError:
            pass

    def of_another_version(session, user: User):
        moment = User.kind if HAS_V_3_0_PLUS else User.logical
        if models.__version__ < "3":
            return user.earlier
        if not HAS_V_3_0_PLUS:
            def inner():
                return session.execute(text("SELECT earlier FROM users"))

    def tried(connection):
        try:
            return connection.execute(text("SELECT number FROM post")).scalar()
        except Exception:
            return None

    def patched(monkeypatch):
        monkeypatch.setattr(User, "fake", 1, raising=False)
        return User.fake

    def statements(connection, table):
        connection.execute(text("SELECT nickname AS n, count(*) FROM users WHERE kind = :k GROUP BY n"))
        connection.execute(text("WITH recent AS (SELECT id AS key FROM posts) SELECT key FROM recent"))
        connection.execute(text("SELECT p.title, u.nickname FROM users u JOIN posts AS p ON p.user_id = u.id"))
        connection.execute(text("SELECT x.total FROM (SELECT count(*) AS total FROM posts) x"))
        connection.execute(text("CREATE TEMP TABLE scrap (a integer)"))
        connection.execute(text("SELECT a FROM scrap"))
        connection.execute(text(f"SELECT zip FROM {table}"))
        connection.execute("SELECT * FROM of_another_database")
        connection.execute(text("INSERT INTO posts (title, user_id) VALUES (:t, :u)"))
        connection.execute(text("UPDATE users SET nickname = 'x' WHERE id IN (SELECT user_id FROM posts)"))
        connection.execute(text("SELECT sqlite_version(), name FROM sqlite_master"))
        connection.execute(text("this is not SQL at all"))
        connection.execute(text("SELECT json_each.value FROM users, json_each(users.rights)"))
"""
CLAIMED = """
    import models as m
    from models import Post, User
    from sqlalchemy import insert, select, text, update

    def wrong(session, user: User, other: "m.User | None" = None):
        User(zip_a=1)
        m.User.zip_b
        session.query(User).filter(User.id == 1).filter_by(zip_c=1)
        select(User).filter_by(zip_d=1)
        update(User).where(User.id == 1).values(zip_e=1)
        user.zip_f
        other.zip_g
        made = User(nickname="a")
        return made.zip_h, [User.zip_i for _ in ()]

    def later():
        from models import Post as P
        return P.zip_j if maximum else None

    def tried(connection):
        try:
            connection.execute(text("SELECT zip_p FROM users WHERE id = 1"))
        except Exception as error:
            print(error)
        try:
            connection.execute(text("SELECT zip_q FROM users WHERE id = 1"))
        except Exception:
            raise

    def sql(connection):
        connection.execute(text("SELECT u.zip_k FROM users u"))
        connection.execute(text("SELECT zip_l FROM users WHERE id = 1"))
        connection.execute(text("INSERT INTO posts (title, zip_m) VALUES (1, 2)"))
        connection.execute(text("UPDATE users SET zip_n = 1"))
        connection.execute("SELECT * FROM users JOIN zip_o ON true")
        connection.execute(text("SELECT * FROM user"))
"""


def audited(tmp_path: Path, code: str, more: str = "") -> Report:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "models.py").write_text(textwrap.dedent(MODELS + more))
    (tmp_path / "service.py").write_text(textwrap.dedent(code))
    with sqlite3.connect(tmp_path / "live.sqlite") as connection:
        connection.executescript(TABLES)
    connection.close()
    url = f"sqlite:///{tmp_path / 'live.sqlite'}"
    return audit_project(url, Options(targets=["models:Base"], python=sys.executable), root=tmp_path)


@pytest.fixture
def silent(tmp_path: Path) -> Report:
    return audited(tmp_path, SILENT)


def test_where_a_name_may_be_there_nothing_is_claimed(silent: Report) -> None:
    assert [(f.rule, f.object.table, f.object.name, f.candidates) for f in silent.findings] == []


def test_where_it_is_certain_it_is_claimed(tmp_path: Path) -> None:
    report = audited(tmp_path, CLAIMED)
    found = {f.object.name or f.object.table for f in report.findings}
    assert found == {f"zip_{letter}" for letter in "abcdefghijklmnopq"} | {"user"}
    lines = textwrap.dedent(CLAIMED).splitlines()
    for finding in report.findings:
        (place,) = finding.origins.models
        assert place.path == "service.py"
        assert str(finding.object.name or finding.object.table) in lines[(place.line or 0) - 1]


def test_an_ignore_beside_the_use_is_followed(tmp_path: Path) -> None:
    from kedge.decisions import decide

    report = audited(
        tmp_path,
        "from models import User\nUser.zip_code  # kedge: ignore[attribute-unknown] the importer sets it\n",
    )
    (finding,) = decide([report])[0].findings
    assert finding.suppressed is not None
    assert finding.suppressed.reason == "the importer sets it"


def test_sql_that_names_a_declared_table_adds_nothing_to_its_absence(tmp_path: Path) -> None:
    """The table is missing, at the model's line: statements that name it are no second finding, and no origin."""
    code = """
        from sqlalchemy import text
        STATEMENT = text("SELECT missing_tables.id FROM missing_tables")
    """
    extra = """
    class Missing(Base):
        __tablename__ = "missing_tables"
        id: Mapped[int] = mapped_column(primary_key=True)
    """
    report = audited(tmp_path, code, extra)
    found = [(f.rule, f.object.table) for f in report.findings if f.object.table == "missing_tables"]
    assert found == [("table-presence", "missing_tables")]
    (finding,) = [f for f in report.findings if f.rule == "table-presence"]
    assert [o.path for o in finding.origins.models] == ["models.py"]
