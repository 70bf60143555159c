"""Whether one type can hold every value of another, as far as their spellings tell."""

import re

_INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
_FLOATS = {"real": 4, "float": 4, "double": 8, "double precision": 8}
_TEXTS = ("character varying", "character", "text", "public.citext", "citext")
_DECIMALS = ("numeric", "decimal")
# What holds how much where a text has a size by its name; "text" alone has one only beside these.
_SIZED = (
    {
        "char": 1,
        "varchar": 0,
        "tinytext": 2**8 - 1,
        "text": 2**16 - 1,
        "mediumtext": 2**24 - 1,
        "longtext": 2**32 - 1,
    },
    {
        "binary": 1,
        "varbinary": 0,
        "tinyblob": 2**8 - 1,
        "blob": 2**16 - 1,
        "mediumblob": 2**24 - 1,
        "longblob": 2**32 - 1,
    },
)
# Spellings that mean one where no number stands, or none.
_SHORT = {"character": 1, "bit": 1, "datetime": 0, "timestamp": 0, "time": 0}
_LABELS = re.compile(r"^(enum|set)\((.*)\)$", re.DOTALL)
_LABEL = re.compile(r"'(?:[^'\\]|\\.|'')*'")
_SPELLING = re.compile(r"^(?P<base>[^(\[]+)(?:\((?P<args>[^)]*)\))?(?P<rest>[^\[]*)(?P<array>(?:\[\])*)$")


def holds(container: str, content: str) -> bool | None:
    """True when `container` holds every value of `content`, False when some do not fit,"
    " None when they are of two kinds."""
    lists = _LABELS.match(container), _LABELS.match(content)
    if lists[0] and lists[1]:
        same_kind = lists[0][1] == lists[1][1]
        return set(_LABEL.findall(lists[1][2])) <= set(_LABEL.findall(lists[0][2])) if same_kind else None
    if lists[0] or lists[1]:
        return None
    outer, inner = _SPELLING.match(container), _SPELLING.match(content)
    if outer is None or inner is None or outer["array"] != inner["array"]:
        return None
    one, two = outer["base"] + outer["rest"], inner["base"] + inner["rest"]
    ranges = _range(outer["base"], outer["rest"]), _range(inner["base"], inner["rest"])
    if ranges[0] and ranges[1]:
        return ranges[0][0] <= ranges[1][0] and ranges[0][1] >= ranges[1][1]
    if one in _FLOATS and two in _FLOATS:
        return _FLOATS[one] >= _FLOATS[two]
    for sizes in _SIZED:
        if one in sizes and two in sizes and not one == two == "text":
            return _size(sizes[one], outer["args"]) >= _size(sizes[two], inner["args"])
    if one in _TEXTS and two in _TEXTS:
        return _limit(one, outer["args"]) >= _limit(two, inner["args"])
    if one in _DECIMALS and two in (*_DECIMALS, *_INTEGERS):
        return _numeric_holds(outer["args"], inner["args"] if two in _DECIMALS else "19,0")
    if {one, two} <= {"json", "jsonb"}:
        return True
    if one == two:
        return _limit(one, outer["args"]) >= _limit(two, inner["args"])
    return None


def _limit(base: str, args: str | None) -> float:
    if args and args.strip().isdigit():
        return int(args)
    return _SHORT.get(base, float("inf"))


def _range(base: str, rest: str) -> tuple[int, int] | None:
    """The least and the greatest whole number; display widths say nothing."""
    name, *attributes = (base + rest).split()
    if name not in _INTEGERS or not set(attributes) <= {"unsigned", "zerofill"}:
        return None
    bits = 8 * _INTEGERS[name]
    return (0, 2**bits - 1) if attributes else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _size(size: int, args: str | None) -> int:
    return int(args) if args and args.strip().isdigit() else size


def _numeric_holds(outer: str | None, inner: str | None) -> bool:
    if outer is None:
        return True
    if inner is None:
        return False
    (precision, scale), (inner_precision, inner_scale) = (
        [int(n) for n in (a + ",0").split(",")[:2]] for a in (outer, inner)
    )
    return scale >= inner_scale and precision - scale >= inner_precision - inner_scale
