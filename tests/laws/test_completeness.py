"""No fact without its rule, its page and its mutation: a new field of the catalog fails here until it has all three."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.laws.mutations import MUTATIONS

from kedge import catalog
from kedge.compare.object_facts import FACTS
from kedge.objects import KINDS
from kedge.rules import RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"

# What names an object, or says where it stands: compared by the rules for names, or part of every path.
IDENTITY = {"Sequence.schema"}
# Structs that describe a reading, not a schema.
NO_FACTS = {
    "ObjectPath",
    "Struct",
    "Unknown",
    "Value",
    "Origin",
    "Extension",
    "ServerProfile",
    "Note",
    "Object",
}

RULES_OF = {
    "Catalog.tables": ("table-presence",),
    "Catalog.enums": ("enum-presence",),
    "Catalog.sequences": ("sequence-presence",),
    "Counter.type": ("sequence-definition", "column-identity"),
    "Counter.start": ("sequence-definition", "column-identity"),
    "Counter.increment": ("sequence-definition", "column-identity"),
    "Counter.minimum": ("sequence-definition", "column-identity"),
    "Counter.maximum": ("sequence-definition", "column-identity"),
    "Counter.cycle": ("sequence-definition", "column-identity"),
    "Counter.cache": ("sequence-definition", "column-identity"),
    "Sequence.name": ("sequence-name",),
    "Sequence.counter": ("sequence-definition",),
    "Sequence.owner": ("sequence-owner",),
    "Sequence.comment": ("sequence-comment",),
    "Identity.kind": ("column-identity",),
    "Identity.counter": ("column-identity",),
    "Identity.sequence": ("column-identity",),
    "Computed.expression": ("column-computed",),
    "Computed.stored": ("column-computed",),
    "Column.name": ("column-name",),
    "Column.type": ("column-type",),
    "Column.nullable": ("column-nullable",),
    "Column.default": ("column-default",),
    "Column.identity": ("column-identity",),
    "Column.computed": ("column-computed",),
    "Column.collation": ("column-collation",),
    "Column.comment": ("column-comment",),
    "Column.unvalidated": ("column-nullable",),
    "Column.storage": ("column-storage",),
    "PrimaryKey.name": ("primary-key-name",),
    "PrimaryKey.columns": ("primary-key-columns",),
    "PrimaryKey.deferrable": ("primary-key-deferrable",),
    "PrimaryKey.initially_deferred": ("primary-key-deferrable",),
    "PrimaryKey.include": ("primary-key-include",),
    "PrimaryKey.comment": ("primary-key-comment",),
    "PrimaryKey.without_overlaps": ("primary-key-columns",),
    "Unique.name": ("unique-name",),
    "Unique.columns": ("unique-columns",),
    "Unique.include": ("unique-include",),
    "Unique.nulls_not_distinct": ("unique-nulls-not-distinct",),
    "Unique.deferrable": ("unique-deferrable",),
    "Unique.initially_deferred": ("unique-deferrable",),
    "Unique.comment": ("unique-comment",),
    "Unique.without_overlaps": ("unique-columns",),
    "ForeignKey.name": ("foreign-key-name",),
    "ForeignKey.columns": ("foreign-key-columns",),
    "ForeignKey.target_schema": ("foreign-key-target",),
    "ForeignKey.target_table": ("foreign-key-target",),
    "ForeignKey.target_columns": ("foreign-key-target",),
    "ForeignKey.on_update": ("foreign-key-on-update",),
    "ForeignKey.on_delete": ("foreign-key-on-delete",),
    "ForeignKey.on_delete_columns": ("foreign-key-on-delete",),
    "ForeignKey.match": ("foreign-key-match",),
    "ForeignKey.deferrable": ("foreign-key-deferrable",),
    "ForeignKey.initially_deferred": ("foreign-key-deferrable",),
    "ForeignKey.validated": ("foreign-key-validated",),
    "ForeignKey.comment": ("foreign-key-comment",),
    "ForeignKey.enforced": ("foreign-key-enforced",),
    "ForeignKey.period": ("foreign-key-columns",),
    "Check.name": ("check-name",),
    "Check.expression": ("check-expression",),
    "Check.columns": ("check-expression",),
    "Check.validated": ("check-validated",),
    "Check.no_inherit": ("check-no-inherit",),
    "Check.comment": ("check-comment",),
    "Check.enforced": ("check-enforced",),
    "IndexKey.column": ("index-columns",),
    "IndexKey.expression": ("index-columns",),
    "IndexKey.opclass": ("index-opclass",),
    "IndexKey.collation": ("index-collation",),
    "IndexKey.descending": ("index-sorting",),
    "IndexKey.nulls_first": ("index-sorting",),
    "Index.name": ("index-name",),
    "Index.keys": ("index-columns",),
    "Index.unique": ("index-unique",),
    "Index.method": ("index-method",),
    "Index.include": ("index-include",),
    "Index.predicate": ("index-predicate",),
    "Index.nulls_not_distinct": ("index-nulls-not-distinct",),
    "Index.options": ("index-options",),
    "Index.valid": ("index-valid",),
    "Index.columns": ("index-columns",),
    "Index.comment": ("index-comment",),
    "Index.tablespace": ("index-tablespace",),
    "Exclusion.name": ("exclusion-name",),
    "Exclusion.keys": ("exclusion-definition",),
    "Exclusion.operators": ("exclusion-definition",),
    "Exclusion.method": ("exclusion-definition",),
    "Exclusion.predicate": ("exclusion-definition",),
    "Exclusion.columns": ("exclusion-definition",),
    "Exclusion.deferrable": ("exclusion-deferrable",),
    "Exclusion.initially_deferred": ("exclusion-deferrable",),
    "Exclusion.comment": ("exclusion-comment",),
    "Table.schema": ("table-schema",),
    "Table.name": ("table-name",),
    "Table.kind": ("table-kind",),
    "Table.partition_of": ("table-partition-of",),
    "Table.bound": ("table-partition-bound",),
    "Table.columns": ("column-presence",),
    "Table.primary_key": ("primary-key-presence",),
    "Table.uniques": ("unique-presence", "unique-representation"),
    "Table.foreign_keys": ("foreign-key-presence",),
    "Table.checks": ("check-presence",),
    "Table.exclusions": ("exclusion-presence",),
    "Table.indexes": ("index-presence",),
    "Table.comment": ("table-comment",),
    "Table.unlogged": ("table-unlogged",),
    "Table.partitioning": ("table-partitioning",),
    "Table.inherits": ("table-inherits",),
    "Table.options": ("table-options",),
    "Table.replica_identity": ("table-replica-identity",),
    "Table.tablespace": ("table-tablespace",),
    "Table.access_method": ("table-access-method",),
    "Table.clustered_on": ("table-clustered-on",),
    "Enum.schema": ("enum-schema",),
    "Enum.name": ("enum-name",),
    "Enum.values": ("enum-values",),
    "Enum.comment": ("enum-comment",),
}
ABOUT_THE_READING = {
    "Catalog.profile",
    "Catalog.schemas",
    "Catalog.prelude",
    "Catalog.hidden",
    "Catalog.partial",
    "Catalog.unseen",
    "Catalog.objects",
    "Catalog.veiled",
}
# Facts PostgreSQL does not have: their rules and mutations come with the laws of the dialects that do.
OF_OTHER_DIALECTS = {
    "Column.on_update",
    "Column.invisible",
    "Column.affinity",
    "IndexKey.length",
    "Index.ignored",
    "Index.automatic",
}
# What the laws' server does not know: tests/dialects/postgresql/test_eighteen.py changes them.
OF_EIGHTEEN = {
    "Column.unvalidated",
    "PrimaryKey.without_overlaps",
    "Unique.without_overlaps",
    "ForeignKey.period",
    "Check.enforced",
}
# Rules about what is no field of a catalog: read from the database beside it, from the models, from the source.
OF_DATABASES = {"schema-name", "sequence-value"}
OF_MODELS = {
    "model-invalid", "model-not-loaded", "model-missing", "model-duplicate", "metadata-not-tracked",
    "table-never-created",
    "plaintext-for-encrypted", "attribute-unknown", "table-in-sql", "column-in-sql",
}  # fmt: skip
OF_HISTORY = {rule for rule in RULES if rule.startswith(("revision-", "environment-"))}
BESIDE = OF_DATABASES | OF_MODELS


# What names an object beyond tables, or says where it stands.
IDENTITY_BEYOND = {"schema", "name", "table", "signature", "on", "role", "privilege", "objects", "to"}
COUNTED_WITH = {"Statistics": {"table"}, "Owner": {"role"}, "InstalledExtension": {"schema"}}


def facts_beyond_tables() -> set[tuple[str, str]]:
    """Each fact beyond tables and a rule of it: "View.definition" is view-definition's."""
    return {
        (f"{struct.__name__}.{field}", f"{kind}-{fact.attribute}")
        for struct, facts in FACTS.items()
        for kind in KINDS_OF[struct.__name__]
        for fact in facts
        for field in fact.fields
    }


# The kinds of path each has.
KINDS_OF = {
    "View": ("view", "materialized-view"),
    "Routine": ("routine",),
    "Trigger": ("trigger",),
    "Policy": ("policy",),
    "Extras": ("table",),
    "Domain": ("domain",),
    "CompositeType": ("composite-type",),
    "Statistics": ("statistics",),
    "Publication": ("publication",),
    "EventTrigger": ("event",),
    "ScheduledEvent": ("scheduled-event",),
    "InstalledExtension": ("extension",),
    "Schema": ("schema",),
    "Grant": ("grant",),
    "Revocation": ("revocation",),
    "DefaultPrivilege": ("default-privilege",),
    "Owner": ("owner",),
}


def presences_beyond_tables() -> set[tuple[str, str]]:
    """Each kind of object beyond tables, and the rule that says whether it is there; an owner always is."""
    return {
        (name, f"{kind}-presence")
        for name, kinds in KINDS_OF.items()
        for kind in kinds
        if kind not in ("table", "owner")
    }


def rules_beyond_tables() -> set[str]:
    """Their rules: whether it is there, and one for each fact; a page's example is the mutation of its fact."""
    rules = {rule for _, rule in facts_beyond_tables() | presences_beyond_tables()}
    return rules - {"view-indexes"}


def test_every_field_beyond_tables_is_compared() -> None:
    named = {
        f"{struct.__name__}.{field}"
        for struct in KINDS
        for field in struct.__struct_fields__
        if field not in IDENTITY_BEYOND or field in COUNTED_WITH.get(struct.__name__, ())
    }
    assert named - {fact for fact, _ in facts_beyond_tables()} == set()


@pytest.mark.parametrize("name", sorted(rules_beyond_tables()))
def test_a_fact_beyond_tables_has_rule_and_page(name: str) -> None:
    assert name in RULES
    assert f'rule = "{name}"' in (PAGES / f"{name}.md").read_text()


def fields() -> set[str]:
    structs = [s for s in vars(catalog).values() if isinstance(s, type) and issubclass(s, msgspec.Struct)]
    facts = {f"{s.__name__}.{f}" for s in structs if s.__name__ not in NO_FACTS for f in s.__struct_fields__}
    return facts - IDENTITY - ABOUT_THE_READING


def test_every_field_is_mapped() -> None:
    assert fields() - OF_OTHER_DIALECTS == set(RULES_OF)


def test_every_rule_is_some_field_s() -> None:
    mapped = {rule for rules in RULES_OF.values() for rule in rules} | BESIDE
    others = {
        f"{f.split('.')[0].lower().removesuffix('key')}-{f.split('.')[1].replace('_', '-')}"
        for f in OF_OTHER_DIALECTS
    }
    assert mapped | OF_HISTORY == set(RULES) - others - rules_beyond_tables()


@pytest.mark.parametrize("fact", sorted(RULES_OF))
def test_a_fact_has_rule_page_and_mutation(fact: str) -> None:
    for rule in RULES_OF[fact]:
        assert rule in RULES
        assert (PAGES / f"{rule}.md").is_file(), f"docs/rules/{rule}.md is missing"
    if fact in OF_EIGHTEEN:
        return
    mutations = [m for m in MUTATIONS.values() if fact in m.facts]
    if fact in ("Check.columns",):  # read from the expression
        mutations = [m for m in MUTATIONS.values() if "Check.expression" in m.facts]
    assert mutations, f"no mutation changes {fact}"


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=lambda m: m.name)
def test_a_mutation_changes_facts_that_exist(mutation: object) -> None:
    assert set(mutation.facts) <= set(RULES_OF)  # type: ignore[attr-defined]
    assert mutation.rule in RULES  # type: ignore[attr-defined]
