"""Bodies that are laid out otherwise are one; bodies that say something else are not."""

from __future__ import annotations

import pytest

from kedge.compare.programs import body_read
from kedge.objects import Routine

BODY = """
BEGIN
    -- don't touch
    IF new.name = 'a  b' THEN
        RAISE EXCEPTION $q$it  is$q$;
    END IF;
    RETURN new;
END;
"""


def read(body: str, language: str = "plpgsql") -> str:
    return body_read(Routine(schema="public", name="f", language=language, body=body))


def test_indentation_says_nothing() -> None:
    assert read(BODY) == read(BODY.replace("\n", "\n\t\t").replace("= 'a", "=\n  'a"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'a  b'", "'a b'"),
        ("$q$it  is$q$", "$q$it is$q$"),
        ("-- don't touch\n   ", "-- don't touch"),
        ("-- don't touch\n   ", ""),
        ("RETURN new", "RETURN  newer"),
        ("END IF", "ENDIF"),
    ],
)
def test_everything_else_does(old: str, new: str) -> None:
    assert old in BODY
    assert read(BODY) != read(BODY.replace(old, new))


def test_what_another_language_means_by_spaces_is_not_known() -> None:
    assert read("if x:\n  y", "plpython3u") != read("if x:\n    y", "plpython3u")
    assert read(r"SELECT 'it\'s  one'", "sql") != read(r"SELECT 'it\'s one'", "sql")
