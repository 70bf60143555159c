"""The embedded server has no contrib extensions: what needs one is skipped there, and never in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest


@contextmanager
def available() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        lacking = "extension" in str(error) and "is not available" in str(error)
        if lacking and os.environ.get("CI") != "true":
            pytest.skip(str(error).splitlines()[0])
        raise
