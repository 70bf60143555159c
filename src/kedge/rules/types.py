"""Whether one type can hold every value of another, as far as their spellings tell."""

import re

_INTEGERS = {"smallint": 2, "integer": 4, "bigint": 8}
_FLOATS = {"real": 4, "double precision": 8}
_TEXTS = ("character varying", "character", "text", "public.citext", "citext")
_SPELLING = re.compile(r"^(?P<base>[^(\[]+)(?:\((?P<args>[^)]*)\))?(?P<rest>[^\[]*)(?P<array>(?:\[\])*)$")


def holds(container: str, content: str) -> bool | None:
    """True when `container` holds every value of `content`, False when some do not fit,"
    " None when they are of two kinds."""
    outer, inner = _SPELLING.match(container), _SPELLING.match(content)
    if outer is None or inner is None or outer["array"] != inner["array"]:
        return None
    one, two = outer["base"] + outer["rest"], inner["base"] + inner["rest"]
    for family in (_INTEGERS, _FLOATS):
        if one in family and two in family:
            return family[one] >= family[two]
    if one in _TEXTS and two in _TEXTS:
        return _limit(one, outer["args"]) >= _limit(two, inner["args"])
    if one == "numeric" and two in ("numeric", *_INTEGERS):
        return _numeric_holds(outer["args"], inner["args"] if two == "numeric" else "19,0")
    if {one, two} <= {"json", "jsonb"}:
        return True
    if one == two:
        return _limit(one, outer["args"]) >= _limit(two, inner["args"])
    return None


def _limit(base: str, args: str | None) -> float:
    if args and args.strip().isdigit():
        return int(args)
    return 1 if base == "character" else float("inf")


def _numeric_holds(outer: str | None, inner: str | None) -> bool:
    if outer is None:
        return True
    if inner is None:
        return False
    (precision, scale), (inner_precision, inner_scale) = (
        [int(n) for n in (a + ",0").split(",")[:2]] for a in (outer, inner)
    )
    return scale >= inner_scale and precision - scale >= inner_precision - inner_scale
