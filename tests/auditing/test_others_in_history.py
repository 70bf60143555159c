"""A chain that leans on what a platform made before it: its tables, its functions, its types."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import corpus
from tests.history.chain import Audited, migrate, project, revision

from kedge.findings import Report
from kedge.scratch import Scratch

PLATFORM = """
CREATE SCHEMA auth; CREATE SCHEMA storage; CREATE TYPE auth.level AS ENUM ('aal1', 'aal2');
CREATE FUNCTION auth.uid() RETURNS uuid STABLE LANGUAGE sql AS 'SELECT gen_random_uuid()';
CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255), level auth.level NOT NULL DEFAULT 'aal1');
CREATE TABLE auth.identities (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users);
CREATE TABLE auth.refresh_tokens (id bigserial PRIMARY KEY, token varchar(255) UNIQUE);
CREATE TABLE storage.buckets (id text PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text REFERENCES storage.buckets, owner uuid);
"""
MODELS = """
    import uuid
    from sqlalchemy import Column, ForeignKey, Table, Uuid, text
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): pass

    Table("users", Base.metadata, Column("id", Uuid, primary_key=True), schema="auth")

    class Profile(Base):
        __tablename__ = "profiles"
        id: Mapped[uuid.UUID] = mapped_column(ForeignKey("auth.users.id"), primary_key=True)
        made_by: Mapped[uuid.UUID] = mapped_column(server_default=text("auth.uid()"))
"""
UPGRADE = """
op.create_table("profiles", sa.Column("id", sa.Uuid, sa.ForeignKey("auth.users.id"), primary_key=True),
    sa.Column("made_by", sa.Uuid, server_default=sa.text("auth.uid()"), nullable=False))
op.execute("CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
op.execute("CREATE TRIGGER greeted AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION greet()")
op.execute("INSERT INTO storage.buckets (id, name) VALUES ('a', 'a') ON CONFLICT (name) DO NOTHING")
op.execute("CREATE POLICY own ON storage.objects USING (owner = auth.uid())")
"""


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    root = project(tmp_path, models=MODELS)
    revision(root, "a1", UPGRADE, downgrade='op.drop_table("profiles")')
    return root


def audited(root: Path, postgres: Scratch, change: str) -> Report:
    with postgres.database() as url:
        corpus.run_sql(url, PLATFORM)
        migrate(root, url)
        corpus.run_sql(url, change)
        return Audited(root, url, scratch=postgres).report


def test_what_the_chain_leans_on_is_lent_and_no_drift(chain: Path, postgres: Scratch) -> None:
    report = audited(chain, postgres, "")
    assert [f.message for f in report.findings] == []
    assert {n.kind for n in report.notes} == {"owned-by-others"}


def test_what_the_chain_made_on_others_tables_is_its_own(chain: Path, postgres: Scratch) -> None:
    report = audited(
        chain, postgres, "DROP TRIGGER greeted ON auth.users; DROP POLICY own ON storage.objects;"
    )
    assert sorted((f.rule, f.severity, f.cause.kind) for f in report.findings) == [
        ("policy-presence", "error", "manual-change"),
        ("trigger-presence", "error", "manual-change"),
    ]
