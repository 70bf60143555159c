"""Models like those of ordinary projects: 12 columns, 2 foreign keys, 3 indexes, half with an expression or part."""

from __future__ import annotations

import enum

import sqlalchemy as sa


class Mood(enum.Enum):
    calm = "calm"
    cross = "cross"
    merry = "merry"


def metadata(dialect: str, tables: int, *, otherwise: bool = False) -> sa.MetaData:
    """Each table points to two before it. `otherwise` writes the same with other texts, so that each needs a judge."""
    made = sa.MetaData()
    mood = sa.Enum(Mood, name="mood", metadata=made)
    for number in range(tables):
        _table(made, dialect, number, mood, otherwise)
    return made


def _table(made: sa.MetaData, dialect: str, number: int, mood: sa.Enum, otherwise: bool) -> None:
    name = f"table_{number:05}"
    first, second = (f"table_{max(number - step, 0):05}.id" for step in (1, 2))
    half = bool(number % 2)
    doubled = f"amount * ({number})::numeric" if dialect == "postgresql" else f"amount * {number}"
    if otherwise and dialect == "postgresql":
        doubled = f"amount * {number}"
    check = f"((visits) > ({number}))" if otherwise else f"visits > {number}"
    table = sa.Table(
        name,
        made,
        sa.Column("id", sa.Integer, *_numbered(dialect), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False, comment="what people call it"),
        sa.Column("email", sa.String(255), server_default=""),
        sa.Column("body", sa.Text if dialect == "postgresql" else sa.String(500)),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False, server_default="0"),
        sa.Column("doubled", sa.Numeric(11, 2), sa.Computed(doubled, persisted=_stored(dialect))),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("visits", sa.Integer, nullable=False, server_default="1"),
        sa.Column("mood", mood, nullable=False, server_default="calm"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("parent_id", sa.ForeignKey(first, name=f"fk_{name}_parent", ondelete="CASCADE")),
        sa.Column("owner_id", sa.ForeignKey(second, name=f"fk_{name}_owner"), nullable=False),
        sa.UniqueConstraint("code", name=f"uq_{name}_code"),
        sa.CheckConstraint(check, name=f"ck_{name}_visits"),
        comment=f"the {number}th of its kind",
    )
    sa.Index(f"ix_{name}_parent", table.c.parent_id)
    sa.Index(f"ix_{name}_owner", table.c.owner_id, table.c.made_at)
    if not half or dialect == "mysql":
        sa.Index(f"ix_{name}_email", table.c.email)
    elif number % 4 == 1:
        # PostgreSQL prints the cast that it adds
        plain = dialect != "postgresql" or otherwise
        lowered = sa.func.lower(table.c.email) if plain else sa.text("lower((email)::text)")
        sa.Index(f"ix_{name}_email", lowered, _table=table)
    else:
        part = {f"{dialect}_where": table.c.active}
        sa.Index(f"ix_{name}_email", table.c.email, **part)


def _numbered(dialect: str) -> list[sa.Identity]:
    return [sa.Identity()] if dialect == "postgresql" else []


def _stored(dialect: str) -> bool | None:
    return None if dialect == "sqlite" else True
