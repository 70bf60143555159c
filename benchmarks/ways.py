"""The ways to read or audit one database, each as a function without arguments."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from benchmarks.models import metadata
from kedge.auditing import Audit
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.findings import Report
from kedge.memory import Memory
from kedge.options import Options
from kedge.scratch import Scratch, open_scratch
from kedge.sources.models import describe_in_process

Way = Callable[[], Any]
SCHEMES = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}
RAW, SETTLED, JUDGED, REMEMBERED = (
    "raw fetch",
    "Kedge, nothing to judge",
    "Kedge, judged",
    "Kedge, remembered",
)
SEQUENCES = "the same, and where sequences stand"
DESCRIBE, ALEMBIC, REFLECT = "describing MetaData", "Alembic compare_metadata", "MetaData.reflect"


class Stage:
    """A database made from models, and all that is needed to audit it."""

    def __init__(
        self, url: str, models: sa.MetaData, spelled: sa.MetaData, scratch: Scratch, cache: Path
    ) -> None:
        self.url, self.models, self.scratch = url, models, scratch
        self.dialect = dialect_of(url)
        self.engine = sa.create_engine(_sqlalchemy_url(url), poolclass=sa.NullPool)
        models.create_all(self.engine)
        with self.dialect.connect(url, timeout=60) as connection:
            self.live, _ = self.dialect.read(connection, timeout=600)
        self.declared = describe_in_process([models], self.live.profile)
        self.spelled = describe_in_process([spelled], self.live.profile)
        self.memory = Memory(cache)
        self.statements = self._statements()

    def ways(self) -> dict[str, Way]:
        self._audit(self.spelled, self.memory)
        return {
            RAW: self.raw,
            SETTLED: lambda: self._audit(self.declared, None),
            JUDGED: lambda: self._audit(self.spelled, None),
            REMEMBERED: lambda: self._audit(self.spelled, self.memory),
            SEQUENCES: lambda: self._audit(self.spelled, self.memory, sequence_values=True),
            DESCRIBE: lambda: describe_in_process([self.models], self.live.profile),
            ALEMBIC: self.alembic,
            REFLECT: self.reflect,
        }

    def raw(self) -> None:
        """The very statements of Kedge's reader, their rows fetched and thrown away."""
        with self.dialect.connect(self.url, timeout=60) as connection:
            cursor = connection.cursor()
            for statement, parameters in self.statements:
                if "max_execution_time" in str(statement) and self.live.profile.flavour == "mariadb":
                    continue  # MySQL's word for a time limit; the reader tries both
                if str(statement).startswith("SET TRANSACTION"):
                    connection.rollback()
                cursor.execute(statement, parameters) if parameters else cursor.execute(statement)
                if cursor.description:
                    cursor.fetchall()

    def _audit(self, declared: Declared, memory: Memory | None, *, sequence_values: bool = False) -> Report:
        """Where sequences stand is a reading of the tables' data, which is measured apart."""
        report = Audit(
            self.url,
            lambda live, scratch: declared,
            root=Path.cwd(),
            scratch=self.scratch,
            memory=memory,
            options=Options(timeout=600, sequence_values=sequence_values),
        ).report()
        assert not report.findings, [(f.rule, f.object) for f in report.findings[:5]]
        return report

    def alembic(self) -> None:
        with self.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            compare_metadata(context, self.models)

    def reflect(self) -> None:
        sa.MetaData().reflect(self.engine)

    def _statements(self) -> list[tuple[Any, Any]]:
        """What the reader sends, listened to once."""
        with self.dialect.connect(self.url, timeout=60) as connection, listening(connection) as heard:
            self.dialect.read(connection, timeout=600)
        return heard


@contextmanager
def listening(connection: Any) -> Iterator[list[tuple[Any, Any]]]:
    heard: list[tuple[Any, Any]] = []
    if hasattr(connection, "set_trace_callback"):
        connection.set_trace_callback(lambda text: heard.append((text, None)))
        yield heard
        connection.set_trace_callback(None)
        return
    kind = connection.cursor_factory if hasattr(connection, "cursor_factory") else connection.cursorclass
    execute = kind.execute

    def told(cursor: Any, query: Any, args: Any = None, *rest: Any, **named: Any) -> Any:
        heard.append((query, args))
        return execute(cursor, query, args, *rest, **named)

    kind.execute = told
    try:
        yield heard
    finally:
        kind.execute = execute


@contextmanager
def stage(dialect: str, tables: int) -> Iterator[tuple[Stage, int | None]]:
    """A stage, and the process of its server."""
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scratch = stack.enter_context(
            open_scratch(
                dialect,
                major=15 if dialect == "postgresql" else None,
                flavour="mariadb" if dialect == "mysql" else None,
            )
        )
        url = f"sqlite:///{cache}/live.db"
        if dialect != "sqlite":
            url = stack.enter_context(scratch.database())
        server = getattr(scratch, "_server", None)
        models, spelled = metadata(dialect, tables), metadata(dialect, tables, otherwise=True)
        yield Stage(url, models, spelled, scratch, cache / "cache"), server.pid if server else None


def _sqlalchemy_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    name = {"mariadb": "mysql", "postgres": "postgresql"}.get(
        scheme.partition("+")[0], scheme.partition("+")[0]
    )
    return f"{SCHEMES[name]}://{rest}"
