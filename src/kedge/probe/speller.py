"""Spells parts of a schema with one dialect: expressions, names, placeholders for parts without a name."""

# mypy: ignore-errors

from __future__ import annotations

from sqlalchemy import exc
from sqlalchemy.sql import ddl as sa_ddl

_UNLIMITED = 100000


class Speller:
    """The dialect's compilers, the named types met on the way, and the number of placeholders given out."""

    def __init__(self, dialect):
        self.dialect = dialect
        # A compiler wants a statement; what is compiled through it is each part alone.
        self.ddl = dialect.ddl_compiler(dialect, sa_ddl.DropSchema("kedge"))
        self.preparer = self.ddl.preparer
        self.types = {}
        self._placeholders = 0

    def expression(self, clause):
        """An expression as it stands inside a CREATE TABLE: literals inline, no table names."""
        return self.ddl.sql_compiler.process(clause, include_table=False, literal_binds=True)

    def placeholder(self):
        self._placeholders += 1
        return "kedge_part_%d" % self._placeholders

    def name(self, part):
        """The name after naming convention and truncation, unquoted; None where the server chooses it."""
        if part.name is None:
            return None
        try:
            name = self.preparer.format_constraint(part, _alembic_quote=False)
        except exc.IdentifierError:
            # The server truncates what SQLAlchemy refuses.
            return shortened(str(part.name), self.dialect.max_identifier_length)
        return None if name is None else str(name)

    def unlimited(self, compile_):
        """Compiles; names that SQLAlchemy refuses as too long are left for the server to cut."""
        try:
            return compile_()
        except exc.IdentifierError:
            limit = self.dialect.max_identifier_length
            self.dialect.max_identifier_length = _UNLIMITED
            try:
                return compile_()
            finally:
                self.dialect.max_identifier_length = limit


def kept(name, dialect):
    """A name as the server keeps it: PostgreSQL cuts what is too long, others refuse it."""
    return shortened(str(name), dialect.max_identifier_length) if dialect.name == "postgresql" else str(name)


def shortened(name, limit):
    """The name cut as the server cuts it: by bytes, at a character's edge."""
    return name.encode("utf-8")[:limit].decode("utf-8", "ignore")
