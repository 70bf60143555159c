"""What is described, created piece by piece, is the very database that `create_all` makes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, create_engine
from sqlalchemy.ext.declarative import AbstractConcreteBase
from sqlalchemy.orm import declarative_base
from tests.probe import awkward
from tests.probe.reading import PROFILE, read

from kedge.declared import Declared, DeclaredMetadata
from kedge.sources.models import describe_in_process

HERE = Path(awkward.__file__)
PG_DUMP = "/usr/lib/postgresql/15/bin/pg_dump"
PLACEHOLDER = re.compile(r"CONSTRAINT kedge_part_\d+ ")


def statements(metadata: DeclaredMetadata) -> list[str]:
    """The description as a script, unnamed parts named by the server."""
    script = ["CREATE SCHEMA other"]
    script += [e.sql for e in metadata.enums] + [d.sql for d in metadata.domains]
    script += [s.sql for s in metadata.sequences]
    for table in metadata.tables:
        prefix = " ".join(table.prefixes)
        specs = ", ".join(c.spec or "" for c in table.columns)
        script.append(f"CREATE {prefix} TABLE {qualified(table)} ({specs}) {table.suffix}")
    for foreign in (False, True):
        for table in metadata.tables:
            for constraint in table.constraints:
                if (constraint.kind == "foreign-key") is foreign:
                    unnamed = PLACEHOLDER.sub("", constraint.sql or "")
                    script.append(f"ALTER TABLE {qualified(table)} ADD {unnamed}")
        if not foreign:
            for table in metadata.tables:
                script += [i.sql or "" for i in table.indexes]
    for table in metadata.tables:
        if table.comment:
            script.append(f"COMMENT ON TABLE {qualified(table)} IS {literal(table.comment)}")
        for column in table.columns:
            if column.comment:
                script.append(
                    f"COMMENT ON COLUMN {qualified(table)}.{column.name} IS {literal(column.comment)}"
                )
    return script


def qualified(table) -> str:
    return ".".join(f'"{p}"' for p in (table.schema, table.name) if p)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def dump(url: str) -> list[str]:
    done = subprocess.run([PG_DUMP, "-s", url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\"))]


def built(url: str, metadata: DeclaredMetadata) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements(metadata):
            connection.execute(statement.encode())
    return dump(url)


def created(url: str, metadata: MetaData) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA other")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for table in metadata.tables.values():
            for index in table.indexes:
                index.dialect_options["postgresql"]["concurrently"] = None
        metadata.create_all(connection)
    engine.dispose()
    return dump(url)


@pytest.mark.skipif(not shutil.which(PG_DUMP), reason="needs PostgreSQL 15")
def test_the_pieces_make_what_create_all_makes(server) -> None:
    declared = describe_in_process([awkward.metadata], PROFILE)
    assert declared.notes == ()
    with server.database() as one, server.database() as other:
        assert built(one, declared.metadata[0]) == created(other, awkward.metadata)


def test_the_probe_describes_as_this_process_does(scratch_url: str) -> None:
    probed = read(HERE.parent, "awkward:metadata", scratch=scratch_url).metadata[0]
    here = describe_in_process([awkward.metadata], PROFILE).metadata[0]
    assert [(t.name, [c.spec for c in t.columns]) for t in probed.tables] == [
        (t.name, [c.spec for c in t.columns]) for t in here.tables
    ]
    assert [e.sql for e in probed.enums] == [e.sql for e in here.enums]


def test_what_raises_is_said_and_the_rest_goes_on() -> None:
    (table,) = describe_in_process([awkward.broken], PROFILE).metadata[0].tables
    columns = {c.name: c for c in table.columns}
    assert "no such type" in (columns["angry"].error or "")
    assert f"{HERE}:" in (columns["angry"].error or "")
    assert columns["angry"].type is None
    assert "name" in (columns["nameless"].error or "")
    assert columns["fine"].error is None
    (foreign,) = [c for c in table.constraints if c.kind == "foreign-key"]
    assert foreign.error is None
    assert foreign.target is not None
    assert (foreign.target.schema, foreign.target.table, foreign.target.columns) == (
        "else where",
        "thing",
        ("id",),
    )
    assert 'REFERENCES "else where".thing (id) ON DELETE SET NULL' in (foreign.sql or "")
    assert table.indexes[0].sql == "CREATE INDEX ix_fine ON broken (fine)"


def facts(declared: Declared, table: str, column: str):
    (found,) = [t for m in declared.metadata for t in m.tables if t.name == table]
    return next(c for c in found.columns if c.name == column)


def test_facts_of_columns() -> None:
    declared = describe_in_process([awkward.metadata], PROFILE)
    assert facts(declared, "person", "id").serial
    assert facts(declared, "person", "name").default == "'it''s 100%'"
    assert facts(declared, "person", "price").written == "Money"
    assert facts(declared, "person", "price").type == "NUMERIC(12, 2)"
    (letters,) = facts(declared, "person", "moods").types
    assert (letters.kind, letters.schema, letters.name) == ("enum", "other", "Letter Kind")
    identity = facts(declared, "person", "number").identity
    assert identity is not None
    assert (identity.always, identity.start, identity.increment, identity.maximum, identity.cycle) == (
        True,
        5,
        2,
        99,
        True,
    )
    assert facts(declared, "person", "twice").computed == "age * 2"
    assert facts(declared, "person", "twice").computed_stored is True
    assert facts(declared, "person", "title").collation == "C"
    assert facts(declared, "pupil", "id").type == "INTEGER"
    assert facts(declared, "Odd Table", "user").type == "VARCHAR"


def test_places_are_the_lines_people_wrote() -> None:
    lines = HERE.read_text().splitlines()
    declared = describe_in_process([awkward.metadata], PROFILE)

    def line(place) -> str:
        assert place is not None
        assert place.path == str(HERE)
        return lines[place.line - 1].strip()

    by_name = {t.name: t for t in declared.metadata[0].tables}
    person = by_name["person"]
    assert line(person.place) == "class Person(Stamped, Base):"
    assert line(facts(declared, "person", "age").place).startswith("age = Column(")
    assert line(facts(declared, "person", "created").place).startswith("created = Column(")
    assert line(next(i for i in person.indexes if i.name == "ix_partial").place).startswith(
        'Index("ix_partial"'
    )
    assert line(next(c for c in person.constraints if c.name == "ck_person_percent").place).startswith(
        "CheckConstraint(\"name <> '100%'\""
    )
    assert person.classes[0].name == "Person"
    assert [line(b) for b in person.classes[0].bases] == ["class Stamped:"]
    assert person.classes[0].attributes["moods"] == "moods"


def test_a_class_that_is_mapped_later_does_no_harm() -> None:
    """SQLAlchemy's own list of mappers raises where an AbstractConcreteBase is not configured yet."""
    base = declarative_base()
    namespace = {"__abstract__": False, "strict_attrs": True}
    kind = type("Entry", (AbstractConcreteBase, base), namespace)
    columns = {"__tablename__": "entries", "id": Column(Integer, primary_key=True)}
    type(
        "OurEntry",
        (kind,),
        {**columns, "__mapper_args__": {"polymorphic_identity": "ours", "concrete": True}},
    )
    (table,) = describe_in_process([base.metadata], PROFILE).metadata[0].tables
    assert table.name == "entries"
