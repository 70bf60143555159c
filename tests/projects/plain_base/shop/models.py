from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.orm import declarative_base

print("hello from an import")

metadata = MetaData()
Base = declarative_base(metadata=metadata)


class Stamped:
    note = Column(String(10))


class Customer(Stamped, Base):
    __tablename__ = "customer"

    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False, unique=True)


orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customer.id", ondelete="CASCADE")),
    Column("nowhere_id", Integer, ForeignKey("elsewhere.thing.id")),
)
