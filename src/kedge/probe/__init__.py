"""What runs inside the project's own interpreter, which may be older and has no Kedge.

Standard library, SQLAlchemy 1.4 to 2.1 and Alembic only; parses on Python 3.8. Modules import one another
relatively, because `kedge.sources.models` sends them as one program under another package name.
It speaks with four versions of SQLAlchemy, private attributes included, so mypy is not asked about it.
"""
