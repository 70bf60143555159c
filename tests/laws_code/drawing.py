"""Draws the source of a project: classes and tables in every style, spread over modules that import each other."""

from __future__ import annotations

from collections import Counter
from textwrap import indent

from hypothesis import strategies as st

DRAWN = Counter[str]()

HEAD = """\
from __future__ import annotations
import datetime
import enum
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Optional, Union
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Identity, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text
from sqlalchemy import Column as C
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, deferred, mapped_column, relationship, column_property, synonym
"""

BASE = (
    HEAD
    + """\
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, declarative_base, registry

SCHEMA = "sales"
PREFIX = "app_"
MaybeText = Optional[str]
intpk = Annotated[int, mapped_column(primary_key=True)]
short = Annotated[str, 30]

class Modern(DeclarativeBase):
    pass

class Placed(DeclarativeBase):
    metadata = MetaData(schema=SCHEMA)

class Data(MappedAsDataclass, DeclarativeBase):
    pass

Classic = declarative_base()
Elsewhere = declarative_base(metadata=MetaData(schema="other"))
own = registry()
tables = MetaData()
placed_tables = MetaData(schema="place")

def key():
    return Column(Integer, primary_key=True)

class Kind(enum.Enum):
    a = "a"

class Stamped:
    made_at = Column(sa.DateTime, nullable=False)
    made_by: Mapped[Optional[str]]

class Named:
    @declared_attr
    def title(cls):
        return Column(String(20), nullable=False)

    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower()

class Loud:
    @declared_attr.directive
    def __tablename__(cls) -> str:
        name = cls.__name__
        return "loud_" + name.lower()

class Unseen:
    @declared_attr
    def hidden(cls):
        kind = Integer
        return Column(kind)
"""
)

FLASK = """\
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
"""

CLASSIC = (
    "{n} = Column(Integer)",
    "{n} = C('{n}_x', String(30), nullable=False)",
    "{n} = sa.Column(sa.Numeric(10, 2), nullable=True)",
    "{n} = Column(pg.UUID(as_uuid=True))",
    "{n} = Column(JSONB, nullable=False)",
    "{n} = deferred(Column(Text))",
    "{n} = column_property(Column('{n}_p', Integer, nullable=False))",
    "{n} = Column(Integer, Identity())",
    "{n} = Column(key=None, name='{n}_named', type_=sa.Date)",
    "{n} = column_property(sa.literal(1) + 1)",
    "{n} = synonym('id')",
    "{n} = None",
    "if True:\n    {n} = Column(Integer)",
)
MODERN = (
    "{n}: Mapped[int]",
    "{n}: Mapped[Optional[int]]",
    "{n}: Mapped[int | None]",
    "{n}: Mapped['str | None']",
    "{n}: Mapped[Union[int, None]]",
    "{n}: Mapped[str] = mapped_column(String(20), nullable=True)",
    "{n}: Mapped[Optional[str]] = mapped_column('{n}_x', Text)",
    "{n}: Mapped[uuid.UUID] = mapped_column(sa.Uuid)",
    "{n}: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))",
    "{n}: Mapped[short]",
    "{n}: Mapped[MaybeText]",
    "{n}: Mapped[Kind]",
    "{n} = mapped_column(Integer)",
    "{n} = mapped_column(Integer, nullable=False)",
    "{n}: Mapped[dict] = mapped_column(JSONB)",
    "{n}: ClassVar[int] = 3",
    "@hybrid_property\ndef {n}(self):\n    return self.id",
)
DATA = ("{n}: Mapped[int]", "{n}: Mapped[Optional[str]]", "{n}: Mapped[str] = mapped_column(String(9))")
FIELDS = (
    "{n}: int",
    "{n}: Optional[str]",
    "{n}: Optional[int] = None",
    "{n}: str = Field(max_length=5)",
    "{n}: Optional[str] = Field(default=None, nullable=False)",
    "{n}: str = Field(default='x')",
    "{n}: int = Field(sa_column=Column('{n}_x', Integer, nullable=True))",
    "{n}: str | None = Field(default=None, index=True)",
    "{n}: ClassVar[int] = 3",
)
KEYS = {
    "classic": (
        "id = Column(Integer, primary_key=True)",
        "id = Column('pk', sa.BigInteger, primary_key=True)",
    ),
    "modern": ("id: Mapped[int] = mapped_column(primary_key=True)", "id: Mapped[intpk]"),
    "data": ("id: Mapped[int] = mapped_column(primary_key=True)",),
    "sqlmodel": (
        "id: Optional[int] = Field(default=None, primary_key=True)",
        "id: int = Field(primary_key=True)",
    ),
    "flask": ("id = db.Column(db.Integer, primary_key=True)",),
}
COLUMNS = {
    "classic": CLASSIC, "modern": MODERN + CLASSIC[:8], "data": DATA, "sqlmodel": FIELDS,
    "flask": ("{n} = db.Column(db.String(9))", "{n} = db.Column('{n}_x', db.Integer, nullable=False)"),
}  # fmt: skip
BASES = {
    "classic": ("Classic", "base.Classic", "Elsewhere"), "modern": ("Modern", "Placed", "base.Modern"),
    "data": ("Data",), "sqlmodel": ("SQLModel",), "flask": ("db.Model",),
}  # fmt: skip
NAMES = ("__tablename__ = '{t}'", "__tablename__ = base.PREFIX + '{t}'", "__tablename__ = f'{{PREFIX}}{t}'")
ARGUMENTS = (
    "", "", "", "__table_args__ = {{'schema': 'extra'}}", "__table_args__ = {{'schema': SCHEMA, 'comment': 'c'}}",
    "__table_args__ = (sa.CheckConstraint('1 = 1', name='ck_{t}'), {{'schema': base.SCHEMA}})",
    "__table_args__ = (sa.Index('ix_{t}', sa.text('1')),)", "__table_args__ = make_arguments('{t}')",
)  # fmt: skip
TABLES = (
    "{t} = Table('{t}', tables, Column('id', Integer, primary_key=True), {c})",
    "{t} = sa.Table('{t}', placed_tables, Column('a', Integer), Column('b', Integer), PrimaryKeyConstraint('a', 'b'))",
    "{t} = Table('{t}', base.tables, Column('id', sa.BigInteger, primary_key=True), {c}, schema='s')",
    "{t} = Table(PREFIX + '{t}', Modern.metadata, Column('id', Integer), {c})",
    "{t} = Table('{t}', Elsewhere.metadata, *[Column('id', Integer)])",
)
CELLS = ("Column('c', Text, nullable=False)", "C('c', sa.Date)", "sa.Column('c', pg.ARRAY(Integer))")


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Files of a project; `everything.py` imports them all."""
    files = {"shop/__init__.py": "", "shop/base.py": BASE, "shop/ext.py": FLASK}
    count = draw(st.integers(3, 4))
    for number in range(count):
        files[f"shop/part{number}.py"] = draw(modules(number))
    imports = "".join(f"import shop.part{number}\n" for number in range(count))
    joined = "from shop.base import Modern, Placed, Data, Classic, Elsewhere, own, tables, placed_tables\n"
    files["everything.py"] = (
        imports + joined + "from sqlmodel import SQLModel\nfrom shop.ext import db\n"
        "everything = [Modern.metadata, Placed.metadata, Data.metadata, Classic.metadata, Elsewhere.metadata,\n"
        "              own.metadata, tables, placed_tables, SQLModel.metadata, db.metadata]\n"
    )
    return files


@st.composite
def modules(draw: st.DrawFn, number: int) -> str:
    star = draw(st.booleans())
    head = "from .base import *\nfrom shop.base import own, tables, placed_tables\n" if star else (
        "from shop.base import (SCHEMA, PREFIX, MaybeText, intpk, short, Modern, Placed, Data, Classic, Elsewhere,\n"
        "    own, tables, placed_tables, Kind, Stamped, Named, Loud, Unseen)\n"
    )  # fmt: skip
    parts = [
        HEAD,
        head,
        "from shop import base\nfrom sqlmodel import Field, SQLModel\nfrom shop.ext import db\n",
    ]
    parts.append("def make_arguments(name):\n    return {'schema': 'made'}\n")
    styles = draw(st.lists(st.sampled_from([*BASES, *BASES, "table", "registry"]), min_size=4, max_size=8))
    for at, style in enumerate(styles):
        DRAWN[style] += 1
        table = f"t{number}_{at}"
        if style == "table":
            parts.append(draw(st.sampled_from(TABLES)).format(t=table, c=draw(st.sampled_from(CELLS))) + "\n")
        else:
            parts.append(draw(classes(f"T{number}x{at}Thing", table, style)))
    return "\n".join(parts)


@st.composite
def classes(draw: st.DrawFn, name: str, table: str, style: str) -> str:
    if style == "registry":
        body = [f"__tablename__ = '{table}'", "id = Column(Integer, primary_key=True)"]
        return "@own.mapped\n" + _written(name, "object", body)
    base = draw(st.sampled_from(BASES[style]))
    key = draw(st.sampled_from(KEYS[style]))
    chosen = draw(st.lists(st.sampled_from(COLUMNS[style]), max_size=4))
    columns = [one.format(n=f"c{i}") for i, one in enumerate(chosen)]
    DRAWN.update(f"{style}: {one.splitlines()[0]}" for one in chosen)
    if style == "sqlmodel":
        named = [f"__tablename__ = '{table}'"] if draw(st.booleans()) else []
        return _written(name, f"{base}, table=True", [*named, key, *columns])
    naming = draw(st.sampled_from(NAMES)).format(t=table)
    if style == "data":
        return _written(name, base, [naming, key, *columns])
    arguments = draw(st.sampled_from(ARGUMENTS)).format(t=table)
    mixins = draw(st.sampled_from(["", "", "Stamped, ", "Unseen, ", "Named, ", "Loud, "]))
    own_name = (
        [] if mixins in ("Named, ", "Loud, ") or (style == "flask" and draw(st.booleans())) else [naming]
    )
    DRAWN[f"mixin {mixins or 'none'}"] += 1
    shape = draw(st.sampled_from(["plain", "plain", "abstract", "single", "joined"]))
    DRAWN[shape] += 1
    body = [*own_name, *([arguments] if arguments else []), key, *columns]
    if shape == "abstract":
        plain = [c for c in columns if not any(word in c for word in ("deferred", "_property", "synonym"))]
        above = _written(f"{name}Above", mixins + base, ["__abstract__ = True", *plain])
        body = [*own_name, *([arguments] if arguments else []), key]
        return above + _written(name, f"{name}Above", body)
    text = _written(name, mixins + base, body)
    identity = "pk" if "'pk'" in key else "id"
    schema = "sa.ForeignKey(" + f"{name}.__table__.c.{identity})"
    if shape == "single" and style != "flask" and "d, " not in mixins.replace("Stamped", ""):
        text += _written(
            f"{name}Sub", name, [f"extra = {'C' if style == 'classic' else 'mapped_column'}(Text)"]
        )
    if shape == "joined" and style in ("classic", "modern"):
        linked = f"id = Column(Integer, {schema}, primary_key=True)"
        text += _written(
            f"{name}Sub", name, [f"__tablename__ = '{table}_sub'", linked, "more = Column(Text)"]
        )
    return text


def _written(name: str, bases: str, body: list[str]) -> str:
    return f"class {name}({bases}):\n" + indent("\n".join(body) or "pass", "    ") + "\n\n"
