"""Comments are found where Python sees comments, and speak of the line that people mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.decisions.comments import comments

TEXT = """\
class User(Base):  # kedge: ignore[table-*] the whole table
    __tablename__ = "users"
    text = "# kedge: ignore[column-type] not a comment"

    email = Column(String(120))  # kedge: ignore[column-type] the driver
    # kedge: ignore[column-default, column-nullable] filled by a trigger
    search = Column(
        TSVECTOR,
    )
    long = Column(
        String(120),  # KEDGE:ignore[column-comment]: with a colon
    )
    # a remark about kedge
    plain = Column(String)  # noqa: E501 kedge: ignore[column-type] behind another
    bad = Column(String)  # kedge: ignore
    worse = Column(String)  # kedge: ignore[column-type]
    worst = Column(String)  # kedge: ignroe[column-type] x


users = Table(
    "users",
    metadata,
    # kedge: ignore[column-identity] numbered elsewhere
    Column("id", Integer),
    Column("email", String),  # kedge: ignore[column-*] all of it
)
# kedge: ignore[column-type] at the end, about nothing
"""
DECLARED = {1, 5, 7, 10, 14, 15, 16, 17, 20, 24, 25}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.py"
    path.write_text(TEXT)
    return path


def test_each_comment_speaks_of_its_line(file: Path) -> None:
    found = [(c.rule, c.speaks_of(DECLARED), c.reason) for c in comments(file) if not c.problem]
    assert found == [
        ("table-*", 1, "the whole table"),
        ("column-type", 5, "the driver"),
        ("column-default", 7, "filled by a trigger"),
        ("column-nullable", 7, "filled by a trigger"),
        ("column-comment", 10, "with a colon"),
        ("column-identity", 24, "numbered elsewhere"),
        ("column-*", 25, "all of it"),
        ("column-type", 27, "at the end, about nothing"),
    ]


def test_what_cannot_be_understood_says_why(file: Path) -> None:
    wrong = [(c.line, c.problem) for c in comments(file) if c.problem]
    assert [line for line, _ in wrong] == [15, 16, 17]
    assert "no reason" in str(wrong[1][1])
    assert "# kedge: ignore[column-type] the reason" in str(wrong[2][1])


def test_what_cannot_be_read_has_no_comments(tmp_path: Path) -> None:
    assert comments(tmp_path / "not.py") == []
    (tmp_path / "broken.py").write_text("def (:  # kedge: ignore[x] y\n  'kedge")
    assert isinstance(comments(tmp_path / "broken.py"), list)
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe kedge")
    assert comments(tmp_path / "bytes.py") == []
