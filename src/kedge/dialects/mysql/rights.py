"""What a role may see: MariaDB and MySQL silently leave out everything else.

https://mariadb.com/kb/en/show-grants/
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kedge.catalog import Struct

# Without these on a whole database, what there is of a kind is not shown, or not all of it.
_TRIGGERS = frozenset({"TRIGGER"})
_EVENTS = frozenset({"EVENT"})
_ROUTINES = frozenset({"EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE", "SHOW CREATE ROUTINE", "SHOW_ROUTINE"})
_KINDS = {
    "trigger": (_TRIGGERS, "the role has no TRIGGER right on it as a whole"),
    "scheduled-event": (_EVENTS, "the role has no EVENT right on it"),
    "routine": (_ROUTINES, "the role has no right to its routines as a whole"),
}
_GRANT = re.compile(r"GRANT (.+?) ON (\*|`(?:[^`]|``)*`|\S+?)\.(\*|`(?:[^`]|``)*`|\S+) TO")


class Rights(Struct, frozen=True):
    """`granted` are words, each with a pattern of databases; None where SHOW GRANTS does not tell all of them."""

    granted: tuple[tuple[frozenset[str], str], ...] | None

    @classmethod
    def of(cls, grants: Iterable[str]) -> Rights:
        """From the lines of SHOW GRANTS."""
        found = []
        for grant in grants:
            match = _GRANT.match(grant)
            if match is None and " ON " not in grant:
                return cls(None)  # a role's own rights, which SHOW GRANTS lists only where it is active
            if match and match[1] != "USAGE":
                words = frozenset(w.strip() for w in re.sub(r"\(.*?\)", "", match[1]).split(","))
                database = match[2].strip("`").replace("``", "`")
                if match[3] == "*":
                    found.append((words, database))
                elif database == "mysql" and "SELECT" in words:
                    found.append((frozenset({"SHOW_ROUTINE"}), "*"))  # of mysql.proc, where routines are kept
        return cls(tuple(found))

    def whole(self, schema: str) -> bool:
        """Whether the role has any right on a database as a whole, so that it knows of all its tables."""
        return self.granted is None or any(like(pattern, schema) for _, pattern in self.granted)

    def veiled(self, schema: str) -> dict[str, str]:
        """The kinds of objects of a database that the role may not know of, and why."""
        if self.granted is None:
            return {}
        words = frozenset(w for own, pattern in self.granted if like(pattern, schema) for w in own)
        if any(pattern == "*" and "SELECT" in own for own, pattern in self.granted):
            words |= _ROUTINES
        if "ALL PRIVILEGES" in words:
            return {}
        return {kind: reason for kind, (needed, reason) in _KINDS.items() if not needed & words}


def like(pattern: str, schema: str) -> bool:
    """GRANT … ON `app\\_%`.*: a pattern as LIKE has them."""
    if pattern == "*":
        return True
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(
        re.escape(p[1]) if len(p) == 2 else ".*" if p == "%" else "." if p == "_" else re.escape(p)
        for p in parts
    )
    return re.fullmatch(regex, schema, re.DOTALL | re.IGNORECASE) is not None
