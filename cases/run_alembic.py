"""Counts what Alembic's `compare_metadata` makes of the cases.

`python -m cases.run_alembic [-v] [part of an id]`.

A drift is detected when a difference is reported that was not there before the change;
any difference on a trap is a false alarm. Needs PostgreSQL's programs, SQLAlchemy, psycopg and Alembic.
"""

from __future__ import annotations

import argparse
import collections
import warnings

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cases import corpus


def differences(url: str, metadatas: list[sqlalchemy.MetaData]) -> set[str]:
    """Everything Alembic would change, as text."""
    schemas = {table.schema for metadata in metadatas for table in metadata.tables.values()} | {None}

    def include_name(name: str | None, kind: str, parents: object) -> bool:
        return kind != "schema" or name in schemas

    options = {
        "target_metadata": metadatas,
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": len(schemas) > 1,
        "include_name": include_name,
    }
    engine = sqlalchemy.create_engine(corpus.driver(url), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadatas)
    return {said(difference) for difference in found}


def said(difference: object) -> str:
    if isinstance(difference, list):
        return "; ".join(said(part) for part in difference)
    if isinstance(difference, tuple):
        return " ".join(said(part) for part in difference)
    return repr(difference)


def outcome(case: corpus.Case, server: corpus.Server) -> tuple[str, set[str]]:
    """The word for what Alembic did with a case, and what it said."""
    metadatas = corpus.metadata_of(case)
    with server.database() as created, server.database() as drifted, server.database() as restored:
        corpus.build(case, created, metadatas, drift=False)
        corpus.build(case, drifted, metadatas)
        if case.restore:
            corpus.restore(drifted, restored)
        try:
            after = differences(restored if case.restore else drifted, metadatas)
            if case.is_trap:
                return ("false alarm" if after else "silent"), after
            new = after - differences(created, metadatas)
            return ("detected" if new else "missed"), new
        except Exception as error:
            return "crashed", {str(error).splitlines()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("select", nargs="?", default="", help="only cases whose file:name holds this text")
    parser.add_argument("-v", "--verbose", action="store_true", help="one line for each case")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    counts: dict[str, collections.Counter[str]] = {}
    with corpus.open_server() as server:
        for case in corpus.read_cases():
            if arguments.select not in case.id or server.major < case.server:
                continue
            word, texts = outcome(case, server)
            counts.setdefault(case.file, collections.Counter())[word] += 1
            if arguments.verbose:
                print(f"{word:12} {case.id}  {' / '.join(sorted(texts))}")
    words = ("detected", "missed", "silent", "false alarm", "crashed")
    print(f"{'':18}" + "".join(f"{word:>13}" for word in words))
    for file, found in counts.items():
        print(f"{file:18}" + "".join(f"{found[word] or '':>13}" for word in words))
    total = sum(counts.values(), collections.Counter())
    print(f"{'all':18}" + "".join(f"{total[word]:>13}" for word in words))


if __name__ == "__main__":
    main()
