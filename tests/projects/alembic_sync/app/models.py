from sqlalchemy import Column, Integer, String

from app.db import Audit, Base


class User(Base):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    email = Column(String, unique=True)


class Legacy(Base):
    __tablename__ = "legacy"
    id = Column(Integer, primary_key=True)


class Trail(Audit):
    __tablename__ = "trail"
    id = Column(Integer, primary_key=True)
