# ruff: noqa: E501 (prose)
"""docs/limits.md, made of what the completeness test knows, what the readers fill, and which changes the laws draw."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from tests.laws.mutations import MUTATIONS
from tests.laws.test_completeness import BESIDE, OF_OTHER_DIALECTS, RULES_OF, fields

from kedge import catalog
from kedge.report.schema import KINDS
from kedge.rules import RULES

TESTS = Path(__file__).parents[1]
PACKAGE = Path(catalog.__file__).parent
TITLES = {"postgresql": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}
# Facts that a database does not have. What is neither here nor filled by its reader is "not read".
HAS_NONE = {
    "postgresql": ("Column.on_update", "Column.invisible", "Column.affinity", "IndexKey.length", "Index.ignored"),
    "mysql": (
        "Catalog.enums", "Enum.*", "Exclusion.*", "Table.exclusions", "Table.inherits", "Table.partition_of",
        "Table.unlogged", "*.deferrable", "*.initially_deferred", "*.include", "*.nulls_not_distinct",
        "ForeignKey.match", "ForeignKey.on_delete_columns", "*.validated", "Check.no_inherit", "Check.comment",
        "ForeignKey.comment", "PrimaryKey.comment", "PrimaryKey.name", "Index.predicate", "Index.valid",
        "IndexKey.collation", "IndexKey.opclass", "Sequence.comment", "Sequence.owner", "Column.affinity",
        "Identity.sequence",
    ),
    "sqlite": (
        "Catalog.enums", "Catalog.sequences", "Counter.*", "Enum.*", "Exclusion.*", "Sequence.*", "*.comment",
        "*.validated", "*.include", "*.nulls_not_distinct", "Check.no_inherit", "Column.invisible",
        "Column.on_update", "ForeignKey.match", "ForeignKey.on_delete_columns", "Identity.sequence",
        "Index.ignored", "Index.method", "Index.options", "Index.valid", "IndexKey.length", "IndexKey.opclass",
        "PrimaryKey.deferrable", "PrimaryKey.initially_deferred", "Unique.deferrable",
        "Unique.initially_deferred", "Table.exclusions", "Table.inherits", "Table.partition_of",
        "Table.partitioning", "Table.schema", "Table.unlogged",
    ),
}  # fmt: skip
# Kinds of findings that are no objects of a database.
NO_OBJECTS = {"model", "attribute", "import", "metadata", "environment", "revision", "schema"}
HEAD = """# Limits

What is compared, database by database, and what is not. This page is made from the program and its tests
(`python -m tests.docs.write`), and a test fails when it is stale.

What could not be compared in *your* audit, and why, stands in its notes: Kedge is never silent about that.

## Rule by rule

- **drawn**: changes of it are drawn at random on a real server, and each must become exactly this finding
- **compared**: it is read and compared, and held by the examples of its page or by cases
- **not read**: the database has it, and Kedge does not look at it there
- –: the database has no such thing

| rule | {titles} |
|---|{columns}|
"""
OBJECTS = """
## Objects that no rule knows

{kinds}.

They are neither compared nor proposed to be dropped; where the database has views, a note says how many.

## Not looked at, on purpose

- **Rows.** Kedge reads catalogs; of tables only Alembic's version table. With `--probe-data` it counts what a finding hangs on, and still reads no value.
- **What belongs to the server, not to the schema**: roles, settings, tablespaces, replication, statistics that the planner gathers.
- **The order of columns** is a note, never a finding.
- **Code that only runs tell of**: names put together at run time, SQL made of pieces, variables whose class is not certain.

## Servers

PostgreSQL 15 and 18, MariaDB 10.11 and SQLite 3.40 are tested. Other versions of them are read in the same way.
A server outside of what is tested raises the note `untested-version`. MySQL 8 is read by its manual: Debian has no
server of it, no package of PyPI or npm that we know carries one, and no test has met it.
Where the judging server lacks an extension of the audited one, what rests on it is not compared, and said.

**Any other database that SQLAlchemy speaks** (its dialect and driver installed beside Kedge) is read through SQLAlchemy's
Inspector. There is no throw-away server for it: what differs is unconfirmed, and makes the audit incomplete.
What the Inspector does not give (a length, an action, checks, comments) is not compared; storage, texts of views,
triggers, routines and rights are never seen. A note says which kinds its dialect does not tell of.
"""


def page() -> str:
    read = {name: facts_read(name) for name in TITLES}
    rows = [
        f"| [{rule}](rules/{rule}.md) | {' | '.join(cell(rule, name, read[name]) for name in TITLES)} |"
        for rule in sorted(RULES)
    ]
    head = HEAD.format(titles=" | ".join(TITLES.values()), columns="|".join("---" for _ in TITLES))
    return head + "\n".join(rows) + "\n" + OBJECTS.format(kinds=", ".join(unknown_kinds()).capitalize())


def cell(rule: str, dialect: str, read: set[str]) -> str:
    if rule in drawn(dialect):
        return "drawn"
    facts = facts_of(rule)
    if rule in BESIDE or facts & read:
        return "compared"
    return "–" if facts and all(has_none(dialect, fact) for fact in facts) else "not read"


def has_none(dialect: str, fact: str) -> bool:
    return any(fnmatchcase(fact, pattern) for pattern in HAS_NONE[dialect])


def facts_of(rule: str) -> set[str]:
    facts = {fact for fact, rules in RULES_OF.items() if rule in rules}
    return facts | {fact for fact in OF_OTHER_DIALECTS if rule_of(fact) == rule}


def rule_of(fact: str) -> str:
    """Facts of one dialect alone are named like their rule."""
    struct, _, field = fact.partition(".")
    return f"{struct.lower().removesuffix('key')}-{field.replace('_', '-')}"


def drawn(dialect: str) -> set[str]:
    """The rules whose finding some drawn change has to become."""
    if dialect == "postgresql":
        return {mutation.rule for mutation in MUTATIONS.values()}
    folder = {"mysql": "laws_mariadb", "sqlite": "laws_sqlite"}[dialect]
    text = (TESTS / folder / "mutations.py").read_text("utf-8")
    return set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)) & set(RULES)


def facts_read(dialect: str) -> set[str]:
    """The catalog's fields that the dialect's room fills, as its source says."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (PACKAGE / "dialects" / dialect).rglob("*.py")]
    filled = {word for tree in trees for word in _filled(tree)}
    words = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {
        fact
        for fact in fields()
        if not has_none(dialect, fact)
        and (fact in filled or (f"{fact.partition('.')[0]}.**" in filled and fact.partition(".")[2] in words))
    }


def _filled(tree: ast.Module) -> Iterator[str]:
    structs = {
        name: struct.__struct_fields__
        for name, struct in vars(catalog).items()
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in structs:
            yield from (f"{name}.{keyword.arg or '**'}" for keyword in node.keywords)
            yield from (f"{name}.{field}" for field in structs[name][: len(node.args)])
        elif name == "replace":
            owners = [struct for struct, own in structs.items() for k in node.keywords if k.arg in own]
            yield from (f"{struct}.{k.arg}" for k in node.keywords for struct in owners)


def unknown_kinds() -> list[str]:
    known = set(RULES)
    return [
        re.sub(r"(?<!s)$", "s", kind.replace("-", " ").removesuffix("y") + ("ie" if kind[-1] == "y" else ""))
        for kind in KINDS
        if kind not in NO_OBJECTS and not any(rule.startswith(f"{kind}-") for rule in known)
    ]


def absent_after_all() -> set[str]:
    """What is said to be absent and is drawn all the same: a line above is wrong."""
    return {
        f"{dialect}: {rule}"
        for dialect in TITLES
        for rule in drawn(dialect)
        if facts_of(rule) and all(has_none(dialect, fact) for fact in facts_of(rule))
    }
