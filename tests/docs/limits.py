# ruff: noqa: E501 (prose)
"""docs/limits.md, made of what the completeness test knows, what the readers fill, and which changes the laws draw."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from tests.laws import object_changes
from tests.laws.mutations import MUTATIONS
from tests.laws.test_completeness import (
    OF_DATABASES,
    OF_HISTORY,
    OF_MODELS,
    OF_OTHER_DIALECTS,
    RULES_OF,
    facts_beyond_tables,
    fields,
    presences_beyond_tables,
)

from kedge import catalog, objects
from kedge.rules import RULES

TESTS = Path(__file__).parents[1]
PACKAGE = Path(catalog.__file__).parent
TITLES = {"postgresql": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}
# Facts and rules of what a database does not have. What is neither here nor filled by its reader is "not read".
HAS_NONE = {
    "postgresql": ("Column.on_update", "Column.invisible", "Column.affinity", "IndexKey.length", "Index.ignored",
                   "Trigger.follows", "ScheduledEvent.*"),
    "mysql": (
        "Catalog.enums", "Enum.*", "Exclusion.*", "Table.exclusions", "Table.inherits", "Table.partition_of",
        "Table.unlogged", "*.deferrable", "*.initially_deferred", "*.include", "*.nulls_not_distinct",
        "ForeignKey.match", "ForeignKey.on_delete_columns", "*.validated", "Check.no_inherit", "Check.comment",
        "ForeignKey.comment", "PrimaryKey.comment", "PrimaryKey.name", "Index.predicate", "Index.valid",
        "IndexKey.collation", "IndexKey.opclass", "Sequence.comment", "Sequence.owner", "Column.affinity",
        "Identity.sequence", "materialized-view-*", "Policy.*", "Extras.*", "Domain.*", "CompositeType.*",
        "Statistics.*", "Publication.*", "EventTrigger.*", "InstalledExtension.*", "View.comment", "View.kind",
        "Routine.leakproof", "Routine.parallel", "Routine.strict", "Trigger.enabled", "Trigger.function",
        "Trigger.comment", "Routine.volatility", "Routine.settings", "Owner.*", "Revocation.*",
        "DefaultPrivilege.*",
    ),
    "sqlite": (
        "Catalog.enums", "Catalog.sequences", "Counter.*", "Enum.*", "Exclusion.*", "Sequence.*", "*.comment",
        "*.validated", "*.include", "*.nulls_not_distinct", "Check.no_inherit", "Column.invisible",
        "Column.on_update", "ForeignKey.match", "ForeignKey.on_delete_columns", "Identity.sequence",
        "Index.ignored", "Index.method", "Index.options", "Index.valid", "IndexKey.length", "IndexKey.opclass",
        "PrimaryKey.deferrable", "PrimaryKey.initially_deferred", "Unique.deferrable",
        "Unique.initially_deferred", "Table.exclusions", "Table.inherits", "Table.partition_of",
        "Table.partitioning", "Table.schema", "Table.unlogged",
        "materialized-view-*", "Policy.*", "Extras.*", "Domain.*", "CompositeType.*", "Statistics.*",
        "Publication.*", "EventTrigger.*", "InstalledExtension.*", "Routine.*", "Grant.*", "Schema.*",
        "Owner.*", "Revocation.*", "DefaultPrivilege.*",
        "View.kind", "View.options", "Trigger.enabled", "Trigger.function", "Trigger.follows", "ScheduledEvent.*",
    ),
}  # fmt: skip
HEAD = """# Limits

What is compared, database by database, and what is not. This page is made from the program and its tests
(`python -m tests.docs.write`), and a test fails when it is stale.

What could not be compared in *your* audit, and why, stands in its notes: Kedge is never silent about that.

## Facts of the database

- **drawn**: changes of it are drawn on a real server, and each must become exactly this finding
- **compared**: it is read and compared, and held by the examples of its page or by cases
- **not read**: the database has it, and Kedge does not look at it there
- –: the database has no such thing

| rule | {titles} |
|---|{columns}|
"""
REST = """
## Facts of code and history

These rules read models, Python files and revisions. They hold for all three databases alike:
{alike}.

## Objects that no rule knows

Casts, operators, text search configurations, foreign servers and their options, subscriptions.
They are neither compared nor proposed to be dropped.

## Not looked at, on purpose

- **Rows.** Kedge reads catalogs; of tables only Alembic's version table. With `--probe-data` it counts what a finding hangs on, and still reads no value.
- **What belongs to the server, not to the schema**: roles, settings, where its tablespaces lie, replication, statistics that the planner gathers.
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
    alike = OF_MODELS | OF_HISTORY
    rows = [
        f"| {linked(rule)} | {' | '.join(cell(rule, name, read[name]) for name in TITLES)} |"
        for rule in sorted(set(RULES) - alike)
    ]
    head = HEAD.format(titles=" | ".join(TITLES.values()), columns="|".join("---" for _ in TITLES))
    return head + "\n".join(rows) + "\n" + REST.format(alike=",\n".join(map(linked, sorted(alike))))


def linked(rule: str) -> str:
    return f"[{rule}](rules/{rule}.md)"


def cell(rule: str, dialect: str, read: set[str]) -> str:
    if rule in drawn(dialect):
        return "drawn"
    if lacks(dialect, rule):
        return "–"
    return "compared" if rule in OF_DATABASES or facts_of(rule) & read else "not read"


def lacks(dialect: str, rule: str) -> bool:
    facts = facts_of(rule)
    return _among(dialect, rule) or (bool(facts) and all(_among(dialect, fact) for fact in facts))


def _among(dialect: str, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in HAS_NONE[dialect])


def facts_of(rule: str) -> set[str]:
    facts = {fact for fact, rules in RULES_OF.items() if rule in rules}
    facts |= {fact for fact, other in facts_beyond_tables() if other == rule}
    facts |= {f"{name}.name" for name, other in presences_beyond_tables() if other == rule}
    return facts | {fact for fact in OF_OTHER_DIALECTS if rule_of(fact) == rule}


def rule_of(fact: str) -> str:
    """Facts of one dialect alone are named like their rule."""
    struct, _, field = fact.partition(".")
    return f"{struct.lower().removesuffix('key')}-{field.replace('_', '-')}"


def drawn(dialect: str) -> set[str]:
    """The rules whose finding some drawn change has to become."""
    if dialect == "postgresql":
        return {mutation.rule for mutation in (*MUTATIONS.values(), *object_changes.MUTATIONS.values())}
    folder = {"mysql": "laws_mariadb", "sqlite": "laws_sqlite"}[dialect]
    files = (TESTS / folder / name for name in ("mutations.py", "objects.py"))
    text = "".join(file.read_text("utf-8") for file in files if file.exists())
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
        | {f"{kind.__name__}.{field}" for kind in objects.KINDS for field in kind.__struct_fields__}
        if not _among(dialect, fact)
        and (fact in filled or (f"{fact.partition('.')[0]}.**" in filled and fact.partition(".")[2] in words))
    }


def _filled(tree: ast.Module) -> Iterator[str]:
    structs = {
        name: struct.__struct_fields__
        for name, struct in {**vars(catalog), **vars(objects)}.items()
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
    }
    calls = [(_called(node), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {name for name, _ in calls if name in structs}
    for name, node in calls:
        if name in structs:
            yield from (f"{name}.{keyword.arg or '**'}" for keyword in node.keywords)
            yield from (f"{name}.{field}" for field in structs[name][: len(node.args)])
        elif name == "replace":
            yield from (
                f"{owner}.{k.arg}" for k in node.keywords for owner in made if k.arg in structs[owner]
            )


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def absent_after_all() -> set[str]:
    """What is said to be absent and is drawn all the same: a line above is wrong."""
    return {f"{dialect}: {rule}" for dialect in TITLES for rule in drawn(dialect) if lacks(dialect, rule)}
