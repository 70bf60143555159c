from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Older(DeclarativeBase):
    pass
