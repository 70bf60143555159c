from sqlalchemy import Column, Integer, Text

from app.db import Base


class LegacyCustomer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)
    email = Column(Text)
    email_notifications = Column(Text)
