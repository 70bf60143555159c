"""Plays a scenario: the schema after each revision, the live database, the models, and the audit of them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import sqlalchemy as sa
from tests.laws.causes.kinds import ABSENT, KINDS, THERE, metadata_of
from tests.laws.causes.scenario import Plan, Scenario
from tests.laws.coverage import COVERAGE

from kedge.auditing.run import Audit
from kedge.catalog import Catalog
from kedge.declared import Declared
from kedge.dialects import dialect_of
from kedge.findings import Finding, Report
from kedge.history import History, Revision, Step
from kedge.scratch import Scratch
from kedge.sources.models import describe_in_process

World = dict[str, tuple[str, str]]


def engine_of(url: str) -> sa.Engine:
    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
    scheme, _, rest = url.partition("://")
    return sa.create_engine(f"{drivers.get(scheme, scheme)}://{rest}", poolclass=sa.NullPool)


def companion(plan: Plan) -> str:
    return f"{plan.table}_companion"


def world(scenario: Scenario, done: set[str], ahead: set[str]) -> World:
    """The schema after some of the revisions, named by the fact that each makes."""
    made: World = {}
    for plan in scenario.plans:
        value = plan.pending if plan.table in ahead else plan.done if plan.table in done else plan.base
        made[plan.table] = plan.kind, value
        if plan.companion:
            made[companion(plan)] = "column", THERE if plan.table in done else ABSENT
    return made


def sides(scenario: Scenario) -> tuple[World, World]:
    """What the models declare, and what the database has."""
    models: World = {}
    database: World = {}
    for plan in scenario.plans:
        models[plan.table], database[plan.table] = (plan.kind, plan.models), (plan.kind, plan.database)
        if plan.companion:
            back = plan.row == "taken back by hand"
            neither = plan.row == "not-applied, models neither"
            models[companion(plan)] = "column", ABSENT if neither else THERE
            database[companion(plan)] = "column", THERE if back else ABSENT
    return models, database


def expected(scenario: Scenario) -> set[tuple[str, str | None, str, str]]:
    """(table, object, attribute, cause) of every finding, from how the scenario was made."""
    found = set()
    for plan in scenario.plans:
        kind = KINDS[plan.kind]
        found.add((plan.table, kind.name(plan.table), kind.attribute, plan.cause))
        if plan.companion and plan.row != "taken back by hand":
            found.add((companion(plan), "fact", "presence", "not-applied"))
    return found


def history_of(scenario: Scenario, server: Scratch) -> History:
    """The chain: each schema made anew, and read by the very code that reads a live one."""
    done: set[str] = set()
    ahead: set[str] = set()
    live = {p.table for p in scenario.plans if p.row == "live metadata"}
    revisions = {"base": Revision(revision="base")}
    with server.database() as url:
        made = _Made(url)
        steps = [Step(None, made.read()), Step("base", made.anew(world(scenario, done, ahead), 0))]
        order = (*scenario.order, *scenario.ahead)
        for number, table in enumerate(order):
            (ahead if number >= len(scenario.order) else done).add(table)
            name = f"r{number}"
            why = "calls create_all" if table in live else None
            revisions[name] = Revision(revision=name, down=(steps[-1].revision or "",), live=why)
            noise = order[: number + 1].count("")
            steps.append(Step(name, made.anew(world(scenario, done, ahead), noise)))
    at = 1 + len(scenario.order)
    return History(
        environment="alembic.ini",
        revisions=revisions,
        heads=(steps[-1].revision or "",),
        database_revisions=(steps[at].revision or "",),
        steps=tuple(steps),
        at_database=at,
        at_head=len(steps) - 1,
    )


class _Made:
    """One database, made anew for each schema."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = engine_of(url)
        self.dialect = dialect_of(url)
        self.last = sa.MetaData()

    def anew(self, made: World, noise: int) -> Catalog:
        self.last.drop_all(self.engine)
        self.last = metadata_of(made, noise)
        self.last.create_all(self.engine)
        return self.read()

    def read(self) -> Catalog:
        with self.dialect.connect(self.url, timeout=30) as connection:
            return self.dialect.read(connection, timeout=60)[0]


def played(scenario: Scenario, server: Scratch, live: AbstractContextManager[str]) -> Report:
    """The audit of a scenario. Other schemas than the default one's are renamed to the live database's."""
    models, database = sides(scenario)
    noise, more = scenario.order.count(""), scenario.ahead.count("")
    with live as url:
        metadata_of(database, noise).create_all(engine_of(url))
        dialect = dialect_of(url)
        with dialect.connect(url, timeout=30) as connection:
            schema = dialect.read(connection, timeout=60)[0].profile.default_schema
        history = moved(history_of(scenario, server), schema)
        declared = metadata_of(models, noise + more)
        untracked = sa.MetaData()
        for plan in scenario.plans:
            if plan.row == "not tracked":
                other = metadata_of({plan.table: (plan.kind, THERE)})
                other.tables[plan.table].to_metadata(untracked)

        def declare(catalog: Catalog, _: Scratch) -> Declared:
            said = describe_in_process([declared, untracked], catalog.profile)
            marked = (
                msgspec.structs.replace(m, tracked=number == 0) for number, m in enumerate(said.metadata)
            )
            return msgspec.structs.replace(said, metadata=tuple(marked))

        return Audit(url, declare, root=Path("/nonexistent"), scratch=server, histories=[history]).report()


def moved(history: History, schema: str) -> History:
    """Where a schema is a database, each step was read under another name than the live one's."""

    def renamed(catalog: Catalog) -> Catalog:
        old = catalog.profile.default_schema
        if old == schema:
            return catalog
        text = msgspec.json.encode(list(catalog.tables.values()))
        tables = msgspec.json.decode(
            text.replace(f'"{old}"'.encode(), f'"{schema}"'.encode()), type=list[type_()]
        )
        return msgspec.structs.replace(
            catalog, schemas=(schema,), tables={(t.schema, t.name): t for t in tables}
        )

    return msgspec.structs.replace(
        history,
        steps=tuple(msgspec.structs.replace(s, catalog=renamed(s.catalog)) for s in history.steps),
    )


def type_() -> type:
    from kedge.catalog import Table

    return Table


def told(finding: Finding) -> tuple[str | None, str | None, str, str]:
    ref = finding.object
    return ref.table, ref.name, finding.attribute, finding.cause.kind


def assert_named_right(scenario: Scenario, report: Report) -> None:
    """Every finding is one that was made, and bears the cause of how it was made."""
    own = [f for f in report.findings if f.implied_by is None]
    noise = {f"noise_{n}" for n in range(8)}
    beside = {told(f) for f in own if f.object.table in noise}
    assert {cause for *_, cause in beside} <= {"pending-revision"}
    assert {told(f) for f in own if f.object.table not in noise} == expected(scenario)
    assert len(own) == len(expected(scenario)) + len(beside)
    for plan in scenario.plans:
        COVERAGE.causes[f"{plan.row} → {plan.cause}"] += 1
