"""One MetaData with everything that is awkward to describe; runs on SQLAlchemy 1.4 to 2.1."""

import enum

import sqlalchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
    types,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import declarative_base

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
Base = declarative_base(metadata=metadata)
MODERN = not sqlalchemy.__version__.startswith("1.")


class Mood(enum.Enum):
    glad = 1
    sad = 2


class Money(types.TypeDecorator):
    impl = Numeric(12, 2)
    cache_ok = True


class Moods(types.TypeDecorator):
    impl = ARRAY(Enum("x", "it's", name="Letter Kind", schema="other"))
    cache_ok = True


class Stamped:
    created = Column(DateTime(timezone=True), server_default=func.now(), nullable=False)


class Person(Stamped, Base):
    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("age > 0", name="age"),
        CheckConstraint("name <> '100%'", name="percent"),
        Index("ix_lower", text("lower(name)"), postgresql_concurrently=True),
        Index("ix_partial", "age", postgresql_where=text("age > 18 AND name LIKE 'a%'"), unique=True),
        Index("ix_json", "data", postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"}),
        Index("ix_cover", "age", postgresql_include=["name"], postgresql_with={"fillfactor": 70}),
        UniqueConstraint("name", "age", name="uq_both"),
        UniqueConstraint("age", "name", name="uq_later", deferrable=True, initially="DEFERRED"),
        {"comment": "people's 100%"},
    )
    id = Column(Integer, primary_key=True, comment='the "key" isn\'t 100% sure')
    name = Column(String(20), unique=True, server_default="it's 100%")
    age = Column(Integer, CheckConstraint("age < 200", name="old"), index=True)
    mood = Column(Enum(Mood), server_default="glad")
    moods = Column(Moods)
    shape = Column(Enum("p", "q", name="shape", native_enum=False, create_constraint=True))
    flag = Column(Boolean(create_constraint=True, name="flag"), server_default=sqlalchemy.false())
    price = Column(Money, server_default=text("0"))
    tags = Column(ARRAY(String(5), dimensions=2), server_default="{}")
    data = Column(types.JSON().with_variant(postgresql.JSONB(), "postgresql"))
    twice = Column(Integer, Computed("age * 2", persisted=True))
    number = Column(Integer, Identity(always=True, start=5, increment=2, maxvalue=99, cycle=True))
    title = Column(String(collation="C"))
    stamp = Column(postgresql.TIMESTAMP(precision=3))


class Pupil(Person):
    __tablename__ = "pupil"
    id = Column(ForeignKey("person.id", ondelete="CASCADE", onupdate="SET NULL"), primary_key=True)
    grade = Column(SmallInteger, nullable=False)


Table(
    "Odd Table",
    metadata,
    Column("Select", BigInteger, primary_key=True),
    Column("user", String, key="person_name"),
    Column('a"b', Text),
    Column("seq", Integer, Sequence("odd_seq", start=3, schema="other"), nullable=False),
    Column("pupil_id", ForeignKey("pupil.id", deferrable=True, initially="DEFERRED", name="fk_pupil")),
    Column("both_a", Integer),
    Column("both_b", String(20)),
    ForeignKeyConstraint(["both_b", "both_a"], ["person.name", "person.age"], match="FULL"),
    Index("a_very_long_name_for_an_index_that_is_longer_than_sixty_three_bytes"[:63], "Select"),
    schema="other",
)
Table(
    "booking",
    metadata,
    Column("room", Integer),
    Column("during", postgresql.TSRANGE),
    postgresql.ExcludeConstraint(("during", "&&"), name="no_overlap", where=text("room > 0")),
    UniqueConstraint("room", name="uq_room"),
    prefixes=["UNLOGGED"],
    **({"postgresql_with": {"fillfactor": 50}} if sqlalchemy.__version__ >= "2.1" else {}),
)
postgresql.ENUM("z", name="lonely", metadata=metadata)
if MODERN:
    Table("domains", metadata, Column("d", postgresql.DOMAIN("positive", Integer, check="VALUE > 0")))

# Names a foreign key to a table nobody declares, and a type that raises: not for create_all.
broken = MetaData()


class Angry(types.UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **kw):
        raise ValueError("no such type")


Table(
    "broken",
    broken,
    Column("id", Integer, primary_key=True),
    Column("gone", Integer, ForeignKey("else where.thing.id", ondelete="SET NULL")),
    Column("angry", Angry()),
    Column("nameless", Enum("a", "b")),
    Column("fine", Integer),
    Index("ix_fine", "fine"),
)
