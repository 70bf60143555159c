"""How sequences count, without what is natural of their type and their column's."""

from __future__ import annotations

from kedge.catalog import Counter

INTEGER_MAXIMUM = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def counter_of(type_: str, start: int, step: int, low: int, high: int, cycle: bool, cache: int) -> Counter:
    """Bounds that are the type's natural ones (CREATE SEQUENCE, "MINVALUE", "MAXVALUE") are left open."""
    top = INTEGER_MAXIMUM[type_]
    natural_low, natural_high = (1, top) if step > 0 else (-top - 1, -1)
    return Counter(
        type=type_,
        start=start,
        increment=step,
        minimum=None if low == natural_low else low,
        maximum=None if high == natural_high else high,
        cycle=cycle,
        cache=cache,
    )


def fitting(counter: Counter, column_type: str) -> Counter:
    """A sequence at least as wide as its column has no type of its own.

    Databases that began before PostgreSQL 10 have bigint sequences under every serial column.
    """
    top = INTEGER_MAXIMUM.get(column_type)
    if top is None or INTEGER_MAXIMUM[counter.type] < top:
        return counter
    wide_enough = counter.maximum is None or (counter.maximum >= top and counter.increment > 0)
    return Counter(
        type="",
        start=counter.start,
        increment=counter.increment,
        minimum=counter.minimum,
        maximum=None if wide_enough else counter.maximum,
        cycle=counter.cycle,
        cache=counter.cache,
    )
