from json import dumps
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from kedge.errors import Incomplete, KedgeError, UsageError
from kedge.secrets import MASK, mask, masked_url


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://app:s3cret@db:5432/app", "postgresql://app:***@db:5432/app"),
        ("postgresql+psycopg://app:s3cret@db/app?x=1", "postgresql+psycopg://app:***@db/app?x=1"),
        ("postgresql://app:s%40cr%2Fet@db/app", "postgresql://app:***@db/app"),
        ("postgresql://app:s@c/r?et@db/app", "postgresql://app:***@db/app"),
        ("postgresql://app:two words@db/app", "postgresql://app:***@db/app"),
        ("postgresql://app:it's \"@db/app", "postgresql://app:***@db/app"),
        ("postgresql://:s3cret@db/app", "postgresql://:***@db/app"),
        (
            "postgresql:///app?host=/tmp&user=a&password=s3cret",
            "postgresql:///app?host=/tmp&user=a&password=***",
        ),
        ("host=db user=app password=s3cret dbname=app", "host=db user=app password=*** dbname=app"),
        ("host=db password='s3 \\'cret' dbname=app", "host=db password=*** dbname=app"),
        ("host=db password = s3cret", "host=db password = ***"),
        ("postgresql://db:5432/app", "postgresql://db:5432/app"),
        ("postgresql://app@db/app", "postgresql://app@db/app"),
        ("sqlite:///app.db", "sqlite:///app.db"),
    ],
)
def test_masked_url(url: str, masked: str) -> None:
    assert masked_url(url) == masked
    assert masked_url(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "cannot reach postgresql://app:s3cret@db/app: refused",
            "cannot reach postgresql://app:***@db/app: refused",
        ),
        ("'postgresql://a:p1@h/x', 'mysql://b:p2@h/y'", "'postgresql://a:***@h/x', 'mysql://b:***@h/y'"),
        ("connect(host='db', password='s3cret')", "connect(host='db', password=***)"),
        ("{'host': 'db', 'password': 's3cret'}", "{'host': 'db', 'password': ***}"),
        ('{"password": "s3\\"cret", "port": 1}', '{"password": ***, "port": 1}'),
        ("PGPASSWORD=s3cret kedge audit", "PGPASSWORD=*** kedge audit"),
        ("CREATE ROLE app PASSWORD 's3''cret' LOGIN", "CREATE ROLE app PASSWORD *** LOGIN"),
        ('password authentication failed for user "app"', 'password authentication failed for user "app"'),
        ("see https://example.org:8080/page", "see https://example.org:8080/page"),
    ],
)
def test_passwords_are_found_where_they_stand(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_known_password_is_hidden_in_every_spelling() -> None:
    password = "p@ss:w/o?r d'\\%41é"
    for spelling in (
        password,
        quote(password, safe=""),
        quote_plus(password),
        repr(password)[1:-1],
        dumps(password),
    ):
        assert mask(f"the server said <{spelling}>", password) in (
            f"the server said <{MASK}>",
            f'the server said <"{MASK}">',
        )
    url = f"postgresql://app:{quote(password, safe='')}@db/app"
    assert password not in mask(f"driver: {password}", url)
    assert "s3cret42" not in mask("driver: s3cret42", "host=db password=s3cret42")


def test_a_password_that_is_a_common_word_does_not_eat_the_text() -> None:
    text = "postgresql+psycopg://postgres:postgres@db/postgresql_test as PostgreSQL"
    assert mask(text, "postgres") == "postgresql+psycopg://***:***@db/postgresql_test as PostgreSQL"
    assert mask("an apple for app", "app") == "an apple for ***"
    assert mask("nothing", "", None) == "nothing"
    assert mask("postgresql://db", "postgresql") == "postgresql://db"


passwords = st.text(min_size=4).filter(lambda text: text == text.strip() and "*" not in text)


@settings(deadline=None)
@given(passwords)
def test_no_password_survives(password: str) -> None:
    url = URL.create("postgresql", "u", password, "h", 1, "d").render_as_string(hide_password=False)
    assert masked_url(url) == "postgresql://u:***@h:1/d"
    assert mask(f"[{url}]", password).count(MASK) >= 1


def test_errors_are_one_line_without_passwords() -> None:
    error = KedgeError("cannot connect to\n postgresql://a:s3cret@h/d", hint="start it")
    assert str(error) == "cannot connect to postgresql://a:***@h/d (start it)"
    assert "s3cret" not in repr(error)
    assert (KedgeError("x").exit_code, UsageError("x").exit_code, Incomplete("x").exit_code) == (2, 2, 3)
    assert KedgeError("x", exit_code=1).exit_code == 1
