"""Reads what SHOW CREATE SEQUENCE prints."""

from __future__ import annotations

import re

from kedge.catalog import Counter, Sequence
from kedge.dialects.mysql.printed.line import NotUnderstood

_SEQUENCE = re.compile(
    r"start with (?P<start>-?\d+) minvalue (?P<low>-?\d+) maxvalue (?P<high>-?\d+) increment by (?P<step>-?\d+)"
    r" (?:cache \d+|nocache) (?P<cycle>cycle|nocycle)"
)


def read_sequence(schema: str, name: str, text: str) -> Sequence:
    """The sequence of one SHOW CREATE SEQUENCE. https://mariadb.com/kb/en/create-sequence/"""
    found = _SEQUENCE.search(text)
    if found is None:
        raise NotUnderstood(text)
    low, high, step = int(found["low"]), int(found["high"]), int(found["step"])
    natural_low, natural_high = (1, 2**63 - 2) if step > 0 else (-(2**63) + 1, -1)
    return Sequence(
        schema=schema,
        name=name,
        counter=Counter(
            start=int(found["start"]),
            increment=step,
            minimum=None if low == natural_low else low,
            maximum=None if high == natural_high else high,
            cycle=found["cycle"] == "cycle",
        ),
    )
