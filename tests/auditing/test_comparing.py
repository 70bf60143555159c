"""Metadatas that declare one table each in its own way are compared one after the other."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from kedge.auditing import Audit
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.scratch import Scratch
from kedge.sources.models import describe_in_process


def shop(own: str, length: int) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("name", sa.String(length)))
    sa.Table(own, metadata, sa.Column("n", sa.Integer))
    return metadata


def test_what_each_layer_compared_is_kept(tmp_path: Path) -> None:
    models = [shop("one", 10), shop("two", 20), shop("three", 30)]
    url = f"sqlite:///{tmp_path / 'live.db'}"
    engine = sa.create_engine(url)
    for metadata in models:
        metadata.create_all(engine)
    engine.dispose()

    def declare(live: Catalog, scratch: Scratch) -> Declared:
        return describe_in_process(models, live.profile)

    audit = Audit(url, declare, root=tmp_path)
    report = audit.report()
    assert [sorted(name for _, name in side.tables) for side, _ in audit.seen] == [
        ["one", "three", "two", "users"],
        ["users"],
        ["users"],
    ]
    assert [(f.rule, f.values.models.value) for f in report.findings] == [
        ("column-type", "VARCHAR(20)"),
        ("column-type", "VARCHAR(30)"),
    ]
